//! Why the product does not start.

use std::path::Path;

use crate::config::{Origin, Origins};
use crate::engine::StoreError;
use crate::entity::database::DatabaseError;
use crate::entity::disk::{Hindrance, hindrance};
use crate::lake::LakeError;
use crate::query::QueryError;
use crate::sdk::BoxError;
use crate::services::VaultError;
use crate::services::asks::OpenModelError;

/// Why the product does not start; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data folder cannot be used.
    #[error("the data folder {path} could not be used; {}", way_out(path, cause))]
    Folder {
        path: String,
        #[source]
        cause: std::io::Error,
    },
    /// A setting names a place that makes no sense.
    #[error("{key} ({origin}) cannot be used")]
    Setting {
        key: &'static str,
        origin: Origin,
        #[source]
        cause: BoxError,
    },
    /// Our own database.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A statement at the start.
    #[error("the database could not be read")]
    Statement(#[from] sea_orm::DbErr),
    /// The secrets.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The lake.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The SQL engine.
    #[error("the SQL engine could not be set up")]
    Query(#[from] QueryError),
    /// The engine's store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn way_out(path: &str, cause: &std::io::Error) -> String {
    let (path, elsewhere) = (Path::new(path), "choose another folder with --data-dir");
    match Hindrance::of(cause).or_else(|| hindrance(path)) {
        Some(hindrance) => hindrance.advice(path, elsewhere),
        None => format!("check that it is a folder that can be written, or {elsewhere}"),
    }
}

impl AppError {
    /// Of a database that cannot be connected to: what is wrong with its URL, where that is the reason.
    pub(super) fn of_database(error: DatabaseError, origins: &Origins) -> Self {
        let key = "storage.database_url";
        match error {
            DatabaseError::UnknownUrl { .. } | DatabaseError::UnknownParameter { .. } => {
                Self::Setting { key, origin: origins.of(key), cause: error.into() }
            }
            other => other.into(),
        }
    }

    /// Of a language model that cannot be asked by its settings.
    pub(super) fn of_model(error: OpenModelError, origins: &Origins) -> Self {
        let key = "ask.model_url";
        Self::Setting { key, origin: origins.of(key), cause: error.into() }
    }

    /// Of a lake that cannot be opened.
    pub(super) fn of_lake(error: LakeError, origins: &Origins) -> Self {
        let key = "storage.lake_url";
        match error {
            LakeError::InvalidRoot { .. } => Self::Setting { key, origin: origins.of(key), cause: error.into() },
            other => other.into(),
        }
    }
}
