//! Failures in Google's shape.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// What is answered instead.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: u16,
    /// A word of `google.rpc.Code`.
    word: &'static str,
    reason: &'static str,
    message: String,
    details: Vec<Value>,
    retry_after: Option<u64>,
}

impl Refusal {
    fn new(status: u16, word: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, word, reason, message: message.into(), details: Vec::new(), retry_after: None }
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", "badRequest", message)
    }

    pub(super) fn unauthenticated() -> Self {
        let message = "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other \
            valid authentication credential.";
        Self::new(401, "UNAUTHENTICATED", "authError", message)
    }

    pub(super) fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "NOT_FOUND", "notFound", message)
    }

    pub(super) fn gone(message: impl Into<String>) -> Self {
        Self::new(410, "FAILED_PRECONDITION", "fullSyncRequired", message)
    }

    pub(super) fn no_scope() -> Self {
        let message = "Request had insufficient authentication scopes.";
        let mut refusal = Self::new(403, "PERMISSION_DENIED", "insufficientPermissions", message);
        refusal.details.push(info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", json!({})));
        refusal
    }

    /// The API is not switched on in the project.
    pub(super) fn disabled(service: &str) -> Self {
        let page = format!("https://console.developers.google.com/apis/api/{service}/overview?project=104729");
        let message = format!(
            "The API {service} has not been used in project 104729 before or it is disabled. Enable it by visiting {page} \
            then retry."
        );
        let mut refusal = Self::new(403, "PERMISSION_DENIED", "accessNotConfigured", message);
        let metadata = json!({ "service": service, "consumer": "projects/104729", "activationUrl": page });
        refusal.details.push(info("SERVICE_DISABLED", metadata));
        refusal
    }

    pub(super) fn too_many(service: &str, seconds: Option<u64>) -> Self {
        let message = format!(
            "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service \
            '{service}' for consumer 'project_number:104729'."
        );
        let mut refusal = Self::new(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", message);
        refusal.details.push(info("RATE_LIMIT_EXCEEDED", json!({ "service": service })));
        refusal.retry_after = seconds;
        refusal
    }

    /// How Drive says the same.
    pub(super) fn user_rate() -> Self {
        Self::new(403, "", "userRateLimitExceeded", "User Rate Limit Exceeded")
    }

    pub(super) fn backend() -> Self {
        Self::new(500, "INTERNAL", "backendError", "Backend Error")
    }
}

fn info(reason: &str, metadata: Value) -> Value {
    json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com",
        "metadata": metadata,
    })
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let domain = if self.reason.contains("imit") { "usageLimits" } else { "global" };
        let mut error = json!({
            "code": self.status, "message": self.message,
            "errors": [{ "message": self.message, "domain": domain, "reason": self.reason }],
        });
        if !self.word.is_empty() {
            error["status"] = json!(self.word);
        }
        if !self.details.is_empty() {
            error["details"] = json!(self.details);
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, axum::Json(json!({ "error": error }))).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
