//! The composition root: turns a configuration into a running product, the same for server, command line and tests.

mod checkup;
mod encrypted;
mod error;
mod folder;
mod scratch;
mod worker;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::DatabaseConnection;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use checkup::{Check, check_up, migrate};
use encrypted::Encrypted;
pub use error::AppError;
use folder::DataFolder;
use scratch::Scratch;
use worker::Worker;

use crate::config::Config;
use crate::engine::Engine;
use crate::entity::{database, workspace};
use crate::events::EventLog;
use crate::lake::Lake;
use crate::query::QueryEngine;
use crate::sdk::http::SharedHttp;
use crate::sdk::{OpenContext, Registry, ScratchFolder};
use crate::services::asks::Asking;
use crate::services::authorisations::PublicAddress;
use crate::services::scenarios::{Keeper, Scenarios};
use crate::services::workflows::Workshop;
use crate::services::{Context, DatabaseStore, KEY_VARIABLE, Services};

/// A running product.
pub struct App {
    /// The verbs.
    pub services: Services,
    /// The settings it runs with.
    pub config: Arc<Config>,
    runs_syncs: Arc<AtomicBool>,
    engine: Engine,
    worker: Option<JoinHandle<()>>,
    follower: JoinHandle<()>,
    /// Ends the wait for the data folder.
    closing: CancellationToken,
    /// Ends the follower, last.
    stop: CancellationToken,
    folder: Arc<DataFolder>,
    _scratch: Scratch,
}

impl App {
    /// Opens the data folder, the database and the lake, and runs syncs.
    ///
    /// On SQLite one process at a time runs the syncs of a data folder; another one that starts beside it queues its
    /// syncs for the first, and goes on with them when that one is gone. On PostgreSQL every process runs syncs.
    ///
    /// # Errors
    /// A sentence that says what could not be opened and what to do.
    pub async fn start(config: Config) -> Result<Self, AppError> {
        Self::start_with_key(config, key_in_environment().as_deref()).await
    }

    /// Like [`start`](Self::start), with the key of the secrets from the caller instead of the environment.
    ///
    /// # Errors
    /// As there.
    pub async fn start_with_key(config: Config, secret_key: Option<&str>) -> Result<Self, AppError> {
        Self::start_with_connectors(config, secret_key, Registry::collect()).await
    }

    /// Like [`start_with_key`](Self::start_with_key), with connectors of the caller's own.
    ///
    /// # Errors
    /// As there.
    pub async fn start_with_connectors(
        config: Config,
        secret_key: Option<&str>,
        registry: Registry,
    ) -> Result<Self, AppError> {
        let (mut app, store, is_embedded) = Self::build(config, secret_key, true, registry).await?;
        let worker = Worker {
            folder: Arc::clone(&app.folder),
            store,
            engine: app.engine.clone(),
            upkeep: app.services.upkeep(app.config.retention.clone()),
            workflows: app.services.workflow_runner(),
            keeper: Keeper::new(app.services.clone()),
            is_shared: !is_embedded,
            runs_syncs: Arc::clone(&app.runs_syncs),
            stop: app.closing.clone(),
        };
        app.worker = Some(worker.start().await?);
        Ok(app)
    }

    /// The same without running any sync, for a process that only asks or changes something and then ends. It comes up
    /// without the key of stored secrets, too, so that they can be looked after.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn open(config: Config) -> Result<Self, AppError> {
        Ok(Self::build(config, key_in_environment().as_deref(), false, Registry::collect()).await?.0)
    }

    /// Whether this process runs the syncs: not where another process does.
    pub fn runs_syncs(&self) -> bool {
        self.runs_syncs.load(Ordering::SeqCst)
    }

    async fn build(
        config: Config,
        secret_key: Option<&str>,
        reads_sources: bool,
        registry: Registry,
    ) -> Result<(Self, Arc<DatabaseStore>, bool), AppError> {
        let folder = DataFolder::open(&config.storage)?;
        let url = config.storage.database_url_or_default();
        let is_embedded = database::is_embedded(&url);
        let db = connect(&config).await?;
        database::migrate(&db).await?;
        workspace::default_workspace(&db).await?;
        let encrypted = Encrypted::of(&db).await?;
        let vault = encrypted.open_vault(&config, secret_key, is_embedded)?;
        if reads_sources {
            encrypted.refuse_lost(&vault)?;
        }
        let lake = open_lake(&config)?;
        let events = EventLog::open(db.clone()).await?;
        let scratch = folder.scratch()?;
        let temporary = scratch.path().to_owned();
        let query = QueryEngine::new(config.query.clone(), &temporary)?;
        let open = open_context(&config, ScratchFolder::new(temporary.clone()));
        let asking =
            Asking::new(config.ask.clone(), &open).map_err(|error| AppError::of_model(error, &config.origins))?;
        let context = Arc::new(Context {
            db,
            lake: lake.clone(),
            events: events.clone(),
            registry,
            vault,
            open,
            authorisation: config.authorisation.clone(),
            public_address: PublicAddress::new(config.server.public_url.as_deref()),
            asking,
            scenarios: Arc::new(Scenarios::new(&config.scenarios)),
            workflows: Workshop::new(config.workflows.clone(), config.storage.data_dir.clone()),
        });
        let store = Arc::new(DatabaseStore::new(Arc::clone(&context)));
        let owner = uuid::Uuid::now_v7().to_string();
        let engine = Engine::new(Arc::clone(&store), lake, events.clone(), config.engine.clone(), temporary, owner);
        let stop = CancellationToken::new();
        let follower = tokio::spawn(events.follow(config.live.poll(), stop.clone()));
        let app = Self {
            services: Services::new(context, engine.clone(), query),
            config: Arc::new(config),
            runs_syncs: Arc::new(AtomicBool::new(false)),
            worker: None,
            follower,
            engine,
            closing: CancellationToken::new(),
            stop,
            folder: Arc::new(folder),
            _scratch: scratch,
        };
        Ok((app, store, is_embedded))
    }

    /// Begins the end, to be called as soon as the process is asked to stop: no further sync is begun, and those that run
    /// make durable what they have read. [`shut_down`](Self::shut_down) waits for it.
    pub fn ending(&self) -> impl FnOnce() + Send + use<> {
        let (closing, engine) = (self.closing.clone(), self.engine.clone());
        move || {
            closing.cancel();
            engine.shut_down();
        }
    }

    /// Stops at the last checkpoints, hands back what runs, and closes; bounded by `engine.drain_seconds`.
    pub async fn shut_down(self) {
        self.ending()();
        if let Some(worker) = self.worker {
            // The worker bounds its own wait; a panic in it was logged already.
            drop(worker.await);
        }
        self.stop.cancel();
        drop(self.follower.await);
        if let Err(error) = self.services.db().clone().close().await {
            tracing::warn!(error = %error, "the database did not close cleanly");
        }
    }
}

/// The connector types of this build.
pub fn registry() -> Registry {
    Registry::collect()
}

async fn connect(config: &Config) -> Result<DatabaseConnection, AppError> {
    let connected = database::connect(&config.storage.database_url_or_default()).await;
    connected.map_err(|error| AppError::of_database(error, &config.origins))
}

fn open_lake(config: &Config) -> Result<Lake, AppError> {
    let opened = Lake::open(&config.storage.lake_url_or_default(), HashMap::new());
    opened.map_err(|error| AppError::of_lake(error, &config.origins))
}

fn key_in_environment() -> Option<String> {
    std::env::var(KEY_VARIABLE).ok().filter(|text| !text.trim().is_empty())
}

/// Without authentication the product is its user's own, who may read whatever they may read.
fn open_context(config: &Config, scratch: ScratchFolder) -> OpenContext {
    let is_open = config.auth.tokens.is_empty();
    OpenContext {
        allow_private_network: is_open || config.network.allow_private,
        file_roots: (!is_open).then(|| config.network.file_roots.clone()),
        scratch,
        http: SharedHttp::new(config.http_client.clone()),
        tokens: None,
    }
}
