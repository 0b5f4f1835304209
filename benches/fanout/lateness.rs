//! How late deliveries were: counted in steps of 20 µs, by all subscribers at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The width of a step.
const STEP: Duration = Duration::from_micros(20);
/// Steps that are told apart: 10 s. What is later counts as the last one.
const STEPS: usize = 500_000;

/// Deliveries by how late they were.
pub(crate) struct Lateness(Vec<AtomicU64>);

impl Default for Lateness {
    fn default() -> Self {
        Self((0..STEPS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Lateness {
    /// Counts one.
    pub(crate) fn count(&self, late: Duration) {
        let step = usize::try_from(late.as_nanos() / STEP.as_nanos()).unwrap_or(usize::MAX).min(STEPS - 1);
        self.0[step].fetch_add(1, Ordering::Relaxed);
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        for step in &self.0 {
            step.store(0, Ordering::Relaxed);
        }
    }

    /// What a share of the deliveries was not later than, in milliseconds.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let counts: Vec<u64> = self.0.iter().map(|step| step.load(Ordering::Relaxed)).collect();
        let total: u64 = counts.iter().sum();
        let mut before = 0;
        let step = counts.iter().position(|count| {
            before += count;
            before as f64 >= share * total as f64
        });
        (step.unwrap_or(STEPS) + 1) as f64 * STEP.as_secs_f64() * 1000.0
    }
}
