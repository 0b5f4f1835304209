//! The token endpoint: client credentials (RFC 6749, section 4.4).

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::{Access, ClinicalSimulator, lock};
use crate::sdk::simulator::basic_credentials;

#[derive(Deserialize)]
pub(super) struct Request {
    grant_type: String,
    client_id: Option<String>,
    client_secret: Option<String>,
}

pub(super) async fn grant(
    State(simulator): State<ClinicalSimulator>,
    headers: HeaderMap,
    Form(request): Form<Request>,
) -> Response {
    let Access::Client { id, secret, uses } = &simulator.0.access else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let given = basic_credentials(&headers).or(request.client_id.zip(request.client_secret));
    if given.is_none_or(|(given_id, given_secret)| given_id != *id || given_secret != *secret) {
        let body = json!({ "error": "invalid_client", "error_description": "Client authentication failed" });
        return (StatusCode::UNAUTHORIZED, body.to_string()).into_response();
    }
    if request.grant_type != "client_credentials" {
        return (StatusCode::BAD_REQUEST, json!({ "error": "unsupported_grant_type" }).to_string()).into_response();
    }
    let mut tokens = lock(&simulator.0.tokens);
    let token = format!("access-token-{}", tokens.len() + 1);
    tokens.insert(token.clone(), *uses);
    let body = json!({ "access_token": token, "token_type": "bearer", "expires_in": 3_600 });
    ([("content-type", "application/json")], body.to_string()).into_response()
}
