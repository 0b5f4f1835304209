//! Short words to ask a running server: over HTTP, and over a socket.

use std::net::SocketAddr;
use std::path::Path;

use futures::{SinkExt, StreamExt};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::harness::PATIENCE;

/// Asks one server.
pub struct Client {
    address: SocketAddr,
    client: reqwest::Client,
}

impl Client {
    /// Of the server at an address.
    pub fn new(address: SocketAddr) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
        let client = client.redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { address, client }
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of a path, for example `/graphql`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A client that follows no redirects.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }

    /// The data of an operation that succeeds.
    pub async fn gql(&self, query: &str, variables: Value) -> Value {
        let mut answer = self.try_gql(query, variables).await;
        assert!(answer.get("errors").is_none(), "{query}\nfailed with {:#}", answer["errors"]);
        answer["data"].take()
    }

    /// The whole answer to an operation, errors and all.
    pub async fn try_gql(&self, query: &str, variables: Value) -> Value {
        self.gql_as(None, query, variables).await
    }

    /// The whole answer to an operation of the holder of a token.
    pub async fn gql_as(&self, token: Option<&str>, query: &str, variables: Value) -> Value {
        let mut headers = HeaderMap::new();
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {token}")).expect("a plain token"));
        }
        let body = json!({ "query": query, "variables": variables });
        let answer = self.client.post(self.url("/graphql")).headers(headers).json(&body).send().await;
        answer.expect("the server answers").json().await.expect("the answer is JSON")
    }

    /// The code of the one error of an operation that fails.
    pub async fn error_code(&self, query: &str, variables: Value) -> String {
        let answer = self.try_gql(query, variables).await;
        assert_eq!(answer["errors"].as_array().map(Vec::len), Some(1), "{query}\nis answered with {answer:#}");
        answer["errors"][0]["extensions"]["code"].as_str().unwrap_or("none").to_owned()
    }

    /// Makes a connector to a database and gives its id.
    pub async fn database_connector(&self, name: &str, url: &str) -> String {
        self.connector(json!({ "name": name, "type": "DATABASE", "connectionConfig": { "url": url } })).await
    }

    /// Makes a connector to a folder and gives its id.
    pub async fn folder_connector(&self, name: &str, root: &Path) -> String {
        self.connector(json!({ "name": name, "type": "FILE_SYSTEM", "connectionConfig": { "root": root } })).await
    }

    /// A connector as its input says.
    pub async fn connector(&self, input: Value) -> String {
        let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
        let data = self.gql(create, json!({ "input": input })).await;
        data["createConnector"]["connector"]["id"].as_str().expect("an id").to_owned()
    }

    /// Discovers a connector's sources and gives the id of the only one.
    pub async fn only_source(&self, connector_id: &str) -> String {
        let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { id } } }";
        let data = self.gql(discover, json!({ "id": connector_id })).await;
        let sources = data["discoverSources"]["dataSources"].as_array().expect("sources");
        assert_eq!(sources.len(), 1, "{data:#}");
        sources[0]["id"].as_str().expect("an id").to_owned()
    }

    /// Changes a data source.
    pub async fn update_source(&self, input: Value) {
        let update =
            "mutation($input: UpdateDataSourceInput!) { updateDataSource(input: $input) { dataSource { id } } }";
        self.gql(update, json!({ "input": input })).await;
    }

    /// Starts a sync, with another extract type than the sources' own where one is given; gives the sync log's id.
    pub async fn start_sync(&self, connector_id: &str, extract_type: Option<&str>) -> String {
        let start = "mutation($input: SyncConnectorInput!) { syncConnector(input: $input) { syncLog { id } } }";
        let input = json!({ "connectorId": connector_id, "extractType": extract_type });
        let data = self.gql(start, json!({ "input": input })).await;
        data["syncConnector"]["syncLog"]["id"].as_str().expect("an id").to_owned()
    }

    /// Syncs a connector and gives the sync log as it ended, with `id`, `status`, the counts, `errorMessage` and `sources`.
    pub async fn sync_and_wait(&self, connector_id: &str) -> Value {
        let id = self.start_sync(connector_id, None).await;
        self.sync_end(&id).await
    }

    /// Follows a sync to its end.
    pub async fn sync_end(&self, sync_log_id: &str) -> Value {
        let follow = "subscription($id: ID!) { syncLog(id: $id) {
            id status recordsProcessed recordsAdded recordsUpdated recordsDeleted errorMessage
            sources { status rows percent errorMessage dataSource { id tableName } } } }";
        let mut socket = self.socket(json!({})).await;
        socket.subscribe(follow, json!({ "id": sync_log_id })).await;
        let mut last = Value::Null;
        while let Some(payload) = socket.next().await {
            assert!(payload.get("errors").is_none(), "the sync cannot be followed: {payload:#}");
            last = payload["data"]["syncLog"].clone();
        }
        last
    }

    /// The events of a connector's syncs from now on.
    pub async fn events_of(&self, connector_id: &str) -> Socket {
        self.events(Some(connector_id)).await
    }

    /// The events of all syncs from now on.
    pub async fn all_events(&self) -> Socket {
        self.events(None).await
    }

    async fn events(&self, connector_id: Option<&str>) -> Socket {
        let follow = "subscription($id: ID) { syncEvents(connectorId: $id) {
            kind level message status details connectorId dataSourceId at
            progress { rows percent etaSeconds waitingReason } } }";
        let mut socket = self.socket(json!({})).await;
        socket.subscribe(follow, json!({ "id": connector_id })).await;
        socket.taken_up().await;
        socket
    }

    /// A graphql-transport-ws connection that was accepted with this `connection_init` payload.
    pub async fn socket(&self, init: Value) -> Socket {
        self.try_socket(init).await.expect("the server accepts the socket")
    }

    /// A graphql-transport-ws connection, or the close code with which it was refused.
    pub async fn try_socket(&self, init: Value) -> Result<Socket, Option<u16>> {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request().expect("a URL");
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        let (stream, _) = tokio_tungstenite::connect_async(request).await.expect("the server upgrades");
        let mut socket = Socket { stream };
        socket.send(json!({ "type": "connection_init", "payload": init })).await;
        match socket.receive().await {
            Ok(message) if message["type"] == "connection_ack" => Ok(socket),
            Ok(other) => panic!("expected connection_ack, got {other}"),
            Err(code) => Err(code),
        }
    }
}

/// A graphql-transport-ws connection with one subscription.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    /// Starts the subscription.
    pub async fn subscribe(&mut self, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.send(json!({ "type": "subscribe", "id": "1", "payload": payload })).await;
    }

    /// The next payload of the subscription, `errors` included; `None` when it is complete.
    pub async fn next(&mut self) -> Option<Value> {
        // The server's pings are no answer.
        tokio::time::timeout(PATIENCE, self.next_of_any()).await.expect("the subscription says something")
    }

    async fn next_of_any(&mut self) -> Option<Value> {
        loop {
            let mut message = self.receive().await.expect("the socket stays open");
            match message["type"].as_str() {
                Some("next") => return Some(message["payload"].take()),
                Some("error") => return Some(json!({ "errors": message["payload"] })),
                Some("complete") => return None,
                Some("ping") => self.send(json!({ "type": "pong" })).await,
                _ => {}
            }
        }
    }

    /// Waits for an event that is as wished; the subscription is one of `syncEvents`.
    pub async fn wait_for(&mut self, is_wished: impl Fn(&Value) -> bool) -> Value {
        while let Some(mut payload) = self.next().await {
            assert!(payload.get("errors").is_none(), "the events cannot be followed: {payload:#}");
            let event = payload["data"]["syncEvents"].take();
            if is_wished(&event) {
                return event;
            }
        }
        panic!("the events ended before the one that was waited for")
    }

    /// Waits until what was sent before was taken up: messages of a socket are read in their order.
    pub async fn taken_up(&mut self) {
        self.send(json!({ "type": "ping" })).await;
        let mut message = self.receive().await.expect("the socket stays open");
        if message["type"] == "ping" {
            message = self.receive().await.expect("the socket stays open");
        }
        assert_eq!(message["type"], "pong");
    }

    async fn send(&mut self, message: Value) {
        let text = Utf8Bytes::from(message.to_string());
        self.stream.send(Message::Text(text)).await.expect("the server reads");
    }

    /// The next message, or the code with which the server closed.
    async fn receive(&mut self) -> Result<Value, Option<u16>> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.stream.next()).await.expect("the server says something");
            match message {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).expect("messages are JSON")),
                Some(Ok(Message::Close(frame))) => return Err(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(None),
            }
        }
    }
}
