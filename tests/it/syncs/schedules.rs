//! Schedules fire once, whoever looks, and a cancelled or disabled one does not.

use chrono::{Duration, Utc};
use dataweaver::entity::{connector, stored_time};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use crate::harness::TestApp;

/// Moves the next firing into the past, as if a minute had gone by.
async fn let_time_pass(app: &TestApp) {
    let due = stored_time(Utc::now() - Duration::seconds(1));
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
    let connector =
        app.sqlite_connector("Shop", "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)").await;
    let update =
        "mutation($input: UpdateConnectorInput!) { updateConnector(input: $input) { connector { nextSyncAt } } }";
    let input =
        json!({ "id": connector, "syncEnabled": true, "syncSchedule": "0 3 * * *", "timezone": "Europe/Berlin" });
    let data = app.gql(update, json!({ "input": input })).await;
    assert!(data["updateConnector"]["connector"]["nextSyncAt"].is_string(), "{data:#}");

    let mut events = app.events_of(&connector).await;
    let_time_pass(&app).await;
    events.wait_for(|event| event["status"] == "SUCCEEDED" && event["dataSourceId"].is_null()).await;
    let ask = "query($id: ID!) { connector(id: $id) { nextSyncAt syncLogs { nodes { trigger status } } } }";
    let data = app.gql(ask, json!({ "id": connector })).await;
    assert_eq!(data["connector"]["syncLogs"]["nodes"], json!([{ "trigger": "SCHEDULED", "status": "SUCCEEDED" }]));
    let next = data["connector"]["nextSyncAt"].as_str().unwrap();
    assert!(next > Utc::now().to_rfc3339().as_str(), "{next}");
    app.stop().await;
}
