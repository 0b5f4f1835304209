//! One claimed sync, from its first source to its outcome.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryFutureExt, stream};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, warn};

use super::progress::Meter;
use super::source::SourceRun;
use super::worker::Workshop;
use super::{ClaimedSync, Heartbeat, Lease, PreparedSync, SourceError, StoreError, SyncOutcome};
use crate::entity::ids::DataSourceId;
use crate::events::{Fact, SourceProgress, SyncEvent};
use crate::sdk::{ConnectorError, with_causes};
use crate::vocabulary::{EventLevel, SyncEventKind, SyncStatus};

/// Gauges a second and source, at the most.
const GAUGE_PAUSE: Duration = Duration::from_millis(200);
/// How often the lease is prolonged and a wish to cancel is noticed that came through another process.
const HEARTBEAT_PAUSE: Duration = Duration::from_secs(1);

/// The meters of a sync: none before its sources are known.
type Board = Arc<OnceLock<Vec<Arc<Meter>>>>;

/// Runs a claimed sync to its end, or until the lease is lost or the process shuts down.
pub(super) async fn run(
    workshop: &Arc<Workshop>,
    claimed: ClaimedSync,
    cancel: CancellationToken,
    shutdown: CancellationToken,
) {
    let ClaimedSync { lease, attempt, take_overs } = claimed;
    debug!(sync.id = %lease.sync_log_id, attempt, "sync {} begins", lease.sync_log_id);
    let board = Board::default();
    let mut pulse = JoinSet::new();
    let result = if take_overs > workshop.settings.most_take_overs {
        Ok(given_up(take_overs))
    } else {
        // In tasks of their own, so that no work on rows, however long it takes, keeps the lease from being prolonged.
        pulse.spawn(beat(Arc::clone(workshop), lease.clone(), Arc::clone(&board), cancel.clone()).in_current_span());
        pulse.spawn(tell(Arc::clone(workshop), lease.clone(), Arc::clone(&board)).in_current_span());
        tokio::select! {
            result = prepare_and_read(workshop, &lease, &board, &cancel, &shutdown) => result,
            ended = pulse.join_next() => match ended {
                Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
                _ => Err(StoreError::LeaseLost),
            },
            () = wind_up(workshop, &cancel, &shutdown) => Err(StoreError::LeaseLost),
        }
    };
    pulse.shutdown().await;
    workshop.events.forget_gauges(&lease.sync_log_id);
    let ended = match result {
        Ok(outcome) => workshop.store.finish(&lease, outcome).await,
        Err(StoreError::LeaseLost) if shutdown.is_cancelled() => workshop.store.release(&lease).await,
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) => debug!(sync.id = %lease.sync_log_id, "sync {} is left", lease.sync_log_id),
        // The lease runs out by itself, and whoever can reach the database goes on.
        Err(error) => warn!(sync.id = %lease.sync_log_id, error = %error, "sync {} is left", lease.sync_log_id),
    }
}

async fn prepare_and_read(
    workshop: &Workshop,
    lease: &Lease,
    board: &Board,
    cancel: &CancellationToken,
    shutdown: &CancellationToken,
) -> Result<SyncOutcome, StoreError> {
    let prepared = tokio::select! {
        () = shutdown.cancelled() => Err(StoreError::LeaseLost),
        () = cancel.cancelled() => Err(StoreError::Connector(ConnectorError::Cancelled)),
        prepared = prepare(workshop, lease) => prepared,
    };
    match prepared {
        Ok(prepared) => read(workshop, lease, prepared, board, cancel, shutdown).await,
        Err(_) if shutdown.is_cancelled() => Err(StoreError::LeaseLost),
        Err(_) if cancel.is_cancelled() => Ok(cancelled()),
        Err(error @ (StoreError::Connector(_) | StoreError::Broken(_))) => Ok(failed(&SourceError::from(error))),
        Err(error) => Err(error),
    }
}

/// Opens the connector and lists its sources; patiently, where the other end does not answer.
async fn prepare(workshop: &Workshop, lease: &Lease) -> Result<PreparedSync, StoreError> {
    let mut waits = workshop.settings.pauses();
    loop {
        let error = match prepare_once(workshop, lease).await {
            Err(StoreError::Connector(error)) if error.class().is_retryable() => error,
            prepared => return prepared,
        };
        let Some(pause) = waits.next() else { return Err(error.into()) };
        let pause = error.retry_after().unwrap_or(pause);
        let error = SourceError::from(error);
        let message = format!("{}; trying again in {:.1} s", with_causes(&error), pause.as_secs_f64());
        let fact = Fact::new(SyncEventKind::Retry, None, message)
            .level(EventLevel::Warning)
            .details(json!({ "code": error.code(), "pauseSeconds": pause.as_secs_f64() }));
        workshop.store.record(lease, vec![fact]).await?;
        tokio::time::sleep(pause).await;
    }
}

fn failed(error: &SourceError) -> SyncOutcome {
    SyncOutcome {
        status: SyncStatus::Failed,
        error_message: Some(with_causes(error)),
        error_details: Some(json!({ "code": error.code() })),
    }
}

/// The end of a sync that perhaps kills whoever runs it.
fn given_up(take_overs: u32) -> SyncOutcome {
    let message = format!(
        "the process that ran the sync died or fell silent {take_overs} times before it got any further, more often than \
         engine.most_take_overs allows; look into its log and the system's for the reason, give it more memory or lower \
         engine.memory_mib, or sync the data sources one at a time to find the one that does it"
    );
    SyncOutcome {
        status: SyncStatus::Failed,
        error_message: Some(message),
        error_details: Some(json!({ "code": "LIMIT_EXCEEDED", "takeOvers": take_overs })),
    }
}

fn cancelled() -> SyncOutcome {
    SyncOutcome { status: SyncStatus::Cancelled, error_message: None, error_details: None }
}

async fn read(
    workshop: &Workshop,
    lease: &Lease,
    prepared: PreparedSync,
    board: &Board,
    cancel: &CancellationToken,
    shutdown: &CancellationToken,
) -> Result<SyncOutcome, StoreError> {
    let PreparedSync { connector, sources } = prepared;
    let meters =
        board.get_or_init(|| sources.iter().map(|source| Arc::new(Meter::new(source.before.clone()))).collect());
    let mut runs: Vec<BoxFuture<'_, Result<(usize, SyncStatus), StoreError>>> = Vec::with_capacity(sources.len());
    // Those that an earlier owner has not ended are cancelled unless they run to another end.
    let mut statuses = Vec::with_capacity(sources.len());
    for (index, (source, meter)) in sources.iter().zip(meters).enumerate() {
        if source.before.status.is_final() {
            statuses.push(source.before.status);
            continue;
        }
        statuses.push(SyncStatus::Cancelled);
        let run = SourceRun { workshop, lease, source, connector: &connector, meter, cancel, shutdown };
        runs.push(run.run().map_ok(move |status| (index, status)).boxed());
    }
    let mut ended = stream::iter(runs).buffer_unordered(workshop.settings.sources_at_once.max(1));
    while let Some(run) = ended.next().await {
        match run {
            Ok((index, status)) => statuses[index] = status,
            // The others may still make durable what they have read.
            Err(StoreError::LeaseLost) if shutdown.is_cancelled() => {}
            Err(error) => return Err(error),
        }
    }
    if shutdown.is_cancelled() && statuses.contains(&SyncStatus::Cancelled) {
        return Err(StoreError::LeaseLost);
    }
    Ok(outcome(&statuses, &sources.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), meters))
}

/// Tries once; says so where nothing is heard of the connector for long.
async fn prepare_once(workshop: &Workshop, lease: &Lease) -> Result<PreparedSync, StoreError> {
    let mut preparing = workshop.store.prepare(lease);
    let stall = workshop.settings.stall();
    if let Ok(prepared) = timeout(stall, &mut preparing).await {
        return prepared;
    }
    let message = format!("no answer from the connector for {} s", stall.as_secs());
    let fact = Fact::new(SyncEventKind::Waiting, None, message).level(EventLevel::Warning);
    // Side by side: what is being prepared may hold the lock that the fact waits for.
    let ((), prepared) = tokio::try_join!(workshop.store.record(lease, vec![fact]), preparing)?;
    Ok(prepared)
}

/// Prolongs the lease until it is lost.
async fn beat(workshop: Arc<Workshop>, lease: Lease, board: Board, cancel: CancellationToken) {
    let mut ticks = tokio::time::interval(HEARTBEAT_PAUSE);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut last_success = tokio::time::Instant::now();
    loop {
        ticks.tick().await;
        let progress =
            meters(&board).map(|meter| meter.now()).filter(|now| now.status == SyncStatus::Running).collect();
        match workshop.store.heartbeat(&lease, workshop.settings.lease(), progress).await {
            Ok(Heartbeat::Held { cancel_requested }) => {
                last_success = tokio::time::Instant::now();
                if cancel_requested {
                    cancel.cancel();
                }
            }
            Ok(Heartbeat::Lost) => return,
            Err(error) => {
                warn!(sync.id = %lease.sync_log_id, error = %error, "the heartbeat of sync {} failed", lease.sync_log_id);
                if last_success.elapsed() > workshop.settings.lease() {
                    return;
                }
            }
        }
    }
}

/// At a shutdown, the sources stop by themselves where what they have read is durable; those that do not get there in
/// time are stopped where they are.
async fn wind_up(workshop: &Workshop, cancel: &CancellationToken, shutdown: &CancellationToken) {
    shutdown.cancelled().await;
    tokio::time::sleep(workshop.settings.wind_up()).await;
    cancel.cancel();
    std::future::pending().await
}

/// Tells the gauges that changed, at most five times a second and source.
async fn tell(workshop: Arc<Workshop>, lease: Lease, board: Board) {
    let mut told: HashMap<DataSourceId, SourceProgress> = HashMap::new();
    loop {
        for meter in meters(&board) {
            let now = meter.now();
            if now.status == SyncStatus::Running && told.get(&now.data_source_id) != Some(&now) {
                workshop.events.gauge(gauge(&lease, now.clone()));
                told.insert(now.data_source_id.clone(), now);
            }
        }
        // From when they were told, however late that was on a busy machine.
        tokio::time::sleep(GAUGE_PAUSE).await;
    }
}

fn meters(board: &Board) -> impl Iterator<Item = &Arc<Meter>> {
    board.get().into_iter().flatten()
}

fn gauge(lease: &Lease, progress: SourceProgress) -> SyncEvent {
    let Lease { workspace_id, connector_id, sync_log_id, .. } = lease.clone();
    SyncEvent::gauge(workspace_id, connector_id, sync_log_id, progress, chrono::Utc::now())
}

fn outcome(statuses: &[SyncStatus], names: &[&str], meters: &[Arc<Meter>]) -> SyncOutcome {
    let count = |wanted: SyncStatus| statuses.iter().filter(|status| **status == wanted).count();
    let (failed, cancelled) = (count(SyncStatus::Failed), count(SyncStatus::Cancelled));
    let status = if cancelled > 0 {
        SyncStatus::Cancelled
    } else if failed == 0 {
        SyncStatus::Succeeded
    } else if failed == statuses.len() {
        SyncStatus::Failed
    } else {
        SyncStatus::Partial
    };
    let failures: Vec<_> = statuses
        .iter()
        .zip(names)
        .zip(meters)
        .filter(|((status, _), _)| **status == SyncStatus::Failed)
        .map(|((_, name), meter)| (name, meter.now()))
        .collect();
    let sentence = |(name, progress): &(&&str, SourceProgress)| {
        format!("{name}: {}", progress.error_message.as_deref().unwrap_or("failed in an earlier attempt"))
    };
    SyncOutcome {
        status,
        error_message: (!failures.is_empty()).then(|| match failures.len() {
            1 => sentence(&failures[0]),
            several => format!("{several} data sources failed; {}", sentence(&failures[0])),
        }),
        error_details: (!failures.is_empty()).then(|| {
            json!({ "sources": failures.iter().map(|(name, progress)| {
                json!({ "dataSourceId": progress.data_source_id, "name": name, "error": progress.error_message })
            }).collect::<Vec<_>>() })
        }),
    }
}
