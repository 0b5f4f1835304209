//! What can be followed live, over a WebSocket.

use dataweaver::events::EventCursor;
use dataweaver::services::Role;
use serde_json::{Value, json};

use crate::harness::{TestApp, token};

const SHOP: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY); INSERT INTO orders VALUES (1), (2), (3);";
const EVENTS: &str = "subscription($after: String, $log: ID) { syncEvents(after: $after, syncLogId: $log) {
    id cursor kind level message status dataSourceId progress { percent dataSource { tableName } } } }";

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_is_followed_to_its_end_and_then_the_stream_completes() {
    let app = TestApp::new().await;
    let id = app.sqlite_connector("Shop", SHOP).await;
    let end = app.sync_and_wait(&id).await;
    assert_eq!(end["status"], "SUCCEEDED");
    // One that is over gives its state once.
    let again = app.sync_end(end["id"].as_str().unwrap()).await;
    assert_eq!(again, end);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_go_on_after_a_cursor_without_gap_or_double() {
    let app = TestApp::new().await;
    let id = app.sqlite_connector("Shop", SHOP).await;
    let log = app.sync_and_wait(&id).await["id"].clone();
    let stored = "query($id: ID!) { syncLog(id: $id) { events { nodes { id cursor } } } }";
    let stored = app.gql(stored, json!({ "id": log })).await;
    let stored = stored["syncLog"]["events"]["nodes"].as_array().unwrap().clone();
    assert!(stored.len() >= 4, "{stored:#?}");

    let mut socket = app.socket(json!({})).await;
    socket.subscribe(EVENTS, json!({ "after": stored[1]["cursor"], "log": log })).await;
    let mut replayed = Vec::new();
    while replayed.len() < stored.len() - 2 {
        let payload = socket.next().await.expect("the log goes on");
        replayed.push(payload["data"]["syncEvents"]["id"].clone());
    }
    let expected: Vec<Value> = stored[2..].iter().map(|event| event["id"].clone()).collect();
    assert_eq!(replayed, expected);

    let mut nonsense = app.socket(json!({})).await;
    nonsense.subscribe(EVENTS, json!({ "after": "nonsense" })).await;
    let refused = nonsense.next().await.unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT", "{refused:#}");

    // As a client has it whose server was restored from yesterday's copy.
    let mut restored = app.socket(json!({})).await;
    restored.subscribe(EVENTS, json!({ "after": EventCursor(1_000_000).to_string() })).await;
    let refused = restored.next().await.unwrap();
    let extensions = &refused["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "CURSOR_EXPIRED", "{refused:#}");
    let mut anew = app.socket(json!({})).await;
    anew.subscribe(EVENTS, json!({ "after": extensions["oldestCursor"], "log": log })).await;
    assert_eq!(anew.next().await.unwrap()["data"]["syncEvents"]["id"], stored[0]["id"]);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connector_that_changes_is_told() {
    let app = TestApp::new().await;
    let (followed, other) = (app.sqlite_connector("Shop", SHOP).await, app.sqlite_connector("Other", SHOP).await);
    let mut socket = app.socket(json!({})).await;
    let changed = "subscription($id: ID) { connectorChanged(id: $id) { id name } }";
    socket.subscribe(changed, json!({ "id": followed })).await;
    socket.taken_up().await;
    let rename =
        "mutation($id: ID!, $name: String!) { updateConnector(input: { id: $id, name: $name }) { connector { id } } }";
    app.gql(rename, json!({ "id": other, "name": "Not this" })).await;
    app.gql(rename, json!({ "id": followed, "name": "New name" })).await;
    let told = socket.next().await.unwrap();
    assert_eq!(told["data"]["connectorChanged"], json!({ "id": followed, "name": "New name" }));
    app.stop().await;
}

#[tokio::test]
async fn a_socket_signs_in_by_its_first_message() {
    let app = TestApp::with(|config| config.auth.tokens = vec![token("reads", Role::Viewer)]).await;
    assert!(app.try_socket(json!({})).await.is_err(), "without a token");
    assert!(app.try_socket(json!({ "Authorization": "Bearer guessed" })).await.is_err(), "with a wrong one");
    let mut socket = app.socket(json!({ "authorization": "Bearer reads" })).await;
    socket.subscribe("{ connectors { totalCount } }", json!({})).await;
    assert_eq!(socket.next().await.unwrap()["data"]["connectors"]["totalCount"], 0);
    app.stop().await;
}
