//! The syncs of a scenario's connectors: begun together, and followed by their events to their ends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::future::try_join_all;
use tokio::time::timeout;

use super::run::{Break, Run};
use crate::entity::ids::{ConnectorId, SyncLogId};
use crate::entity::{connector, sync_log};
use crate::events::EventFilter;
use crate::query::count;
use crate::services::syncs::{self, SyncRequest, live};
use crate::services::{ServiceError, Services, Viewer, batch};
use crate::vocabulary::{SyncStatus, SyncTrigger};

/// How often a sync is asked for that others of its connector come before.
const TRIALS: usize = 5;

/// How long without an event until it is looked whether the sync is still there.
const SILENCE: Duration = Duration::from_secs(5);

/// What the step is called.
pub(super) const STEP: &str = "sync";

/// What has ended so far, of all connectors.
#[derive(Default)]
struct Ended {
    sources: AtomicU64,
    rows: AtomicU64,
}

/// Syncs every connector and waits for the ends.
pub(super) async fn run(run: &Run, connectors: &[connector::Model]) -> Result<((), String), Break> {
    let ended = Ended::default();
    let logs = try_join_all(connectors.iter().map(|row| one(run, row, &ended))).await?;
    let rows: i64 = logs.iter().map(|log| log.records_processed).sum();
    let sources = ended.sources.load(Ordering::Relaxed);
    Ok(((), format!("{} rows from {sources} data sources", count(rows.unsigned_abs()))))
}

async fn one(run: &Run, row: &connector::Model, ended: &Ended) -> Result<sync_log::Model, Break> {
    let (services, viewer) = (&run.services, run.viewer());
    let request = SyncRequest {
        connector_id: row.id.clone(),
        data_source_ids: None,
        extract_type: None,
        trigger: SyncTrigger::Scenario,
        config: None,
    };
    let mut trial = 1;
    let started = loop {
        match syncs::start(services, &viewer, request.clone()).await {
            Ok(started) => break started,
            // Somebody's own sync of it: ours comes after that.
            Err(ServiceError::Conflict { .. }) if trial < TRIALS => {
                trial += 1;
                if let Some(live) = live(services.db(), &row.id).await? {
                    until_the_end(services, &viewer, &live.id, None).await?;
                }
            }
            Err(error) => return Err(error.into()),
        }
    };
    let log = until_the_end(services, &viewer, &started.id, Some((run, ended))).await?;
    match log.status {
        SyncStatus::Succeeded => Ok(log),
        _ => Err(Break::Failed(why(services, &viewer, row, &log).await?)),
    }
}

/// Waits for the end of a sync, and tells of each data source that was read to its end.
async fn until_the_end(
    services: &Services,
    viewer: &Viewer,
    id: &SyncLogId,
    told: Option<(&Run, &Ended)>,
) -> Result<sync_log::Model, Break> {
    let events = services.events();
    let filter = EventFilter::of_sync(viewer.workspace_id.clone(), id.clone());
    let mut heard = std::pin::pin!(events.subscribe(filter, Some(events.beginning_of(id).await?)));
    loop {
        // Its record may have been removed, with all that it would tell.
        if let Ok(Some(followed)) = timeout(SILENCE, heard.next()).await {
            let event = followed.map_err(ServiceError::from)?.event().filter(|event| event.id.is_some());
            let Some(event) = event else { continue };
            match (&event.data_source_id, event.status) {
                (Some(_), Some(SyncStatus::Succeeded)) => {
                    if let Some((run, ended)) = told {
                        ended.note(run, event.progress.as_ref().map_or(0, |progress| progress.rows)).await?;
                    }
                    continue;
                }
                (None, Some(status)) if status.is_final() => {}
                _ => continue,
            }
        }
        let log = syncs::get(services, viewer, id).await?;
        if log.status.is_final() {
            return Ok(log);
        }
    }
}

impl Ended {
    /// One more data source with so many rows.
    async fn note(&self, run: &Run, rows: u64) -> Result<(), Break> {
        let sources = self.sources.fetch_add(1, Ordering::Relaxed) + 1;
        let rows = self.rows.fetch_add(rows, Ordering::Relaxed) + rows;
        run.tell(STEP, format!("{} rows from {sources} data sources so far", count(rows))).await
    }
}

/// Why a sync did not succeed, and what to do.
async fn why(
    services: &Services,
    viewer: &Viewer,
    row: &connector::Model,
    log: &sync_log::Model,
) -> Result<String, ServiceError> {
    if log.status == SyncStatus::Cancelled {
        return Ok(format!("the sync of {} was cancelled; set the scenario up again to go on", row.name));
    }
    let ids = [log.id.clone()];
    let mut progress = batch::progress(services, &viewer.workspace_id, &ids).await?;
    let of_sources = progress.remove(&log.id).unwrap_or_default();
    let mut reasons: Vec<String> = of_sources.into_iter().filter_map(|source| source.error_message).collect();
    if reasons.is_empty() {
        reasons.extend(log.error_message.clone());
    }
    Ok(format!("the sync of {} did not succeed: {}", row.name, reasons.join("; ")))
}

/// Cancels the sync of a connector that waits or runs, and waits for its end.
pub(super) async fn cancel_live(services: &Services, viewer: &Viewer, id: &ConnectorId) -> Result<(), ServiceError> {
    let Some(live) = live(services.db(), id).await? else { return Ok(()) };
    syncs::cancel(services, viewer, &live.id).await?;
    match until_the_end(services, viewer, &live.id, None).await {
        Err(Break::Error(error)) if !matches!(error, ServiceError::NotFound { .. }) => Err(error),
        _ => Ok(()),
    }
}
