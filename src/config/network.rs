//! Settings of what connectors may reach.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What connectors may reach while authentication is on. While it is off, they may reach everything.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NetworkSettings {
    /// Whether connectors may reach private and loopback addresses.
    pub allow_private: bool,
    /// Folders below which connectors may read local files.
    pub file_roots: Vec<PathBuf>,
}
