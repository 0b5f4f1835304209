//! Who may read, and the endpoint that gives tokens for client credentials (RFC 6749, section 4.4).

use std::collections::HashMap;

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::{LimsSimulator, lock};
use crate::sdk::simulator::basic_credentials;

/// Tokens that were given out, each with how often it may still be used.
pub(super) type Tokens = HashMap<String, usize>;

/// Who may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Everybody,
    User { name: String, password: String },
    Tokens,
    Key { header: String, key: String },
    Client { id: String, secret: String, uses: usize },
}

#[derive(Deserialize)]
pub(super) struct Request {
    grant_type: String,
    client_id: Option<String>,
    client_secret: Option<String>,
}

pub(super) async fn grant(
    State(simulator): State<LimsSimulator>,
    headers: HeaderMap,
    Form(request): Form<Request>,
) -> Response {
    let Access::Client { id, secret, uses } = &simulator.0.access else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let given = basic_credentials(&headers).or(request.client_id.zip(request.client_secret));
    if given.is_none_or(|(given_id, given_secret)| given_id != *id || given_secret != *secret) {
        let body = json!({ "error": "invalid_client", "error_description": "Client authentication failed" });
        return (StatusCode::UNAUTHORIZED, axum::Json(body)).into_response();
    }
    if request.grant_type != "client_credentials" {
        return (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": "unsupported_grant_type" }))).into_response();
    }
    let mut tokens = lock(&simulator.0.tokens);
    let token = format!("access-token-{}", tokens.len() + 1);
    tokens.insert(token.clone(), *uses);
    axum::Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3_600 })).into_response()
}

impl LimsSimulator {
    /// Whether a request may read; counts the uses of tokens.
    pub(super) fn may_read(&self, headers: &HeaderMap) -> bool {
        match &self.0.access {
            Access::Everybody => true,
            Access::User { name, password } => basic_credentials(headers) == Some((name.clone(), password.clone())),
            Access::Key { header, key } => headers.get(header).is_some_and(|given| given.as_bytes() == key.as_bytes()),
            Access::Tokens | Access::Client { .. } => {
                let given = headers.get("authorization").and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
                let mut tokens = lock(&self.0.tokens);
                match given.and_then(|token| tokens.get_mut(token)) {
                    Some(left) if *left > 0 => {
                        *left -= 1;
                        true
                    }
                    _ => false,
                }
            }
        }
    }

    /// Who a request of SENAITE is of.
    pub(super) fn user(&self, headers: &HeaderMap) -> Option<String> {
        let is_known = self.0.access != Access::Everybody && self.may_read(headers);
        is_known.then(|| match &self.0.access {
            Access::User { name, .. } => name.clone(),
            _ => "reader".to_owned(),
        })
    }
}
