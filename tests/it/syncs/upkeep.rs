//! Upkeep: small files become large ones, old records go, and a subscriber that was away for too long is told.

use chrono::{Duration, Utc};
use dataweaver::entity::{stored_time, sync_event, sync_log};
use dataweaver::services::upkeep::RetentionSettings;
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::json;

use super::table::Table;
use crate::harness::TestApp;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_files_of_many_syncs_are_put_together() {
    let Some(mut table) = Table::with("CREATE TABLE t (id serial, at timestamptz DEFAULT clock_timestamp())").await
    else {
        return;
    };
    table.set(json!({ "extractType": "INCREMENTAL", "writeMode": "APPEND", "cursorField": "at" })).await;
    for _ in 0..10 {
        table.run("INSERT INTO t DEFAULT VALUES").await;
        table.sync().await;
    }
    let before = table.lake("SELECT id FROM shop.t ORDER BY id").await;
    assert_eq!(before.len(), 10);
    let mut upkeep = table.app.services().upkeep(RetentionSettings::default());
    let round = upkeep.round().await.unwrap();
    assert_eq!((round.tables.compacted_files, round.tables.compacted_into), (10, 1), "{round:?}");
    assert_eq!(table.lake("SELECT id FROM shop.t ORDER BY id").await, before);
    assert_eq!(upkeep.round().await.unwrap().tables.compacted_files, 0, "once is enough");
    // The next sync goes on as if nothing had been.
    table.run("INSERT INTO t DEFAULT VALUES").await;
    assert_eq!(table.sync().await[1], 1);
    assert_eq!(table.lake("SELECT count(*) FROM shop.t").await, ["11"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_being_synced_or_will_be_is_left_for_the_next_round() {
    let Some(mut table) = Table::with("CREATE TABLE t (id serial, at timestamptz DEFAULT clock_timestamp())").await
    else {
        return;
    };
    table.set(json!({ "extractType": "INCREMENTAL", "writeMode": "APPEND", "cursorField": "at" })).await;
    for _ in 0..8 {
        table.run("INSERT INTO t DEFAULT VALUES").await;
        table.sync().await;
    }
    let mut upkeep = table.app.services().upkeep(RetentionSettings::default());
    table.run("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE").await;
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    // From the moment on in which it waits in the queue.
    assert_eq!(upkeep.round().await.unwrap().tables.compacted_files, 0);
    events.wait_for(|event| event["status"] == "RUNNING" && event["dataSourceId"].is_string()).await;
    assert_eq!(upkeep.round().await.unwrap().tables.compacted_files, 0);
    table.run("COMMIT").await;
    table.app.sync_end(&sync).await;
    assert_eq!(upkeep.round().await.unwrap().tables.compacted_files, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_records_go_and_a_subscriber_that_missed_events_is_told() {
    let app = TestApp::new().await;
    let connector =
        app.sqlite_connector("Shop", "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)").await;
    let old = app.sync_and_wait(&connector).await;
    let events = "query($id: ID!) { syncLog(id: $id) { events { edges { cursor } } } }";
    let data = app.gql(events, json!({ "id": old["id"] })).await;
    let first = data["syncLog"]["events"]["edges"][0]["cursor"].clone();
    // A year goes by.
    let then = stored_time(Utc::now() - Duration::days(400));
    let db = app.services().db();
    sync_event::Entity::update_many().col_expr(sync_event::Column::At, Expr::value(then)).exec(db).await.unwrap();
    sync_log::Entity::update_many().col_expr(sync_log::Column::CompletedAt, Expr::value(then)).exec(db).await.unwrap();
    let new = app.sync_and_wait(&connector).await;

    let round = app.services().upkeep(RetentionSettings::default()).round().await.unwrap();
    assert!(round.events > 3 && round.sync_logs == 1, "{round:?}");
    let data = app.gql("{ syncLogs { nodes { id } } }", json!({})).await;
    assert_eq!(data["syncLogs"]["nodes"], json!([{ "id": new["id"] }]));

    let follow = "subscription($after: String) { syncEvents(after: $after) { message cursor } }";
    let mut socket = app.socket(json!({})).await;
    socket.subscribe(follow, json!({ "after": first })).await;
    let refused = socket.next().await.unwrap();
    let extensions = &refused["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "CURSOR_EXPIRED", "{refused:#}");
    // From the oldest cursor on there is every event that is kept.
    let mut socket = app.socket(json!({})).await;
    socket.subscribe(follow, json!({ "after": extensions["oldestCursor"] })).await;
    let message = socket.next().await.unwrap();
    assert_eq!(message["data"]["syncEvents"]["message"], "Shop is queued", "{message:#}");
}
