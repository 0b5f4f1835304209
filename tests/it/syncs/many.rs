//! Dozens of connectors at once: all make progress, and memory stays within its bound.

use std::collections::HashMap;

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::installation::{Installation, Server};
use crate::servers;

const CONNECTORS: usize = 24;
const ROWS: i64 = 6_000;
/// Rows that every source gives before it waits for the gate: some batches of them.
const BEFORE_GATE: i64 = 3_000;
/// The engine's memory, in MiB.
const MEMORY: u64 = 256;
/// What the program takes without any row, in MiB: the debug build's code, its threads and caches.
const REST: u64 = 250;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_dozen_connectors_all_make_progress_in_bounded_memory() {
    let Some(database) = servers::postgres() else { return };
    let mut shop = PgConnection::connect(database.url()).await.unwrap();
    // No source comes to its end before the gate opens, and it opens when all of them have given rows.
    let fill = format!(
        "CREATE FUNCTION gate(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
           IF n = {BEFORE_GATE} THEN PERFORM pg_advisory_lock_shared(7), pg_advisory_unlock_shared(7); END IF;
           RETURN true; END $$;
         CREATE VIEW t AS SELECT n AS id, repeat(md5(n::text), 48) AS text, gate(n) AS passed
           FROM generate_series(1, {ROWS}) n;
         SELECT pg_advisory_lock(7)"
    );
    shop.execute(AssertSqlSafe(fill)).await.unwrap();
    let here = Installation::new().with("ENGINE__MEMORY_MIB", MEMORY);
    let server = Server::start(&here);
    let mut connectors = Vec::new();
    for n in 0..CONNECTORS {
        connectors.push(server.database_connector(&format!("Shop {n}"), database.url()).await);
    }
    let mut events = server.all_events().await;
    for connector in &connectors {
        server.start_sync(connector, None).await;
    }
    let mut rows: HashMap<String, i64> = HashMap::new();
    while rows.len() < CONNECTORS {
        let event = events.wait_for(|event| event["progress"]["rows"].as_i64() > Some(0)).await;
        rows.insert(event["connectorId"].as_str().unwrap().to_owned(), event["progress"]["rows"].as_i64().unwrap());
    }
    shop.execute("SELECT pg_advisory_unlock(7)").await.unwrap();
    let mut ended = 0;
    while ended < CONNECTORS {
        let event = events.wait_for(|event| event["progress"].is_object() || event["status"].is_string()).await;
        if let Some(read) = event["progress"]["rows"].as_i64() {
            let so_far = rows.insert(event["connectorId"].as_str().unwrap().to_owned(), read);
            assert!(Some(read) >= so_far, "a figure fell: {event:#}");
        }
        ended += usize::from(event["dataSourceId"].is_null() && event["status"] == "SUCCEEDED");
    }
    let counted = server.gql("{ syncLogs(first: 100) { nodes { status recordsProcessed } } }", json!({})).await;
    for log in counted["syncLogs"]["nodes"].as_array().unwrap() {
        assert_eq!(*log, json!({ "status": "SUCCEEDED", "recordsProcessed": ROWS }));
    }
    let peak = server.peak_memory_mib();
    assert!(peak < MEMORY + REST, "the server took {peak} MiB");
}
