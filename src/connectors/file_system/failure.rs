//! What the store's errors mean to a user.

use std::error::Error as _;
use std::io;

use object_store::Error as StoreError;

use crate::sdk::{BoxError, ConnectorError};

/// Says what a failed request means. `place` is what was asked for, in the user's words: a bucket, a folder, a file.
pub(super) fn of_store(place: &str, error: StoreError) -> ConnectorError {
    let words = all_words(&error);
    let says = |codes: &[&str]| codes.iter().any(|code| words.contains(code));
    if says(&["NoSuchBucket"]) {
        return ConnectorError::NotFound {
            what: format!("the bucket of {place}"),
            hint: "; check its name and the endpoint".into(),
        };
    }
    if says(&["InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "TokenRefreshRequired"]) {
        return ConnectorError::Auth {
            message: format!("{place}: the keys are not right; check access_key_id and secret_access_key"),
            cause: Some(error.into()),
        };
    }
    if says(&["SlowDown", "503 Service Unavailable", "429 Too Many Requests"]) {
        // For how long, its answer may say, but the store's client does not hand that on.
        return ConnectorError::RateLimited { endpoint: place.to_owned(), retry_after: None };
    }
    if says(&["PermanentRedirect", "AuthorizationHeaderMalformed", "301 Moved", "incorrectly configured region"]) {
        return ConnectorError::config("connectionConfig.region", format!("is not the region of {place}"));
    }
    match error {
        StoreError::NotFound { .. } => {
            ConnectorError::NotFound { what: place.to_owned(), hint: "; it may have been moved or deleted".into() }
        }
        StoreError::Precondition { .. } => changed(place),
        StoreError::Unauthenticated { .. } => {
            ConnectorError::Auth { message: format!("{place}: the store asks for keys"), cause: Some(error.into()) }
        }
        StoreError::PermissionDenied { .. } => denied(place, error.into()),
        error if says(&["AccessDenied", "403 Forbidden"]) => denied(place, error.into()),
        error => match io_kind(&error) {
            Some(io::ErrorKind::PermissionDenied) => denied(place, error.into()),
            Some(io::ErrorKind::NotFound) => {
                ConnectorError::NotFound { what: place.to_owned(), hint: "; it may have been moved or deleted".into() }
            }
            _ => ConnectorError::unreachable(format!("{place} could not be read from its store"), error),
        },
    }
}

/// The file is not the one whose reading began.
pub(super) fn changed(place: &str) -> ConnectorError {
    ConnectorError::data(place, "the file changed while it was read; sync again")
}

fn denied(place: &str, cause: BoxError) -> ConnectorError {
    ConnectorError::Permission {
        message: format!("{place}: reading is not allowed; check its permissions"),
        cause: Some(cause),
    }
}

/// What a reader of bytes ran into: our own error where one travels inside, otherwise bad data.
pub(super) fn of_io(place: &str, error: io::Error) -> ConnectorError {
    match error.downcast::<ConnectorError>() {
        Ok(ours) => ours,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => ConnectorError::Data {
            place: place.to_owned(),
            message: "the file ends too early".into(),
            cause: Some(error.into()),
        },
        Err(error) => {
            let message = format!("the file is damaged: {error}");
            ConnectorError::Data { place: place.to_owned(), message, cause: Some(error.into()) }
        }
    }
}

/// Digs out our own error from below the error of a format's library; bad data otherwise.
pub(super) fn of_format(place: &str, error: impl Into<BoxError>) -> ConnectorError {
    let mut error: BoxError = error.into();
    loop {
        error = match error.downcast::<io::Error>() {
            Ok(io) => return of_io(place, *io),
            Err(error) => error,
        };
        error = match error.downcast::<ConnectorError>() {
            Ok(ours) => return *ours,
            Err(error) => error,
        };
        error = match error.downcast::<parquet::errors::ParquetError>() {
            Ok(parquet) => match *parquet {
                parquet::errors::ParquetError::External(inner) => {
                    error = inner;
                    continue;
                }
                other => return damaged(place, other.into()),
            },
            Err(error) => error,
        };
        error = match error.downcast::<arrow::error::ArrowError>() {
            Ok(arrow) => match *arrow {
                arrow::error::ArrowError::ExternalError(inner) => {
                    error = inner;
                    continue;
                }
                arrow::error::ArrowError::IoError(_, io) => return of_io(place, io),
                other => return damaged(place, other.into()),
            },
            Err(error) => error,
        };
        return damaged(place, error);
    }
}

fn damaged(place: &str, cause: BoxError) -> ConnectorError {
    ConnectorError::Data {
        place: place.to_owned(),
        message: format!("the file is damaged: {cause}"),
        cause: Some(cause),
    }
}

/// The words of an error and of everything behind it.
fn all_words(error: &StoreError) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push('\n');
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

fn io_kind(error: &StoreError) -> Option<io::ErrorKind> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error.kind());
        }
        cause = error.source();
    }
    None
}
