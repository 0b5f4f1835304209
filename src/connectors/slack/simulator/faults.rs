//! Failures on demand: each kind hits every so many calls.

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use serde_json::json;

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

/// What is to fail.
#[derive(Default)]
pub(super) struct Faults {
    /// With how many calls each comes round, and how many there were.
    rules: Vec<(Fault, usize, usize)>,
    count: usize,
}

impl Faults {
    pub(super) fn add(&mut self, fault: Fault, every: usize) {
        self.rules.push((fault, every.max(1), 0));
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Whether this call fails, and how.
    pub(super) fn next(&mut self) -> Option<Fault> {
        let mut hit = None;
        for (fault, every, calls) in &mut self.rules {
            *calls += 1;
            if hit.is_none() && *calls >= *every {
                *calls = 0;
                hit = Some(*fault);
            }
        }
        self.count += usize::from(hit.is_some());
        hit
    }
}

impl Fault {
    pub(super) fn answer(self) -> Response {
        let html = [(header::CONTENT_TYPE, "text/html")];
        match self {
            Self::ServerError => (StatusCode::INTERNAL_SERVER_ERROR, html, "<html>Server Error</html>").into_response(),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, html, "<html>Down</html>").into_response(),
            Self::InternalError => axum::Json(json!({ "ok": false, "error": "internal_error" })).into_response(),
            Self::TooMany(seconds) => too_many(seconds),
            Self::Cut => {
                let half = Ok(Bytes::from_static(b"{\"ok\":true,\"messages\":["));
                let broken = Err(std::io::Error::other("the connection is cut"));
                (
                    StatusCode::OK,
                    [(header::CONTENT_TYPE, "application/json")],
                    Body::from_stream(stream::iter([half, broken])),
                )
                    .into_response()
            }
        }
    }
}

/// Slack's answer to who comes too often.
pub(super) fn too_many(seconds: u64) -> Response {
    let body = axum::Json(json!({ "ok": false, "error": "ratelimited" }));
    (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], body).into_response()
}
