//! Which syncs are without a process that reads: each prolongs the lease of its sync with every heartbeat, once a second.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};
use tokio::time::Instant;

use super::{EventLog, SourceProgress};
use crate::entity::ids::SyncLogId;
use crate::entity::{database, sync_log};
use crate::vocabulary::SyncStatus;

/// How long no heartbeat comes before what the last one told is not believed any more.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a lease is remembered that nobody looks at.
const MEMORY: Duration = Duration::from_secs(60);

/// What a data source waits for whose reader is not heard of.
const SILENT: &str =
    "nothing is heard of the process that runs this sync; another one takes it over when its lease ends";

/// Leases as this process has seen them. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Heartbeats(Arc<Mutex<HashMap<SyncLogId, Seen>>>);

/// The lease of a sync.
struct Seen {
    expires_at: DateTime<Utc>,
    /// When it was seen to be as it is: the clocks of processes differ, and so may the time of their leases.
    since: Instant,
    looked_at: Instant,
}

impl Heartbeats {
    /// Whether the process that holds the lease of a running sync is silent. `now` is the time of the database.
    fn are_silent(&self, sync: &sync_log::Model, now: DateTime<Utc>) -> bool {
        // Nobody has it: given back, or its owner is known to be dead.
        let Some(expires_at) = sync.lease_expires_at.filter(|expires_at| *expires_at >= now) else { return true };
        let moment = Instant::now();
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, seen| seen.looked_at + MEMORY > moment);
        let seen = all.entry(sync.id.clone()).or_insert(Seen { expires_at, since: moment, looked_at: moment });
        if seen.expires_at != expires_at {
            (seen.expires_at, seen.since) = (expires_at, moment);
        }
        seen.looked_at = moment;
        seen.since + PATIENCE <= moment
    }
}

impl EventLog {
    /// Those of these syncs that are to be running, in another process than this one, and of whose process nothing is heard.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn silent_among(&self, syncs: impl IntoIterator<Item = SyncLogId>) -> Result<HashSet<SyncLogId>, DbErr> {
        let elsewhere: Vec<_> = syncs.into_iter().filter(|id| !self.gauges.has(id)).collect();
        if elsewhere.is_empty() {
            return Ok(HashSet::new());
        }
        let query = sync_log::Entity::find().filter(sync_log::Column::Id.is_in(elsewhere));
        let running = query.filter(sync_log::Column::Status.eq(SyncStatus::Running)).all(&self.db).await?;
        self.silent(&running.iter().collect::<Vec<_>>()).await
    }

    /// Those of these running syncs of whose process nothing is heard.
    pub(super) async fn silent(&self, running: &[&sync_log::Model]) -> Result<HashSet<SyncLogId>, DbErr> {
        if running.is_empty() {
            return Ok(HashSet::new());
        }
        let now = database::now(&self.db).await?;
        let silent = running.iter().filter(|sync| self.heartbeats.are_silent(sync, now));
        Ok(silent.map(|sync| sync.id.clone()).collect())
    }
}

impl SourceProgress {
    /// The same where nothing is heard of whoever reads the data source: how fast it was says nothing of how fast it is.
    #[must_use]
    pub fn of_nobody(self) -> Self {
        if self.status != SyncStatus::Running {
            return self;
        }
        Self { rows_per_second: None, eta_seconds: None, waiting_reason: Some(SILENT.to_owned()), ..self }
    }
}
