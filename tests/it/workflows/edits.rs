//! Two who change one workflow: whoever says what it was when they read it does not write over the other.

use chrono::{DateTime, Duration, Utc};
use dataweaver::entity::{stored_time, workflow};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::{Value, json};

use super::scene::{assert_succeeded, id, made, run, transform};
use crate::client::Client;
use crate::harness::TestApp;
use crate::servers;

const UPDATE: &str =
    "mutation($input: UpdateWorkflowInput!) { updateWorkflow(input: $input) { workflow { name yaml updatedAt } } }";

async fn written(app: &TestApp) -> String {
    id(&made(app, "Shared", vec![transform("make", "t", "SELECT 1 AS x")]).await)
}

async fn read(client: &Client, id: &str) -> Value {
    let ask = "query($id: ID!) { workflow(id: $id) { name yaml updatedAt } }";
    client.gql(ask, json!({ "id": id })).await["workflow"].take()
}

/// Changes the workflow, which gives what it is then.
async fn change(client: &Client, input: Value) -> Value {
    client.gql(UPDATE, json!({ "input": input })).await["updateWorkflow"]["workflow"].take()
}

fn time(of: &Value) -> DateTime<Utc> {
    of["updatedAt"].as_str().expect("a time").parse().expect("RFC 3339")
}

/// Fails unless an update was refused since what was read is not there any more.
fn assert_conflict(answer: &Value, there_now: &Value) {
    let error = &answer["errors"][0];
    assert_eq!(
        (&error["extensions"]["code"], &error["extensions"]["field"], &error["extensions"]["updatedAt"]),
        (&json!("CONFLICT"), &json!("ifUpdatedAt"), &there_now["updatedAt"]),
        "{answer:#}"
    );
    let (message, hint) = (error["message"].as_str().unwrap(), error["extensions"]["hint"].as_str().unwrap());
    assert!(message.contains(there_now["updatedAt"].as_str().unwrap()) && hint.contains("read it again"), "{answer:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_read_what_is_there_changes_it_and_who_has_not_is_refused() {
    let app = TestApp::new().await;
    let id = written(&app).await;
    let first = read(&app, &id).await;
    assert_succeeded(&run(&app, &id, None).await);
    assert_eq!(read(&app, &id).await, first, "a run is no change");
    let second = change(&app, json!({ "id": id, "name": "Mine", "ifUpdatedAt": first["updatedAt"] })).await;
    assert!(second["name"] == "Mine" && time(&second) > time(&first), "{first:#} {second:#}");
    assert_eq!(read(&app, &id).await, second, "what was written is what it was answered with");
    // By its fields, by its text, and with steps that would be replaced.
    let yaml = first["yaml"].as_str().unwrap();
    for mut input in [
        json!({ "name": "Theirs" }),
        json!({ "yaml": yaml.replace("Shared", "Theirs") }),
        json!({ "steps": [transform("make", "t", "SELECT 2 AS x")] }),
        json!({}),
    ] {
        input["id"] = json!(id);
        input["ifUpdatedAt"] = first["updatedAt"].clone();
        assert_conflict(&app.try_gql(UPDATE, json!({ "input": input })).await, &second);
        assert_eq!(read(&app, &id).await, second, "nothing is changed");
    }
    // The time that the refusal names lets it be written over, in whatever zone it is said.
    let elsewhere = time(&second).with_timezone(&chrono::FixedOffset::east_opt(7_200).unwrap()).to_rfc3339();
    let third = change(&app, json!({ "id": id, "yaml": yaml, "ifUpdatedAt": elsewhere })).await;
    assert_eq!((&third["name"], &third["yaml"]), (&first["name"], &first["yaml"]));
    // Nobody has to say it.
    let fourth = change(&app, json!({ "id": id, "name": "Last", "ifUpdatedAt": null })).await;
    let fifth = change(&app, json!({ "id": id, "name": "Very last" })).await;
    assert!(time(&third) < time(&fourth) && time(&fourth) < time(&fifth));
    assert_eq!(app.error_code(UPDATE, json!({ "input": { "id": id, "ifUpdatedAt": "noon" } })).await, "BAD_USER_INPUT");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_exactly_one_changes_it() {
    exactly_one_changes_it(TestApp::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_exactly_one_changes_it_with_our_own_in_postgresql() {
    let Some(database) = servers::postgres() else { return };
    exactly_one_changes_it(TestApp::on(database.url()).await).await;
}

async fn exactly_one_changes_it(app: TestApp) {
    let id = written(&app).await;
    for round in 0..5 {
        let before = read(&app, &id).await;
        let at_once = (0..8).map(|editor| {
            let steps = [transform("make", "t", &format!("SELECT {editor} AS x"))];
            let name = format!("Round {round} of {editor}");
            let input = json!({ "id": id, "name": name, "steps": steps, "ifUpdatedAt": before["updatedAt"] });
            app.try_gql(UPDATE, json!({ "input": input }))
        });
        let answers = futures::future::join_all(at_once).await;
        let after = read(&app, &id).await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer["errors"].is_null());
        assert_eq!(won.len(), 1, "{answers:#?}");
        assert_eq!(won[0]["data"]["updateWorkflow"]["workflow"], after);
        for answer in lost {
            assert_conflict(answer, &after);
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_has_a_later_time_whatever_the_clock_says() {
    let app = TestApp::new().await;
    let id = written(&app).await;
    let ahead = stored_time(Utc::now() + Duration::days(1));
    workflow::Entity::update_many()
        .col_expr(workflow::Column::UpdatedAt, Expr::value(ahead))
        .exec(app.services().db())
        .await
        .unwrap();
    let mut before = read(&app, &id).await;
    assert_eq!(time(&before), ahead);
    for name in ["One", "Two", "Three"] {
        let after = change(&app, json!({ "id": id, "name": name, "ifUpdatedAt": before["updatedAt"] })).await;
        assert!(time(&after) > time(&before), "{before:#} {after:#}");
        before = after;
    }
    app.stop().await;
}
