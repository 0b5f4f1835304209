//! A key that the schema policy leaves out of the lake table: refused, and no rows become one by what is left of it.

use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use super::table::{Table, counts, lines};
use crate::harness::TestApp;
use crate::servers;

const ROWS: &str =
    "CREATE TABLE t (a int, v int, changed int NOT NULL); INSERT INTO t VALUES (1, 1, 1), (1, 2, 2), (2, 3, 3)";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_refused_until_the_policy_takes_it_in() {
    let Some(mut table) = Table::with(ROWS).await else { return };
    let settings = json!({ "extractType": "INCREMENTAL", "writeMode": "APPEND", "cursorField": "changed",
        "lookbackSeconds": 0, "schemaPolicy": "DISCARD" });
    table.set(settings).await;
    table.sync().await;
    table.run("ALTER TABLE t ADD id serial").await;
    table.sync().await;
    let update = "mutation($input: UpdateDataSourceInput!) { updateDataSource(input: $input) { dataSource { id } } }";
    for key in [json!(["id"]), json!(["a", "id"])] {
        let input = json!({ "id": table.source, "writeMode": "MERGE", "primaryKey": key });
        let answer = table.app.try_gql(update, json!({ "input": input })).await;
        let error = &answer["errors"][0];
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("schemaPolicy DISCARD leaves the column id out of the lake table"), "{error:#}");
        assert!(error["extensions"]["hint"].as_str().unwrap().contains("EVOLVE"), "{error:#}");
    }
    table.set(json!({ "writeMode": "MERGE", "primaryKey": ["a", "id"], "schemaPolicy": "EVOLVE" })).await;
    table.run("INSERT INTO t VALUES (7, 4, 4), (7, 5, 5)").await;
    table.sync().await;
    let all = table.lake("SELECT a, v, id FROM shop.t ORDER BY v").await;
    assert_eq!(all, ["1|1|1", "1|2|2", "2|3|3", "7|4|4", "7|5|5"]);
}

// A key may be named before anything is known of the columns, and other syncs than those that merge do without it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_would_merge_by_it_fails_with_what_to_do() {
    let Some(database) = servers::postgres() else { return };
    let mut shop = PgConnection::connect(database.url()).await.unwrap();
    shop.execute(ROWS).await.unwrap();
    let app = TestApp::new().await;
    let connector = app.database_connector("Shop", database.url()).await;
    let create =
        "mutation($input: CreateDataSourceInput!) { createDataSource(input: $input) { dataSource { id tableName } } }";
    let input = json!({ "connectorId": connector, "name": "t", "sourceType": "table", "sourcePath": "public.t",
        "primaryKey": ["id"], "cursorField": "changed", "lookbackSeconds": 0, "schemaPolicy": "DISCARD" });
    let made = app.gql(create, json!({ "input": input })).await;
    let lake_table = made["createDataSource"]["dataSource"]["tableName"].as_str().unwrap();
    let ends = async |extract_type: &str| -> Value {
        let sync = app.start_sync(&connector, Some(extract_type)).await;
        app.sync_end(&sync).await
    };
    assert_eq!(ends("FULL").await["status"], "SUCCEEDED");
    shop.execute("ALTER TABLE t ADD id serial").await.unwrap();
    for extract_type in ["FULL", "INCREMENTAL"] {
        let end = ends(extract_type).await;
        assert_eq!((&end["status"], counts(&end)[1]), (&json!("SUCCEEDED"), 3), "all take the place of all: {end:#}");
    }
    shop.execute("INSERT INTO t VALUES (8, 7, 7), (8, 8, 8)").await.unwrap();
    let end = ends("INCREMENTAL").await;
    assert_eq!(end["status"], "FAILED", "{end:#}");
    let message = end["errorMessage"].as_str().unwrap();
    for part in ["primaryKey: names id, which schemaPolicy DISCARD leaves out of the lake table", "EVOLVE"] {
        assert!(message.contains(part), "{message}");
    }
    assert_eq!(lines(&app, &format!("SELECT count(*) FROM {lake_table}")).await, ["3"]);
}
