//! Running: claims queued runs by a lease, works their steps off, and records how they end.
//!
//! A run that lost its owner is taken over, as syncs are: steps that have succeeded stay, those that the owner was at run
//! again. That does no harm, since a step replaces what it makes in one act: a table by one commit, a file by one row. A
//! run that ends every process that runs it, before a further step has ended, fails after `engine.most_take_overs`.

mod board;
mod claim;
mod lease;
mod one;
mod schedule;
mod step;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use claim::Claimed;
pub(super) use claim::end_steps;
use lease::Lease;
pub(super) use step::{Job, Made};

use crate::services::{ServiceError, Services};

/// How often the queue is looked at for runs of other processes, schedules, and leases that ran out.
const POLL: Duration = Duration::from_secs(1);

/// Why a process does not go on with a run.
#[derive(Debug, thiserror::Error)]
pub(super) enum RunError {
    #[error("another process has taken over this run")]
    LeaseLost,
    #[error("the process shuts down")]
    Interrupted,
    #[error("the database of DataWeaver could not be used")]
    Database(#[from] DbErr),
}

impl From<RunError> for ServiceError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Database(error) => Self::Database(error),
            RunError::LeaseLost | RunError::Interrupted => Self::Conflict { message: error.to_string(), hint: None },
        }
    }
}

/// Runs the workflows of an installation. Every process that runs syncs has one.
pub struct Runner {
    services: Services,
    /// Names this process in leases.
    owner: String,
}

impl Runner {
    /// Over these services.
    pub fn new(services: Services) -> Self {
        Self { services, owner: Uuid::now_v7().to_string() }
    }

    /// Lets go of every run. Only for the owner of the data folder's lock, which proves that whoever ran them is dead.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn release_dead(&self) -> Result<(), DbErr> {
        claim::release_dead(self.services.db()).await
    }

    /// Claims and runs until `stop` fires, then stops what runs and hands it back.
    pub async fn run(self, stop: CancellationToken) {
        let workshop = &self.services.context.workflows;
        let places = Arc::new(Semaphore::new(workshop.settings().runs_at_once.clamp(1, Semaphore::MAX_PERMITS)));
        let mut runs = JoinSet::new();
        while !stop.is_cancelled() {
            if let Err(error) = schedule::fire(&self.services).await {
                warn!(error = %error, "the schedules of workflows cannot be read; trying again");
            }
            while let Ok(place) = Arc::clone(&places).try_acquire_owned() {
                if stop.is_cancelled() {
                    break;
                }
                match claim::next(&self.services, &self.owner).await {
                    Ok(Some(claimed)) => {
                        let (services, stop) = (self.services.clone(), stop.clone());
                        runs.spawn(async move {
                            one::run(&services, claimed, stop).await;
                            drop(place);
                        });
                    }
                    Ok(None) => break,
                    Err(error) => {
                        warn!(error = %error, "the queue of workflows cannot be read; trying again");
                        break;
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = workshop.queued() => {}
                Some(_) = runs.join_next() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        let drained = tokio::time::timeout(Duration::from_secs(self.services.engine.settings().drain_seconds), async {
            while runs.join_next().await.is_some() {}
        });
        if drained.await.is_err() {
            warn!("some workflows did not stop in time; another process goes on with them");
        }
    }
}
