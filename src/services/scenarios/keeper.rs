//! Works off what is to be done to scenarios: what was asked for, here or by another process, and what an owner that has died
//! left in the middle.

use std::time::Duration;

use sea_orm::DbErr;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::lease::{self, Lease};
use super::run::Run;
use super::{Scenario, Step, find};
use crate::services::{ServiceError, Services, with_causes};

/// How often it is looked at what other processes have asked for, and whose leases ran out.
const POLL: Duration = Duration::from_secs(1);

/// Sets scenarios up and tears them down. Every process that runs syncs has one.
pub struct Keeper {
    services: Services,
}

impl Keeper {
    /// Over these services.
    pub fn new(services: Services) -> Self {
        Self { services }
    }

    /// Lets go of every scenario. Only for the owner of the data folder's lock, which proves that whoever was at them is dead.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn release_dead(&self) -> Result<(), DbErr> {
        lease::release_dead(self.services.db()).await
    }

    /// Works until `stop` fires, then hands back what is under way.
    pub async fn run(self, stop: CancellationToken) {
        let scenarios = &self.services.context.scenarios;
        while !stop.is_cancelled() {
            if let Err(error) = self.round().await {
                warn!(error = %with_causes(&error), "scenarios cannot be looked at; trying again");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = scenarios.queued() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
        scenarios.shut_down().await;
    }

    async fn round(&self) -> Result<(), ServiceError> {
        for orphan in lease::orphans(&self.services).await? {
            let key = (orphan.workspace_id.clone(), orphan.id.clone());
            // Where it is only late to prolong its lease, nobody has to go on with it.
            if orphan.lease_owner.as_deref().is_some_and(|owner| self.services.context.scenarios.runs(&key, owner)) {
                continue;
            }
            let Some(lease) = Lease::claim(&self.services, &orphan).await? else { continue };
            // What this process was at before, and was taken from it, ends first.
            self.services.context.scenarios.stop(&key).await;
            if lease.take_overs > 0 {
                info!(scenario = lease.id, "goes on with a scenario whose process has died");
            }
            let pack = find::pack(&self.services, &lease.id).ok();
            let steps = Scenario::of(&lease.id, pack.clone(), Some(&orphan)).steps;
            // Whoever goes on begins with the first: it finds what is there.
            let steps = steps.iter().map(|step| Step::pending(&step.name)).collect();
            Run::start(&self.services, lease, pack, steps);
        }
        Ok(())
    }
}
