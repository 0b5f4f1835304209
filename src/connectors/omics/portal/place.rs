//! How far into the studies a read has come.

use serde::{Deserialize, Serialize};

/// A place in a read. All before it, by the ids of studies and profiles, is done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    /// The study that is being read; none of a list that belongs to no study.
    pub(super) study: String,
    /// The molecular profile that is being read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) profile: Option<String>,
    /// The last sample or patient that was read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) after: Option<String>,
    /// The next page.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub(super) page: u64,
    /// Whether the study is done.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub(super) is_done: bool,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
