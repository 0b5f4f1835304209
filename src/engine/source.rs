//! One data source of a sync: its attempts, the pauses between them, and its end.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde_json::json;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::extract::{Attempt, Failure, Start};
use super::progress::Meter;
use super::rejects::{self, rejected_path};
use super::worker::Workshop;
use super::{Extracted, Lease, SourceError, SourceOutcome, SourcePlan, StoreError};
use crate::events::Fact;
use crate::sdk::{DynConnector, with_causes};
use crate::vocabulary::{EventLevel, SyncEventKind, SyncStatus};

/// How long an attempt may take to notice that it was cancelled, and to clean up.
const CANCEL_PATIENCE: Duration = Duration::from_secs(1);

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
            biased;
            // Nothing has begun: the end of the sync ends this source with all others that wait.
            () = self.shutdown.cancelled() => return Err(StoreError::LeaseLost),
            () = self.cancel.cancelled() => return Ok(SyncStatus::Cancelled),
            share = self.workshop.memory.share() => share,
        };
        self.workshop.store.source_started(self.lease, self.source).await?;
        self.meter.start();
        match self.attempts(share.bytes()).await {
            Ok(extracted) => self.finish(SyncStatus::Succeeded, extracted, None).await,
            Err(error) if error.is_lease_lost() => Err(StoreError::LeaseLost),
            // The work goes on after the restart, from the last checkpoint: nothing is recorded as ended.
            Err(_) if self.shutdown.is_cancelled() => Err(StoreError::LeaseLost),
            Err(error) => {
                self.give_up_staged(matches!(error, SourceError::Abandoned)).await?;
                let status = if self.cancel.is_cancelled() { SyncStatus::Cancelled } else { SyncStatus::Failed };
                let extracted = self.workshop.store.extracted(self.lease, &self.source.id).await?;
                self.finish(status, extracted, Some(error)).await
            }
        }
    }

    async fn attempts(&self, memory_bytes: usize) -> Result<Extracted, SourceError> {
        let settings = &self.workshop.settings;
        let mut waits = settings.pauses();
        let mut durable = 0;
        let mut start = Start::Checkpoint;
        let mapping_is_told = AtomicBool::new(false);
        loop {
            let attempt = Attempt {
                store: self.workshop.store.as_ref(),
                settings,
                lease: self.lease,
                source: self.source,
                connector: self.connector,
                table: self.workshop.lake.table(&self.source.lake_path),
                rejected_table: self.workshop.lake.table(&rejected_path(&self.source.lake_path)),
                meter: self.meter,
                mapping_is_told: &mapping_is_told,
                cancel: self.cancel,
                shutdown: self.shutdown,
                memory_bytes,
                spill_folder: &self.workshop.spill_folder,
                since: None,
                base_version: None,
            };
            let ended = tokio::select! {
                ended = attempt.run(start) => ended,
                () = self.patience_with_cancel() => return Err(SourceError::Abandoned),
            };
            let Failure { error, may_begin_anew } = match ended {
                Ok(extracted) => return Ok(extracted),
                Err(_) if self.cancel.is_cancelled() => return Err(SourceError::Cancelled),
                Err(failure) => failure,
            };
            if matches!(error, SourceError::KeyRecast { .. } | SourceError::KeyLate { .. }) && start != Start::Source {
                self.renew(&error).await?;
                start = Start::Source;
                continue;
            }
            if may_begin_anew && error.refuses_to_resume() {
                self.begin_anew(&error).await?;
                if start == Start::Checkpoint {
                    start = Start::Sync;
                }
                continue;
            }
            if !error.is_retryable() {
                return Err(error);
            }
            if start == Start::Sync {
                start = Start::Checkpoint;
            }
            // An attempt that got further than all before it has earned fresh patience.
            let rows = self.meter.now().rows;
            if rows > durable {
                durable = rows;
                waits = settings.pauses();
            }
            let Some(pause) = waits.next() else { return Err(error) };
            self.wait(&error, error.retry_after().unwrap_or(pause)).await?;
        }
    }

    /// A moment after somebody asked to stop: an attempt that has not noticed by itself is then left where it is, which
    /// is like a crash to it, only that nobody goes on.
    async fn patience_with_cancel(&self) {
        self.cancel.cancelled().await;
        tokio::time::sleep(CANCEL_PATIENCE).await;
    }

    /// The source does not go on from where the read was cut short: what is staged goes, and the read begins again.
    async fn begin_anew(&self, error: &SourceError) -> Result<(), SourceError> {
        let message = format!("{}: {}; the read begins anew", self.source.name, with_causes(error));
        let fact = Fact::new(SyncEventKind::Retry, Some(&self.source.id), message).level(EventLevel::Warning);
        self.workshop.store.record(self.lease, vec![fact]).await?;
        Ok(self.give_up_staged(false).await?)
    }

    /// Rows that come cannot be told from those that are there: everything is read and takes their place.
    async fn renew(&self, error: &SourceError) -> Result<(), SourceError> {
        let message = format!(
            "{}: {error}, so that everything is read anew and replaces the table; rows that are gone at the source go with that",
            self.source.name
        );
        let fact = Fact::new(SyncEventKind::SchemaChange, Some(&self.source.id), message).level(EventLevel::Warning);
        self.workshop.store.record(self.lease, vec![fact.details(json!({ "readsAnew": true }))]).await?;
        Ok(self.give_up_staged(false).await?)
    }

    async fn wait(&self, error: &SourceError, pause: Duration) -> Result<(), SourceError> {
        let words = with_causes(error);
        warn!(sync.id = %self.lease.sync_log_id, source.id = %self.source.id, error = %words, "trying again");
        let message = format!("{}: {words}; trying again in {:.1} s", self.source.name, pause.as_secs_f64());
        self.meter.waiting(message.clone());
        let fact = Fact::new(SyncEventKind::Retry, Some(&self.source.id), message)
            .level(EventLevel::Warning)
            .details(json!({ "code": error.code(), "pauseSeconds": pause.as_secs_f64() }));
        // Where our own database is what fails, there is nowhere to record it; the log line above stands.
        if let Err(StoreError::LeaseLost) = self.workshop.store.record(self.lease, vec![fact]).await {
            return Err(StoreError::LeaseLost.into());
        }
        tokio::select! {
            () = self.cancel.cancelled() => Err(SourceError::Cancelled),
            () = self.shutdown.cancelled() => Err(SourceError::Interrupted),
            () = tokio::time::sleep(pause) => Ok(()),
        }
    }

    /// Forgets what the sync has staged for the source, and deletes the files unless somebody may still commit them:
    /// an attempt that was left where it was, or an earlier owner that is frozen. Upkeep deletes those in time.
    async fn give_up_staged(&self, was_abandoned: bool) -> Result<(), StoreError> {
        let chunks = self.workshop.store.forget_staged(self.lease, &self.source.id).await?;
        if was_abandoned || self.lease.epoch > 1 {
            return Ok(());
        }
        let (mut files, mut rejected) = (Vec::new(), Vec::new());
        for chunk in chunks {
            files.extend(chunk.files);
            rejected.extend(chunk.rejected);
        }
        let lake = &self.workshop.lake;
        for (path, files) in [(self.source.lake_path.clone(), files), (rejected_path(&self.source.lake_path), rejected)]
        {
            if let Err(error) = lake.table(&path).delete_staged(&files).await {
                warn!(source.id = %self.source.id, error = %error, "files of a given-up load stay until the next upkeep");
            }
        }
        Ok(())
    }

    async fn finish(
        &self,
        status: SyncStatus,
        extracted: Extracted,
        error: Option<SourceError>,
    ) -> Result<SyncStatus, StoreError> {
        let words = error.as_ref().map(|error| with_causes(error));
        let progress = self.meter.finish(status, extracted.rejected, words.clone());
        debug!(sync.id = %self.lease.sync_log_id, source.id = %self.source.id, rows = progress.rows, status = %status,
            error = words.as_deref(), "source {} ended", self.source.name);
        let rejected = rejects::warning(self.source, extracted.rejected, self.meter.first_rejected().as_deref());
        let outcome = SourceOutcome {
            progress,
            extracted,
            error_code: error.as_ref().map(|error| error.code().to_owned()),
            warnings: rejected.into_iter().collect(),
        };
        self.workshop.store.source_finished(self.lease, outcome).await?;
        Ok(status)
    }
}
