//! What the tests of connectors with a simulator share: the port that it is served on, and what is asked of a connector.

use std::marker::PhantomData;
use std::sync::Arc;

use axum::Router;
use dataweaver::sdk::http::{HttpSettings, SharedHttp};
use dataweaver::sdk::testing::{RunningClock, VirtualClock};
use dataweaver::sdk::{
    CatalogSource, Connector, ConnectorFactory, DynConnector, Extract, OpenContext, ReadRequest, Settings, SourceRef,
};
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
