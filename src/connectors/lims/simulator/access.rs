//! Who may read, and the endpoint that gives tokens for client credentials (RFC 6749, section 4.4).

use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{LimsSimulator, lock};
use crate::sdk::simulator::{Client, TokenRequest, basic_credentials};

/// Who may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Everybody,
    User { name: String, password: String },
    Tokens,
    Key { header: String, key: String },
    Client(Client),
}

pub(super) async fn grant(
    State(simulator): State<LimsSimulator>,
    headers: HeaderMap,
    Form(request): Form<TokenRequest>,
) -> Response {
    match &simulator.0.access {
        Access::Client(client) => lock(&simulator.0.tokens).grant(client, &headers, request),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

impl LimsSimulator {
    /// Whether a request may read; counts the uses of tokens.
    pub(super) fn may_read(&self, headers: &HeaderMap) -> bool {
        match &self.0.access {
            Access::Everybody => true,
            Access::User { name, password } => basic_credentials(headers) == Some((name.clone(), password.clone())),
            Access::Key { header, key } => headers.get(header).is_some_and(|given| given.as_bytes() == key.as_bytes()),
            Access::Tokens | Access::Client(_) => lock(&self.0.tokens).take(headers),
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
