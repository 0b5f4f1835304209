//! Who may knock: the host that is asked for, the site that asks, and the headers that keep browsers careful.
//!
//! The rules of DESIGN section 9. A page of another site must not use the API with the rights of whoever looks at it,
//! and a name that leads to this machine (DNS rebinding) must not pass for it.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN,
    REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::Server;
use super::refusal::Refusal;
use crate::config::{ServerSettings, normal_origin};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const CORP: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Which hosts and which origins are let in.
pub(super) struct Doors {
    /// The address that is listened on, where it is of this machine alone.
    loopback: Option<SocketAddr>,
    /// Origins of other sites that may use the API.
    origins: Vec<String>,
    /// The host of the URL under which browsers find the server, if that is set.
    public_host: Option<String>,
}

impl Doors {
    /// The doors of a server that listens on `address`.
    pub(super) fn new(address: SocketAddr, settings: &ServerSettings) -> Self {
        let origins = settings.cors_origins.iter().filter_map(|origin| normal_origin(origin)).collect();
        let public_url = settings.public_url.as_ref().and_then(|url| Url::parse(url).ok());
        let public_host = public_url.map(|url| host_of(&url.origin().ascii_serialization()).to_owned());
        Self { loopback: address.ip().is_loopback().then_some(address), origins, public_host }
    }

    /// Whether the server answers under this host.
    fn knows_host(&self, host: &str) -> bool {
        let Some(address) = self.loopback else { return true };
        let Ok(authority) = host.parse::<Authority>() else { return false };
        let name = authority.host().to_ascii_lowercase();
        let is_ours = name == "localhost" || name == "127.0.0.1" || name == "[::1]" || name == address.ip().to_string();
        let is_port = authority.port_u16().unwrap_or(80) == address.port();
        // A proxy on this machine passes on the name under which it is known.
        let known = self.origins.iter().map(|origin| host_of(origin)).chain(self.public_host.as_deref());
        let is_trusted = || known.clone().any(|known| known.eq_ignore_ascii_case(host));
        (is_ours && is_port) || is_trusted()
    }

    /// Whether a site may use the API: our own pages, and those in `server.cors_origins`.
    fn lets_in(&self, headers: &HeaderMap) -> Result<Option<HeaderValue>, Refusal> {
        let refused = |message: String| Err(Refusal::new(StatusCode::FORBIDDEN, "FORBIDDEN", message));
        let Some(origin) = headers.get(ORIGIN) else {
            return match headers.get(SEC_FETCH_SITE) {
                Some(site) if site == "cross-site" => refused(
                    "requests from other sites are refused; server.cors_origins names those that may".to_owned(),
                ),
                _ => Ok(None),
            };
        };
        let text = origin.to_str().unwrap_or("");
        if normal_origin(text).is_some_and(|origin| self.origins.contains(&origin)) {
            return Ok(Some(origin.clone()));
        }
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("");
        if !host.is_empty() && host_of(text).eq_ignore_ascii_case(host) {
            return Ok(None);
        }
        refused(format!("requests from pages of {text} are refused; server.cors_origins names the sites that may"))
    }
}

/// Host and port of an origin, as a `Host` header has them.
fn host_of(origin: &str) -> &str {
    origin.split_once("://").map_or("", |(_, host)| host.trim_end_matches('/'))
}

/// Middleware: a loopback server answers only under its own names.
pub(super) async fn host(State(server): State<Server>, request: Request, next: Next) -> Response {
    let mut given = request.headers().get_all(HOST).iter();
    let known = match (given.next(), given.next()) {
        (None, _) => request.uri().authority().is_none_or(|authority| server.doors.knows_host(authority.as_str())),
        (Some(host), None) => server.doors.knows_host(host.to_str().unwrap_or("")),
        (Some(_), Some(_)) => false,
    };
    if known {
        return next.run(request).await;
    }
    let message =
        "this server answers only under the address it listens on, for example http://localhost with its port";
    Refusal::new(StatusCode::FORBIDDEN, "FORBIDDEN", message).into_response()
}

/// Middleware: pages of other sites are refused, unless they are allowed to; then they get their CORS headers.
pub(super) async fn same_site(State(server): State<Server>, request: Request, next: Next) -> Response {
    let origin = match server.doors.lets_in(request.headers()) {
        Ok(origin) => origin,
        Err(refused) => return refused.into_response(),
    };
    let Some(origin) = origin else { return next.run(request).await };
    let mut response = match *request.method() {
        Method::OPTIONS => preflight(),
        _ => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("x-request-id, retry-after, content-disposition"),
    );
    headers.insert(CORP, HeaderValue::from_static("cross-origin"));
    headers.append(VARY, HeaderValue::from_static("origin"));
    response
}

fn preflight() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST, PUT, DELETE")),
        (
            ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(
                "accept, apollo-require-preflight, authorization, content-type, last-event-id, \
                 x-graphql-event-stream-token, x-request-id",
            ),
        ),
        (ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600")),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// Middleware: what every answer tells browsers, unless its page says it better.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (CORP, "same-origin"),
        (CACHE_CONTROL, "no-store"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doors(address: &str) -> Doors {
        // The second one says less than it seems to: without a scheme it is no origin.
        let settings = ServerSettings {
            cors_origins: ["https://app.example.com/", "localhost:3000"].map(str::to_owned).into(),
            public_url: Some("https://data.example.com/weaver".to_owned()),
            ..ServerSettings::default()
        };
        Doors::new(address.parse().unwrap(), &settings)
    }

    #[test]
    fn a_loopback_server_answers_only_under_its_own_names() {
        let doors = doors("127.0.0.1:8080");
        for host in
            ["localhost:8080", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "app.example.com", "data.example.com"]
        {
            assert!(doors.knows_host(host), "{host}");
        }
        for host in ["evil.example:8080", "localhost", "localhost:8081", "127.0.0.1.evil.example:8080", "", "a b"] {
            assert!(!doors.knows_host(host), "{host}");
        }
    }

    #[test]
    fn a_server_for_others_answers_under_any_name() {
        assert!(doors("0.0.0.0:8080").knows_host("data.example.com"));
    }

    #[test]
    fn other_sites_are_refused_and_clients_without_origin_are_not() {
        let doors = doors("127.0.0.1:8080");
        let asked = |pairs: &[(HeaderName, &'static str)]| {
            let headers = pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
            doors.lets_in(&headers.collect()).map(|origin| origin.is_some()).ok()
        };
        let host = (HOST, "localhost:8080");
        assert_eq!(asked(&[]), Some(false));
        assert_eq!(asked(&[host.clone(), (ORIGIN, "http://localhost:8080")]), Some(false));
        assert_eq!(asked(&[host.clone(), (ORIGIN, "https://app.example.com")]), Some(true));
        assert_eq!(asked(&[host.clone(), (SEC_FETCH_SITE, "same-origin")]), Some(false));
        for origin in ["http://localhost:3000", "null", "https://evil.example", "https://app.example.com.evil.example"]
        {
            assert_eq!(asked(&[host.clone(), (ORIGIN, origin)]), None, "{origin}");
        }
        assert_eq!(asked(&[host, (SEC_FETCH_SITE, "cross-site")]), None);
    }
}
