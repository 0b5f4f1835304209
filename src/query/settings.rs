//! The limits under which SQL runs.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How SQL queries are run.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct QuerySettings {
    /// Memory for sorting, grouping and joining, all queries together, in MiB. What needs more goes to disk.
    pub memory_mib: usize,
    /// Disk space for what does not fit into that memory, all queries together, in MiB.
    pub spill_mib: u64,
    /// Seconds that a query may take, its wait for a free place included.
    pub timeout_seconds: u64,
    /// Seconds that a download may take, from the query's start to the last byte.
    pub export_timeout_seconds: u64,
    /// Rows that one request may return; more are read page by page, or downloaded.
    pub max_rows: u64,
    /// Size of one request's rows, in MiB; fewer rows than asked for are returned where they are larger.
    pub max_result_mib: usize,
    /// Queries that run at once; further ones wait.
    pub concurrent: usize,
    /// Downloads that run at once, besides the queries; further ones wait.
    pub concurrent_exports: usize,
    /// The longest statement, in bytes.
    pub max_statement_bytes: usize,
    /// The most operators, comparisons, casts, joins and set operations of one statement. The values of an `IN` list or
    /// of `VALUES` do not count.
    pub max_operators: usize,
    /// The most steps of a statement's plan, where what a `WITH` names is counted wherever it is used.
    pub max_plan_steps: usize,
    /// The most columns that any step of a plan may give.
    pub max_columns: usize,
    /// What one function may make of a batch of rows, in MiB, where it can make much of little: `repeat`, `lpad`,
    /// `replace`, `range`, `array_repeat` and their like. In a window, `array_agg` and `string_agg` may make so much in all.
    pub max_computed_mib: usize,
}

impl Default for QuerySettings {
    fn default() -> Self {
        Self {
            memory_mib: 256,
            spill_mib: 10_240,
            timeout_seconds: 60,
            export_timeout_seconds: 900,
            max_rows: 100_000,
            max_result_mib: 64,
            concurrent: 4,
            concurrent_exports: 2,
            max_statement_bytes: 100_000,
            max_operators: 1_000,
            max_plan_steps: 5_000,
            max_columns: 5_000,
            max_computed_mib: 64,
        }
    }
}

impl QuerySettings {
    /// How long a query may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds.max(1))
    }

    /// How long a download may take.
    pub fn export_timeout(&self) -> Duration {
        Duration::from_secs(self.export_timeout_seconds.max(1))
    }

    /// Memory for queries in bytes.
    pub(super) fn memory_bytes(&self) -> usize {
        self.memory_mib.max(1).saturating_mul(1024 * 1024)
    }

    /// Disk space for queries in bytes.
    pub(super) fn spill_bytes(&self) -> u64 {
        self.spill_mib.saturating_mul(1024 * 1024)
    }

    /// What one function may make of a batch of rows, in bytes.
    pub(super) fn computed_bytes(&self) -> u64 {
        u64::try_from(self.max_computed_mib.max(1)).unwrap_or(u64::MAX).saturating_mul(1024 * 1024)
    }

    /// Size of one request's rows in bytes.
    pub(super) fn result_bytes(&self) -> usize {
        self.max_result_mib.max(1).saturating_mul(1024 * 1024)
    }
}
