//! The follower: reads what was appended to the log, by any process, and tells it on the bus.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::EventLog;
use crate::vocabulary::SyncEventKind;

/// How often the table is looked at for facts of other processes.
const POLL: Duration = Duration::from_millis(500);

impl EventLog {
    /// Tells facts as they are committed, until `stop` fires. One follower a process.
    pub async fn follow(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.grown.notified() => {}
                () = tokio::time::sleep(POLL) => {}
            }
            if let Err(error) = self.tell().await {
                warn!(error = %error, "the event log cannot be read; trying again");
            }
        }
    }

    /// Tells everything that was committed since the last time.
    async fn tell(&self) -> Result<(), sea_orm::DbErr> {
        loop {
            let page = self.page(None, self.told.load(Ordering::SeqCst)).await?;
            if page.is_empty() {
                return Ok(());
            }
            for event in page {
                self.told.store(event.cursor.0, Ordering::SeqCst);
                if event.kind == SyncEventKind::State && event.data_source_id.is_none() {
                    self.connector_changed(event.workspace_id.clone(), event.connector_id.clone());
                }
                drop(self.bus.send(Arc::new(event)));
            }
        }
    }
}
