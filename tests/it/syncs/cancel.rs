//! Cancelling: final within two seconds, whatever the sync waits for, and the last commit stays readable.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::table::{Table, lines, sync};
use crate::gate::{OPEN, SHUT, shut_at};
use crate::harness::{PATIENCE, TestApp};
use crate::hosts::{SLOW_DOWN, host};
use crate::servers;

/// What is promised. What the syncs here would wait for if nobody cancelled them is far longer.
const PROMISED: Duration = Duration::from_secs(2);

/// Cancels a sync, and fails where its end is later than promised by the server's own record.
async fn assert_cancelled_in_time(app: &TestApp, sync: &str) {
    let asked = Utc::now();
    let cancel = "mutation($id: ID!) { cancelSync(input: { syncLogId: $id }) { syncLog { id } } }";
    app.gql(cancel, json!({ "id": sync })).await;
    let end = app.sync_end(sync).await;
    assert_eq!(end["status"], "CANCELLED", "{end:#}");
    let log = app.gql("query($id: ID!) { syncLog(id: $id) { completedAt } }", json!({ "id": sync })).await;
    let ended: DateTime<Utc> = log["syncLog"]["completedAt"].as_str().and_then(|at| at.parse().ok()).expect("a time");
    let took = ended - asked;
    assert!(took.to_std().unwrap_or_default() < PROMISED, "it took {took}");
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
    assert_cancelled_in_time(&table.app, &sync).await;
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
    assert_cancelled_in_time(&app, &sync).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_whose_source_asks_it_to_slow_down_is_cancelled_at_once() {
    let app = TestApp::new().await;
    let (busy, _work) = host(Some(SLOW_DOWN)).await;
    let bucket = json!({ "root": "s3://shop", "endpoint": format!("http://{busy}") });
    let connector = app.connector(json!({ "name": "Busy", "type": "FILE_SYSTEM", "connectionConfig": bucket })).await;
    let mut events = app.events_of(&connector).await;
    let sync = app.start_sync(&connector, None).await;
    let retry = events.wait_for(|event| event["kind"] == "RETRY" || event["status"] == "FAILED").await;
    assert_eq!(retry["details"]["code"], "RATE_LIMITED", "{retry:#}");
    assert_cancelled_in_time(&app, &sync).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_connects_to_a_host_that_says_nothing_is_cancelled_at_once() {
    let Some(table) = Table::with("CREATE TABLE t (id int)").await else { return };
    for scheme in ["postgres", "mysql"] {
        let mute = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{scheme}://me@{}/shop", mute.local_addr().unwrap());
        // To know what there is.
        let connector = table.app.database_connector(scheme, &url).await;
        let sync = table.app.start_sync(&connector, None).await;
        let _silence = timeout(PATIENCE, mute.accept()).await.expect("it connects").unwrap();
        assert_cancelled_in_time(&table.app, &sync).await;
        // To read what it knows of.
        let update = "mutation($input: UpdateConnectorInput!) { updateConnector(input: $input) { connector { id } } }";
        let moved = json!({ "id": table.connector, "connectionConfig": { "url": url } });
        table.app.gql(update, json!({ "input": moved })).await;
        let mut events = table.app.events_of(&table.connector).await;
        let sync = table.app.start_sync(&table.connector, None).await;
        let source = table.source.as_str();
        events.wait_for(|event| event["status"] == "RUNNING" && event["dataSourceId"] == source).await;
        let _silence = timeout(PATIENCE, mute.accept()).await.expect("it connects").unwrap();
        assert_cancelled_in_time(&table.app, &sync).await;
    }
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
    assert_cancelled_in_time(&table.app, &sync).await;
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
        assert_cancelled_in_time(&table.app, &sync).await;
        assert_eq!(table.lake("SELECT count(*), max(what) FROM shop.t").await, [format!("{ROWS}|first")]);
    }
    assert_eq!(table.sync().await[2], ROWS, "the next one merges all of them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_compares_keys_is_cancelled_at_once_and_keeps_the_news() {
    // Only who reads rows of before comes to the gate: the news are found by their cursor first.
    let orders = "CREATE TABLE stored (id int PRIMARY KEY, total int, changed timestamptz NOT NULL);
        INSERT INTO stored SELECT n, n, timestamptz '2026-01-01' + n * interval '1 minute' FROM generate_series(1, 1000) n;
        CREATE VIEW t AS SELECT id, total, changed FROM stored WHERE gate(id)";
    let Some(database) = servers::postgres() else { return };
    let mut source = PgConnection::connect(database.url()).await.unwrap();
    source.execute(AssertSqlSafe(shut_at(500, orders))).await.unwrap();
    source.execute(OPEN).await.unwrap();
    let app = TestApp::new().await;
    let only_the_view = json!({ "url": database.url(), "tables": ["t"] });
    let shop = json!({ "name": "Shop", "type": "DATABASE", "connectionConfig": only_the_view });
    let connector = app.connector(shop).await;
    let settings = json!({ "id": app.only_source(&connector).await, "extractType": "INCREMENTAL", "writeMode": "MERGE",
        "primaryKey": ["id"], "cursorField": "changed", "lookbackSeconds": 0, "detectDeletes": true });
    app.update_source(settings).await;
    assert_eq!(sync(&app, &connector).await, [1000, 1000, 0, 0]);
    let changes = "DELETE FROM stored WHERE id > 990; UPDATE stored SET total = -1, changed = now() WHERE id = 7";
    source.execute(changes).await.unwrap();
    source.execute(SHUT).await.unwrap();
    let mut events = app.events_of(&connector).await;
    let cut_short = app.start_sync(&connector, None).await;
    let event = events.wait_for(|event| event["message"] == "comparing keys").await;
    assert_eq!(event["progress"]["rows"], 1, "keys are no rows that were read: {event:#}");
    assert_cancelled_in_time(&app, &cut_short).await;
    let held = "SELECT count(*), min(total) FROM shop.t";
    assert_eq!(lines(&app, held).await, ["1000|-1"], "the news stay, and nothing is deleted");
    source.execute(OPEN).await.unwrap();
    assert_eq!(sync(&app, &connector).await, [1, 0, 0, 10]);
    assert_eq!(lines(&app, held).await, ["990|-1"]);
}
