//! Settings of scenarios.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where scenarios come from, beside those of the product.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ScenarioSettings {
    /// Folder with further scenario packs, one YAML file each; see the scenario guide. It is read when scenarios are first asked for. A broken file is listed with what is wrong with it and stops nobody.
    pub dir: Option<PathBuf>,
}
