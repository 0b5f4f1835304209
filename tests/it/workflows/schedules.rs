//! A schedule runs its workflow when its time has come, once, and leaves a record where it cannot.

use chrono::{Duration, Utc};
use dataweaver::engine::MissedFirings;
use dataweaver::entity::{stored_time, workflow};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use super::running::Gated;
use super::scene::{create, end, id, made, start, step, transform, workflow as read};
use crate::client::Client;
use crate::harness::{PATIENCE, TestApp};
use crate::installation::{Installation, Server};
use crate::servers;

/// Moves the next firing into the past, as if time had gone by.
async fn let_time_pass(app: &TestApp, more: Duration) {
    workflow::Entity::update_many()
        .col_expr(workflow::Column::NextRunAt, Expr::value(stored_time(Utc::now() - more)))
        .filter(workflow::Column::NextRunAt.is_not_null())
        .exec(app.services().db())
        .await
        .unwrap();
}

/// A workflow with a schedule, far from now.
async fn scheduled(client: &Client) -> String {
    let far = (Utc::now() + Duration::hours(12)).format("0 %H * * *").to_string();
    let input = json!({ "name": "Daily", "schedule": far, "steps": [transform("make", "t", "SELECT 1 AS x")] });
    let data = client.gql(&create(), json!({ "input": input })).await;
    id(&data["createWorkflow"]["workflow"])
}

/// The runs of a workflow, the newest first, when there are so many that have ended.
async fn runs(client: &Client, id: &str, count: usize) -> Value {
    let ask = "query($id: ID!) { workflow(id: $id) { nextRunAt runs { nodes { trigger status errorMessage } } } }";
    let wait = async {
        loop {
            let found = client.gql(ask, json!({ "id": id })).await["workflow"].take();
            let nodes = found["runs"]["nodes"].as_array().unwrap();
            if nodes.len() >= count && nodes.iter().all(|run| run["status"] != "RUNNING") {
                assert!(found["nextRunAt"].as_str().unwrap() > Utc::now().to_rfc3339().as_str(), "{found:#}");
                return found["runs"]["nodes"].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.expect("the schedule fires")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_runs_its_workflow_and_sets_its_next_time() {
    let app = TestApp::new().await;
    let id = scheduled(&app).await;
    assert_eq!(read(&app, &id).await["latestRun"], Value::Null, "not before its time");
    let_time_pass(&app, Duration::days(3)).await;
    let found = runs(&app, &id, 1).await;
    assert_eq!(found, json!([{ "trigger": "SCHEDULED", "status": "SUCCEEDED", "errorMessage": null }]));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missed_firing_is_skipped_where_that_is_wished_and_leaves_a_record() {
    let app = TestApp::with(|config| config.engine.missed_firings = MissedFirings::Skip).await;
    let id = scheduled(&app).await;
    let_time_pass(&app, Duration::hours(2)).await;
    let found = runs(&app, &id, 1).await;
    assert_eq!((&found[0]["trigger"], &found[0]["status"]), (&json!("SCHEDULED"), &json!("CANCELLED")), "{found:#}");
    assert!(found[0]["errorMessage"].as_str().unwrap().contains("engine.missed_firings"), "{found:#}");
    assert_eq!(read(&app, &id).await["status"], "DRAFT");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_firing_that_finds_the_workflow_at_work_leaves_a_record() {
    let Some(mut gated) = Gated::shut().await else { return };
    let app = TestApp::new().await;
    let connector = app.database_connector("Gated", gated.database.url()).await;
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { name } } }";
    app.gql(discover, json!({ "id": connector })).await;
    let made = made(&app, "Busy", vec![step("read", "EXTRACT", json!({ "sources": ["gated"] }))]).await;
    let id = id(&made);
    let far = (Utc::now() + Duration::hours(12)).format("0 %H * * *").to_string();
    let update = "mutation($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { workflow { id } } }";
    app.gql(update, json!({ "input": { "id": id, "schedule": far } })).await;
    start(&app, &id, None).await;
    gated.until_wait(1).await;
    let mut states = super::scene::progress(&app, &id).await;
    let_time_pass(&app, Duration::seconds(1)).await;
    states.until(|state| state["latestRun"]["status"] == "CANCELLED").await;
    gated.open().await;
    assert_eq!(end(&app, &id).await["status"], "SUCCEEDED");
    let found = runs(&app, &id, 2).await;
    assert!(found[0]["errorMessage"].as_str().unwrap().contains("had not ended"), "{found:#}");
    assert_eq!(found[1]["status"], "SUCCEEDED");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_see_a_schedule_due_run_it_once() {
    let Some(own) = servers::postgres() else { return };
    let lake = tempfile::tempdir().unwrap();
    let replica = || Installation::replica(own.url(), lake.path());
    let (here, there) = (replica(), replica());
    let (one, other) = (Server::start(&here), Server::start(&there));
    let mut ids = Vec::new();
    for _ in 0..6 {
        ids.push(scheduled(&one).await);
    }
    use sqlx::{Connection, Executor};
    let mut database = sqlx::PgConnection::connect(own.url()).await.unwrap();
    database.execute("UPDATE workflows SET next_run_at = now()").await.unwrap();
    for id in &ids {
        let found = runs(&other, id, 1).await;
        assert_eq!(found, json!([{ "trigger": "SCHEDULED", "status": "SUCCEEDED", "errorMessage": null }]));
    }
}
