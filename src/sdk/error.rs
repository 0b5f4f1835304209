//! What can go wrong between us and a source, classified once.

use std::fmt::Display;
use std::io;
use std::time::Duration;

use super::place::TextPlace;

/// The cause behind an error of any library.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// The one question the engine asks of an error: what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// The credentials are wrong or expired: a person must act.
    Auth,
    /// The credentials are right and not allowed to do this: a person must act.
    Permission,
    /// The thing that was asked for is not there.
    NotFound,
    /// The other end asks us to slow down: wait and go on.
    RateLimited,
    /// It may work the next time: retry with back-off.
    Transient,
    /// The other end answered something that its protocol does not allow.
    Protocol,
    /// The data themselves cannot be read.
    Data,
    /// The configuration is wrong: a person must act.
    Config,
    /// We were asked to stop.
    Cancelled,
}

impl ErrorClass {
    /// Whether trying again without a person's help can succeed.
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::RateLimited | Self::Transient)
    }
}

/// A failure of a connector. The words are for users: they say what was wrong, where, and what
/// to do, and never hold a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// A configuration value is missing, unknown or out of range; `field` is its path, and `place` the one in it where it is a
    /// text that makes no sense there.
    #[error("{field}: {message}")]
    Config { field: String, message: String, place: Option<TextPlace> },
    /// The source refused the credentials.
    #[error("{message}")]
    Auth {
        message: String,
        #[source]
        cause: Option<BoxError>,
    },
    /// The source knows us and does not allow this.
    #[error("{message}")]
    Permission {
        message: String,
        #[source]
        cause: Option<BoxError>,
    },
    /// The thing to read is gone, or never was.
    #[error("{what} was not found{hint}")]
    NotFound { what: String, hint: String },
    /// The source asks us to slow down.
    #[error("{endpoint} asks us to slow down")]
    RateLimited { endpoint: String, retry_after: Option<Duration> },
    /// The source cannot be reached, or broke off: it may come back.
    #[error("{message}")]
    Unreachable {
        message: String,
        #[source]
        cause: Option<BoxError>,
    },
    /// The source broke its own protocol, or a certificate is not what it should be.
    #[error("{message}")]
    Protocol {
        message: String,
        #[source]
        cause: Option<BoxError>,
    },
    /// The data cannot be read; `place` says where (a file and line, a table and column).
    #[error("{place}: {message}")]
    Data {
        place: String,
        message: String,
        #[source]
        cause: Option<BoxError>,
    },
    /// The folder for temporary files cannot take what a read keeps there.
    #[error("{}", scratch_words(folder, cause))]
    Scratch {
        folder: String,
        #[source]
        cause: io::Error,
    },
    /// The read was cancelled.
    #[error("cancelled")]
    Cancelled,
}

impl ConnectorError {
    /// A wrong configuration value at the path `field`.
    pub fn config(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Config { field: field.into(), message: message.into(), place: None }
    }

    /// A text at the path `field` of the configuration that makes no sense at a place in it.
    pub fn config_text(field: impl Into<String>, message: impl Into<String>, place: TextPlace) -> Self {
        Self::Config { field: field.into(), message: message.into(), place: Some(place) }
    }

    /// Unreadable data at `place`.
    pub fn data(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Data { place: place.into(), message: message.into(), cause: None }
    }

    /// A source that cannot be reached just now.
    pub fn unreachable(message: impl Into<String>, cause: impl Into<BoxError>) -> Self {
        Self::Unreachable { message: message.into(), cause: Some(cause.into()) }
    }

    /// A host to which no connection came about.
    pub fn unconnected(endpoint: impl Display, error: io::Error) -> Self {
        let message = match error.kind() {
            io::ErrorKind::ConnectionRefused => format!(
                "{endpoint} refused the connection; look whether the server runs there and listens on this port"
            ),
            _ => format!("could not reach {endpoint}: {error}"),
        };
        Self::unreachable(message, error)
    }

    /// What to do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Config { .. } => ErrorClass::Config,
            Self::Auth { .. } => ErrorClass::Auth,
            Self::Permission { .. } => ErrorClass::Permission,
            Self::NotFound { .. } => ErrorClass::NotFound,
            Self::RateLimited { .. } => ErrorClass::RateLimited,
            Self::Unreachable { .. } | Self::Scratch { .. } => ErrorClass::Transient,
            Self::Protocol { .. } => ErrorClass::Protocol,
            Self::Data { .. } => ErrorClass::Data,
            Self::Cancelled => ErrorClass::Cancelled,
        }
    }

    /// How long the source asks us to wait before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn scratch_words(folder: &str, cause: &io::Error) -> String {
    match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("no space left for temporary files in {folder}, make room there and sync again")
        }
        _ => format!("temporary files cannot be kept in {folder}"),
    }
}
