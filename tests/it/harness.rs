//! A whole product for one test: its own folder and database, its HTTP server on a free port, and short words to ask it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dataweaver::app::App;
use dataweaver::config::Config;
use dataweaver::http;
use dataweaver::services::auth::TokenSettings;
use dataweaver::services::{Role, Services};
use futures::{SinkExt, StreamExt};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

/// How long anything that a test waits for may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The key of the tests' secrets: 32 bytes of `k` in base64.
const SECRET_KEY: &str = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";

/// A running product. [`stop`](Self::stop) it at the end, or drop it, which stops it without looking.
pub struct TestApp {
    app: std::sync::Arc<App>,
    address: SocketAddr,
    client: reqwest::Client,
    stop: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
    folder: TempDir,
}

impl TestApp {
    /// The product as it comes: SQLite, local files, no authentication.
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// The product on another database, for example one of [`servers`](crate::servers).
    pub async fn on(database_url: &str) -> Self {
        Self::with(|config| config.storage.database_url = Some(database_url.to_owned())).await
    }

    /// The product with other settings.
    pub async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut config = Config::default();
        config.storage.data_dir = folder.path().join("data");
        change(&mut config);
        let app = std::sync::Arc::new(App::start_with_key(config, Some(SECRET_KEY)).await.expect("the app starts"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let stop = CancellationToken::new();
        let (served, stopped) = (app.clone(), stop.clone().cancelled_owned());
        let server = tokio::spawn(async move { http::serve(&served, listener, stopped).await });
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE);
        let client = client.redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Self { app, address, client, stop, server, folder }
    }

    /// The services below the API.
    pub fn services(&self) -> &Services {
        &self.app.services
    }

    /// A folder of the test's own.
    pub fn folder(&self) -> &Path {
        self.folder.path()
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

    /// Makes a SQLite database with these statements and a connector to it; returns the connector's id.
    pub async fn sqlite_connector(&self, name: &str, statements: &str) -> String {
        let file = self.sqlite_file(name, statements);
        let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
        let url = format!("sqlite://{}", file.display());
        let input = json!({ "name": name, "type": "DATABASE", "connectionConfig": { "url": url } });
        let data = self.gql(create, json!({ "input": input })).await;
        data["createConnector"]["connector"]["id"].as_str().expect("an id").to_owned()
    }

    /// Makes a SQLite database with these statements.
    pub fn sqlite_file(&self, name: &str, statements: &str) -> PathBuf {
        let file = self.folder().join(format!("{name}.db"));
        let database = rusqlite::Connection::open(&file).expect("a database file");
        database.execute_batch(statements).expect("the statements run");
        file
    }

    /// Syncs a connector and gives the sync log as it ended, with `id`, `status`, the counts, `errorMessage` and `sources`.
    pub async fn sync_and_wait(&self, connector_id: &str) -> Value {
        let start = "mutation($id: ID!) { syncConnector(input: { connectorId: $id }) { syncLog { id } } }";
        let data = self.gql(start, json!({ "id": connector_id })).await;
        let id = data["syncConnector"]["syncLog"]["id"].as_str().expect("an id").to_owned();
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

    /// Stops the server and the product, and fails where either does not end in time.
    pub async fn stop(self) {
        let Self { app, stop, server, folder, .. } = self;
        stop.cancel();
        let served = tokio::time::timeout(PATIENCE, server).await.expect("the server ends in time");
        served.expect("the server does not panic").expect("the listener works");
        let app = std::sync::Arc::into_inner(app).expect("nobody else holds the app");
        tokio::time::timeout(PATIENCE, app.shut_down()).await.expect("the app ends in time");
        drop(folder);
    }
}

/// The settings of a token.
pub fn token(text: &str, role: Role) -> TokenSettings {
    TokenSettings { name: text.to_owned(), role, sha256: hex::encode(Sha256::digest(text)) }
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

    /// Waits until what was sent before was taken up: messages of a socket are read in their order.
    pub async fn taken_up(&mut self) {
        // The server may answer the first ping before it has looked at the subscription.
        for _ in 0..2 {
            self.send(json!({ "type": "ping" })).await;
            let message = self.receive().await.expect("the socket stays open");
            assert_eq!(message["type"], "pong");
        }
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
