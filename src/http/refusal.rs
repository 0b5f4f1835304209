//! A request that is refused: a status, and the same error body as GraphQL has.

use std::time::Duration;

use async_graphql::ServerError;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Server;
use crate::graphql::refusal;
use crate::services::ServiceError;

/// A refused request.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    errors: Vec<ServerError>,
    allow: Option<&'static str>,
    retry_after: Option<f64>,
}

impl Refusal {
    /// A request that makes no sense.
    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }

    /// A refusal with the code of the API that fits it best.
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        let mut error = ServerError::new(message, None);
        error.extensions.get_or_insert_default().set("code", code);
        Self::of(status, vec![error])
    }

    /// A refusal with errors that have their codes.
    pub(super) fn of(status: StatusCode, errors: Vec<ServerError>) -> Self {
        Self { status, errors, allow: None, retry_after: None }
    }

    /// A method that the page does not know.
    pub(super) fn method(allow: &'static str, message: impl Into<String>) -> Self {
        let refused = Self::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT", message);
        Self { allow: Some(allow), ..refused }
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        let status = match error.code() {
            "UNAUTHENTICATED" => StatusCode::UNAUTHORIZED,
            "FORBIDDEN" => StatusCode::FORBIDDEN,
            "NOT_FOUND" => StatusCode::NOT_FOUND,
            "CONFLICT" => StatusCode::CONFLICT,
            "RATE_LIMITED" => StatusCode::TOO_MANY_REQUESTS,
            "UPSTREAM_AUTH" | "UPSTREAM_UNAVAILABLE" => StatusCode::BAD_GATEWAY,
            "INTERNAL" => {
                tracing::error!(error = ?error, "a request failed inside");
                StatusCode::INTERNAL_SERVER_ERROR
            }
            _ => StatusCode::BAD_REQUEST,
        };
        let retry_after = error.retry_after_seconds();
        Self { retry_after, ..Self::of(status, vec![refusal(&error)]) }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(json!({ "errors": self.errors }))).into_response();
        let headers = response.headers_mut();
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(allow) = self.allow {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds.ceil().clamp(0.0, 86_400.0) as u64));
        }
        response
    }
}

/// Middleware: a request that takes longer than `server.request_timeout_seconds` is given up.
pub(super) async fn too_slow(State(server): State<Server>, request: Request, next: Next) -> Response {
    let limit = Duration::from_secs(server.config.server.request_timeout_seconds.max(1));
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let message = format!(
                "the request was given up after {} s (server.request_timeout_seconds); ask for less at once",
                limit.as_secs()
            );
            Refusal::new(StatusCode::GATEWAY_TIMEOUT, "LIMIT_EXCEEDED", message).into_response()
        }
    }
}

/// The answer to a method that a page does not know. Which it does know, the router says in the header `Allow`.
pub(super) async fn no_such_method(method: Method) -> Refusal {
    let message = format!("this page does not answer {method}; the header Allow names what it answers");
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "BAD_USER_INPUT", message)
}

/// The answer to a path that leads nowhere.
pub(super) async fn no_such_page() -> Refusal {
    let pages = "/, /graphiql, /graphql, /graphql/stream, /download/query, /download/data-sources/{id}, /download/files/{id}, \
                 /health/live, /health/ready, /metrics and /oauth/callback";
    Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("there is no such page (known: {pages})"))
}

/// The same of a process that only waits for whoever comes back from a vendor.
pub(super) async fn no_page_but_the_callback() -> Refusal {
    let message =
        "here is only /oauth/callback, until somebody has come back from a vendor; dataweaver serve has the others";
    Refusal::new(StatusCode::NOT_FOUND, "NOT_FOUND", message)
}
