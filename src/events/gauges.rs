//! The newest gauge of each data source that this process reads, for whoever asks between two of them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::SourceProgress;
use crate::entity::ids::{DataSourceId, SyncLogId};

type OfSync = HashMap<DataSourceId, SourceProgress>;

/// Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Gauges(Arc<Mutex<HashMap<SyncLogId, OfSync>>>);

impl Gauges {
    pub(super) fn keep(&self, sync: &SyncLogId, progress: SourceProgress) {
        self.kept().entry(sync.clone()).or_default().insert(progress.data_source_id.clone(), progress);
    }

    pub(super) fn of(&self, sync: &SyncLogId) -> OfSync {
        self.kept().get(sync).cloned().unwrap_or_default()
    }

    /// Whether there is any of a sync: this process runs it.
    pub(super) fn has(&self, sync: &SyncLogId) -> bool {
        self.kept().contains_key(sync)
    }

    pub(super) fn forget(&self, sync: &SyncLogId) {
        self.kept().remove(sync);
    }

    /// The syncs that there are any of.
    pub(super) fn syncs(&self) -> HashSet<SyncLogId> {
        self.kept().keys().cloned().collect()
    }

    fn kept(&self) -> MutexGuard<'_, HashMap<SyncLogId, OfSync>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
