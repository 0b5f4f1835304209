//! The embedded web pages, as a browser gets them.

use axum::body::{Body, to_bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderName, IF_NONE_MATCH,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use dataweaver::http::assets::routes;
use tower::ServiceExt;

use crate::servers;

const KEPT: &str = "public, max-age=31536000, immutable";

async fn ask(method: &str, path: &str, known: Option<&str>) -> Response {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(etag) = known {
        request = request.header(IF_NONE_MATCH, etag);
    }
    routes().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

async fn text(response: Response) -> String {
    let bytes = to_bytes(response.into_body(), 16 << 20).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn header(response: &Response, name: HeaderName) -> &str {
    response.headers().get(&name).map_or("", |value| value.to_str().unwrap())
}

/// A machine without Node has no pages to test; one that calls itself CI must have them.
async fn pages_are_here() -> bool {
    let page = ask("GET", "/", None).await;
    let is_here = page.status() == StatusCode::OK;
    if !is_here {
        servers::missed(
            "a binary with its web pages",
            "put Node 20.19 or newer and npm on the PATH, and touch build.rs",
        );
    }
    is_here
}

/// The assets that the pages, their scripts and their styles name.
async fn assets() -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut unread = vec!["/".to_owned(), "/graphiql".to_owned()];
    while let Some(path) = unread.pop() {
        let content = text(ask("GET", &path, None).await).await;
        let is_end = |c: char| matches!(c, '"' | '\'' | '`' | '(' | ')' | ' ' | ',' | '?' | '#');
        for word in content.split(is_end) {
            // Scripts name each other, and styles their fonts, from beside them.
            let name = word.trim_start_matches("./").trim_start_matches('/').trim_start_matches("assets/");
            let is_file = [".js", ".css", ".svg", ".ttf"].iter().any(|ending| name.ends_with(ending));
            let asset = format!("/assets/{name}");
            if !is_file || name.contains('/') || found.contains(&asset) {
                continue;
            }
            if ask("HEAD", &asset, None).await.status() == StatusCode::OK {
                unread.extend([".js", ".css"].iter().any(|ending| name.ends_with(ending)).then(|| asset.clone()));
                found.push(asset);
            }
        }
    }
    found
}

#[tokio::test]
async fn a_page_is_asked_for_again_and_an_asset_is_kept() {
    if !pages_are_here().await {
        return;
    }
    let page = ask("GET", "/graphiql", None).await;
    assert_eq!(page.status(), StatusCode::OK);
    assert_eq!(header(&page, CONTENT_TYPE), "text/html; charset=utf-8");
    assert_eq!(header(&page, CACHE_CONTROL), "no-cache");
    assert_eq!(header(&page, X_CONTENT_TYPE_OPTIONS), "nosniff");
    assert!(header(&page, CONTENT_SECURITY_POLICY).starts_with("default-src 'self'; "));

    let assets = assets().await;
    for (ending, content_type) in [
        (".js", "text/javascript; charset=utf-8"),
        (".css", "text/css; charset=utf-8"),
        (".svg", "image/svg+xml"),
        (".ttf", "font/ttf"),
    ] {
        let path = assets.iter().find(|path| path.ends_with(ending));
        let path = path.unwrap_or_else(|| panic!("no {ending} among {assets:?}"));
        let asset = ask("GET", path, None).await;
        assert_eq!(asset.status(), StatusCode::OK, "{path}");
        assert_eq!(header(&asset, CONTENT_TYPE), content_type);
        assert_eq!(header(&asset, CACHE_CONTROL), KEPT);
    }
}

#[tokio::test]
async fn a_known_etag_is_answered_without_a_body() {
    if !pages_are_here().await {
        return;
    }
    let etag = header(&ask("GET", "/", None).await, ETAG).to_owned();
    for known in [etag.clone(), format!("\"other\", W/{etag}"), "*".to_owned()] {
        let answer = ask("GET", "/", Some(&known)).await;
        assert_eq!(answer.status(), StatusCode::NOT_MODIFIED, "{known}");
        assert_eq!(header(&answer, ETAG), etag);
        assert_eq!(text(answer).await, "");
    }
    assert_eq!(ask("GET", "/", Some("\"other\"")).await.status(), StatusCode::OK);
    assert_ne!(header(&ask("GET", "/graphiql", None).await, ETAG), etag);
}

#[tokio::test]
async fn head_tells_the_length_and_sends_nothing() {
    if !pages_are_here().await {
        return;
    }
    let length = text(ask("GET", "/", None).await).await.len();
    let head = ask("HEAD", "/", None).await;
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(header(&head, CONTENT_LENGTH), length.to_string());
    assert_eq!(text(head).await, "");
}

#[tokio::test]
async fn what_is_not_an_asset_is_not_found() {
    for path in
        ["/assets/nothing.js", "/assets/../index.html", "/assets/%2e%2e/%2e%2e/Cargo.toml", "/assets/%2Fetc%2Fpasswd"]
    {
        let answer = ask("GET", path, None).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_ne!(header(&answer, CACHE_CONTROL), KEPT, "{path}");
    }
}

#[tokio::test]
async fn the_pages_load_nothing_from_elsewhere() {
    if !pages_are_here().await {
        return;
    }
    for path in ["/", "/graphiql"] {
        let html = text(ask("GET", path, None).await).await;
        let loaded: Vec<&str> = html.split(['"', '\'']).filter(|quoted| quoted.contains("//")).collect();
        assert!(loaded.is_empty(), "{path} loads {loaded:?}");
        assert!(html.contains("src=\"/assets/"), "{path} loads its script from /assets");
    }
}

#[tokio::test]
async fn what_browsers_ask_for_by_themselves_is_there() {
    for path in ["/favicon.ico", "/favicon.svg"] {
        let icon = ask("GET", path, None).await;
        assert_eq!((icon.status(), header(&icon, CONTENT_TYPE)), (StatusCode::OK, "image/svg+xml"), "{path}");
        assert!(text(icon).await.starts_with("<svg"), "{path}");
    }
    if !pages_are_here().await {
        return;
    }
    let page = ask("GET", "/graphiql", None).await;
    let with_slash = ask("GET", "/graphiql/", None).await;
    assert_eq!((with_slash.status(), header(&with_slash, ETAG)), (StatusCode::OK, header(&page, ETAG)));
}
