//! Why the settings cannot be used.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::{Origin, Origins};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file that was named is not there.
    #[error("there is no configuration file {path}")]
    NoFile {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be read, or is no TOML.
    #[error("the configuration file {path} cannot be used")]
    BadFile {
        /// The file.
        path: PathBuf,
        /// Where it is wrong.
        #[source]
        cause: BoxError,
    },
    /// A key is unknown, or a value is of the wrong type.
    #[error("{key} ({origin}) cannot be used")]
    Invalid {
        /// The setting.
        key: String,
        /// Where it came from.
        origin: Origin,
        /// What is wrong with it, and what is expected.
        #[source]
        cause: BoxError,
    },
    /// Everybody on the network could do everything.
    #[error(
        "server.listen is {listen} ({origin}), which other machines may reach, while authentication is off; \
         set auth.tokens, or listen on 127.0.0.1"
    )]
    OpenToAll {
        /// The address.
        listen: SocketAddr,
        /// Where it came from.
        origin: Origin,
    },
    /// Nobody can be sent back there.
    #[error(
        "server.public_url ({origin}): {url} is no URL of this server; write it like https://data.example.com, without a query"
    )]
    BadPublicUrl {
        /// What was given.
        url: String,
        /// Where it came from.
        origin: Origin,
    },
    /// A browser never sends such an origin, or sends it for many sites.
    #[error(
        "server.cors_origins ({origin}): {site} is no origin of a web site; write scheme and host, and the port if there is one, \
         such as https://app.example.com or http://localhost:3000"
    )]
    BadOrigin {
        /// What was given.
        site: String,
        /// Where it came from.
        origin: Origin,
    },
    /// The inner limit could never be reached.
    #[error(
        "{inner} is {inner_seconds} ({inner_origin}) and {outer} is {outer_seconds} ({outer_origin}): the outer limit would cut off what the inner one \
         allows; raise {outer}, or lower {inner}"
    )]
    LimitsContradict {
        /// The setting that counts inside.
        inner: &'static str,
        /// Its seconds.
        inner_seconds: u64,
        /// Where they came from.
        inner_origin: Origin,
        /// The setting that counts around it.
        outer: &'static str,
        /// Its seconds.
        outer_seconds: u64,
        /// Where they came from.
        outer_origin: Origin,
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
    #[error("auth.tokens ({origin}): the sha256 of {name} must be 64 hexadecimal digits (printf %s TOKEN | sha256sum)")]
    BadToken {
        /// The token's name.
        name: String,
        /// Where it came from.
        origin: Origin,
    },
    /// Nothing would be logged as it is wanted.
    #[error(
        "log.level ({origin}): {level} is no level (known: error, warn, info, debug, trace, or by module, such as \
         warn,dataweaver::engine=debug)"
    )]
    BadLevel {
        /// What was given.
        level: String,
        /// Where it came from.
        origin: Origin,
    },
}

impl ConfigError {
    /// What is wrong with a file.
    pub(super) fn of_file(path: &Path, error: config::ConfigError) -> Self {
        let cause = match error {
            config::ConfigError::FileParse { cause, .. } => cause,
            other => other.into(),
        };
        Self::BadFile { path: path.to_owned(), cause }
    }

    /// What is wrong with a setting, and where it came from.
    pub(super) fn of_setting(error: config::ConfigError, origins: &Origins) -> Self {
        use config::ConfigError as Cause;
        let (key, problem) = match error {
            Cause::Type { unexpected, expected, key, .. } => {
                (key, format!("invalid type: {unexpected}, expected {expected}"))
            }
            Cause::At { error, key, .. } => (key, error.to_string()),
            Cause::NotFound(key) => (Some(key), "it is missing".to_owned()),
            other => (None, other.to_string()),
        };
        let unknown = problem.strip_prefix("unknown field `").and_then(|rest| rest.split_once('`'));
        let key = match (key, unknown) {
            (Some(section), Some((unknown, _))) => format!("{section}.{unknown}"),
            (None, Some((unknown, _))) => unknown.to_owned(),
            (key, None) => key.unwrap_or_else(|| "the configuration".to_owned()),
        };
        // The library leaves out the dot behind a place in a list.
        let key = key.replace(']', "].").replace("..", ".").trim_end_matches('.').to_owned();
        let origin = origins.of(&key);
        Self::Invalid { key, origin, cause: problem.into() }
    }
}
