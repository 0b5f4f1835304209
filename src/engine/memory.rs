//! The memory of rows on their way: one budget for all sources that are read at once.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The least that a source gets, in MiB.
const LEAST_MIB: usize = 8;
/// The most that one source makes use of, in MiB.
const MOST_MIB: usize = 96;

/// The budget, in MiB.
#[derive(Clone)]
pub(super) struct Memory {
    free: Arc<Semaphore>,
    /// What larger shares leave for others that still come: three quarters.
    reserve: usize,
}

/// A source's share of the budget; given back when it is dropped.
pub(super) struct Share {
    permits: OwnedSemaphorePermit,
}

impl Memory {
    pub(super) fn new(total_mib: usize) -> Self {
        let total_mib = total_mib.max(LEAST_MIB);
        Self { free: Arc::new(Semaphore::new(total_mib)), reserve: total_mib / 4 * 3 }
    }

    /// Waits for the least share, in order of asking, and takes up to half of what is free beyond the reserve.
    pub(super) async fn share(&self) -> Share {
        let mib = |mib: usize| u32::try_from(mib).unwrap_or(u32::MAX);
        let mut permits =
            Arc::clone(&self.free).acquire_many_owned(mib(LEAST_MIB)).await.expect("the budget is never closed");
        let more = (self.free.available_permits().saturating_sub(self.reserve) / 2).min(MOST_MIB - LEAST_MIB);
        if let Ok(extra) = Arc::clone(&self.free).try_acquire_many_owned(mib(more)) {
            permits.merge(extra);
        }
        Share { permits }
    }
}

impl Share {
    /// The share in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.permits.num_permits() * 1024 * 1024
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn shares_never_exceed_the_budget_and_come_back() {
        let memory = Memory::new(64);
        let first = memory.share().await;
        let second = memory.share().await;
        assert!(first.bytes() > second.bytes());
        assert!(first.bytes() + second.bytes() <= 64 << 20);
        drop((first, second));
        assert_eq!(memory.free.available_permits(), 64);
    }

    #[tokio::test]
    async fn dozens_of_sources_have_their_share_at_once() {
        let memory = Memory::new(512);
        let mut shares = Vec::new();
        for _ in 0..48 {
            let share = tokio::time::timeout(std::time::Duration::from_secs(5), memory.share()).await;
            shares.push(share.expect("there is room for one more"));
        }
        assert!(shares[0].bytes() > 60 << 20, "one that comes alone gets a large share");
    }
}
