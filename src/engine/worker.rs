//! The loop that claims syncs and runs many of them at once.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use serde_json::json;
use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::memory::Memory;
use super::{CheckpointStore, ClaimedSync, EngineSettings, RunStore, SyncOutcome, sync};
use crate::entity::ids::SyncLogId;
use crate::events::EventLog;
use crate::lake::Lake;
use crate::vocabulary::SyncStatus;

/// How often the queue is looked at for syncs of other processes, schedules, and leases that ran out.
const POLL: Duration = Duration::from_secs(1);

/// Both ports in one: the engine's whole memory.
pub(super) trait Store: RunStore + CheckpointStore {}
impl<T: RunStore + CheckpointStore> Store for T {}

/// What every sync of this process works with.
pub(super) struct Workshop {
    pub(super) store: Arc<dyn Store>,
    pub(super) lake: Lake,
    pub(super) events: EventLog,
    pub(super) settings: EngineSettings,
    pub(super) memory: Memory,
    pub(super) spill_folder: PathBuf,
    /// Names this process in leases.
    pub(super) owner: String,
    pub(super) running: Mutex<HashMap<SyncLogId, CancellationToken>>,
    pub(super) queued: Notify,
}

impl Workshop {
    /// Claims and runs syncs until `shutdown` fires, then waits for those that run.
    pub(super) async fn work(self: Arc<Self>, shutdown: CancellationToken) {
        let places = Arc::new(Semaphore::new(self.settings.syncs_at_once.max(1)));
        let mut syncs = JoinSet::new();
        loop {
            if let Err(error) = self.store.fire_schedules(self.settings.missed_firings).await {
                warn!(error = %error, "the schedules cannot be read; trying again");
            }
            while let Ok(place) = Arc::clone(&places).try_acquire_owned() {
                if shutdown.is_cancelled() {
                    break;
                }
                let runs_here = |id: &SyncLogId| self.running(|running| running.contains_key(id));
                match self.store.claim(&self.owner, self.settings.lease(), &runs_here).await {
                    Ok(Some(claimed)) => {
                        let cancel = CancellationToken::new();
                        self.running(|running| running.insert(claimed.lease.sync_log_id.clone(), cancel.clone()));
                        let workshop = Arc::clone(&self);
                        let shutdown = shutdown.clone();
                        syncs.spawn(async move {
                            workshop.run(claimed, cancel, shutdown).await;
                            drop(place);
                        });
                    }
                    Ok(None) => break,
                    Err(error) => {
                        warn!(error = %error, "the queue cannot be read; trying again");
                        break;
                    }
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => break,
                () = self.queued.notified() => {}
                Some(_) = syncs.join_next() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        let drained = tokio::time::timeout(Duration::from_secs(self.settings.drain_seconds), async {
            while syncs.join_next().await.is_some() {}
        });
        if drained.await.is_err() {
            warn!("some syncs did not stop in time; they go on from their last checkpoint after the restart");
            syncs.abort_all();
        }
    }

    /// Runs one sync. A fault of ours in it ends it as failed, and no other one.
    async fn run(self: Arc<Self>, claimed: ClaimedSync, cancel: CancellationToken, shutdown: CancellationToken) {
        let lease = claimed.lease.clone();
        let run = AssertUnwindSafe(sync::run(&self, claimed, cancel, shutdown)).catch_unwind();
        if run.await.is_err() {
            self.events.forget_gauges(&lease.sync_log_id);
            error!(sync.id = %lease.sync_log_id, "sync {} ended in a fault of DataWeaver", lease.sync_log_id);
            let outcome = SyncOutcome {
                status: SyncStatus::Failed,
                error_message: Some("a fault of DataWeaver ended the sync; the server's log says more".to_owned()),
                error_details: Some(json!({ "code": "INTERNAL" })),
            };
            if let Err(error) = self.store.finish(&lease, outcome).await {
                warn!(sync.id = %lease.sync_log_id, error = %error, "sync {} is left", lease.sync_log_id);
            }
        }
        self.running(|running| running.remove(&lease.sync_log_id));
    }

    /// Looks at the syncs that run in this process.
    pub(super) fn running<T>(&self, look: impl FnOnce(&mut HashMap<SyncLogId, CancellationToken>) -> T) -> T {
        look(&mut self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
