//! `GET /oauth/callback`: where vendors send people back to, with a code for tokens.
//!
//! The browser comes from the vendor's site and brings no bearer token: the state that it carries is its proof. What it
//! sees then is a page of ours, or a small one that needs nothing else.

use std::sync::LazyLock;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Server;
use super::refusal::Refusal;
use crate::services::authorisations::{self, Callback, Unfinished};

const STYLE: &str = "body{font:18px/1.5 system-ui;max-width:36em;margin:15vh auto;padding:0 1em;color:#222;background:#fff}\
    @media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}a{color:#8cf}}";

/// The page's own style, and nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let style = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("a digest is plain text")
});

/// What a vendor may send along; it may send more.
#[derive(Deserialize)]
pub(super) struct Given {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
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
        return page(
            StatusCode::BAD_REQUEST,
            "Not connected",
            "The link cannot be read; begin the authorisation again",
            None,
        );
    };
    let Given { state, code, error, error_description } = given;
    let callback = Callback { state, code, error, error_description };
    match authorisations::finish(&server.services, &server.config.auth.tokens, callback).await {
        Ok(finished) => match finished.return_to {
            Some(path) => go_to(&path),
            None => {
                let words = format!("{} is connected. You can close this window.", finished.connector.name);
                page(StatusCode::OK, "Connected", &words, None)
            }
        },
        Err(unfinished) => not_connected(&unfinished),
    }
}

fn go_to(path: &str) -> Response {
    match HeaderValue::from_str(path) {
        Ok(path) => (StatusCode::SEE_OTHER, [(LOCATION, path)], common_headers()).into_response(),
        Err(_) => page(StatusCode::OK, "Connected", "The account is connected. You can close this window.", None),
    }
}

fn not_connected(unfinished: &Unfinished) -> Response {
    let (status, words, return_to) = match unfinished {
        Unfinished::Unknown => (StatusCode::BAD_REQUEST, unfinished.to_string(), None),
        Unfinished::Used | Unfinished::Changed => (StatusCode::CONFLICT, unfinished.to_string(), None),
        Unfinished::Expired => (StatusCode::GONE, unfinished.to_string(), None),
        Unfinished::NotAllowed { .. } => (StatusCode::FORBIDDEN, unfinished.to_string(), None),
        Unfinished::Refused { error, return_to, .. } => {
            let status = match error.as_str() {
                "access_denied" => StatusCode::FORBIDDEN,
                "temporarily_unavailable" => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_GATEWAY,
            };
            (status, unfinished.to_string(), return_to.as_deref())
        }
        Unfinished::NoTokens { return_to, .. } => {
            (StatusCode::BAD_GATEWAY, unfinished.to_string(), return_to.as_deref())
        }
        Unfinished::Service(error) => {
            if error.code() == "INTERNAL" {
                tracing::error!(error = ?error, "an authorisation failed inside");
                (StatusCode::INTERNAL_SERVER_ERROR, error.public_message(), None)
            } else {
                (StatusCode::CONFLICT, error.public_message(), None)
            }
        }
    };
    page(status, "Not connected", &capital(&words), return_to)
}

fn page(status: StatusCode, title: &str, words: &str, return_to: Option<&str>) -> Response {
    let back = return_to.map(|path| format!("<p><a href=\"{}\">Go back</a>", escaped(path))).unwrap_or_default();
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title} – DataWeaver</title><style>{STYLE}</style><h1>{title}</h1><p>{}{back}</html>",
        escaped(words)
    );
    let content_type = [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
    (status, content_type, common_headers(), html).into_response()
}

/// Nobody keeps the page, and nobody learns from it where the browser was.
fn common_headers() -> [(axum::http::HeaderName, HeaderValue); 3] {
    [
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
    ]
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
