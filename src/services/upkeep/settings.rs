//! How long things are kept.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const DAY: Duration = Duration::from_hours(24);
/// Queries and syncs that run now may read versions of a moment ago.
const LEAST: Duration = Duration::from_hours(1);

/// How long records and old versions are kept, and how often it is looked after them.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetentionSettings {
    /// Days for which the events of ended syncs are kept. A subscriber that was away for longer gets
    /// CURSOR_EXPIRED.
    pub event_days: u32,
    /// Days for which the records of ended syncs are kept; each connector's newest stays. Never less than `event_days`.
    pub sync_log_days: u32,
    /// Days for which a conversation of questions is kept after its last one.
    pub conversation_days: u32,
    /// Days for which older versions of lake tables stay readable to others; 7 at the most, and an hour at the least.
    pub table_version_days: u32,
    /// Files below half the size of `engine.file_mib` in one lake table from which they are put together; 0 never does.
    pub compact_from_files: usize,
    /// Seconds between two rounds of upkeep.
    pub upkeep_seconds: u64,
}

impl Default for RetentionSettings {
    fn default() -> Self {
        Self {
            event_days: 30,
            sync_log_days: 365,
            conversation_days: 90,
            table_version_days: 7,
            compact_from_files: 8,
            upkeep_seconds: 300,
        }
    }
}

impl RetentionSettings {
    /// The time between two rounds.
    pub(super) fn pause(&self) -> Duration {
        Duration::from_secs(self.upkeep_seconds.max(1))
    }

    pub(super) fn events(&self) -> Duration {
        DAY * self.event_days
    }

    pub(super) fn sync_logs(&self) -> Duration {
        DAY * self.sync_log_days.max(self.event_days)
    }

    pub(super) fn conversations(&self) -> Duration {
        DAY * self.conversation_days
    }

    pub(super) fn table_versions(&self) -> Duration {
        (DAY * self.table_version_days.min(7)).max(LEAST)
    }
}
