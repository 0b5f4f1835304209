//! Who asked for what, who may, and which requests fail.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::{PortalSimulator, lock};
use crate::sdk::simulator::{Faults, bearer_token, cut_off};

/// How a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The proxy before the portal asks for patience, with 429.
    RateLimited,
    /// The portal is not up, which its proxy says on a page.
    Unavailable,
    /// The portal fails in its own words, with 500.
    Internal,
    /// The connection breaks in the middle of an answer.
    CutOff,
    /// The answer is no JSON, though it says so.
    Garbled,
    /// The portal shows the page where people sign in.
    SignIn,
}

#[derive(Default)]
pub(super) struct Traffic {
    pub(super) requests: Vec<String>,
    pub(super) faults: Faults<Fault>,
}

/// Counts a request, and lets it pass if it may.
pub(super) async fn pass(State(simulator): State<PortalSimulator>, request: Request, next: Next) -> Response {
    let fault = {
        let mut traffic = lock(&simulator.0.traffic);
        traffic.requests.push(format!("{} {}", request.method(), request.uri()));
        traffic.faults.due()
    };
    if let Some(fault) = fault {
        return fault.answer();
    }
    if simulator.0.token.as_deref().is_some_and(|token| bearer_token(request.headers()) != Some(token)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    next.run(request).await
}

impl Fault {
    fn answer(self) -> Response {
        let page = |words: &str| {
            ([("content-type", "text/html; charset=utf-8")], format!("<html><body>{words}</body></html>"))
        };
        match self {
            Self::RateLimited => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "3")]).into_response(),
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, page("503 Service Temporarily Unavailable")).into_response()
            }
            Self::Internal => {
                let words = "SQL exception. If you are a maintainer of this instance, see logs for details.";
                refused(StatusCode::INTERNAL_SERVER_ERROR, words).into_response()
            }
            Self::CutOff => cut_off("[{\"uniqueSampleKey\":\"QlJ"),
            Self::Garbled => ([("content-type", "application/json")], "[{\"studyId\":}]").into_response(),
            Self::SignIn => page("Sign in").into_response(),
        }
    }
}

/// A refusal in the portal's words.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    words: String,
}

pub(super) fn refused(status: StatusCode, words: impl Into<String>) -> Refusal {
    Refusal { status, words: words.into() }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "message": self.words }).to_string();
        (self.status, [("content-type", "application/json")], body).into_response()
    }
}
