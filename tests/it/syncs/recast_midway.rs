//! Columns that become another type, in a sync that does not get through at once: no row stands twice.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Executor;
use tokio::time::{sleep, timeout};

use super::table::Table;
use crate::gate::{CUT, OPEN, SHUT, shut_at};
use crate::harness::PATIENCE;

/// Cuts the connection of whoever comes to the gate.
async fn cut(table: &Table) {
    let mut other = table.connect().await;
    let cutting = async {
        while other.fetch_all(CUT).await.unwrap().is_empty() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, cutting).await.expect("somebody comes to the gate");
}

fn says(event: &Value, words: &str) -> bool {
    event["message"].as_str().is_some_and(|message| message.contains(words))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attempt_after_the_table_was_rewritten_knows_its_rows() {
    let view = |columns: &str| {
        format!(
            "CREATE VIEW t AS SELECT {columns}, n AS id, timestamptz '2026-01-01 10:00Z' AS at, gate(n) AS passed
               FROM generate_series(1, 3) n"
        )
    };
    let fill = shut_at(2, &view("n::float8 AS f"));
    let Some(mut table) = Table::in_app(&fill, |config| config.engine.retry_seconds = 0.05).await else { return };
    table.run(OPEN).await;
    table.set(json!({ "extractType": "INCREMENTAL", "writeMode": "APPEND", "cursorField": "at" })).await;
    assert_eq!(table.sync().await[1], 3);

    table.run(&format!("DROP VIEW t; {}; {SHUT}", view("n::text AS f, 1 AS c"))).await;
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    events.wait_for(|event| says(event, "was rewritten for its wider columns")).await;
    cut(&table).await;
    events.wait_for(|event| event["kind"] == "RETRY").await;
    table.run(OPEN).await;
    let end = table.app.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["recordsAdded"]), (&json!("SUCCEEDED"), &json!(0)), "{end:#}");
    assert_eq!(table.lake("SELECT count(*), count(DISTINCT id) FROM shop.t").await, ["3|3"]);
    let ask =
        "query($id: ID!) { syncLog(id: $id) { events(first: 100, kinds: [SCHEMA_CHANGE]) { nodes { message } } } }";
    let told = table.app.gql(ask, json!({ "id": sync })).await["syncLog"]["events"]["nodes"].take();
    let additions = told.as_array().unwrap().iter().filter(|event| says(event, "added c")).count();
    assert_eq!(additions, 1, "{told:#}");
}
