//! What the tests of connectors with a simulator share: the port that it is served on, and what is asked of a connector.

use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::{RecordBatch, StringArray};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use dataweaver::sdk::http::{HttpSettings, SharedHttp};
use dataweaver::sdk::testing::{RunningClock, VirtualClock};
use dataweaver::sdk::{
    AuthType, CatalogSource, Connector, ConnectorError, ConnectorFactory, Cursor, DynConnector, ErrorClass, Extract,
    OpenContext, ReadEvent, ReadRequest, Settings, SourceRef,
};
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A simulator on a port of its own; no longer when this is dropped.
pub struct Served {
    pub url: String,
    task: JoinHandle<()>,
}

impl Served {
    pub async fn on_a_port(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, task }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Page = (StatusCode, HeaderMap, Bytes);

/// A service of which a list, whose path ends so, leads in a circle: whoever asks for more than the first page, by a parameter
/// whose name ends with `mark`, gets the second page again and again.
pub fn leading_in_a_circle(router: Router, list: &'static str, mark: &'static str) -> Router {
    let second_pages = Arc::new(Mutex::new(HashMap::<String, Page>::new()));
    router.layer(from_fn(move |request: Request, next: Next| {
        let second_pages = Arc::clone(&second_pages);
        async move {
            let (head, body) = request.into_parts();
            let body = to_bytes(body, usize::MAX).await.unwrap();
            let path = head.uri.path().to_owned();
            let asked = format!("{}&{}", head.uri.query().unwrap_or_default(), String::from_utf8_lossy(&body));
            let is_mark = |pair: &str| pair.split('=').next().is_some_and(|name| name.ends_with(mark));
            let goes_on = path.ends_with(list) && asked.split('&').any(is_mark);
            let known = second_pages.lock().unwrap().get(&path).cloned();
            if let (true, Some(page)) = (goes_on, known) {
                return page.into_response();
            }
            let answer = next.run(Request::from_parts(head, Body::from(body))).await;
            if !goes_on || !answer.status().is_success() {
                return answer;
            }
            let (head, body) = answer.into_parts();
            let page: Page = (head.status, head.headers, to_bytes(body, usize::MAX).await.unwrap());
            second_pages.lock().unwrap().insert(path, page.clone());
            page.into_response()
        }
    }))
}

/// Waits for a read that might never end.
pub async fn in_time<T>(reading: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), reading).await.expect("it comes to an end")
}

/// Fails where an error does not say that a service leads in a circle.
pub fn assert_circle(error: Option<ConnectorError>, what: &str) {
    let error = error.expect("it is seen");
    assert_eq!(error.class(), ErrorClass::Protocol, "{error}");
    assert!(error.to_string().ends_with(&format!("leads in a circle: {what} comes again")), "{error}");
}

/// What connectors to simulators are allowed.
pub fn context() -> OpenContext {
    OpenContext { allow_private_network: true, ..OpenContext::default() }
}

/// Opens connectors whose waits pass in no time; in a runtime of one thread.
pub struct Hurry<C> {
    pub clock: VirtualClock,
    pub context: OpenContext,
    _running: RunningClock,
    _connector: PhantomData<C>,
}

impl<C: Connector> Hurry<C> {
    pub fn new() -> Self {
        let clock = VirtualClock::new();
        let http = SharedHttp::with_clock(HttpSettings::default(), Arc::new(clock.clone()));
        let running = clock.run(&http);
        Self { clock, context: OpenContext { http, ..context() }, _running: running, _connector: PhantomData }
    }

    pub fn open(&self, settings: Settings) -> Arc<dyn DynConnector> {
        ConnectorFactory::of::<C>().open(settings, self.context.clone()).unwrap()
    }
}

/// The data source with this path.
pub async fn source(connector: &dyn DynConnector, path: &str) -> CatalogSource {
    let found = connector.discover().await.unwrap().sources;
    let paths: Vec<_> = found.iter().map(|source| source.source_path.clone()).collect();
    found
        .into_iter()
        .find(|source| source.source_path == path)
        .unwrap_or_else(|| panic!("{path} is none of {paths:#?}"))
}

/// Settings without credentials.
pub fn settings(connection: Value) -> Settings {
    Settings { connection, auth_type: AuthType::None, auth: json!({}) }
}

/// Settings with a token.
pub fn with_token(connection: Value, token: &str) -> Settings {
    Settings { connection, auth_type: AuthType::Token, auth: json!({ "token": token }) }
}

/// What has come since a read ended; all, where there was none.
pub fn news(since: Option<&Cursor>) -> Extract {
    Extract::Incremental { cursor_field: None, since: since.cloned(), lookback: Duration::ZERO }
}

/// A request for the data source with a path, whatever else is known of it, in batches of 64 KiB.
pub fn request_of(path: &str, extract: Extract) -> ReadRequest {
    ReadRequest {
        source: SourceRef {
            name: path.into(),
            source_type: "records".into(),
            source_path: path.into(),
            details: json!(null),
        },
        extract,
        primary_key: Vec::new(),
        resume: None,
        batch_bytes: 64 << 10,
        memory_bytes: 64 << 20,
        cancel: CancellationToken::new(),
    }
}

/// A request for a data source, in batches of 64 KiB.
pub fn request(source: &CatalogSource, extract: Extract) -> ReadRequest {
    ReadRequest {
        source: SourceRef::from(source),
        extract,
        primary_key: source.primary_key.clone(),
        resume: None,
        batch_bytes: 64 << 10,
        memory_bytes: 16 << 20,
        cancel: CancellationToken::new(),
    }
}

/// What a read gave.
#[derive(Default)]
pub struct Reading {
    pub batches: Vec<RecordBatch>,
    pub checkpoints: Vec<Cursor>,
    pub logs: Vec<String>,
    pub is_whole: bool,
    pub error: Option<ConnectorError>,
}

impl Reading {
    /// The values of a text column, each with how often it came.
    pub fn texts(&self, column: &str) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        for batch in &self.batches {
            let texts = batch.column_by_name(column).unwrap().as_any().downcast_ref::<StringArray>().unwrap();
            for text in texts.iter().flatten() {
                *found.entry(text.to_owned()).or_default() += 1;
            }
        }
        found
    }

    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// Reads, and says of each checkpoint how many there were.
pub async fn read(connector: &dyn DynConnector, request: ReadRequest, at: impl Fn(usize)) -> Reading {
    let mut reading = Reading::default();
    let mut events = connector.read(request);
    while let Some(event) = events.next().await {
        match event {
            Ok(ReadEvent::Batch(batch)) => reading.batches.push(batch),
            Ok(ReadEvent::Checkpoint(cursor)) => {
                reading.checkpoints.push(cursor);
                at(reading.checkpoints.len());
            }
            Ok(ReadEvent::Log { message, .. }) => reading.logs.push(message),
            Ok(ReadEvent::Whole) => reading.is_whole = true,
            Ok(_) => {}
            Err(error) => reading.error = Some(error),
        }
    }
    reading
}
