//! Demo mode: a vendor's simulator in this process, and the connector's own code talking to it over loopback.
//!
//! A connector type that has a simulator gives it by [`Connector::simulator`](super::Connector::simulator). Each opened
//! connector gets one of its own, on a free port, which ends with the connector and with the last of its reads.

mod consents;
mod faults;
mod state;
mod tokens;
mod windows;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::OnceCell;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use consents::{AskedConsent, Consents, Unredeemed};
pub use faults::{Faults, cut_off};
pub use state::{basic_credentials, lock};
pub use tokens::{Client, TokenRequest, Tokens, bearer_token};
pub use windows::Windows;

use super::{
    Catalog, ConnectorError, ConnectorType, DynConnector, Reachable, ReadRequest, ReadStream, Rediscovered, Settings,
    SourceRef,
};

/// All of `connectionConfig` in demo mode.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemoConfig {
    /// The demo world whose data are read; the usual one where it is absent.
    pub world: Option<String>,
    /// How many times as large as usual the world is: at least 0.01, at most 100.
    #[serde(default = "usual_size")]
    pub size_factor: f64,
}

fn usual_size() -> f64 {
    1.
}

impl Default for DemoConfig {
    fn default() -> Self {
        Self { world: None, size_factor: usual_size() }
    }
}

impl DemoConfig {
    /// An error about a setting, `world` or `size_factor`, for a simulator that has no such world.
    pub fn wrong(setting: &str, why: impl std::fmt::Display) -> ConnectorError {
        ConnectorError::config(format!("connectionConfig.{setting}"), why.to_string())
    }
}

/// A vendor's API over a demo world, and the settings by which a connector reaches it.
pub struct Simulator {
    serve: Serve,
    settings: Box<dyn FnOnce(SocketAddr) -> Settings + Send>,
    make: Option<Make>,
}

/// Makes what a simulator tells of.
type Make = Box<dyn FnOnce() + Send>;

/// Serves until the token is cancelled.
type Serve = Box<dyn FnOnce(TcpListener, CancellationToken) -> BoxFuture<'static, io::Result<()>> + Send>;

impl Simulator {
    /// `settings` is given the URL that stands for the vendor's origin, such as `http://127.0.0.1:40123`.
    pub fn new(router: Router, settings: impl FnOnce(&str) -> Settings + Send + 'static) -> Self {
        let serve = |listener: TcpListener, stop: CancellationToken| async move {
            // Idle connections are closed at once, so that nothing outlives the connector.
            axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await
        };
        Self::serving(serve, move |address| settings(&format!("http://{address}")))
    }

    /// One that speaks another protocol: `serve` is given the port that it is to listen on, and ends with all its connections
    /// when the token is cancelled; `settings` is given the port's address.
    pub fn serving<F>(
        serve: impl FnOnce(TcpListener, CancellationToken) -> F + Send + 'static,
        settings: impl FnOnce(SocketAddr) -> Settings + Send + 'static,
    ) -> Self
    where
        F: Future<Output = io::Result<()>> + Send + 'static,
    {
        let serve: Serve = Box::new(move |listener, stop| serve(listener, stop).boxed());
        Self { serve, settings: Box::new(settings), make: None }
    }

    /// What takes a while to make is made by this before the first request, on a thread that may be kept busy: a request would
    /// be given up while a large world is made.
    pub fn made_by(self, make: impl FnOnce() + Send + 'static) -> Self {
        Self { make: Some(Box::new(make)), ..self }
    }

    /// What a type says that has none.
    pub(super) fn missing(connector_type: ConnectorType) -> ConnectorError {
        ConnectorError::config("demoMode", format!("there is no simulator of {connector_type} in this build"))
    }

    /// Serves it on a free port of loopback until what is returned is dropped.
    pub(super) fn start(self) -> Result<(Settings, Running), ConnectorError> {
        let no_port = |error| ConnectorError::unreachable("the simulator could not be given a port", error);
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(no_port)?;
        listener.set_nonblocking(true).map_err(no_port)?;
        let address = listener.local_addr().map_err(no_port)?;
        let listener = TcpListener::from_std(listener).map_err(no_port)?;
        let stop = CancellationToken::new();
        let serving = (self.serve)(listener, stop.clone());
        tokio::spawn(async move {
            if let Err(error) = serving.await {
                tracing::warn!(%error, "a simulator broke off");
            }
        });
        let running = Running { _stop: stop.drop_guard(), make: Mutex::new(self.make), is_made: OnceCell::new() };
        Ok(((self.settings)(address), running))
    }
}

/// A simulator that is being served.
pub(super) struct Running {
    _stop: DropGuard,
    make: Mutex<Option<Make>>,
    is_made: OnceCell<()>,
}

impl Running {
    /// Waits until all is made that it tells of.
    async fn made(&self) {
        let make = || async {
            let make = lock(&self.make).take();
            if let Some(make) = make
                && let Err(error) = tokio::task::spawn_blocking(make).await
            {
                // It is tried again by the first request that needs it, which says what is wrong.
                tracing::warn!(%error, "what a simulator tells of could not be made");
            }
        };
        self.is_made.get_or_init(make).await;
    }
}

/// A connector with its simulator.
pub(super) struct InDemoMode {
    pub(super) connector: Arc<dyn DynConnector>,
    pub(super) simulator: Arc<Running>,
}

#[async_trait]
impl DynConnector for InDemoMode {
    fn discovers_at_sync(&self) -> bool {
        self.connector.discovers_at_sync()
    }

    fn lists_keys(&self) -> bool {
        self.connector.lists_keys()
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        self.connector.permitted().await
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        self.simulator.made().await;
        self.connector.check().await
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        self.simulator.made().await;
        self.connector.discover().await
    }

    async fn rediscover(&self, known: Vec<SourceRef>) -> Result<Rediscovered, ConnectorError> {
        self.simulator.made().await;
        self.connector.rediscover(known).await
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        self.once_made(self.connector.read(request))
    }

    fn read_keys(&self, request: ReadRequest) -> ReadStream {
        self.once_made(self.connector.read_keys(request))
    }
}

impl InDemoMode {
    /// The events, from when all is made that they tell of.
    fn once_made(&self, mut events: ReadStream) -> ReadStream {
        let simulator = Arc::clone(&self.simulator);
        async_stream::stream! {
            simulator.made().await;
            while let Some(event) = events.next().await {
                yield event;
            }
        }
        .boxed()
    }
}
