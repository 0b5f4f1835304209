//! Settings of the log.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the process says of itself on stderr.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// What the server logs: `error`, `warn`, `info`, `debug` or `trace`, or by module, for example `warn,dataweaver::engine=debug`. `-v` and `-q` take its place.
    pub level: String,
    /// `text` for people or `json` for machines.
    pub format: LogFormat,
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
