//! Bearer tokens, as simulators give them for client credentials (RFC 6749, section 4.4) and take them.

use std::collections::HashMap;

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::json;

use super::state::basic_credentials;

/// Who may ask for tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its name.
    pub id: String,
    /// What proves it.
    pub secret: String,
    /// How many requests a token of its serves.
    pub uses: usize,
}

/// The form that a token is asked for with.
#[derive(Debug, Deserialize)]
pub struct TokenRequest {
    grant_type: String,
    client_id: Option<String>,
    client_secret: Option<String>,
}

/// Tokens that were given out, each with how often it may still be used.
#[derive(Debug, Default)]
pub struct Tokens(HashMap<String, usize>);

impl Tokens {
    /// Takes this token, too, so many times.
    pub fn add(&mut self, token: &str, uses: usize) {
        self.0.insert(token.to_owned(), uses);
    }

    /// The answer to who asks for a token, and may where it is the client.
    pub fn grant(&mut self, client: &Client, headers: &HeaderMap, request: TokenRequest) -> Response {
        let given = basic_credentials(headers).or(request.client_id.zip(request.client_secret));
        if given.is_none_or(|(id, secret)| id != client.id || secret != client.secret) {
            let body = json!({ "error": "invalid_client", "error_description": "Client authentication failed" });
            return (StatusCode::UNAUTHORIZED, axum::Json(body)).into_response();
        }
        if request.grant_type != "client_credentials" {
            return (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": "unsupported_grant_type" }))).into_response();
        }
        let token = format!("access-token-{}", self.0.len() + 1);
        self.add(&token, client.uses);
        axum::Json(json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3_600 })).into_response()
    }

    /// Whether a request has a token that may be used; it is once more.
    pub fn take(&mut self, headers: &HeaderMap) -> bool {
        match bearer_token(headers).and_then(|token| self.0.get_mut(token)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }
}

/// The token of a request (RFC 6750).
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
