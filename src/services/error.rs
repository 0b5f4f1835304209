//! What a service refuses or fails to do, with the code and the words that users see.

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::{DbErr, TransactionError};

use crate::ask::AskError;
use crate::entity::trouble;
use crate::events::{EventCursor, FollowError};
use crate::lake::LakeError;
use crate::query::QueryError;
use crate::sdk::{BoxError, ConnectorError, ErrorClass, TextPlace, with_causes};

/// Why a service did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// No such thing in the viewer's workspace.
    #[error("there is no {kind} {id}")]
    NotFound { kind: &'static str, id: String, hint: Option<String> },
    /// An argument makes no sense; `field` is its path.
    #[error("{field}: {message}")]
    BadInput { field: String, message: String, hint: Option<String> },
    /// A text that was given makes no sense at a place in it; `field` is the path of what is wrong.
    #[error("{field}: {message}")]
    BadText { field: String, message: String, hint: Option<String>, place: TextPlace },
    /// What is asked for contradicts the present state.
    #[error("{message}")]
    Conflict { message: String, hint: Option<String> },
    /// What is to be changed is no more as it was when the viewer read it.
    #[error(
        "{name} is no more as you have read it: it was changed at {}",
        updated_at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
    )]
    ChangedSince { name: String, updated_at: DateTime<Utc> },
    /// A limit that is a setting.
    #[error("{message}")]
    LimitExceeded { message: String, hint: Option<String> },
    /// Events after the cursor were deleted for their age.
    #[error("events after this cursor have expired; go on from {oldest}, the place before the oldest one that is kept")]
    CursorExpired { oldest: EventCursor },
    /// No event ever had the cursor.
    #[error(
        "no event of this server has this cursor: its database is another one, or was restored from an earlier copy"
    )]
    CursorUnknown { oldest: EventCursor },
    /// Nobody is signed in.
    #[error("sign in first: send Authorization: Bearer <token>")]
    Unauthenticated,
    /// The viewer's role does not allow it.
    #[error("your role {role} does not allow this; it takes {needed}")]
    Forbidden { role: &'static str, needed: &'static str },
    /// The source failed.
    #[error(transparent)]
    Connector(#[from] ConnectorError),
    /// The statement failed.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The lake failed.
    #[error("the lake could not be used")]
    Lake(#[from] LakeError),
    /// Our own database failed.
    #[error("the database of DataWeaver could not be used")]
    Database(#[from] DbErr),
    /// Something else of ours failed.
    #[error("{what}")]
    Internal {
        what: &'static str,
        #[source]
        cause: BoxError,
    },
}

impl ServiceError {
    /// A wrong argument.
    pub fn bad_input(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::BadInput { field: field.into(), message: message.into(), hint: None }
    }

    /// No such thing.
    pub fn not_found(kind: &'static str, id: impl ToString) -> Self {
        Self::NotFound { kind, id: id.to_string(), hint: None }
    }

    /// The code in `extensions.code`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "NOT_FOUND",
            Self::BadInput { .. } | Self::BadText { .. } => "BAD_USER_INPUT",
            Self::Conflict { .. } | Self::ChangedSince { .. } => "CONFLICT",
            Self::LimitExceeded { .. } => "LIMIT_EXCEEDED",
            Self::CursorExpired { .. } | Self::CursorUnknown { .. } => "CURSOR_EXPIRED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden { .. } => "FORBIDDEN",
            Self::Connector(error) => match error.class() {
                ErrorClass::Auth | ErrorClass::Permission => "UPSTREAM_AUTH",
                ErrorClass::NotFound => "NOT_FOUND",
                ErrorClass::RateLimited => "RATE_LIMITED",
                ErrorClass::Transient | ErrorClass::Protocol | ErrorClass::Cancelled => "UPSTREAM_UNAVAILABLE",
                ErrorClass::Config | ErrorClass::Data => "BAD_USER_INPUT",
            },
            Self::Query(error) if error.is_limit() => "LIMIT_EXCEEDED",
            Self::Query(error) if error.is_users_fault() => "BAD_USER_INPUT",
            Self::Lake(LakeError::NoTable { .. }) => "NOT_FOUND",
            Self::Query(_) | Self::Lake(_) | Self::Database(_) | Self::Internal { .. } => "INTERNAL",
        }
    }

    /// The argument that is wrong, as a path.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::BadInput { field, .. }
            | Self::BadText { field, .. }
            | Self::Connector(ConnectorError::Config { field, .. }) => Some(field),
            Self::ChangedSince { .. } => Some("ifUpdatedAt"),
            _ => None,
        }
    }

    /// Where in the text that was given.
    pub fn place(&self) -> Option<TextPlace> {
        match self {
            Self::BadText { place, .. } => Some(*place),
            Self::Connector(ConnectorError::Config { place, .. }) => *place,
            _ => None,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::BadInput { hint, .. }
            | Self::BadText { hint, .. }
            | Self::Conflict { hint, .. }
            | Self::LimitExceeded { hint, .. }
            | Self::NotFound { hint, .. } => hint.as_deref(),
            Self::ChangedSince { .. } => {
                Some("read it again and make your change to what is there now, or give the new time to write over it")
            }
            _ => None,
        }
    }

    /// When what is to be changed was changed last, where that was after the viewer read it.
    pub fn updated_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::ChangedSince { updated_at, .. } => Some(*updated_at),
            _ => None,
        }
    }

    /// Seconds until trying again makes sense, where somebody knows: only a source can, whose connector is told with the
    /// refusal. What limits us ourselves knows no time: whoever finds no free place for a query has waited for as long as
    /// the queries before it may run, and the other limits are no matter of time.
    pub fn retry_after_seconds(&self) -> Option<f64> {
        match self {
            Self::Connector(error) => error.retry_after().map(|pause| pause.as_secs_f64()),
            _ => None,
        }
    }

    /// The cursor from which a subscriber that was away for too long can go on.
    pub fn oldest_cursor(&self) -> Option<String> {
        match self {
            Self::CursorExpired { oldest } | Self::CursorUnknown { oldest } => Some(oldest.to_string()),
            _ => None,
        }
    }

    /// The words that may be shown: of our own faults only that they are in the log, unless the reader can do something.
    pub fn public_message(&self) -> String {
        if let Self::Database(error) = self
            && let Some(words) = trouble::words(error)
        {
            return words.to_owned();
        }
        if self.code() == "INTERNAL" {
            return "something went wrong inside DataWeaver; the server's log says more".to_owned();
        }
        match self {
            Self::Connector(_) | Self::Lake(_) | Self::Query(_) => with_causes(self),
            other => other.to_string(),
        }
    }
}

impl From<AskError> for ServiceError {
    fn from(error: AskError) -> Self {
        match error {
            AskError::TooLong { .. } => Self::bad_input("question", error.to_string()),
            AskError::Query(error) => Self::Query(error),
        }
    }
}

impl From<FollowError> for ServiceError {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::Expired { oldest } => Self::CursorExpired { oldest },
            FollowError::Database(error) => Self::Database(error),
        }
    }
}

impl From<TransactionError<DbErr>> for ServiceError {
    fn from(error: TransactionError<DbErr>) -> Self {
        match error {
            TransactionError::Connection(error) | TransactionError::Transaction(error) => Self::Database(error),
        }
    }
}
