//! Why the settings cannot be used.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was named is not there.
    #[error("there is no configuration file {path}")]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// A key is unknown, a value is of the wrong type, or the file is no TOML.
    #[error("the configuration cannot be used")]
    Invalid {
        /// Which key, where it stands, and what is expected.
        #[source]
        cause: config::ConfigError,
    },
    /// Everybody on the network could do everything.
    #[error(
        "server.listen is {listen}, which other machines may reach, while authentication is off; \
         set auth.tokens, or listen on 127.0.0.1"
    )]
    OpenToAll {
        /// The address.
        listen: SocketAddr,
    },
    /// A browser never sends such an origin, or sends it for many sites.
    #[error(
        "server.cors_origins: {origin} is no origin of a web site; write scheme and host, and the port if there is one, \
         such as https://app.example.com or http://localhost:3000"
    )]
    BadOrigin {
        /// What was given.
        origin: String,
    },
    /// The inner limit could never be reached.
    #[error(
        "{inner} is {inner_seconds} and {outer} is {outer_seconds}: the outer limit would cut off what the inner one \
         allows; raise {outer}, or lower {inner}"
    )]
    LimitsContradict {
        /// The setting that counts inside.
        inner: &'static str,
        /// Its seconds.
        inner_seconds: u64,
        /// The setting that counts around it.
        outer: &'static str,
        /// Its seconds.
        outer_seconds: u64,
    },
    /// Nothing could be run so.
    #[error("{setting} is {given}; {most} is the most")]
    TooMany {
        /// The setting.
        setting: &'static str,
        /// What was given.
        given: usize,
        /// What it may be.
        most: usize,
    },
    /// A token could never match.
    #[error("auth.tokens: the sha256 of {name} must be 64 hexadecimal digits (printf %s TOKEN | sha256sum)")]
    BadToken {
        /// The token's name.
        name: String,
    },
}

impl From<config::ConfigError> for ConfigError {
    fn from(cause: config::ConfigError) -> Self {
        Self::Invalid { cause }
    }
}
