//! Runs the syncs, workflows, scenarios and upkeep of an installation, in this process or as soon as the process that runs them is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::AppError;
use super::folder::DataFolder;
use crate::engine::Engine;
use crate::services::DatabaseStore;
use crate::services::scenarios::Keeper;
use crate::services::upkeep::Upkeep;
use crate::services::workflows::Runner;

/// How often it is looked whether the process that held the data folder is gone.
const LOOK: Duration = Duration::from_secs(1);

/// What the worker works with.
pub(super) struct Worker {
    pub(super) folder: Arc<DataFolder>,
    pub(super) store: Arc<DatabaseStore>,
    pub(super) engine: Engine,
    pub(super) upkeep: Upkeep,
    pub(super) workflows: Runner,
    pub(super) keeper: Keeper,
    /// Several processes may run the syncs of one PostgreSQL database; leases keep them apart.
    pub(super) is_shared: bool,
    pub(super) runs_syncs: Arc<AtomicBool>,
    pub(super) stop: CancellationToken,
}

impl Worker {
    /// Starts the engine here, or waits for the data folder.
    ///
    /// # Errors
    /// Where the folder or the database cannot be used.
    pub(super) async fn start(self) -> Result<JoinHandle<()>, AppError> {
        let may_run = self.take_over().await?;
        Ok(tokio::spawn(async move {
            if may_run || self.wait_for_folder().await {
                // By themselves, so that a fault in the one does not end the others; a panic was logged by its task.
                let workflows = tokio::spawn(self.workflows.run(self.stop.clone()));
                let keeper = tokio::spawn(self.keeper.run(self.stop.clone()));
                let upkeep = tokio::spawn(self.upkeep.run(self.stop));
                let (_, _, _, _) = tokio::join!(self.engine.start(), workflows, keeper, upkeep);
            }
        }))
    }

    /// Whether this process may run syncs now. The lock proves that whoever ran them is dead.
    async fn take_over(&self) -> Result<bool, AppError> {
        if !self.is_shared {
            if !self.folder.take()? {
                return Ok(false);
            }
            self.store.release_dead().await?;
            self.workflows.release_dead().await?;
            self.keeper.release_dead().await?;
        }
        self.runs_syncs.store(true, Ordering::SeqCst);
        Ok(true)
    }

    /// Returns `false` at a shutdown.
    async fn wait_for_folder(&self) -> bool {
        loop {
            tokio::select! {
                () = self.stop.cancelled() => return false,
                () = tokio::time::sleep(LOOK) => {}
            }
            match self.take_over().await {
                Ok(true) => {
                    tracing::info!("the process that ran the syncs is gone; this one goes on with them");
                    return true;
                }
                Ok(false) => {}
                Err(error) => tracing::warn!(error = %error, "the syncs cannot be taken over; trying again"),
            }
        }
    }
}
