//! Why a language model could not be asked, or gave no answer. No variant holds its key or what it was told.

use crate::query::QueryError;
use crate::sdk::{ConnectorError, ErrorClass};

/// Why the settings of a language model cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenModelError {
    /// There is a URL, and no name.
    #[error("there is no name of the model; set ask.model")]
    NoName,
    /// The URL or the key cannot be used.
    #[error("{message}")]
    Unusable { message: String },
}

impl From<ConnectorError> for OpenModelError {
    fn from(error: ConnectorError) -> Self {
        let message = match error {
            // The fields are called after a connector's.
            ConnectorError::Config { message, .. } => message,
            other => other.to_string(),
        };
        Self::Unusable { message }
    }
}

/// Why a language model gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It took too long.
    #[error("it did not answer within {seconds} s")]
    TimedOut { seconds: u64 },
    /// It could not be reached, or refused.
    #[error("{}", class_words(cause.class()))]
    Http {
        #[source]
        cause: ConnectorError,
    },
    /// It declined to answer.
    #[error("it declined to answer")]
    Declined,
    /// Its answer holds the key that it was given.
    #[error("its answer held our key")]
    Indiscreet,
    /// Its answer broke off.
    #[error("its answer broke off ({reason})")]
    BrokenOff { reason: &'static str },
    /// Its answer is not what was asked for.
    #[error("its answer could not be read")]
    Unreadable {
        #[source]
        cause: serde_json::Error,
    },
    /// Its answer holds neither a statement nor a question.
    #[error("its answer held no statement")]
    NoStatement,
    /// Its statement was wrong, and so was the repaired one.
    #[error("its SQL was wrong twice")]
    BadSql {
        #[source]
        cause: QueryError,
    },
    /// Its statement could not be run.
    #[error("its SQL could not be run")]
    Query {
        #[source]
        cause: QueryError,
    },
}

impl From<ConnectorError> for ModelError {
    fn from(cause: ConnectorError) -> Self {
        Self::Http { cause }
    }
}

/// What happened, without the vendor's own words: they may repeat what it was told.
fn class_words(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Auth | ErrorClass::Permission => "it refused our key",
        ErrorClass::NotFound => "there is no such model or URL",
        ErrorClass::RateLimited => "it asks us to slow down",
        ErrorClass::Protocol | ErrorClass::Data => "its answer could not be read",
        ErrorClass::Config => "it refused the request",
        ErrorClass::Transient | ErrorClass::Cancelled => "it could not be reached, or failed",
    }
}
