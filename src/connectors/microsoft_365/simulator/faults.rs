//! Failures on demand: each kind hits every so many requests.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::reply::Reply;
use crate::sdk::simulator::cut_off;

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Status 500 with a page for browsers.
    ServerError,
    /// Status 503, to be waited for so many seconds.
    Unavailable(u64),
    /// Status 504 in Graph's shape.
    Timeout,
    /// Status 429, to be waited for so many seconds.
    TooMany(u64),
    /// Status 401: the access token is not taken any more.
    Unauthorised,
    /// The connection breaks in the middle of the answer.
    Cut,
    /// One request of a batch is refused with status 429, the others are answered.
    PartOfBatch(u64),
}

impl Fault {
    /// The seconds that a part of a batch is to be waited for, where it hits those and not whole requests.
    pub(super) fn of_a_part(&self) -> Option<u64> {
        match self {
            Self::PartOfBatch(seconds) => Some(*seconds),
            _ => None,
        }
    }

    pub(super) fn answer(self) -> Response {
        let html = [(header::CONTENT_TYPE, "text/html")];
        match self {
            Self::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, html, "<html>Server Error</html>").into_response(),
            Self::Unavailable(seconds) => {
                let reply = Reply::error(503, "serviceNotAvailable", "The service is temporarily unavailable.");
                reply.with("Retry-After", seconds.to_string()).into_response()
            }
            Self::Timeout => Reply::error(504, "UnknownError", "The gateway timed out.").into_response(),
            Self::TooMany(seconds) | Self::PartOfBatch(seconds) => Reply::too_many(seconds).into_response(),
            Self::Unauthorised => {
                Reply::error(401, "InvalidAuthenticationToken", "Lifetime validation failed.").into_response()
            }
            Self::Cut => cut_off("{\"value\":["),
        }
    }
}
