//! Cancelling: final within two seconds, whatever the sync waits for, and the last commit stays readable.

use std::time::{Duration, Instant};

use serde_json::json;

use super::table::Table;
use crate::harness::TestApp;

/// Two seconds are promised; a machine that is busy with other tests may take three times as long. What the syncs here
/// would wait for if nobody cancelled them is far longer.
const PROMISED: Duration = Duration::from_secs(6);

async fn cancel(app: &TestApp, sync: &str) -> Duration {
    let began = Instant::now();
    let cancel = "mutation($id: ID!) { cancelSync(input: { syncLogId: $id }) { syncLog { id } } }";
    app.gql(cancel, json!({ "id": sync })).await;
    let end = app.sync_end(sync).await;
    assert_eq!(end["status"], "CANCELLED", "{end:#}");
    began.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_waits_for_a_lock_of_the_source_is_cancelled_at_once() {
    let Some(mut table) = Table::with("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)").await else {
        return;
    };
    table.sync().await;
    table.run("INSERT INTO t VALUES (2); BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE").await;
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    let source = table.source.clone();
    events.wait_for(|event| event["status"] == "RUNNING" && event["dataSourceId"] == source.as_str()).await;
    let took = cancel(&table.app, &sync).await;
    assert!(took < PROMISED, "it took {took:?}");
    assert_eq!(table.lake("SELECT count(*) FROM shop.t").await, ["1"]);
    // Nothing is left behind that would disturb the next one.
    table.run("COMMIT").await;
    table.sync().await;
    assert_eq!(table.lake("SELECT count(*) FROM shop.t").await, ["2"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_pauses_between_attempts_is_cancelled_at_once() {
    let app = TestApp::new().await;
    // Nobody listens there.
    let connector = app.database_connector("Gone", "postgres://u@127.0.0.1:9/db").await;
    let mut events = app.events_of(&connector).await;
    let sync = app.start_sync(&connector, None).await;
    events.wait_for(|event| event["kind"] == "RETRY").await;
    let took = cancel(&app, &sync).await;
    assert!(took < PROMISED, "it took {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_of_hundreds_of_tables_is_cancelled_at_once() {
    let Some(mut table) = Table::with("CREATE TABLE t (id int)").await else { return };
    let many: String = (0..600).map(|n| format!("CREATE TABLE many_{n} (id int);")).collect();
    table.run(&many).await;
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id } } }";
    table.app.gql(discover, json!({ "id": table.connector })).await;
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    events.wait_for(|event| event["status"] == "SUCCEEDED").await;
    let took = cancel(&table.app, &sync).await;
    assert!(took < PROMISED, "it took {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_merges_many_rows_is_cancelled_at_once_and_changes_nothing() {
    const ROWS: i64 = 150_000;
    let fill = format!(
        "CREATE TABLE t (id int PRIMARY KEY, what text);
         INSERT INTO t SELECT n, md5(n::text) FROM generate_series(1, {ROWS}) n"
    );
    let Some(mut table) = Table::with(&fill).await else { return };
    table.set(json!({ "writeMode": "MERGE", "primaryKey": ["id"], "detectDeletes": true })).await;
    table.sync().await;
    // A merge that nobody cancels tells how long its passes take: it sorts, compares, and writes files again.
    table.run("UPDATE t SET what = 'first'").await;
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    events.wait_for(|event| event["message"] == "merging").await;
    let began = Instant::now();
    assert_eq!(table.app.sync_end(&sync).await["status"], "SUCCEEDED");
    let whole = began.elapsed();
    table.run("UPDATE t SET what = 'new' || id").await;
    for part in [0, 1, 2] {
        let mut events = table.app.events_of(&table.connector).await;
        let sync = table.app.start_sync(&table.connector, None).await;
        events.wait_for(|event| event["message"] == "merging").await;
        let moment = whole * part / 10;
        tokio::time::sleep(moment).await;
        let took = cancel(&table.app, &sync).await;
        assert!(took < PROMISED, "{moment:?} into the merge it took {took:?}");
        assert_eq!(table.lake("SELECT count(*), max(what) FROM shop.t").await, [format!("{ROWS}|first")]);
    }
    assert_eq!(table.sync().await[2], ROWS, "the next one merges all of them");
}
