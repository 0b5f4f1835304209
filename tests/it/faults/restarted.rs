//! The source's server is restarted in the middle of a sync: the sync tells that it waits, and goes on.

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::cluster::Cluster;
use crate::installation::{Installation, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_postgres_in_the_middle_of_a_load_is_survived_and_told() {
    let Some(cluster) = Cluster::start() else { return };
    let mut connection = PgConnection::connect(&cluster.url()).await.unwrap();
    let fill = "CREATE TABLE orders (id bigint PRIMARY KEY, text text);
        INSERT INTO orders SELECT n, repeat(md5(n::text), 8) FROM generate_series(1, 200000) n; ANALYZE orders";
    connection.execute(AssertSqlSafe(fill)).await.unwrap();
    let here = Installation::new().with("ENGINE__CHECKPOINT_SECONDS", 0).with("ENGINE__RETRY_SECONDS", 0.2);
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", &cluster.url()).await;
    let source = server.only_source(&connector).await;
    for round in 0..3 {
        let mut events = server.events_of(&connector).await;
        let sync = server.start_sync(&connector, None).await;
        events.wait_for(|event| event["kind"] == "CHECKPOINT").await;
        cluster.restart();
        let retry = events.wait_for(|event| event["kind"] == "RETRY" || event["status"] == "SUCCEEDED").await;
        let end = server.sync_end(&sync).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
        if retry["kind"] == "RETRY" {
            assert_eq!(retry["dataSourceId"], source.as_str(), "{retry:#}");
        }
        let counted = "{ sql(query: \"SELECT count(*), count(DISTINCT id) FROM shop.orders\") { rows } }";
        let data = server.gql(counted, json!({})).await;
        assert_eq!(data["sql"]["rows"], json!([[200_000, 200_000]]), "round {round}");
    }
}
