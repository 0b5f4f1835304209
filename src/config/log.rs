//! Settings of the log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use super::{ConfigError, Origins};

/// What a level may be that is one for all modules.
const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// What the process says of itself on stderr.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// What the server logs: `error`, `warn`, `info`, `debug` or `trace`, or by module, for example `warn,dataweaver::engine=debug`. `-v` and `-q` take its place.
    pub level: String,
    /// `text` for people or `json` for machines.
    pub format: LogFormat,
}

impl LogSettings {
    pub(super) fn check(&self, origins: &Origins) -> Result<(), ConfigError> {
        let is_word = self.level.chars().all(char::is_alphabetic);
        let is_known =
            if is_word { LEVELS.contains(&self.level.as_str()) } else { EnvFilter::try_new(&self.level).is_ok() };
        if is_known {
            return Ok(());
        }
        Err(ConfigError::BadLevel { level: self.level.clone(), origin: origins.of("log.level") })
    }
}

/// How a log line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { level: "info".to_owned(), format: LogFormat::Text }
    }
}
