//! Why the product does not start.

use crate::engine::StoreError;
use crate::entity::database::DatabaseError;
use crate::lake::LakeError;
use crate::query::QueryError;
use crate::services::VaultError;

/// Why the product does not start; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The data folder cannot be used.
    #[error("the data folder {path} could not be used; check that it is writable, or choose another with --data-dir")]
    Folder {
        path: String,
        #[source]
        cause: std::io::Error,
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
