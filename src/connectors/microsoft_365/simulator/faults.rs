//! Failures on demand: each kind hits every so many requests.

use axum::body::{Body, Bytes};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;

use super::reply::Reply;

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
        self.next_of(|fault| !matches!(fault, Fault::PartOfBatch(_)))
    }

    /// How many seconds a part of a batch is to be waited for, if it fails.
    pub(super) fn next_part(&mut self) -> Option<u64> {
        match self.next_of(|fault| matches!(fault, Fault::PartOfBatch(_))) {
            Some(Fault::PartOfBatch(seconds)) => Some(seconds),
            _ => None,
        }
    }

    fn next_of(&mut self, is_meant: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut hit = None;
        for (fault, every, calls) in self.rules.iter_mut().filter(|rule| is_meant(&rule.0)) {
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
            Self::Unavailable(seconds) => {
                let reply = Reply::error(503, "serviceNotAvailable", "The service is temporarily unavailable.");
                reply.with("Retry-After", seconds.to_string()).into_response()
            }
            Self::Timeout => Reply::error(504, "UnknownError", "The gateway timed out.").into_response(),
            Self::TooMany(seconds) | Self::PartOfBatch(seconds) => Reply::too_many(seconds).into_response(),
            Self::Unauthorised => {
                Reply::error(401, "InvalidAuthenticationToken", "Lifetime validation failed.").into_response()
            }
            Self::Cut => {
                let half = Ok(Bytes::from_static(b"{\"value\":["));
                let broken = Err(std::io::Error::other("the connection is cut"));
                let body = Body::from_stream(stream::iter([half, broken]));
                (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response()
            }
        }
    }
}
