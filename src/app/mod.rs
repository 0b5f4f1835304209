//! The composition root: turns a configuration into a running product, the same for server, command line and tests.

mod checkup;
mod error;
mod folder;

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use checkup::{Check, check_up, migrate};
pub use error::AppError;
use folder::DataFolder;

use crate::config::Config;
use crate::engine::Engine;
use crate::entity::{connector, database, workspace};
use crate::events::EventLog;
use crate::lake::Lake;
use crate::query::QueryEngine;
use crate::sdk::{OpenContext, Registry};
use crate::services::{Context, DatabaseStore, KEY_VARIABLE, Services, Vault, VaultError};

/// A running product.
pub struct App {
    /// The verbs.
    pub services: Services,
    /// The settings it runs with.
    pub config: Arc<Config>,
    /// Whether this process runs the syncs. Not where another process holds the data folder.
    pub runs_syncs: bool,
    engine: Engine,
    worker: Option<JoinHandle<()>>,
    follower: JoinHandle<()>,
    stop: CancellationToken,
    _folder: DataFolder,
}

impl App {
    /// Opens the data folder, the database and the lake, and starts the engine.
    ///
    /// On SQLite one process at a time runs the syncs of a data folder; another one that starts beside it queues its
    /// syncs for the first. On PostgreSQL every process runs syncs.
    ///
    /// # Errors
    /// A sentence that says what could not be opened and what to do.
    pub async fn start(config: Config) -> Result<Self, AppError> {
        let key = std::env::var(KEY_VARIABLE).ok().filter(|text| !text.trim().is_empty());
        Self::start_with_key(config, key.as_deref()).await
    }

    /// Like [`start`](Self::start), with the key of the secrets from the caller instead of the environment.
    ///
    /// # Errors
    /// As there.
    pub async fn start_with_key(config: Config, secret_key: Option<&str>) -> Result<Self, AppError> {
        let folder = DataFolder::open(&config.storage.data_dir)?;
        let url = config.storage.database_url_or_default();
        let is_embedded = url.starts_with("sqlite:");
        let runs_syncs = folder.is_ours() || !is_embedded;
        let db = database::connect(&url).await?;
        database::migrate(&db).await?;
        workspace::default_workspace(&db).await?;
        let vault = open_vault(&config, secret_key, is_embedded)?;
        refuse_other_keys(&db, &vault).await?;
        let lake = Lake::open(&config.storage.lake_url_or_default(), HashMap::new())?;
        let events = EventLog::open(db.clone()).await?;
        let query = QueryEngine::new(config.query.clone(), &folder.spill())?;
        let context = Arc::new(Context {
            db,
            lake: lake.clone(),
            events: events.clone(),
            registry: Registry::collect(),
            vault,
            open: open_context(&config),
        });
        let store = Arc::new(DatabaseStore::new(Arc::clone(&context)));
        if runs_syncs && is_embedded {
            store.release_dead().await?;
        }
        let owner = uuid::Uuid::now_v7().to_string();
        let engine = Engine::new(store, lake, events.clone(), config.engine.clone(), owner);
        let stop = CancellationToken::new();
        Ok(Self {
            services: Services::new(context, engine.clone(), query),
            config: Arc::new(config),
            runs_syncs,
            worker: runs_syncs.then(|| engine.start()),
            follower: tokio::spawn(events.follow(stop.clone())),
            engine,
            stop,
            _folder: folder,
        })
    }

    /// Stops at the last checkpoints, hands back what runs, and closes; bounded by `engine.drain_seconds`.
    pub async fn shut_down(self) {
        self.engine.shut_down();
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

/// On SQLite the key file will do; several processes on one PostgreSQL must be given the same key.
fn open_vault(config: &Config, key: Option<&str>, is_embedded: bool) -> Result<Vault, VaultError> {
    let file = config.storage.data_dir.join("secret.key");
    Vault::open(key, is_embedded.then_some(file.as_path()))
}

/// A process with the wrong key must not come up and fail at every sync.
async fn refuse_other_keys(db: &sea_orm::DatabaseConnection, vault: &Vault) -> Result<(), AppError> {
    let stranger: Option<Option<String>> = connector::Entity::find()
        .filter(connector::Column::SecretKeyId.is_not_null())
        .filter(connector::Column::SecretKeyId.ne(vault.key_id()))
        .select_only()
        .column(connector::Column::SecretKeyId)
        .into_tuple()
        .one(db)
        .await?;
    match stranger.flatten() {
        Some(stored) => Err(VaultError::OtherKey { stored, own: vault.key_id().to_owned() }.into()),
        None => Ok(()),
    }
}

/// Without authentication the product is its user's own, who may read whatever they may read.
fn open_context(config: &Config) -> OpenContext {
    let is_open = config.auth.tokens.is_empty();
    OpenContext {
        allow_private_network: is_open || config.network.allow_private,
        file_roots: (!is_open).then(|| config.network.file_roots.clone()),
    }
}
