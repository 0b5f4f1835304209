//! Apollo's multipart subscriptions, byte by byte.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::body::Body;
use crate::harness::TestApp;

const CHANGED: &str = "subscription { connectorChanged { name } }";
const HEAD: &str = "\r\ncontent-type: application/json\r\n\r\n";

/// Asks for the parts of an operation.
async fn ask(app: &TestApp, accept: &str, query: &str, variables: Value) -> reqwest::Response {
    let request = app.client().post(app.url("/graphql")).header("accept", accept);
    request.json(&json!({ "query": query, "variables": variables })).send().await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_part_is_closed_at_once_whatever_boundary_is_asked_for() {
    let app = TestApp::new().await;
    let id = app.database_connector("A", "postgres://reader@db.example.com/a").await;
    let rename = "mutation($id: ID!, $name: String!) {
        updateConnector(input: { id: $id, name: $name }) { connector { id } } }";
    for (number, accept) in [
        "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json",
        "multipart/mixed; boundary=\"graphql\"; subscriptionSpec=1.0, application/json",
        "multipart/mixed;subscriptionSpec=1.0, application/graphql-response+json;q=0.5",
    ]
    .into_iter()
    .enumerate()
    {
        let answer = ask(&app, accept, CHANGED, json!({})).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let media_type = "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0";
        assert_eq!(answer.headers()["content-type"], media_type, "{accept}");
        assert_eq!(answer.headers()["x-accel-buffering"], "no", "nginx passes each part on as it comes");
        let mut body = Body::of(answer);
        assert_eq!(body.up_to("--graphql").await, "\r\n--graphql");
        let name = format!("Name {number}");
        app.gql(rename, json!({ "id": id, "name": name })).await;
        let result = json!({ "payload": { "data": { "connectorChanged": { "name": name } } } });
        assert_eq!(body.up_to("--graphql").await, format!("{HEAD}{result}\r\n--graphql"), "{accept}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_last_part_closes_the_body() {
    let app = TestApp::new().await;
    let shop = "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)";
    let connector = app.sqlite_connector("Shop", shop).await;
    let log = app.sync_and_wait(&connector).await["id"].clone();
    let states = "subscription($id: ID!) { syncLog(id: $id) { status } }";
    let parts = "multipart/mixed;subscriptionSpec=1.0";
    let body = Body::of(ask(&app, parts, states, json!({ "id": log })).await).rest().await;
    let result = json!({ "payload": { "data": { "syncLog": { "status": "SUCCEEDED" } } } });
    assert_eq!(body, format!("\r\n--graphql{HEAD}{result}\r\n--graphql--\r\n"));
    // One that fails before it begins says so in a part.
    let missing = json!({ "id": "log_00000000000000000000000000000000" });
    let body = Body::of(ask(&app, parts, states, missing).await).rest().await;
    assert!(body.contains("{\"payload\":{\"errors\":[{") && body.contains("NOT_FOUND"), "{body}");
    assert!(body.ends_with("\r\n--graphql--\r\n"), "{body}");
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_subscription_or_none_that_can_begin_is_an_ordinary_answer() {
    let app = TestApp::new().await;
    let accept = "multipart/mixed;subscriptionSpec=1.0, application/graphql-response+json";
    for (query, status) in [("{ __typename }", 200), ("subscription { nothing }", 400)] {
        let answer = ask(&app, accept, query, json!({})).await;
        assert_eq!(answer.status(), status, "{query}");
        assert_eq!(answer.headers()["content-type"], "application/graphql-response+json; charset=utf-8", "{query}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_empty_part_shows_that_a_silent_subscription_lives() {
    let app = TestApp::with(|config| config.live.keep_alive_seconds = 1).await;
    let mut body = Body::of(ask(&app, "multipart/mixed;subscriptionSpec=1.0", CHANGED, json!({})).await);
    body.up_to("--graphql").await;
    for _ in 0..2 {
        assert_eq!(body.up_to("--graphql").await, format!("{HEAD}{{}}\r\n--graphql"));
    }
    let stopped = tokio::spawn(app.stop());
    assert_eq!(body.rest().await, "", "a body that is not closed is one to ask for again");
    stopped.await.unwrap();
}
