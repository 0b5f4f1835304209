//! A process that dies in the middle of a run: another one goes on, what was done stays, and nothing is left RUNNING.

use dataweaver::entity::workflow_run;
use serde_json::{Value, json};

use super::running::Gated;
use super::scene::{
    assert_succeeded, end, id, made, progress, sql, start, step, step_after, step_of, transform, workflow,
};
use crate::client::Client;
use crate::harness::TestApp;
use crate::installation::{Installation, SECRET_KEY, Server};
use crate::late_lease::be_late;
use crate::servers;

/// A workflow that stands at the gate in its second step.
async fn at_the_gate(server: &Client, gated: &mut Gated) -> (String, Value) {
    let connector = server.database_connector("Gated", gated.database.url()).await;
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { name } } }";
    server.gql(discover, json!({ "id": connector })).await;
    let steps = vec![
        transform("first", "first", "SELECT 1 AS x"),
        step_after("read", "EXTRACT", json!({ "sources": ["gated"] }), &["first"]),
        transform("last", "last", "SELECT count(*) AS n FROM {{ source('gated') }}"),
    ];
    let made = made(server, "Surviving", steps).await;
    let id = id(&made);
    start(server, &id, None).await;
    gated.until_wait(1).await;
    let state = progress(server, &id).await.until(|state| step_of(state, "read")["status"] == "RUNNING").await;
    (id, state)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_on_after_its_server_was_killed() {
    let Some(mut gated) = Gated::shut().await else { return };
    let here = Installation::new();
    let server = Server::start(&here);
    let (id, before) = at_the_gate(&server, &mut gated).await;
    server.kill();
    gated.open().await;
    let server = Server::start(&here);
    let after = end(&server, &id).await;
    assert_succeeded(&after);
    assert_eq!(step_of(&after, "first"), step_of(&before, "first"), "what was done is not done again");
    assert_eq!((&after["latestRun"]["id"], &after["latestRun"]["attempt"]), (&before["latestRun"]["id"], &json!(2)));
    assert_eq!(sql(&server, "SELECT n FROM surviving.last").await, json!([[3]]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_kills_every_process_that_runs_it_fails_in_the_end() {
    let Some(mut gated) = Gated::shut().await else { return };
    let here = Installation::new().with("ENGINE__MOST_TAKE_OVERS", 0);
    let server = Server::start(&here);
    let (id, _) = at_the_gate(&server, &mut gated).await;
    server.kill();
    let server = Server::start(&here);
    let after = end(&server, &id).await;
    assert_eq!(after["status"], "FAILED", "{after:#}");
    let message = after["latestRun"]["errorMessage"].as_str().unwrap();
    assert!(message.contains("died or fell silent 1 times") && message.contains("engine.most_take_overs"), "{message}");
    assert_eq!(step_of(&after, "first")["status"], "SUCCEEDED");
    assert!(after["steps"].as_array().unwrap().iter().all(|step| step["status"] != "RUNNING"), "{after:#}");
    gated.open().await;
    start(&server, &id, Some("read")).await;
    assert_succeeded(&end(&server, &id).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_gets_further_each_time_is_taken_over_as_often_as_it_takes() {
    let (Some(mut one), Some(mut other)) = (Gated::shut().await, Gated::shut().await) else { return };
    let here = Installation::new().with("ENGINE__MOST_TAKE_OVERS", 1);
    let mut server = Server::start(&here);
    for (name, gated) in [("One", &one), ("Other", &other)] {
        let connector = server.database_connector(name, gated.database.url()).await;
        let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { name } } }";
        server.gql(discover, json!({ "id": connector })).await;
    }
    let steps = vec![
        step("first", "EXTRACT", json!({ "sources": ["one.gated"] })),
        step_after("second", "EXTRACT", json!({ "sources": ["other.gated"] }), &["first"]),
    ];
    let made = made(&server, "Persisting", steps).await;
    let id = id(&made);
    start(&server, &id, None).await;
    for (gated, name) in [(&mut one, "first"), (&mut other, "second")] {
        gated.until_wait(1).await;
        progress(&server, &id).await.until(|state| step_of(state, name)["status"] == "RUNNING").await;
        server.kill();
        server = Server::start(&here);
        gated.open().await;
    }
    let after = end(&server, &id).await;
    assert_succeeded(&after);
    assert_eq!(after["latestRun"]["attempt"], 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_late_to_prolong_its_lease_does_not_take_a_run_over_from_itself() {
    let Some(mut gated) = Gated::shut().await else { return };
    // The first take-over would be its end.
    let app = TestApp::with(|config| config.engine.most_take_overs = 0).await;
    let (id, _) = at_the_gate(&app, &mut gated).await;
    be_late::<workflow_run::Entity>(&app, workflow_run::Column::LeaseExpiresAt).await;
    gated.open().await;
    let after = end(&app, &id).await;
    assert_succeeded(&after);
    assert_eq!(after["latestRun"]["attempt"], 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_handed_over_at_a_shutdown() {
    let Some(mut gated) = Gated::shut().await else { return };
    let here = Installation::new().with("ENGINE__MOST_TAKE_OVERS", 0);
    let mut server = Server::start(&here);
    let (id, before) = at_the_gate(&server, &mut gated).await;
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    gated.open().await;
    let server = Server::start(&here);
    let after = end(&server, &id).await;
    assert_succeeded(&after);
    assert_eq!(step_of(&after, "first"), step_of(&before, "first"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_replica_takes_over_and_tells_those_who_follow_there() {
    let (Some(own), Some(mut gated)) = (servers::postgres(), Gated::shut().await) else { return };
    let lake = tempfile::tempdir().unwrap();
    let replica = || {
        Installation::replica(own.url(), lake.path()).with("SECRET_KEY", SECRET_KEY).with("ENGINE__LEASE_SECONDS", 2)
    };
    let (here, there) = (replica(), replica());
    let one = Server::start(&here);
    let (id, _) = at_the_gate(&one, &mut gated).await;
    let other = Server::start(&there);
    let mut states = progress(&other, &id).await;
    assert_eq!(states.next().await.unwrap()["status"], "RUNNING", "it is followed where it does not run");
    one.kill();
    let taken_over = states.until(|state| state["latestRun"]["attempt"] == 2).await;
    assert_eq!(step_of(&taken_over, "first")["status"], "SUCCEEDED");
    gated.open().await;
    assert_succeeded(&states.end().await);
    assert_eq!(workflow(&other, &id).await["latestRun"]["attempt"], 2);
}
