//! The web pages inside the binary: the dashboard, GraphiQL and their assets.
//!
//! `build.rs` puts them into `OUT_DIR/web-dist`, which is embedded by every profile, so that tests see what ships.
//! They come from this binary alone, and their content security policy keeps the browser from asking anybody else.

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};

/// Only what came from this server. GraphiQL's editor and Mantine write style elements, hence the inline styles.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'",
);
/// Vite names each file below `assets/` by its content.
const HASHED: &str = "assets/";

/// The mark that the pages show.
const ICON: &str = include_str!("../../web/src/ui/mark.svg");

#[derive(RustEmbed)]
#[folder = "$OUT_DIR/web-dist"]
struct Pages;

/// The screens of the dashboard, beside `/`. Those below them are shown by the same page.
const SCREENS: [&str; 8] = ["connectors", "sources", "syncs", "scenarios", "ask", "sql", "workflows", "settings"];

/// `/` and the dashboard's other addresses, `/graphiql`, and what they load from `/assets`; also what browsers ask for by
/// themselves.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut router = Router::new().route("/", get(dashboard));
    for screen in SCREENS {
        router =
            router.route(&format!("/{screen}"), get(dashboard)).route(&format!("/{screen}/{{*path}}"), get(dashboard));
    }
    router
        .route("/graphiql", get(graphiql))
        .route("/graphiql/", get(graphiql))
        .route("/favicon.ico", get(icon))
        .route("/favicon.svg", get(icon))
        .route("/assets/{*path}", get(asset))
}

async fn dashboard(headers: HeaderMap) -> Response {
    response("index.html", &headers)
}

async fn graphiql(headers: HeaderMap) -> Response {
    response("graphiql.html", &headers)
}

async fn icon() -> Response {
    (common_headers("image/svg+xml"), ICON).into_response()
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    response(&format!("{HASHED}{path}"), &headers)
}

/// The file at `path` of the built pages, for example `graphiql.html`: 200, 304 where `request` names its ETag, or 404.
///
/// Where the binary was built without pages, the 404 of a page says in one sentence how to get them.
pub fn response(path: &str, request: &HeaderMap) -> Response {
    match Pages::get(path) {
        Some(file) => found(path, file, request),
        None if path.ends_with(".html") => {
            (StatusCode::NOT_FOUND, common_headers("text/html"), missing_page()).into_response()
        }
        None => (StatusCode::NOT_FOUND, common_headers("text/plain"), "no such asset").into_response(),
    }
}

fn found(path: &str, file: EmbeddedFile, request: &HeaderMap) -> Response {
    let mut headers = common_headers(file.metadata.mimetype());
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let is_known = names(request, &etag);
    headers.insert(ETAG, HeaderValue::from_str(&etag).expect("hexadecimal digits are a header value"));
    if path.starts_with(HASHED) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    }
    if is_known {
        headers.remove(CONTENT_TYPE);
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, Body::from(file.data)).into_response()
}

/// What every answer carries; `no-cache` means that a browser may keep it and asks each time whether it is still so.
fn common_headers(mime_type: &str) -> HeaderMap {
    let content_type =
        if mime_type.starts_with("text/") { format!("{mime_type}; charset=utf-8") } else { mime_type.to_owned() };
    let octets = HeaderValue::from_static("application/octet-stream");
    HeaderMap::from_iter([
        (CONTENT_TYPE, HeaderValue::from_str(&content_type).unwrap_or(octets)),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, POLICY),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ])
}

/// Whether `If-None-Match` names this ETag; the comparison is the weak one of RFC 9110, section 13.1.2.
fn names(request: &HeaderMap, etag: &str) -> bool {
    let candidates = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    candidates
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|candidate| candidate == "*" || candidate.strip_prefix("W/").unwrap_or(candidate) == etag)
}

fn missing_page() -> String {
    let reason = option_env!("DATAWEAVER_WEB_MISSING").unwrap_or("it was built without them");
    // The reason may quote a path or a setting of whoever built the binary.
    let reason = reason.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<!doctype html><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>DataWeaver</title><body style=\"font: 18px/1.5 system-ui; max-width: 36em; margin: 15vh auto; padding: 0 1em\">\
         <p>The web pages are not in this binary ({reason}); with Node 20.19 or newer and npm on the PATH, \
         <code>touch build.rs &amp;&amp; cargo build</code> puts them in. The API at /graphql does not need them."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_binary_without_pages_says_how_to_get_them() {
        assert!(missing_page().contains("cargo build"));
    }
}
