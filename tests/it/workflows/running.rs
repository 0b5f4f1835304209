//! Steps run beside each other where they may, failures take along what hangs on them, and a run can be stopped and gone on
//! with.

use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use super::scene::{
    Shop, assert_succeeded, end, id, made, progress, run, sql, start, statuses, step, step_after, step_of, transform,
    workflow,
};
use crate::gate::{OPEN, shut_at};
use crate::harness::{PATIENCE, TestApp};
use crate::servers::{self, TestDatabase};

/// A source whose readers wait at a gate until it is opened.
pub struct Gated {
    pub database: TestDatabase,
    keeper: PgConnection,
}

impl Gated {
    /// None where PostgreSQL is missing.
    pub async fn shut() -> Option<Self> {
        let database = servers::postgres()?;
        let view = "CREATE TABLE t (n int PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3);
            CREATE VIEW gated AS SELECT n FROM t WHERE gate(n)";
        let mut keeper = PgConnection::connect(database.url()).await.unwrap();
        let table = view.split_once("CREATE VIEW").unwrap();
        keeper.execute(AssertSqlSafe(table.0.to_owned())).await.unwrap();
        keeper.execute(AssertSqlSafe(shut_at(2, &format!("CREATE VIEW{}", table.1)))).await.unwrap();
        Some(Self { database, keeper })
    }

    /// Waits until so many readers stand at the gate at the same time.
    pub async fn until_wait(&mut self, readers: i64) {
        let count = "SELECT count(*) AS waiting FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event = 'advisory'";
        let wait = async {
            while self.keeper.fetch_one(count).await.unwrap().get::<i64, _>("waiting") != readers {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{readers} readers come to the gate"));
    }

    pub async fn open(&mut self) {
        self.keeper.execute(OPEN).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_that_do_not_hang_on_each_other_run_at_the_same_time() {
    let (Some(mut one), Some(mut other)) = (Gated::shut().await, Gated::shut().await) else { return };
    let app = TestApp::new().await;
    for (name, gated) in [("One", &one), ("Other", &other)] {
        let connector = app.database_connector(name, gated.database.url()).await;
        let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { name } } }";
        app.gql(discover, json!({ "id": connector })).await;
    }
    let steps = vec![
        step("a", "EXTRACT", json!({ "sources": ["one.gated"] })),
        step("b", "EXTRACT", json!({ "sources": ["other.gated"] })),
        step_after("c", "TRANSFORM", json!({ "table": "t", "sql": "SELECT 1 AS x" }), &["a", "b"]),
    ];
    let beside = made(&app, "Beside", steps).await;
    let id = id(&beside);
    let mut states = progress(&app, &id).await;
    assert_eq!(states.next().await.unwrap()["status"], "DRAFT");
    assert!(states.next().await.is_none(), "where nothing runs, its state is all there is");
    start(&app, &id, None).await;
    let mut states = progress(&app, &id).await;
    // Each waits until the gates are opened, and those are opened when both wait.
    one.until_wait(1).await;
    other.until_wait(1).await;
    let both =
        states.until(|state| statuses(state).iter().filter(|(_, status)| status == "RUNNING").count() == 2).await;
    assert_eq!(step_of(&both, "c")["status"], "PENDING");
    one.open().await;
    states.until(|state| step_of(state, "a")["status"] == "SUCCEEDED").await;
    assert_eq!(step_of(&workflow(&app, &id).await, "c")["status"], "PENDING", "it waits for both");
    other.open().await;
    let last = states.end().await;
    assert_succeeded(&last);
    assert_eq!(step_of(&last, "a")["rows"], 3);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_step_takes_what_hangs_on_it_along_and_is_made_up_for() {
    let shop = Shop::new().await;
    let late = shop.sqlite_connector("Late", "CREATE TABLE late (id INTEGER); INSERT INTO late VALUES (1), (2)").await;
    shop.only_source(&late).await;
    let steps = vec![
        transform("fine", "fine", "SELECT 1 AS x"),
        transform("fails", "fails", "SELECT id FROM {{ source('late') }}"),
        transform("behind", "behind", "SELECT f.id FROM {{ ref('fails') }} f CROSS JOIN {{ ref('fine') }}"),
        step(
            "last",
            "OUTPUT",
            json!({ "file": "last", "format": "csv", "sql": "SELECT id FROM {{ ref('behind') }} ORDER BY 1" }),
        ),
    ];
    let made = made(&shop, "Retried", steps).await;
    let id = id(&made);
    let failed = run(&shop, &id, None).await;
    let expected = [("fine", "SUCCEEDED"), ("fails", "FAILED"), ("behind", "SKIPPED"), ("last", "SKIPPED")];
    let expected = expected.map(|(name, status)| (name.to_owned(), status.to_owned()));
    assert_eq!(statuses(&failed), expected);
    assert_eq!((&failed["status"], &failed["latestRun"]["status"]), (&json!("FAILED"), &json!("FAILED")));
    let message = step_of(&failed, "fails")["errorMessage"].as_str().unwrap();
    assert!(message.contains("there is no table late.late"), "{message}");
    assert_eq!(step_of(&failed, "last")["errorMessage"], "behind, which it depends on, has not succeeded");

    let end_of_sync = shop.sync_and_wait(&late).await;
    assert_eq!(end_of_sync["status"], "SUCCEEDED", "{end_of_sync:#}");
    let again = run(&shop, &id, Some("fails")).await;
    assert_succeeded(&again);
    assert_eq!(step_of(&again, "fine"), step_of(&failed, "fine"), "what had succeeded does not run again");
    assert_eq!(sql(&shop, "SELECT count(*) FROM retried.behind").await, json!([[2]]));
    let run_of = &again["latestRun"];
    assert_eq!((&run_of["fromStep"], &run_of["trigger"]), (&json!("fails"), &json!("MANUAL")));
    assert_ne!(run_of["id"], failed["latestRun"]["id"]);
    assert!(run_of["startedAt"].is_string() && run_of["completedAt"].is_string());

    let from_the_middle = run(&shop, &id, Some("behind")).await;
    assert_succeeded(&from_the_middle);
    assert_eq!(step_of(&from_the_middle, "fails"), step_of(&again, "fails"));
    assert_ne!(step_of(&from_the_middle, "last")["startedAt"], step_of(&again, "last")["startedAt"]);
    let refused =
        "mutation($id: ID!) { runWorkflow(input: { workflowId: $id, fromStep: \"nothing\" }) { workflow { id } } }";
    assert_eq!(shop.error_code(refused, json!({ "id": id })).await, "BAD_USER_INPUT");
    shop.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_stopped_stops_the_sync_that_it_began_and_can_be_gone_on_with() {
    let Some(mut gated) = Gated::shut().await else { return };
    let app = TestApp::new().await;
    let connector = app.database_connector("Gated", gated.database.url()).await;
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { name } } }";
    app.gql(discover, json!({ "id": connector })).await;
    let steps = vec![
        transform("first", "t", "SELECT 1 AS x"),
        step_after("read", "EXTRACT", json!({ "sources": ["gated"] }), &["first"]),
        step_after("last", "TRANSFORM", json!({ "table": "u", "sql": "SELECT 1 AS x" }), &["read"]),
    ];
    let made = made(&app, "Stopped", steps).await;
    let id = id(&made);
    start(&app, &id, None).await;
    gated.until_wait(1).await;
    for refused in [
        "mutation($id: ID!) { deleteWorkflow(input: { id: $id }) { deletedId } }",
        "mutation($id: ID!) { runWorkflow(input: { workflowId: $id, fromStep: \"last\" }) { workflow { id } } }",
    ] {
        assert_eq!(app.error_code(refused, json!({ "id": id })).await, "CONFLICT");
    }
    start(&app, &id, None).await;
    let joined = workflow(&app, &id).await;
    let cancel = "mutation($id: ID!) { cancelWorkflow(input: { workflowId: $id }) { workflow { id } } }";
    app.gql(cancel, json!({ "id": id })).await;
    let stopped = end(&app, &id).await;
    let expected = [("first", "SUCCEEDED"), ("read", "CANCELLED"), ("last", "CANCELLED")];
    assert_eq!(statuses(&stopped), expected.map(|(name, status)| (name.to_owned(), status.to_owned())));
    assert_eq!((&stopped["status"], &stopped["latestRun"]["id"]), (&json!("CANCELLED"), &joined["latestRun"]["id"]));
    let ask = "query($id: ID!) { connector(id: $id) { latestSync { id trigger } } }";
    let sync = app.gql(ask, json!({ "id": connector })).await["connector"]["latestSync"].take();
    assert_eq!(sync["trigger"], "WORKFLOW");
    let sync_end = app.sync_end(sync["id"].as_str().unwrap()).await;
    assert_eq!(sync_end["status"], "CANCELLED", "{sync_end:#}");

    gated.open().await;
    let again = run(&app, &id, Some("read")).await;
    assert_succeeded(&again);
    assert_eq!(step_of(&again, "first"), step_of(&stopped, "first"));
    app.gql(cancel, json!({ "id": id })).await;
    assert_eq!(workflow(&app, &id).await["status"], "SUCCEEDED", "one that does not run stays as it is");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_takes_too_long_is_stopped() {
    let Some(mut gated) = Gated::shut().await else { return };
    let app = TestApp::with(|config| config.workflows.step_seconds = 1).await;
    let connector = app.database_connector("Gated", gated.database.url()).await;
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { name } } }";
    app.gql(discover, json!({ "id": connector })).await;
    let workflow = made(&app, "Slow", vec![step("read", "EXTRACT", json!({ "sources": ["gated"] }))]).await;
    let ended = run(&app, &id(&workflow), None).await;
    assert_eq!(ended["status"], "FAILED");
    let message = step_of(&ended, "read")["errorMessage"].as_str().unwrap();
    assert_eq!(message, "the step was stopped after 1 s (workflows.step_seconds)");
    gated.open().await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_is_under_way_is_joined() {
    let Some(mut gated) = Gated::shut().await else { return };
    let app = TestApp::new().await;
    let connector = app.database_connector("Gated", gated.database.url()).await;
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id name } } }";
    let found = app.gql(discover, json!({ "id": connector })).await["discoverSources"]["dataSources"].take();
    let source = found.as_array().unwrap().iter().find(|source| source["name"] == "gated").unwrap()["id"].clone();
    let sync = "mutation($input: SyncConnectorInput!) { syncConnector(input: $input) { syncLog { id } } }";
    let input = json!({ "connectorId": connector, "dataSourceIds": [source] });
    let sync = app.gql(sync, json!({ "input": input })).await["syncConnector"]["syncLog"]["id"].take();
    gated.until_wait(1).await;
    let made = made(&app, "Joining", vec![step("read", "EXTRACT", json!({ "sources": ["gated"] }))]).await;
    let id = id(&made);
    start(&app, &id, None).await;
    progress(&app, &id).await.until(|state| step_of(state, "read")["status"] == "RUNNING").await;
    gated.open().await;
    let ended = end(&app, &id).await;
    assert_succeeded(&ended);
    assert_eq!(step_of(&ended, "read")["result"]["syncs"][0]["syncLogId"], sync);
    app.stop().await;
}
