//! Failures on demand: each kind hits every so many requests.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;
use crate::sdk::simulator::cut_off;

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Status 500 with Google's JSON.
    Backend,
    /// Status 503 with a page for browsers.
    Unavailable,
    /// Status 429, to be waited for so many seconds, or as long as one likes.
    TooMany(Option<u64>),
    /// Status 403 with `userRateLimitExceeded`.
    UserRate,
    /// The connection breaks in the middle of the answer.
    Cut,
}

impl Fault {
    pub(super) fn answer(self, service: &str) -> Response {
        match self {
            Self::Backend => Refusal::backend().into_response(),
            Self::Unavailable => {
                let page = [(header::CONTENT_TYPE, "text/html")];
                (StatusCode::SERVICE_UNAVAILABLE, page, "<html><title>Error 503</title></html>").into_response()
            }
            Self::TooMany(seconds) => Refusal::too_many(service, seconds).into_response(),
            Self::UserRate => Refusal::user_rate().into_response(),
            Self::Cut => cut_off("{\"files\":[{\"id\":"),
        }
    }
}
