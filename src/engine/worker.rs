//! The loop that claims syncs and runs many of them at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::memory::Memory;
use super::{CheckpointStore, EngineSettings, RunStore, sync};
use crate::entity::ids::SyncLogId;
use crate::events::EventLog;
use crate::lake::Lake;

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
            if let Err(error) = self.store.fire_schedules().await {
                warn!(error = %error, "the schedules cannot be read; trying again");
            }
            while let Ok(place) = Arc::clone(&places).try_acquire_owned() {
                if shutdown.is_cancelled() {
                    break;
                }
                match self.store.claim(&self.owner, self.settings.lease()).await {
                    Ok(Some(claimed)) => {
                        let cancel = shutdown.child_token();
                        self.running(|running| running.insert(claimed.lease.sync_log_id.clone(), cancel.clone()));
                        let workshop = Arc::clone(&self);
                        let shutdown = shutdown.clone();
                        syncs.spawn(async move {
                            let id = claimed.lease.sync_log_id.clone();
                            sync::run(&workshop, claimed, cancel, shutdown).await;
                            workshop.running(|running| running.remove(&id));
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

    /// Looks at the syncs that run in this process.
    pub(super) fn running<T>(&self, look: impl FnOnce(&mut HashMap<SyncLogId, CancellationToken>) -> T) -> T {
        look(&mut self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
