//! Failures on demand: each kind hits every so many calls.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::sdk::simulator::cut_off;

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Status 500 with a page for browsers.
    ServerError,
    /// Status 503.
    Unavailable,
    /// Status 200 with `internal_error`.
    InternalError,
    /// Status 429, to be waited for so many seconds.
    TooMany(u64),
    /// The connection breaks in the middle of the answer.
    Cut,
}

impl Fault {
    pub(super) fn answer(self) -> Response {
        let html = [(header::CONTENT_TYPE, "text/html")];
        match self {
            Self::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, html, "<html>Server Error</html>").into_response(),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, html, "<html>Down</html>").into_response(),
            Self::InternalError => axum::Json(json!({ "ok": false, "error": "internal_error" })).into_response(),
            Self::TooMany(seconds) => too_many(seconds),
            Self::Cut => cut_off("{\"ok\":true,\"messages\":["),
        }
    }
}

/// Slack's answer to who comes too often.
pub(super) fn too_many(seconds: u64) -> Response {
    let body = axum::Json(json!({ "ok": false, "error": "ratelimited" }));
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], body).into_response()
}
