//! Failures on demand: each kind hits every so many requests.

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::refusal::Refusal;

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

/// What is to fail.
#[derive(Default)]
pub(super) struct Faults {
    /// With how many requests each comes round, and how many there were.
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

    /// Whether this request fails, and how.
    pub(super) fn next(&mut self) -> Option<Fault> {
        let mut hit = None;
        for (fault, every, requests) in &mut self.rules {
            *requests += 1;
            if hit.is_none() && *requests >= *every {
                *requests = 0;
                hit = Some(*fault);
            }
        }
        self.count += usize::from(hit.is_some());
        hit
    }
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
            Self::Cut => {
                let half = Ok(Bytes::from_static(b"{\"files\":[{\"id\":"));
                let broken = Err(std::io::Error::other("the connection is cut"));
                let body = Body::from_stream(stream::iter([half, broken]));
                (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response()
            }
        }
    }
}
