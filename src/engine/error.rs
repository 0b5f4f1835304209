//! What ends the extraction of one data source, or the work of the engine's store.

use std::time::Duration;

use crate::lake::LakeError;
use crate::sdk::{BoxError, ConnectorError, ErrorClass, counted};

/// The engine's memory failed: the database behind it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has taken the sync over; this one must not write any more.
    #[error("another process has taken over this sync")]
    LeaseLost,
    /// The database does not do what it is asked just now.
    #[error("the database of DataWeaver could not be used")]
    Unavailable(#[source] BoxError),
    /// The sync cannot be set up: its connector does not open.
    #[error(transparent)]
    Connector(#[from] ConnectorError),
    /// The sync cannot be set up, and trying again does not help.
    #[error("the sync cannot be set up")]
    Broken(#[source] BoxError),
}

/// Why the extraction of a data source ended early.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The connector failed.
    #[error(transparent)]
    Connector(#[from] ConnectorError),
    /// The lake failed.
    #[error("the lake table could not be written: {0}")]
    Lake(#[from] LakeError),
    /// Our own database failed, or the sync was taken over.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The columns changed and the schema policy is FREEZE.
    #[error(
        "the columns changed ({changes}) and schemaPolicy is FREEZE; set it to EVOLVE or DISCARD, or undo the change at the source"
    )]
    SchemaFrozen { changes: String },
    /// More rows could not be converted than `rejectLimit` allows.
    #[error(
        "{}, more than rejectLimit {limit} allows; the first: {first}",
        counted(*rejected, "row was rejected", "rows were rejected")
    )]
    TooManyRejected { rejected: u64, limit: i64, first: String },
    /// All rows were rejected before one has told a column, so that there is no table to keep them beside.
    #[error(
        "nothing could be read: {}; the first: {first}",
        counted(*rejected, "row was rejected", "rows were rejected")
    )]
    NothingReadable { rejected: u64, first: String },
    /// All rows were rejected that were to replace those of the table.
    #[error(
        "nothing could be read, so the table keeps the rows it had: {}; the first: {first}",
        counted(*rejected, "row was rejected", "rows were rejected")
    )]
    NothingToReplace { rejected: u64, first: String },
    /// A column of the key is written otherwise than in the table: nobody could say which rows are the same.
    #[error(
        "{column}, which is of the key, was {from} and is {to} now: the rows of the lake table cannot be found by it any more"
    )]
    KeyRecast { column: String, from: String, to: String },
    /// A column of the key came to the table when that had rows: in them it says nothing.
    #[error("{column}, which is of the key, came to the lake table when that had rows: those cannot be found by it")]
    KeyLate { column: String },
    /// The settings of the data source do not fit together.
    #[error("{field}: {message}")]
    Settings { field: &'static str, message: String },
    /// Arrow refused a batch: a fault of the connector.
    #[error("the connector handed over rows that do not match their schema: {0}")]
    Batch(#[from] arrow::error::ArrowError),
    /// Somebody asked it to stop.
    #[error("cancelled")]
    Cancelled,
    /// It did not stop in time when it was asked to, and was left where it was: a commit may still be under way.
    #[error("cancelled")]
    Abandoned,
    /// The process shuts down; the work goes on elsewhere or after the restart.
    #[error("interrupted by a shutdown")]
    Interrupted,
}

impl SourceError {
    /// Whether trying again, from the last checkpoint, can help.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connector(error) => error.class().is_retryable(),
            // Perhaps an earlier owner of the sync was first with its last commit: the lease says whose it is now.
            Self::Lake(error) => error.is_transient() || matches!(error, LakeError::LeaseLost { .. }),
            Self::Store(StoreError::Connector(error)) => error.class().is_retryable(),
            Self::Store(StoreError::Unavailable(_)) => true,
            _ => false,
        }
    }

    /// Whether the source refuses to go on from where the read was cut short, or what was read by then is lost: it can
    /// be begun anew.
    pub(super) fn refuses_to_resume(&self) -> bool {
        match self {
            Self::Connector(error) => error.class() == ErrorClass::Data,
            Self::Lake(error) => matches!(error, LakeError::StagedFileLost { .. }),
            _ => false,
        }
    }

    /// Whether the sync belongs to somebody else now.
    pub fn is_lease_lost(&self) -> bool {
        matches!(self, Self::Store(StoreError::LeaseLost))
    }

    /// How long the source asks us to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Connector(error) => error.retry_after(),
            _ => None,
        }
    }

    /// The error's code, as the API and the events name it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Connector(error) => match error.class() {
                ErrorClass::Auth | ErrorClass::Permission => "UPSTREAM_AUTH",
                ErrorClass::RateLimited => "RATE_LIMITED",
                ErrorClass::Transient | ErrorClass::Protocol => "UPSTREAM_UNAVAILABLE",
                ErrorClass::NotFound => "NOT_FOUND",
                ErrorClass::Config | ErrorClass::Data => "BAD_USER_INPUT",
                ErrorClass::Cancelled => "CANCELLED",
            },
            Self::SchemaFrozen { .. }
            | Self::KeyRecast { .. }
            | Self::KeyLate { .. }
            | Self::Settings { .. }
            | Self::NothingReadable { .. }
            | Self::NothingToReplace { .. } => "BAD_USER_INPUT",
            Self::TooManyRejected { .. } => "LIMIT_EXCEEDED",
            Self::Cancelled | Self::Abandoned | Self::Interrupted => "CANCELLED",
            Self::Lake(_) | Self::Store(_) | Self::Batch(_) => "INTERNAL",
        }
    }
}
