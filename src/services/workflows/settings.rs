//! Limits of workflows.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How workflows are run.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WorkflowSettings {
    /// Workflows that run at once in this process.
    pub runs_at_once: usize,
    /// Steps of one workflow that run at once, where their dependencies allow.
    pub steps_at_once: usize,
    /// Seconds that a step may take.
    pub step_seconds: u64,
    /// Rows that an ANALYSE step keeps of its answer.
    pub answer_rows: u64,
    /// Rows that a report shows of a table.
    pub report_rows: u64,
    /// The largest file that an OUTPUT step may write, in MiB.
    pub file_mib: u64,
}

impl Default for WorkflowSettings {
    fn default() -> Self {
        Self {
            runs_at_once: 8,
            steps_at_once: 4,
            step_seconds: 3600,
            answer_rows: 1000,
            report_rows: 100,
            file_mib: 1024,
        }
    }
}

impl WorkflowSettings {
    /// See [`step_seconds`](Self::step_seconds); a second at least.
    pub(super) fn step(&self) -> Duration {
        Duration::from_secs(self.step_seconds.max(1))
    }

    /// See [`file_mib`](Self::file_mib), in bytes; a MiB at least.
    pub(super) fn file_bytes(&self) -> u64 {
        self.file_mib.max(1).saturating_mul(1024 * 1024)
    }
}
