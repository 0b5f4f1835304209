//! Every request gets an id, a span, a line in the log and a place in the metrics.

use std::sync::Arc;
use std::time::Instant;

use ::metrics::{counter, histogram};
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::{Instrument, debug, info, info_span};
use uuid::Uuid;

use crate::graphql::RequestId;

/// Carries the request's id, both ways.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The longest id that is taken over from a client or proxy.
const LONGEST_ID: usize = 64;

/// Middleware: see the module.
pub(super) async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = RequestId(given_id(request.headers()).unwrap_or_else(|| Uuid::now_v7().simple().to_string().into()));
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let span = info_span!("request", request.id = %id.0, method = %method, route);
    request.extensions_mut().insert(id.clone());

    let mut response = next.run(request).instrument(span.clone()).await;

    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    span.in_scope(|| {
        let elapsed_ms = elapsed.as_secs_f64() * 1000.0;
        // What machines ask every few seconds would bury the rest.
        if route.starts_with("/health") || route == "/metrics" || route.starts_with("/assets") {
            debug!(status, elapsed_ms, "{method} {route} answered {status}");
        } else {
            info!(status, elapsed_ms, "{method} {route} answered {status}");
        }
    });
    let labels = [("method", known_method(&method).to_owned()), ("route", route), ("status", status.to_string())];
    counter!("dataweaver_http_requests_total", &labels).increment(1);
    histogram!("dataweaver_http_request_seconds", &labels).record(elapsed.as_secs_f64());
    response
}

/// The method as a label: a client may make up methods, and each label is kept for as long as the process lives.
fn known_method(method: &Method) -> &str {
    match *method {
        Method::GET | Method::HEAD | Method::POST | Method::OPTIONS => method.as_str(),
        Method::PUT | Method::PATCH | Method::DELETE | Method::CONNECT | Method::TRACE => method.as_str(),
        _ => "OTHER",
    }
}

/// The id that a proxy gave the request, where it cannot do harm in a log.
fn given_id(headers: &HeaderMap) -> Option<Arc<str>> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let is_safe = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (!text.is_empty() && text.len() <= LONGEST_ID && text.bytes().all(is_safe)).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_id_is_taken_over_only_where_it_is_harmless() {
        let given = |id: &str| given_id(&HeaderMap::from_iter([(REQUEST_ID, HeaderValue::from_str(id).unwrap())]));
        assert_eq!(given("trace-1.a_B").as_deref(), Some("trace-1.a_B"));
        assert_eq!(given("two words"), None);
        assert_eq!(given(&"a".repeat(65)), None);
        assert_eq!(given_id(&HeaderMap::new()), None);
    }
}
