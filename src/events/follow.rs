//! The follower: reads what was appended to the log, by any process, and tells it on the bus.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::elsewhere::Elsewhere;
use super::{EventLog, hints};
use crate::entity::ids::ConnectorId;
use crate::vocabulary::SyncEventKind;

/// How often the tables are looked at for what other processes did and gave no hint of.
const POLL: Duration = Duration::from_millis(500);

impl EventLog {
    /// Tells facts as they are committed, and connectors as they are changed, until `stop` fires. One follower a process.
    pub async fn follow(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            never = self.tell_all() => match never {},
            never = hints::pass_on(&self.db, &self.grown) => match never {},
        }
    }

    async fn tell_all(&self) -> Infallible {
        let mut looks = Looks::default();
        loop {
            if let Err(error) = self.tell(&mut looks).await {
                warn!(error = %error, "the event log cannot be read; trying again");
            }
            // A hint that does not come is no fault.
            timeout(POLL, self.grown.notified()).await.ok();
        }
    }

    /// Tells everything that was committed since the last time; of connectors and what other processes read, if there is
    /// reason to look.
    async fn tell(&self, looks: &mut Looks) -> Result<(), DbErr> {
        loop {
            let page = self.page(None, self.told().0).await?;
            if page.is_empty() {
                break;
            }
            for event in page {
                self.told.store(event.cursor.0, Ordering::SeqCst);
                // A connector's status follows its syncs.
                if event.kind == SyncEventKind::State && event.data_source_id.is_none() {
                    looks.touched.insert(event.connector_id.clone());
                }
                self.tell_live(event);
            }
        }
        let is_time = looks.last.is_none_or(|last| last.elapsed() >= POLL);
        if is_time || !looks.touched.is_empty() {
            self.look_at_connectors(&looks.touched).await?;
            looks.touched.clear();
        }
        if is_time {
            self.look_elsewhere(&mut looks.elsewhere).await?;
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
    /// When it looked at everything.
    last: Option<Instant>,
}
