//! One data source of a sync: its attempts, the pauses between them, and its end.

use std::sync::Arc;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::extract::{Attempt, Extracted};
use super::progress::Meter;
use super::worker::Workshop;
use super::{Lease, SourceError, SourceOutcome, SourcePlan, StoreError};
use crate::events::Fact;
use crate::sdk::DynConnector;
use crate::vocabulary::{EventLevel, SyncEventKind, SyncStatus};

/// What is worked on: one source of one sync.
pub(super) struct SourceRun<'a> {
    pub(super) workshop: &'a Workshop,
    pub(super) lease: &'a Lease,
    pub(super) source: &'a SourcePlan,
    pub(super) connector: &'a Arc<dyn DynConnector>,
    pub(super) meter: &'a Meter,
    pub(super) cancel: &'a CancellationToken,
    pub(super) shutdown: &'a CancellationToken,
}

impl SourceRun<'_> {
    /// Runs the source to its end and records it; an error means that the whole sync must stop here.
    pub(super) async fn run(self) -> Result<SyncStatus, StoreError> {
        let share = tokio::select! {
            () = self.cancel.cancelled() => None,
            share = self.workshop.memory.share() => Some(share),
        };
        let result = match share {
            Some(share) => {
                self.workshop.store.source_started(self.lease, self.source).await?;
                self.meter.start();
                self.attempts(share.bytes()).await
            }
            None => Err(SourceError::Cancelled),
        };
        match result {
            Ok(extracted) => self.finish(SyncStatus::Succeeded, extracted, None).await,
            Err(error) if error.is_lease_lost() => Err(StoreError::LeaseLost),
            // The work goes on after the restart, from the last checkpoint: nothing is recorded as ended.
            Err(_) if self.shutdown.is_cancelled() => Err(StoreError::LeaseLost),
            Err(error) => {
                self.give_up_staged().await?;
                let status = if self.cancel.is_cancelled() { SyncStatus::Cancelled } else { SyncStatus::Failed };
                self.finish(status, Extracted::default(), Some(error)).await
            }
        }
    }

    async fn attempts(&self, memory_bytes: usize) -> Result<Extracted, SourceError> {
        let settings = &self.workshop.settings;
        let pauses = || {
            ExponentialBuilder::default()
                .with_min_delay(Duration::from_secs_f64(settings.retry_seconds.max(0.01)))
                .with_max_delay(Duration::from_secs_f64(settings.retry_max_seconds.max(0.01)))
                .with_max_times(usize::try_from(settings.retries).unwrap_or(usize::MAX))
                .with_jitter()
                .build()
        };
        let mut waits = pauses();
        let mut durable = 0;
        loop {
            let attempt = Attempt {
                store: self.workshop.store.as_ref(),
                settings,
                lease: self.lease,
                source: self.source,
                connector: self.connector,
                table: self.workshop.lake.table(&self.source.lake_path),
                rejected_table: self.workshop.lake.table(&format!("{}_rejected", self.source.lake_path)),
                meter: self.meter,
                cancel: self.cancel,
                memory_bytes,
            };
            let error = match attempt.run().await {
                Ok(extracted) => return Ok(extracted),
                Err(_) if self.cancel.is_cancelled() => return Err(SourceError::Cancelled),
                Err(error) if error.is_retryable() => error,
                Err(error) => return Err(error),
            };
            // An attempt that got further than all before it has earned fresh patience.
            let rows = self.meter.now().rows;
            if rows > durable {
                durable = rows;
                waits = pauses();
            }
            let Some(pause) = waits.next() else { return Err(error) };
            self.wait(&error, error.retry_after().unwrap_or(pause)).await?;
        }
    }

    async fn wait(&self, error: &SourceError, pause: Duration) -> Result<(), SourceError> {
        let words = error.words();
        warn!(sync.id = %self.lease.sync_log_id, source.id = %self.source.id, error = %words, "trying again");
        let message = format!("{}: {words}; trying again in {:.1} s", self.source.name, pause.as_secs_f64());
        self.meter.waiting(Some(message.clone()));
        let fact = Fact::new(SyncEventKind::Retry, Some(&self.source.id), message)
            .level(EventLevel::Warning)
            .details(json!({ "code": error.code(), "pauseSeconds": pause.as_secs_f64() }));
        // Where our own database is what fails, there is nowhere to record it; the log line above stands.
        if let Err(StoreError::LeaseLost) = self.workshop.store.record(self.lease, vec![fact]).await {
            return Err(StoreError::LeaseLost.into());
        }
        tokio::select! {
            () = self.cancel.cancelled() => Err(SourceError::Cancelled),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }

    async fn give_up_staged(&self) -> Result<(), StoreError> {
        let chunks = self.workshop.store.forget_staged(self.lease, &self.source.id).await?;
        let table = self.workshop.lake.table(&self.source.lake_path);
        let files: Vec<_> = chunks.into_iter().flat_map(|chunk| chunk.files).collect();
        if let Err(error) = table.delete_staged(&files).await {
            warn!(source.id = %self.source.id, error = %error, "files of a given-up load stay until the next clean-up");
        }
        Ok(())
    }

    async fn finish(
        &self,
        status: SyncStatus,
        extracted: Extracted,
        error: Option<SourceError>,
    ) -> Result<SyncStatus, StoreError> {
        let words = error.as_ref().map(SourceError::words);
        let progress = self.meter.finish(status, words.clone());
        info!(sync.id = %self.lease.sync_log_id, source.id = %self.source.id, rows = progress.rows, status = %status,
            error = words.as_deref(), "source {} ended", self.source.name);
        let outcome = SourceOutcome {
            progress,
            added: extracted.added,
            updated: extracted.updated,
            deleted: extracted.deleted,
            rejected: extracted.rejected,
            error_code: error.as_ref().map(|error| error.code().to_owned()),
        };
        self.workshop.store.source_finished(self.lease, outcome).await?;
        Ok(status)
    }
}
