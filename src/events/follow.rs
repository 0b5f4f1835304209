//! The follower: reads what was appended to the log, by any process, and tells it on the bus.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sea_orm::DbErr;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tracing::warn;

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
        let mut connectors = Looks::default();
        loop {
            if let Err(error) = self.tell(&mut connectors).await {
                warn!(error = %error, "the event log cannot be read; trying again");
            }
            // A hint that does not come is no fault.
            timeout(POLL, self.grown.notified()).await.ok();
        }
    }

    /// Tells everything that was committed since the last time; of connectors, if there is reason to look.
    async fn tell(&self, connectors: &mut Looks) -> Result<(), DbErr> {
        loop {
            let page = self.page(None, self.told.load(Ordering::SeqCst)).await?;
            if page.is_empty() {
                break;
            }
            for event in page {
                self.told.store(event.cursor.0, Ordering::SeqCst);
                // A connector's status follows its syncs.
                if event.kind == SyncEventKind::State && event.data_source_id.is_none() {
                    connectors.touched.insert(event.connector_id.clone());
                }
                self.tell_live(event);
            }
        }
        if connectors.are_due() {
            self.look_at_connectors(&connectors.touched).await?;
            *connectors = Looks { touched: HashSet::new(), last: Some(Instant::now()) };
        }
        Ok(())
    }
}

/// When the follower looks at connectors.
#[derive(Default)]
struct Looks {
    /// Those that are told at the next look, whether their rows have changed or not.
    touched: HashSet<ConnectorId>,
    last: Option<Instant>,
}

impl Looks {
    fn are_due(&self) -> bool {
        !self.touched.is_empty() || self.last.is_none_or(|last| last.elapsed() >= POLL)
    }
}
