//! Settings of the HTTP server.

use std::net::{Ipv4Addr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The HTTP server.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port that the server listens on; port 0 takes a free one. Other addresses than loopback need `auth.tokens`.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Origins of other sites that may use the API from a browser, for example `https://app.example.com`.
    pub cors_origins: Vec<String>,
    /// The largest request body, in bytes.
    pub body_limit_bytes: usize,
    /// Seconds after which a request is given up; downloads and subscriptions are not.
    pub request_timeout_seconds: u64,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            cors_origins: Vec::new(),
            body_limit_bytes: 2 * 1024 * 1024,
            request_timeout_seconds: 60,
        }
    }
}
