//! What goes wrong in a simulator when a test wants it to.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Refuses every so many-th request, in turns by "too many requests" and by a failure of the server's own. Clones count
/// together.
#[derive(Clone, Debug, Default)]
pub struct Trouble {
    every: Option<usize>,
    asked: Arc<AtomicUsize>,
}

/// How a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    TooMany,
    Broken,
}

impl Trouble {
    /// None.
    pub fn none() -> Self {
        Self::default()
    }

    /// With every so many-th request.
    pub fn every(requests: usize) -> Self {
        Self { every: Some(requests), asked: Arc::default() }
    }

    /// Counts a request, and tells whether it is to be refused.
    pub(super) fn next(&self) -> Option<Refusal> {
        let every = self.every?;
        let asked = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        if !asked.is_multiple_of(every) {
            return None;
        }
        Some(if (asked / every).is_multiple_of(2) { Refusal::Broken } else { Refusal::TooMany })
    }
}
