//! Schedules fire once, whoever looks, and none goes by in silence.

use chrono::{Duration, Utc};
use dataweaver::engine::MissedFirings;
use dataweaver::entity::{connector, stored_time};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::table::Table;
use crate::client::Socket;
use crate::harness::TestApp;

/// Moves the next firing into the past, as if time had gone by, and so much more than was left.
async fn let_time_pass(app: &TestApp, more: Duration) {
    let due = stored_time(Utc::now() - more);
    connector::Entity::update_many()
        .col_expr(connector::Column::NextSyncAt, Expr::value(due))
        .filter(connector::Column::NextSyncAt.is_not_null())
        .exec(app.services().db())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_fires_and_sets_its_next_time() {
    let app = TestApp::new().await;
    let (connector, mut events) = scheduled_shop(&app).await;
    let_time_pass(&app, Duration::seconds(1)).await;
    assert_fires_once(&app, &connector, &mut events).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn firings_that_were_missed_are_made_up_for_by_one_sync_that_says_so() {
    let app = TestApp::new().await;
    let (connector, mut events) = scheduled_shop(&app).await;
    let_time_pass(&app, Duration::days(3)).await;
    let queued = events.wait_for(|event| event["status"] == "QUEUED").await;
    assert!(queued["message"].as_str().unwrap().contains("late: it was due at"), "{queued:#}");
    assert_fires_once(&app, &connector, &mut events).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firing_that_was_missed_is_skipped_where_that_is_wished_and_leaves_a_record() {
    let app = TestApp::with(|config| config.engine.missed_firings = MissedFirings::Skip).await;
    let (connector, mut events) = scheduled_shop(&app).await;
    let_time_pass(&app, Duration::hours(2)).await;
    let skipped = events.wait_for(|event| event["status"] == "CANCELLED").await;
    assert_eq!(skipped["details"]["missed"], true, "{skipped:#}");
    let (syncs, next) = syncs_and_next(&app, &connector).await;
    assert_eq!((&syncs[0]["trigger"], &syncs[0]["status"]), (&json!("SCHEDULED"), &json!("CANCELLED")), "{syncs:#}");
    let message = syncs[0]["errorMessage"].as_str().unwrap();
    assert!(message.contains("while no process ran syncs") && message.contains("engine.missed_firings"), "{message}");
    assert!(next > Utc::now().to_rfc3339(), "{next}");
    // One that comes in its time is none of those.
    let_time_pass(&app, Duration::seconds(1)).await;
    events.wait_for(|event| event["status"] == "SUCCEEDED" && event["dataSourceId"].is_null()).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firing_that_finds_its_connector_at_work_is_a_fact_of_the_sync_that_runs() {
    let Some(mut table) = Table::with("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)").await else {
        return;
    };
    schedule(&table.app, &table.connector).await;
    table.run("BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE").await;
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    let_time_pass(&table.app, Duration::seconds(1)).await;
    let skipped = events.wait_for(|event| event["kind"] == "LOG" && event["details"]["dueAt"].is_string()).await;
    assert_eq!(skipped["level"], "WARNING", "{skipped:#}");
    assert!(skipped["message"].as_str().unwrap().contains("is skipped, since this sync has not ended"), "{skipped:#}");
    table.run("COMMIT").await;
    let end = table.app.sync_end(&sync).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let (syncs, next) = syncs_and_next(&table.app, &table.connector).await;
    assert_eq!(syncs, json!([{ "trigger": "MANUAL", "status": "SUCCEEDED", "errorMessage": null }]));
    assert!(next > Utc::now().to_rfc3339(), "{next}");
}

/// A connector to a small shop, with a schedule, and its events from now on.
async fn scheduled_shop(app: &TestApp) -> (String, Socket) {
    let connector =
        app.sqlite_connector("Shop", "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)").await;
    schedule(app, &connector).await;
    let events = app.events_of(&connector).await;
    (connector, events)
}

/// The schedule has one sync made, which succeeds, and knows the time of the next.
async fn assert_fires_once(app: &TestApp, connector: &str, events: &mut Socket) {
    events.wait_for(|event| event["status"] == "SUCCEEDED" && event["dataSourceId"].is_null()).await;
    let (syncs, next) = syncs_and_next(app, connector).await;
    assert_eq!(syncs, json!([{ "trigger": "SCHEDULED", "status": "SUCCEEDED", "errorMessage": null }]));
    assert!(next > Utc::now().to_rfc3339(), "{next}");
}

/// Gives a connector a schedule, far from now.
async fn schedule(app: &TestApp, connector: &str) {
    let update =
        "mutation($input: UpdateConnectorInput!) { updateConnector(input: $input) { connector { nextSyncAt } } }";
    let far = (Utc::now() + Duration::hours(12)).format("0 %H * * *").to_string();
    let input = json!({ "id": connector, "syncEnabled": true, "syncSchedule": far, "timezone": "Europe/Berlin" });
    let data = app.gql(update, json!({ "input": input })).await;
    assert!(data["updateConnector"]["connector"]["nextSyncAt"].is_string(), "{data:#}");
}

/// A connector's syncs, the newest first, and the time of the next one.
async fn syncs_and_next(app: &TestApp, connector: &str) -> (Value, String) {
    let ask =
        "query($id: ID!) { connector(id: $id) { nextSyncAt syncLogs { nodes { trigger status errorMessage } } } }";
    let data = app.gql(ask, json!({ "id": connector })).await;
    let next = data["connector"]["nextSyncAt"].as_str().expect("a time").to_owned();
    (data["connector"]["syncLogs"]["nodes"].clone(), next)
}
