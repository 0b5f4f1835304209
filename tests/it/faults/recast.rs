//! A key that becomes another type while no process reads its table.

use serde_json::json;
use sqlx::{Connection, Executor, PgConnection};

use crate::installation::{Installation, Server};
use crate::servers;

/// Rows that are read by ranges of their integer key, and another key.
const KEYED: &str = "CREATE TABLE t (id int PRIMARY KEY, k timestamp NOT NULL, v int, pad text);
    INSERT INTO t SELECT n, timestamp '2020-01-01' + n * interval '1 second', n, repeat(md5(n::text), 8)
      FROM generate_series(1, 150000) n;
    ANALYZE t";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_becomes_another_type_between_two_sittings_of_the_first_sync_doubles_no_row() {
    let Some(database) = servers::postgres() else { return };
    let mut shop = PgConnection::connect(database.url()).await.unwrap();
    let fill = "CREATE TABLE t (k timestamp PRIMARY KEY, v int, changed int NOT NULL, pad text);
        INSERT INTO t SELECT timestamp '2020-01-01' + n * interval '1 second', n, n, repeat(md5(n::text), 8)
          FROM generate_series(1, 150000) n";
    shop.execute(fill).await.unwrap();
    let here = Installation::new().with("ENGINE__CHECKPOINT_SECONDS", 0);
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", database.url()).await;
    let source = server.only_source(&connector).await;
    let settings = json!({ "id": source, "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["k"],
        "cursorField": "changed" });
    server.update_source(settings).await;
    let mut events = server.events_of(&connector).await;
    let sync = server.start_sync(&connector, None).await;
    events.wait_for(|event| event["kind"] == "CHECKPOINT").await;
    server.kill();
    shop.execute("ALTER TABLE t ALTER k TYPE text").await.unwrap();

    let server = Server::start(&here);
    let end = server.sync_end(&sync).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    shop.execute("UPDATE t SET v = -1, changed = 900000 WHERE v = 5").await.unwrap();
    let end = server.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let ask = "{ sql(query: \"SELECT count(*), min(v), count(CASE WHEN v = 5 THEN 1 END) FROM shop.t\") { rows } }";
    assert_eq!(server.gql(ask, json!({})).await["sql"]["rows"], json!([[150_000, -1, 0]]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_does_one_between_two_sittings_of_a_full_load() {
    let Some(database) = servers::postgres() else { return };
    let mut shop = PgConnection::connect(database.url()).await.unwrap();
    shop.execute(KEYED).await.unwrap();
    let here = Installation::new().with("ENGINE__CHECKPOINT_SECONDS", 0);
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", database.url()).await;
    let source = server.only_source(&connector).await;
    let settings = json!({ "id": source, "extractType": "FULL", "writeMode": "MERGE", "primaryKey": ["k"] });
    server.update_source(settings).await;
    let mut events = server.events_of(&connector).await;
    let sync = server.start_sync(&connector, None).await;
    events.wait_for(|event| event["kind"] == "CHECKPOINT" && event["details"]["staged"] == true).await;
    server.kill();
    shop.execute("ALTER TABLE t ALTER k TYPE text; ALTER TABLE t ADD c int NOT NULL DEFAULT 1").await.unwrap();

    let server = Server::start(&here);
    let end = server.sync_end(&sync).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let ask = "query($id: ID!) { dataSource(id: $id) { schema { name nullable } } }";
    let columns = server.gql(ask, json!({ "id": source })).await["dataSource"]["schema"].take();
    let c = columns.as_array().unwrap().iter().find(|column| column["name"] == "c").expect("a column c");
    assert_eq!(c["nullable"], true, "rows that were staged without it are NULL in it");
    shop.execute("UPDATE t SET v = -1 WHERE v = 5").await.unwrap();
    let end = server.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let ask =
        "{ sql(query: \"SELECT count(*), min(v), count(CASE WHEN v = 5 THEN 1 END), count(c) FROM shop.t\") { rows } }";
    assert_eq!(server.gql(ask, json!({})).await["sql"]["rows"], json!([[150_000, -1, 0, 150_000]]));
}
