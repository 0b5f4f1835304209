//! `GET /oauth/callback`: where vendors send people back to, with a code for tokens.
//!
//! The browser comes from the vendor's site and brings no bearer token: the state that it carries is its proof. What it
//! sees then is a page of ours, or a small one that needs nothing else.

mod page;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use self::page::Page;
use super::Server;
use super::refusal::Refusal;
use crate::services::authorisations::{self, Callback, Unfinished};

/// What a vendor may send along; it may send more.
#[derive(Deserialize)]
pub(super) struct Given {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
    iss: Option<String>,
}

/// See the module.
pub(super) async fn callback(
    State(server): State<Server>,
    method: Method,
    given: Result<Query<Given>, QueryRejection>,
) -> Response {
    // Whoever only looks must not use the code up.
    if method != Method::GET {
        return Refusal::method("GET", "this page answers GET").into_response();
    }
    let Ok(Query(given)) = given else {
        return Page::not_connected("the link cannot be read; begin the authorisation again", None)
            .answer(StatusCode::BAD_REQUEST);
    };
    let Given { state, code, error, error_description, iss } = given;
    let callback = Callback { state, code, error, error_description, issuer: iss };
    match authorisations::finish(&server.services, &server.config.auth.tokens, callback).await {
        Ok(finished) => match finished.return_to {
            Some(path) => page::go_to(&path).unwrap_or_else(|| Page::connected("The account").answer(StatusCode::OK)),
            None => Page::connected(&finished.connector.name).answer(StatusCode::OK),
        },
        Err(unfinished) => not_connected(&unfinished),
    }
}

fn not_connected(unfinished: &Unfinished) -> Response {
    let words = unfinished.public_message();
    let (status, return_to) = match unfinished {
        Unfinished::Unknown => (StatusCode::BAD_REQUEST, None),
        Unfinished::Used | Unfinished::Changed => (StatusCode::CONFLICT, None),
        Unfinished::Expired => (StatusCode::GONE, None),
        Unfinished::NotAllowed { .. } => (StatusCode::FORBIDDEN, None),
        Unfinished::Foreign { return_to, .. } => (StatusCode::BAD_REQUEST, return_to.as_deref()),
        Unfinished::Refused { error, return_to, .. } => {
            let status = match error.as_str() {
                "access_denied" => StatusCode::FORBIDDEN,
                "temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_GATEWAY,
            };
            (status, return_to.as_deref())
        }
        Unfinished::NoTokens { return_to, .. } => (StatusCode::BAD_GATEWAY, return_to.as_deref()),
        Unfinished::Unreadable { return_to, .. } => {
            return Page::unreadable(&words, return_to.as_deref()).answer(StatusCode::BAD_GATEWAY);
        }
        Unfinished::Service(error) if error.code() == "INTERNAL" => {
            tracing::error!(error = ?error, "an authorisation failed inside");
            (StatusCode::INTERNAL_SERVER_ERROR, None)
        }
        Unfinished::Service(_) => (StatusCode::CONFLICT, None),
    };
    Page::not_connected(&words, return_to).answer(status)
}
