//! Who asked for what, and which requests fail.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    RateLimit,
    Unavailable,
    Internal,
    /// Searches that are being paged through are forgotten.
    LostSearch,
}

const ALL: [Fault; 4] = [Fault::RateLimit, Fault::LostSearch, Fault::Internal, Fault::Unavailable];

/// All requests so far.
#[derive(Default)]
pub(super) struct Traffic {
    requests: Vec<String>,
    every: Option<usize>,
    turn: usize,
    refused: usize,
}

impl Traffic {
    pub(super) fn fail_every(&mut self, every: usize) {
        self.every = Some(every.max(1));
    }

    pub(super) fn requests(&self) -> &[String] {
        &self.requests
    }

    pub(super) fn refused(&self) -> usize {
        self.refused
    }

    /// Refuses who comes so many seconds too soon.
    pub(super) fn refuse(&mut self, seconds: u64) -> Response {
        self.refused += 1;
        (StatusCode::TOO_MANY_REQUESTS, [("retry-after", seconds.to_string())], "Too many requests").into_response()
    }

    /// Counts a request; gives the failure that it is to meet.
    pub(super) fn count(&mut self, request: String) -> Option<Fault> {
        self.requests.push(request);
        if !self.requests.len().is_multiple_of(self.every?) {
            return None;
        }
        let fault = ALL[self.turn % ALL.len()];
        self.turn += 1;
        Some(fault)
    }
}

impl Fault {
    /// What is answered instead; `None` where an answer is made all the same.
    pub(super) fn answer(self) -> Option<Response> {
        Some(match self {
            Self::RateLimit => {
                let headers = [("retry-after", "2")];
                (StatusCode::TOO_MANY_REQUESTS, headers, outcome("throttled", "Too many requests")).into_response()
            }
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "upstream connect error").into_response(),
            Self::Internal => (StatusCode::INTERNAL_SERVER_ERROR, outcome("exception", "Failed to call access method"))
                .into_response(),
            Self::LostSearch => return None,
        })
    }
}

/// An OperationOutcome.
pub(super) fn outcome(code: &str, words: &str) -> Response {
    let body = json!({
        "resourceType": "OperationOutcome",
        "issue": [{ "severity": "error", "code": code, "diagnostics": words }],
    });
    ([("content-type", "application/fhir+json;charset=UTF-8")], body.to_string()).into_response()
}
