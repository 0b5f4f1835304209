//! The engine from outside: start it, wake it, cancel a sync, shut it down.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::memory::Memory;
use super::worker::Workshop;
use super::{CheckpointStore, EngineSettings, RunStore};
use crate::entity::ids::SyncLogId;
use crate::events::EventLog;
use crate::lake::Lake;

/// The sync engine of this process. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    workshop: Arc<Workshop>,
    shutdown: CancellationToken,
    has_broken_down: Arc<AtomicBool>,
}

impl Engine {
    /// An engine over a store and a lake, which sorts what does not fit into memory in a folder; `owner` names this
    /// process in leases and must be unique.
    pub fn new<S: RunStore + CheckpointStore>(
        store: Arc<S>,
        lake: Lake,
        events: EventLog,
        settings: EngineSettings,
        spill_folder: PathBuf,
        owner: String,
    ) -> Self {
        let memory = Memory::new(settings.memory_mib);
        let workshop = Workshop {
            store,
            lake,
            events,
            settings,
            memory,
            spill_folder,
            owner,
            running: Mutex::new(HashMap::new()),
            queued: Notify::new(),
        };
        Self { workshop: Arc::new(workshop), shutdown: CancellationToken::new(), has_broken_down: Arc::default() }
    }

    /// Claims and runs syncs from now on, until [`shut_down`](Self::shut_down).
    pub fn start(&self) -> JoinHandle<()> {
        let engine = self.clone();
        tokio::spawn(async move {
            let work = Arc::clone(&engine.workshop).work(engine.shutdown);
            if AssertUnwindSafe(work).catch_unwind().await.is_err() {
                error!("the engine ended in a fault of DataWeaver and runs no syncs any more; start the process anew");
                engine.has_broken_down.store(true, Ordering::SeqCst);
            }
        })
    }

    /// Whether a fault of ours ended the loop that runs syncs: only a new process helps then.
    pub fn has_broken_down(&self) -> bool {
        self.has_broken_down.load(Ordering::SeqCst)
    }

    /// A sync was queued: look at once.
    pub fn wake(&self) {
        self.workshop.queued.notify_one();
    }

    /// Stops a sync if this process runs it. Others notice the wish in the sync log, within a second.
    pub fn cancel(&self, id: &SyncLogId) -> bool {
        self.workshop.running(|running| running.get(id).map(CancellationToken::cancel)).is_some()
    }

    /// The settings that it runs with.
    pub fn settings(&self) -> &EngineSettings {
        &self.workshop.settings
    }

    /// How many syncs run in this process.
    pub fn running(&self) -> usize {
        self.workshop.running(|running| running.len())
    }

    /// Asks all work to stop at its next checkpoint, if that comes soon, and to hand back its leases; the handle of `start`
    /// ends then.
    pub fn shut_down(&self) {
        self.shutdown.cancel();
    }
}
