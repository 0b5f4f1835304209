//! What a running sync says of itself.

use serde_json::{Value, json};

use super::table::Table;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_falls_silent_shows_the_rows_that_came() {
    // Some rows, a few kilobytes of them, and then nothing until the gate opens.
    let Some(mut table) = Table::with(
        "CREATE FUNCTION gate(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
           IF n = 1000 THEN PERFORM pg_advisory_lock_shared(8), pg_advisory_unlock_shared(8); END IF;
           RETURN true; END $$;
         CREATE VIEW t AS SELECT n AS id, repeat('x', 50) AS text, gate(n) AS passed FROM generate_series(1, 2000) n;
         SELECT pg_advisory_lock(8)",
    )
    .await
    else {
        return;
    };
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    let event = events.wait_for(|event| event["progress"]["rows"].as_i64() > Some(0)).await;
    assert!(event["progress"]["rows"].as_i64() < Some(1000), "{event:#}");
    table.run("SELECT pg_advisory_unlock(8)").await;
    let end = table.app.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(2000)), "{end:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_has_lost_rows_between_two_attempts_counts_those_that_were_read_to_the_end() {
    let Some(mut table) = Table::with(
        "CREATE FUNCTION gate(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
           IF n = 1000 THEN PERFORM pg_advisory_lock_shared(8), pg_advisory_unlock_shared(8); END IF;
           RETURN true; END $$;
         CREATE FUNCTION how_many() RETURNS int LANGUAGE sql AS 'SELECT 2000';
         CREATE VIEW t AS SELECT n AS id, repeat('x', 50) AS text, gate(n) AS passed FROM generate_series(1, how_many()) n;
         SELECT pg_advisory_lock(8)",
    )
    .await
    else {
        return;
    };
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    events.wait_for(|event| event["progress"]["rows"].as_i64() > Some(300)).await;
    table
        .run(
            "CREATE OR REPLACE FUNCTION how_many() RETURNS int LANGUAGE sql AS 'SELECT 300';
              SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event = 'advisory'",
        )
        .await;
    let end = table.app.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(300)), "{end:#}");
    assert_eq!(end["sources"][0]["rows"], 300, "{end:#}");
    assert_eq!(table.lake("SELECT count(*) FROM shop.t").await, ["300"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_does_not_answer_is_named_once_and_for_how_long_by_now() {
    let gate = "CREATE FUNCTION gate() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
          PERFORM pg_advisory_lock_shared(8), pg_advisory_unlock_shared(8); RETURN true; END $$;
        CREATE VIEW t AS SELECT 1 AS id, gate() AS passed;
        SELECT pg_advisory_lock(8)";
    let Some(mut table) = Table::in_app(gate, |config| config.engine.stall_seconds = 1).await else { return };
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    let reason = |event: &Value| event["progress"]["waitingReason"].as_str().map(str::to_owned);
    let mut facts = Vec::new();
    let mut gauges: Vec<String> = Vec::new();
    while gauges.len() < 3 {
        let event = events.wait_for(|event| event["kind"] == "WAITING" || reason(event).is_some()).await;
        if event["kind"] == "WAITING" {
            assert_eq!(event["level"], "WARNING", "{event:#}");
            facts.push(event["message"].as_str().unwrap().to_owned());
        } else if let Some(reason) = reason(&event).filter(|reason| gauges.last() != Some(reason)) {
            gauges.push(reason);
        }
    }
    assert_eq!(facts, ["no answer from t for 1 s"], "the fact is told once");
    assert_eq!(gauges, [1, 2, 3].map(|seconds| format!("no answer from t for {seconds} s")), "the gauge goes on");
    // What is asked for, and not followed, tells the same.
    let ask = "query($id: ID!) { syncLog(id: $id) { sources { waitingReason } } }";
    let log = table.app.gql(ask, json!({ "id": sync })).await;
    let waits = log["syncLog"]["sources"][0]["waitingReason"].as_str().unwrap_or_default();
    assert!(waits.starts_with("no answer from t for "), "{log:#}");
    table.run("SELECT pg_advisory_unlock(8)").await;
    let end = table.app.sync_end(&sync).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let log = table.app.gql(ask, json!({ "id": sync })).await;
    assert_eq!(log["syncLog"]["sources"][0]["waitingReason"], Value::Null);
}
