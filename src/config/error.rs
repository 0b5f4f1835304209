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
