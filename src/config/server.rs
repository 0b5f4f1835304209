//! Settings of the HTTP server.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::{Origin, Url};

use super::{ConfigError, Origins};

/// The HTTP server.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port that the server listens on; port 0 takes a free one. Other addresses than loopback need `auth.tokens`.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Under which URL browsers find this server, for example `https://data.example.com`: vendors send people back to `/oauth/callback` below it. Without it, the address that is listened on.
    pub public_url: Option<String>,
    /// Origins of other sites that may use the API from a browser, for example `https://app.example.com`.
    pub cors_origins: Vec<String>,
    /// The largest request body, in bytes.
    pub body_limit_bytes: usize,
    /// Seconds after which a request is given up; downloads and subscriptions are not. Not less than `graphql.timeout_seconds`.
    pub request_timeout_seconds: u64,
    /// Seconds for which a client may take nothing of an answer, a download or an event stream, before its connection is cut off: its body is incomplete then. WebSockets have `live.slow_seconds`.
    pub stalled_seconds: u64,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            cors_origins: Vec::new(),
            body_limit_bytes: 2 * 1024 * 1024,
            request_timeout_seconds: 90,
            stalled_seconds: 15 * 60,
        }
    }
}

impl ServerSettings {
    /// See [`stalled_seconds`](Self::stalled_seconds); a second at least, a year at the most.
    pub fn stalled(&self) -> Duration {
        Duration::from_secs(self.stalled_seconds.clamp(1, 365 * 24 * 3600))
    }

    pub(super) fn check(&self, origins: &Origins) -> Result<(), ConfigError> {
        if let Some(url) = self.public_url.as_ref().filter(|url| !is_public_url(url)) {
            return Err(ConfigError::BadPublicUrl { url: url.clone(), origin: origins.of("server.public_url") });
        }
        match self.cors_origins.iter().find(|origin| normal_origin(origin).is_none()) {
            Some(site) => Err(ConfigError::BadOrigin { site: site.clone(), origin: origins.of("server.cors_origins") }),
            None => Ok(()),
        }
    }
}

fn is_public_url(text: &str) -> bool {
    let is_plain = |url: &Url| {
        let is_anonymous = url.username().is_empty() && url.password().is_none();
        matches!(url.scheme(), "http" | "https") && is_anonymous && url.query().is_none() && url.fragment().is_none()
    };
    Url::parse(text).is_ok_and(|url| is_plain(&url))
}

/// The origin of a web site in the form in which browsers send it, such as `https://app.example.com`.
///
/// `None` for everything else: for `null`, which is the origin of every sandboxed page, for a host without a scheme,
/// and for what has more than an origin has.
pub fn normal_origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    match url.origin() {
        Origin::Tuple(..) if is_bare && is_anonymous => Some(url.origin().ascii_serialization()),
        _ => None,
    }
}
