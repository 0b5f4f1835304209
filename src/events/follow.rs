//! The follower: reads what was appended to the log, by any process, and tells it on the bus.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sea_orm::{DbBackend, DbErr};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::elsewhere::Elsewhere;
use super::log::PAGE;
use super::workflows::SeenWorkflows;
use super::{EventLog, hints};
use crate::entity::ids::ConnectorId;
use crate::vocabulary::SyncEventKind;

impl EventLog {
    /// Tells facts as they are committed, and connectors as they are changed, until `stop` fires. What other processes did
    /// and gave no hint of is looked for every so often. One follower a process.
    pub async fn follow(self, every: Duration, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            never = self.tell_all(every) => match never {},
            never = hints::pass_on(&self.db, &self.grown) => match never {},
        }
    }

    async fn tell_all(&self, every: Duration) -> Infallible {
        let mut looks = Looks::default();
        loop {
            if let Err(error) = self.tell(&mut looks, every).await {
                warn!(error = %error, "the event log cannot be read; trying again");
            }
            // Not in a hurry where it could not look.
            let next = looks.last.map(|last| last + every).filter(|next| *next > Instant::now());
            // A hint that does not come is no fault.
            timeout_at(next.unwrap_or_else(|| Instant::now() + every), self.grown.notified()).await.ok();
        }
    }

    /// Tells everything that was committed since the last time; of connectors and what other processes read, if there is
    /// reason to look.
    async fn tell(&self, looks: &mut Looks, every: Duration) -> Result<(), DbErr> {
        loop {
            let page = self.page(None, self.told().0).await?;
            let is_all = (page.len() as u64) < PAGE;
            for event in page {
                self.told.store(event.cursor.0, Ordering::SeqCst);
                // A connector's status follows its syncs.
                if event.kind == SyncEventKind::State && event.data_source_id.is_none() {
                    looks.touched.insert(event.connector_id.clone());
                }
                self.tell_live(event);
            }
            // What is committed from here on gives its own hint.
            if is_all {
                break;
            }
        }
        let is_time = looks.last.is_none_or(|last| last.elapsed() >= every);
        if is_time || !looks.touched.is_empty() {
            self.look_at_connectors(&looks.touched).await?;
            looks.touched.clear();
        }
        // Of these, PostgreSQL gives a hint.
        if is_time || self.db.get_database_backend() == DbBackend::Postgres {
            self.look_at_workflows(&mut looks.workflows).await?;
        }
        if is_time {
            self.look_elsewhere(&mut looks.elsewhere).await?;
            self.look_at_scenarios().await?;
            looks.last = Some(Instant::now());
        }
        Ok(())
    }
}

/// What the follower looks at now and then.
#[derive(Default)]
struct Looks {
    /// Connectors that are told at the next look, whether their rows have changed or not.
    touched: HashSet<ConnectorId>,
    elsewhere: Elsewhere,
    workflows: SeenWorkflows,
    /// When it looked at everything.
    last: Option<Instant>,
}
