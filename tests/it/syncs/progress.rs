//! What a running sync says of itself.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::table::Table;
use crate::gate::{CUT, OPEN, shut_at};
use crate::harness::TestApp;
use crate::hosts::host;
use crate::installation::{Installation, Server};
use crate::servers;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_falls_silent_shows_the_rows_that_came() {
    // Some rows, a few kilobytes of them, and then nothing until the gate opens.
    let view =
        "CREATE VIEW t AS SELECT n AS id, repeat('x', 50) AS text, gate(n) AS passed FROM generate_series(1, 2000) n";
    let Some(mut table) = Table::with(&shut_at(1000, view)).await else { return };
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    let event = events.wait_for(|event| event["progress"]["rows"].as_i64() > Some(0)).await;
    assert!(event["progress"]["rows"].as_i64() < Some(1000), "{event:#}");
    table.run(OPEN).await;
    let end = table.app.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(2000)), "{end:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_has_lost_rows_between_two_attempts_counts_those_that_were_read_to_the_end() {
    let view = "CREATE FUNCTION how_many() RETURNS int LANGUAGE sql AS 'SELECT 2000';
        CREATE VIEW t AS SELECT n AS id, repeat('x', 50) AS text, gate(n) AS passed FROM generate_series(1, how_many()) n";
    let Some(mut table) = Table::with(&shut_at(1000, view)).await else { return };
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    events.wait_for(|event| event["progress"]["rows"].as_i64() > Some(300)).await;
    let lose = "CREATE OR REPLACE FUNCTION how_many() RETURNS int LANGUAGE sql AS 'SELECT 300'";
    table.run(&format!("{lose}; {CUT}")).await;
    let end = table.app.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(300)), "{end:#}");
    assert_eq!(end["sources"][0]["rows"], 300, "{end:#}");
    assert_eq!(table.lake("SELECT count(*) FROM shop.t").await, ["300"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_states_of_a_sync_are_live_and_not_told_again_and_again() {
    // One view comes bit by bit and waits at a gate, the other is read at once.
    let Some(database) = servers::postgres() else { return };
    let mut source = PgConnection::connect(database.url()).await.unwrap();
    let views = "CREATE TABLE fast AS SELECT n AS id FROM generate_series(1, 10) n;
        CREATE VIEW slow AS SELECT n AS id, repeat('x', 500) AS text, gate(n) AS passed,
          CASE WHEN n % 500 = 0 THEN pg_sleep(0.05) IS NOT NULL END AS rested FROM generate_series(1, 20000) n";
    source.execute(AssertSqlSafe(shut_at(15_000, views))).await.unwrap();
    let app = TestApp::new().await;
    let connector = app.database_connector("Shop", database.url()).await;
    let sync = app.start_sync(&connector, None).await;
    let follow = "subscription($id: ID!) { syncLog(id: $id) { status recordsProcessed bytesProcessed
        sources { dataSource { name } status phase rows bytes rowsPerSecond etaSeconds percent estimatedRows waitingReason }
        events { totalCount } } }";
    let mut socket = app.socket(json!({})).await;
    socket.subscribe(follow, json!({ "id": sync })).await;
    let mut states: Vec<Value> = Vec::new();
    let mut is_open = false;
    while let Some(mut payload) = socket.next().await {
        let state = payload["data"]["syncLog"].take();
        let slow = of(&state, "slow");
        // The source is silent for a while, and then the gate opens.
        let is_silent = slow["rows"].as_i64() > Some(0) && slow["rowsPerSecond"] == 0.0;
        if is_silent && of(&state, "fast")["status"] == "SUCCEEDED" && !is_open {
            source.execute(OPEN).await.unwrap();
            is_open = true;
        }
        states.push(state);
    }
    let (end, live) = states.split_last().unwrap();
    let repeated = states.windows(2).filter(|pair| pair[0] == pair[1]).count();
    let facts = usize::try_from(end["events"]["totalCount"].as_u64().unwrap()).unwrap();
    assert!(repeated <= facts, "{repeated} of {} states are told again, and there were {facts} facts", states.len());
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(20_010)), "{end:#}");
    let reading: Vec<&Value> = live.iter().filter(|state| of(state, "slow")["rows"].as_i64() > Some(0)).collect();
    assert!(reading.iter().all(|state| state["recordsProcessed"].as_i64() > Some(0)), "{reading:#?}");
    let is_fast = reading.iter().any(|state| of(state, "slow")["rowsPerSecond"].as_f64() > Some(0.0));
    assert!(is_fast, "the rate is live: {reading:#?}");
    let over = states.iter().skip_while(|state| of(state, "fast")["status"] != "SUCCEEDED");
    assert!(over.clone().count() > 1, "the small one is shown as over while the other is read: {states:#?}");
    for state in over {
        let fast = of(state, "fast");
        assert_eq!((&fast["status"], &fast["phase"], &fast["rows"]), (&json!("SUCCEEDED"), &json!("done"), &json!(10)));
    }
}

/// How far a data source is, by its name; null where it is not there yet.
fn of(state: &Value, name: &str) -> Value {
    let sources = state["sources"].as_array().unwrap().iter();
    sources.clone().find(|source| source["dataSource"]["name"] == name).cloned().unwrap_or(Value::Null)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_does_not_answer_is_named_once_and_for_how_long_by_now() {
    let closed = shut_at(1, "CREATE VIEW t AS SELECT 1 AS id, gate(1) AS passed");
    let Some(mut table) = Table::in_app(&closed, |config| config.engine.stall_seconds = 1).await else { return };
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
    table.run(OPEN).await;
    let end = table.app.sync_end(&sync).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let log = table.app.gql(ask, json!({ "id": sync })).await;
    assert_eq!(log["syncLog"]["sources"][0]["waitingReason"], Value::Null);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connector_that_does_not_answer_when_it_is_opened_is_told_of() {
    let app = TestApp::with(|config| config.engine.stall_seconds = 1).await;
    let (mute, _work) = host(None).await;
    let connector = app.database_connector("Mute", &format!("postgres://u@{mute}/db")).await;
    let mut events = app.events_of(&connector).await;
    let sync = app.start_sync(&connector, None).await;
    let told = events.wait_for(|event| event["kind"] == "WAITING" || event["kind"] == "RETRY").await;
    let words = (&told["message"], &told["level"]);
    assert_eq!(words, (&json!("no answer from the connector for 1 s"), &json!("WARNING")), "{told:#}");
    let cancel = "mutation($id: ID!) { cancelSync(input: { syncLogId: $id }) { syncLog { id } } }";
    app.gql(cancel, json!({ "id": sync })).await;
    assert_eq!(app.sync_end(&sync).await["status"], "CANCELLED");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lake_that_does_not_answer_is_told_of() {
    let (mute, _work) = host(None).await;
    let here = Installation::new()
        .with("ENGINE__STALL_SECONDS", 1)
        .with("LAKE_URL", "s3://shop/lake")
        .with_variable("AWS_ENDPOINT", format!("http://{mute}"))
        .with_variable("AWS_ALLOW_HTTP", true)
        .with_variable("AWS_REGION", "us-east-1")
        .with_variable("AWS_ACCESS_KEY_ID", "test")
        .with_variable("AWS_SECRET_ACCESS_KEY", "test");
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", &here.shop()).await;
    let mut events = server.events_of(&connector).await;
    server.start_sync(&connector, None).await;
    let fact = events.wait_for(|event| event["kind"] == "WAITING" || event["kind"] == "RETRY").await;
    let words = (&fact["message"], &fact["level"]);
    assert_eq!(words, (&json!("waiting for the lake for 1 s"), &json!("WARNING")), "{fact:#}");
    let reason = |event: &Value| event["progress"]["waitingReason"].as_str().map(str::to_owned);
    events.wait_for(|event| reason(event).as_deref() == Some("waiting for the lake for 2 s")).await;
}
