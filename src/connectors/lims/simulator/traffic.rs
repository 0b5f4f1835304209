//! Who asked for what, and which requests fail.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use super::{LimsSimulator, lock};
use crate::sdk::simulator::{Faults, cut_off};

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Status 429 of the proxy before the LIMS, to be waited for so many seconds.
    TooMany(u64),
    /// Status 503 of the proxy, with a page for browsers.
    Unavailable,
    /// Status 500, with SENAITE's words.
    ServerError,
    /// Status 200 with two transactions that met, as SENAITE tells it.
    Conflict,
    /// The same as the API tells it after version 2.6: with status 500 and the name of what went wrong.
    TypedConflict,
    /// Something that the user may not see, as it is told after version 2.6.
    TypedRefusal,
    /// Status 403.
    Forbidden,
    /// Status 404.
    Missing,
    /// JSON that ends in the middle, with status 200.
    Garbled,
    /// The connection breaks in the middle of the answer.
    Cut,
    /// Another address, with the page to sign in at.
    SignIn,
}

/// All requests so far.
#[derive(Default)]
pub(super) struct Traffic {
    pub(super) requests: Vec<String>,
    pub(super) faults: Faults<Fault>,
}

impl LimsSimulator {
    /// Counts a request; what is answered instead where it is to fail.
    pub(super) fn failure(&self, request: String) -> Option<Response> {
        let mut traffic = lock(&self.0.traffic);
        traffic.requests.push(request);
        traffic.faults.due().map(Fault::answer)
    }
}

impl Fault {
    fn answer(self) -> Response {
        let page = [(header::CONTENT_TYPE, "text/html")];
        match self {
            Self::TooMany(seconds) => {
                let headers = [(header::RETRY_AFTER, seconds.to_string())];
                (StatusCode::TOO_MANY_REQUESTS, headers, "<html>429 Too Many Requests</html>").into_response()
            }
            Self::Unavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, page, "<html>503 Service Unavailable</html>").into_response()
            }
            Self::ServerError => refused(StatusCode::INTERNAL_SERVER_ERROR, "POSKeyError: 0x1f4a"),
            Self::Conflict => refused(StatusCode::OK, "ReadConflictError: database read conflict error (oid 0x2b)"),
            Self::TypedConflict => {
                typed("ReadConflictError", "database conflict error (oid 0x2b, class BTrees.IOBTree)")
            }
            Self::TypedRefusal => typed("Unauthorized", "You are not allowed to access 'getResult' in this context"),
            Self::Forbidden => refused(StatusCode::FORBIDDEN, "You are not allowed to do that"),
            Self::Missing => refused(StatusCode::NOT_FOUND, "Not Found"),
            Self::Garbled => {
                let headers = [(header::CONTENT_TYPE, "application/json")];
                (headers, "{\"count\": 3, \"items\": [{\"uid\": \"a\", ").into_response()
            }
            Self::SignIn => Redirect::to("/senaite/login?came_from=x").into_response(),
            Self::Cut => cut_off("{\"count\": 3, \"items\": ["),
        }
    }
}

/// A failure as SENAITE tells it: behind a traceback, where it is not one of the API's own.
pub(super) fn refused(status: StatusCode, words: &str) -> Response {
    let message = if status == StatusCode::OK {
        format!("Traceback (most recent call last):\n  File \"decorators.py\", line 20, in decorator\n{words}\n")
    } else {
        words.to_owned()
    };
    (status, axum::Json(json!({ "success": false, "message": message, "_runtime": 0.001 }))).into_response()
}

/// What is no failure of the API's own, as it is told after version 2.6.
fn typed(name: &str, words: &str) -> Response {
    let body = json!({ "success": false, "message": words, "type": name, "_runtime": 0.001 });
    (StatusCode::INTERNAL_SERVER_ERROR, axum::Json(body)).into_response()
}
