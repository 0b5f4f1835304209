//! Answers, and failures in Graph's shape.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};

/// An answer, of its own or as part of a batch.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, headers: Vec::new(), body }
    }

    pub(super) fn error(status: u16, code: &str, message: &str) -> Self {
        let inner = json!({ "date": "2026-01-01T00:00:00", "request-id": REQUEST, "client-request-id": REQUEST });
        let body = json!({ "error": { "code": code, "message": message, "innerError": inner } });
        Self { status, headers: Vec::new(), body }
    }

    /// Who comes too often.
    pub(super) fn too_many(seconds: u64) -> Self {
        Self::error(429, "TooManyRequests", "Please retry again later.").with("Retry-After", seconds.to_string())
    }

    pub(super) fn not_found(code: &str) -> Self {
        Self::error(404, code, "The resource could not be found.")
    }

    pub(super) fn with(mut self, header: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((header, value.into()));
        self
    }

    pub(super) fn into_response(self) -> Response {
        let body = if self.body.is_null() { Body::empty() } else { Body::from(self.body.to_string()) };
        let mut response = Response::new(body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json;odata.metadata=minimal"));
        headers.insert(HeaderName::from_static("request-id"), HeaderValue::from_static(REQUEST));
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
                headers.insert(name, value);
            }
        }
        response
    }
}

const REQUEST: &str = "6f2c9a1e-7a52-4d0c-9a7f-3f2b1c0d9e8a";
