//! The HTTP server: GraphQL, GraphiQL, health, metrics, downloads and the embedded web pages.

pub mod assets;
mod auth;
mod callback;
mod downloads;
mod graphql;
mod health;
mod listen;
mod media;
mod metrics;
mod observe;
mod persisted;
mod refusal;
mod request;
mod security;
mod transport;

use std::future::{Future, IntoFuture};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate};

use self::listen::Listener;
use self::persisted::PersistedQueries;
use self::security::Doors;
use self::transport::stream::{self, Streams};
use crate::app::App;
use crate::config::Config;
use crate::graphql::Api;
use crate::services::Services;
use crate::services::authorisations::CALLBACK_PATH;

/// How much longer than `live.drain_seconds` a server that stops waits for its connections: sockets are told then that it
/// stops, and answer.
const FAREWELL: Duration = Duration::from_secs(1);
/// How often the metrics are put together, so that they stay small when nobody reads them.
const METRICS_UPKEEP: Duration = Duration::from_secs(5);

/// What the handlers share. Cheap to clone.
#[derive(Clone)]
struct Server {
    api: Api,
    services: Services,
    config: Arc<Config>,
    doors: Arc<Doors>,
    readiness: health::Readiness,
    /// Fires when the server stops: what would stay open for ever closes then.
    stop: CancellationToken,
    /// The WebSockets, which are no requests any more.
    sockets: TaskTracker,
    persisted: PersistedQueries,
    /// Event streams for many operations.
    streams: Streams,
}

/// Serves until `shutdown` is ready, then lets what is being answered and the sockets end, for `live.drain_seconds` at most.
///
/// # Errors
/// When the listener fails.
pub async fn serve<F>(app: &App, listener: TcpListener, shutdown: F) -> io::Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    answer(app, listener, shutdown, router).await
}

/// The same with one page only, the one that vendors send people back to: for a process that waits for somebody.
///
/// # Errors
/// When the listener fails.
pub async fn serve_callback<F>(app: &App, listener: TcpListener, shutdown: F) -> io::Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    answer(app, listener, shutdown, callback_router).await
}

async fn answer<F>(app: &App, listener: TcpListener, shutdown: F, router: fn(Server) -> Router) -> io::Result<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    metrics::start();
    app.services.listens_at(listener.local_addr()?);
    let stop = CancellationToken::new();
    let server = Server {
        api: Api::new(app.services.clone(), app.config.graphql.clone()),
        services: app.services.clone(),
        config: Arc::clone(&app.config),
        doors: Arc::new(Doors::new(listener.local_addr()?, &app.config.server)),
        readiness: health::Readiness::default(),
        stop: stop.clone(),
        sockets: TaskTracker::new(),
        persisted: PersistedQueries::new(app.config.graphql.persisted_queries_kib.saturating_mul(1024)),
        streams: Streams::default(),
    };
    let sockets = server.sockets.clone();
    let drain = app.config.live.drain() + FAREWELL;
    let listener = Listener { listener, write_patience: app.config.server.stalled() };
    let stopped = {
        let stop = stop.clone();
        async move {
            shutdown.await;
            stop.cancel();
        }
    };
    let serving = axum::serve(listener, router(server)).with_graceful_shutdown(stopped).into_future();
    let serving = async {
        serving.await?;
        sockets.close();
        sockets.wait().await;
        Ok(())
    };
    let given_up = async {
        stop.cancelled().await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        ended = serving => ended,
        () = given_up => Ok(()),
        () = metrics::upkeep(METRICS_UPKEEP) => Ok(()),
    }
}

fn router(server: Server) -> Router {
    let settings = &server.config.server;
    let answered_soon = Router::new()
        .route("/graphql", get(graphql::get).post(graphql::post))
        .route("/graphql/stream", get(stream::open).post(stream::begin).put(stream::reserve).delete(stream::stop))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/metrics", get(metrics::render))
        .layer(from_fn_with_state(server.clone(), refusal::too_slow));
    let downloads = Router::new()
        .route("/download/data-sources/{id}", get(downloads::data_source))
        .route("/download/files/{id}", get(downloads::file_of_workflow))
        .route("/download/query", post(downloads::query));
    Router::new()
        .merge(answered_soon)
        .merge(downloads)
        .method_not_allowed_fallback(refusal::no_such_method)
        .layer(DefaultBodyLimit::max(settings.body_limit_bytes))
        .layer(from_fn_with_state(server.clone(), security::same_site))
        .merge(coming_back(&server))
        .merge(assets::routes().method_not_allowed_fallback(refusal::no_such_method))
        .fallback(refusal::no_such_page)
        .layer(CompressionLayer::new().gzip(true).compress_when(compressible()))
        .layer(from_fn_with_state(server.clone(), security::host))
        .layer(from_fn(security::headers))
        .layer(from_fn(observe::observe))
        .with_state(server)
}

/// Browsers come here from vendors' sites.
fn coming_back(server: &Server) -> Router<Server> {
    Router::new()
        .route(CALLBACK_PATH, get(callback::callback))
        .layer(from_fn_with_state(server.clone(), refusal::too_slow))
        .method_not_allowed_fallback(refusal::no_such_method)
}

fn callback_router(server: Server) -> Router {
    coming_back(&server)
        .fallback(refusal::no_page_but_the_callback)
        .layer(from_fn_with_state(server.clone(), security::host))
        .layer(from_fn(security::headers))
        .layer(from_fn(observe::observe))
        .with_state(server)
}

/// What gets smaller: not what is packed already.
fn compressible() -> impl Predicate {
    DefaultPredicate::new()
        .and(NotForContentType::const_new("application/vnd.apache."))
        .and(NotForContentType::const_new("application/vnd.openxmlformats"))
        .and(NotForContentType::const_new("application/octet-stream"))
        .and(NotForContentType::const_new("multipart/mixed"))
        .and(NotForContentType::const_new("font/"))
}
