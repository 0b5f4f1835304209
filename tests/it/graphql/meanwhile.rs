//! What happens to a connector while its source is being asked: the answer must not undo it.

use std::time::Duration;

use axum::Router;
use chrono::Utc;
use dataweaver::config::Config;
use dataweaver::entity::{connector, stored_time};
use dataweaver::services::upkeep::RetentionSettings;
use dataweaver::vocabulary::ConnectorStatus;
use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::harness::TestApp;

const TEST: &str =
    "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success connector { status } } }";
const DISCOVER: &str = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id } } }";
const STATUS: &str = "query($id: ID!) { connector(id: $id) { status } }";

/// An S3 service with an empty bucket, which is asked and does not answer until it is let go.
struct SlowBucket {
    endpoint: String,
    asked: watch::Receiver<bool>,
    go: watch::Sender<bool>,
}

impl SlowBucket {
    async fn new() -> Self {
        let (ask, asked) = watch::channel(false);
        let (go, gone) = watch::channel(false);
        let answer = move || {
            let (ask, mut gone) = (ask.clone(), gone.clone());
            async move {
                ask.send_replace(true);
                gone.wait_for(|go| *go).await.ok();
                "<ListBucketResult><Name>slow</Name><KeyCount>0</KeyCount><IsTruncated>false</IsTruncated></ListBucketResult>"
            }
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(answer)).await });
        Self { endpoint, asked, go }
    }

    async fn is_asked(&mut self) {
        let asked = self.asked.wait_for(|asked| *asked);
        tokio::time::timeout(Duration::from_secs(30), asked).await.expect("the bucket is asked").unwrap();
    }
}

async fn with_slow_bucket(change: impl FnOnce(&mut Config)) -> (TestApp, SlowBucket, String) {
    let bucket = SlowBucket::new().await;
    let app = TestApp::with(change).await;
    let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
    let connection = json!({ "root": "s3://slow", "endpoint": bucket.endpoint });
    let input = json!({ "name": "Slow", "type": "FILE_SYSTEM", "connectionConfig": connection });
    let data = app.gql(create, json!({ "input": input })).await;
    let id = data["createConnector"]["connector"]["id"].as_str().unwrap().to_owned();
    (app, bucket, id)
}

async fn status(app: &TestApp, id: &str) -> Value {
    app.gql(STATUS, json!({ "id": id })).await["connector"]["status"].clone()
}

#[tokio::test]
async fn a_sync_that_begins_meanwhile_keeps_its_status() {
    for query in [TEST, DISCOVER] {
        let (app, mut bucket, id) = with_slow_bucket(|_| {}).await;
        let meanwhile = async {
            bucket.is_asked().await;
            app.services().db().execute_unprepared("UPDATE connectors SET status = 'SYNCING'").await.unwrap();
            bucket.go.send_replace(true);
        };
        let (answer, ()) = tokio::join!(app.try_gql(query, json!({ "id": id })), meanwhile);
        assert!(answer.get("errors").is_none(), "{answer:#}");
        assert_eq!(status(&app, &id).await, "SYNCING", "{query}");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_connector_that_is_removed_meanwhile_is_not_found() {
    let remove = "mutation($id: ID!) { deleteConnector(input: { id: $id }) { deletedId } }";
    for query in [TEST, DISCOVER] {
        let (app, mut bucket, id) = with_slow_bucket(|_| {}).await;
        let meanwhile = async {
            bucket.is_asked().await;
            app.gql(remove, json!({ "id": id })).await;
            bucket.go.send_replace(true);
        };
        let (answer, ()) = tokio::join!(app.try_gql(query, json!({ "id": id })), meanwhile);
        assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND", "{query}: {answer:#}");
        app.stop().await;
    }
}

#[tokio::test]
async fn a_discovery_goes_on_when_its_request_is_given_up() {
    let (app, bucket, id) = with_slow_bucket(|config| config.graphql.timeout_seconds = 1).await;
    let mut socket = app.socket(json!({})).await;
    socket.subscribe("subscription { connectorChanged { id status } }", json!({})).await;
    socket.taken_up().await;
    assert_eq!(app.error_code(DISCOVER, json!({ "id": id })).await, "LIMIT_EXCEEDED");
    assert_eq!(status(&app, &id).await, "CONNECTING");
    bucket.go.send_replace(true);
    for status in ["CONNECTING", "CONNECTED"] {
        let changed = socket.next().await.unwrap();
        assert_eq!(changed["data"]["connectorChanged"], json!({ "id": id, "status": status }));
    }
    app.stop().await;
}

#[tokio::test]
async fn a_test_of_the_connection_ends_when_its_request_is_given_up() {
    let (app, bucket, id) = with_slow_bucket(|config| config.graphql.timeout_seconds = 1).await;
    let mut socket = app.socket(json!({})).await;
    socket.subscribe("subscription { connectorChanged { status } }", json!({})).await;
    socket.taken_up().await;
    assert_eq!(app.error_code(TEST, json!({ "id": id })).await, "LIMIT_EXCEEDED");
    assert_eq!(status(&app, &id).await, "CONNECTING");
    bucket.go.send_replace(true);
    for status in ["CONNECTING", "CONNECTED"] {
        assert_eq!(socket.next().await.unwrap()["data"]["connectorChanged"]["status"], status);
    }
    app.stop().await;
}

#[tokio::test]
async fn a_connector_that_a_dead_process_was_reaching_is_let_go() {
    let app = TestApp::new().await;
    let id = app.sqlite_connector("Shop", "CREATE TABLE orders (id INTEGER PRIMARY KEY)").await;
    // One that has just begun is not dead.
    for (seconds, expected) in [(1, "CONNECTING"), (3600, "DISCONNECTED")] {
        let then = stored_time(Utc::now() - Duration::from_secs(seconds));
        connector::Entity::update_many()
            .col_expr(connector::Column::Status, Expr::value(ConnectorStatus::Connecting.as_str()))
            .col_expr(connector::Column::UpdatedAt, Expr::value(then))
            .exec(app.services().db())
            .await
            .unwrap();
        app.services().upkeep(RetentionSettings::default()).round().await.unwrap();
        assert_eq!(status(&app, &id).await, expected, "{seconds} s");
    }
    app.stop().await;
}
