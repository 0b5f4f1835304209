//! The follower: reads what was appended to the log, by any process, and tells it on the bus.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{EventLog, hints};
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
        let mut looks = true;
        loop {
            if let Err(error) = self.tell(looks).await {
                warn!(error = %error, "the event log cannot be read; trying again");
            }
            looks = tokio::time::timeout(POLL, self.grown.notified()).await.is_err();
        }
    }

    /// Tells everything that was committed since the last time; of connectors, if there is reason to look.
    async fn tell(&self, mut looks: bool) -> Result<(), sea_orm::DbErr> {
        loop {
            let page = self.page(None, self.told.load(Ordering::SeqCst)).await?;
            if page.is_empty() {
                break;
            }
            for event in page {
                self.told.store(event.cursor.0, Ordering::SeqCst);
                // A connector's status follows its syncs.
                looks |= event.kind == SyncEventKind::State && event.data_source_id.is_none();
                drop(self.bus.send(Arc::new(event)));
            }
        }
        if looks {
            self.look_at_connectors().await?;
        }
        Ok(())
    }
}
