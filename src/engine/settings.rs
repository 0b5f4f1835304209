//! The engine's settings.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::MissedFirings;

/// How syncs are run.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EngineSettings {
    /// Syncs that run at once in this process, 10,000 at the most.
    pub syncs_at_once: usize,
    /// Data sources that one sync reads at once.
    pub sources_at_once: usize,
    /// Memory for rows on their way, all syncs together, in MiB. A data source takes at least 8 of them, so that this also
    /// limits how many are read at once.
    pub memory_mib: usize,
    /// Seconds after which a silent owner's sync may be taken over by another process.
    pub lease_seconds: u64,
    /// How often in a row a sync is taken over from a process that died or fell silent before it got any further. After
    /// that it fails, so that one that uses up the memory of every process does not go on for ever.
    pub most_take_overs: u32,
    /// What becomes of a scheduled sync whose time went by while no process ran syncs: with `run_once` one sync makes up
    /// for all that were missed, with `skip` the next one comes in its time and a CANCELLED sync tells of the missed one.
    pub missed_firings: MissedFirings,
    /// How often a source is tried again after a transient failure without any progress between.
    pub retries: u32,
    /// Seconds before the first retry; each further one waits twice as long, with jitter.
    pub retry_seconds: f64,
    /// The longest pause between two retries, in seconds.
    pub retry_max_seconds: f64,
    /// Size of a lake file at which the next one is begun, in MiB.
    pub file_mib: usize,
    /// Seconds after which what was read is made durable, even if it is little.
    pub checkpoint_seconds: u64,
    /// Seconds without any sign of life from a source or from the lake before the sync says that it waits for it.
    pub stall_seconds: u64,
    /// Seconds that a shutdown waits for running syncs to make their work durable.
    pub drain_seconds: u64,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            syncs_at_once: 32,
            sources_at_once: 4,
            memory_mib: 512,
            lease_seconds: 30,
            most_take_overs: 5,
            missed_firings: MissedFirings::RunOnce,
            retries: 5,
            retry_seconds: 1.0,
            retry_max_seconds: 60.0,
            file_mib: 128,
            checkpoint_seconds: 10,
            stall_seconds: 30,
            drain_seconds: 10,
        }
    }
}

impl EngineSettings {
    /// Size of a lake file at which the next one is begun, in bytes.
    pub fn file_bytes(&self) -> usize {
        self.file_mib.max(1) * 1024 * 1024
    }

    /// The pauses between attempts without progress.
    pub(super) fn pauses(&self) -> impl Iterator<Item = Duration> + Send + use<> {
        ExponentialBuilder::default()
            .with_min_delay(Duration::from_secs_f64(self.retry_seconds.max(0.01)))
            .with_max_delay(Duration::from_secs_f64(self.retry_max_seconds.max(0.01)))
            .with_max_times(usize::try_from(self.retries).unwrap_or(usize::MAX))
            .with_jitter()
            .build()
    }

    /// How long the sources of a sync have at a shutdown to get to their next checkpoint; the rest of the time is for
    /// those that do not.
    pub(super) fn wind_up(&self) -> Duration {
        Duration::from_secs(self.drain_seconds) / 2
    }

    /// After how long without any sign of life it is said what is waited for.
    pub(super) fn stall(&self) -> Duration {
        Duration::from_secs(self.stall_seconds.max(1))
    }

    /// How long a lease holds without a heartbeat.
    pub fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_seconds.max(2))
    }
}
