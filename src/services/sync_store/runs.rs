//! The record of a running sync: its sources, its facts, its end.

use std::time::Duration;

use async_trait::async_trait;
use chrono::Utc;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, Set,
};
use serde_json::json;
use tracing::info;

use super::claim::signed;
use super::{DatabaseStore, end_extracts, got_further, unavailable};
use crate::engine::{
    ClaimedSync, Heartbeat, Lease, MissedFirings, PreparedSync, RunStore, RunsHere, SourceOutcome, SourcePlan,
    StoreError, SyncOutcome,
};
use crate::entity::{connector, data_extract, data_source, staged_file, stored_time, sync_log, sync_log_source};
use crate::events::{Fact, SourceProgress};
use crate::query::printable;
use crate::sdk::counted;
use crate::services::extracts;
use crate::vocabulary::{ConnectorStatus, EventLevel, SyncEventKind, SyncStatus};

/// The code of a source that is not there.
const NOT_FOUND: &str = "NOT_FOUND";

#[async_trait]
impl RunStore for DatabaseStore {
    async fn claim(
        &self,
        owner: &str,
        lease: Duration,
        runs_here: &RunsHere<'_>,
    ) -> Result<Option<ClaimedSync>, StoreError> {
        self.claim_next(owner, lease, runs_here).await
    }

    async fn prepare(&self, lease: &Lease) -> Result<PreparedSync, StoreError> {
        self.plan(lease).await
    }

    async fn heartbeat(
        &self,
        lease: &Lease,
        duration: Duration,
        progress: Vec<SourceProgress>,
    ) -> Result<Heartbeat, StoreError> {
        self.prolong(lease, duration, progress).await
    }

    async fn record(&self, lease: &Lease, facts: Vec<Fact>) -> Result<(), StoreError> {
        let transaction = self.guarded(lease).await?;
        self.commit(transaction, lease, facts).await
    }

    async fn source_started(&self, lease: &Lease, source: &SourcePlan) -> Result<(), StoreError> {
        let transaction = self.guarded(lease).await?;
        self.start_source(&transaction, lease, source).await.map_err(unavailable)?;
        let fact = Fact::new(SyncEventKind::State, Some(&source.id), format!("{} is being read", source.name))
            .status(SyncStatus::Running);
        self.commit(transaction, lease, vec![fact]).await
    }

    async fn source_finished(&self, lease: &Lease, outcome: SourceOutcome) -> Result<(), StoreError> {
        let transaction = self.guarded(lease).await?;
        end_source(&transaction, lease, &outcome).await.map_err(unavailable)?;
        got_further(&transaction, lease).await.map_err(unavailable)?;
        let end = source_fact(&outcome);
        let facts = outcome.warnings.into_iter().chain([end]).collect();
        self.commit(transaction, lease, facts).await
    }

    async fn finish(&self, lease: &Lease, outcome: SyncOutcome) -> Result<(), StoreError> {
        let transaction = self.guarded(lease).await?;
        let ended = end_sync(&transaction, lease, &outcome).await.map_err(unavailable)?;
        let (level, words) = match outcome.status {
            SyncStatus::Succeeded => (EventLevel::Info, "the sync is done".to_owned()),
            SyncStatus::Cancelled => (EventLevel::Warning, "the sync was cancelled; the last commits stay".to_owned()),
            _ => (EventLevel::Error, outcome.error_message.clone().unwrap_or_else(|| "the sync failed".to_owned())),
        };
        let mut fact = Fact::new(SyncEventKind::State, None, words).level(level).status(outcome.status);
        fact.details = outcome.error_details;
        self.commit(transaction, lease, vec![fact]).await?;
        if let Some(ended) = ended {
            tell_the_log(&ended);
        }
        Ok(())
    }

    async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        self.give_back(lease).await
    }

    async fn fire_schedules(&self, missed: MissedFirings) -> Result<usize, StoreError> {
        self.queue_scheduled(missed).await
    }
}

impl DatabaseStore {
    async fn start_source(&self, db: &DatabaseTransaction, lease: &Lease, source: &SourcePlan) -> Result<(), DbErr> {
        let now = stored_time(Utc::now());
        let extract = data_extract::Entity::find()
            .filter(data_extract::Column::SyncLogId.eq(lease.sync_log_id.clone()))
            .filter(data_extract::Column::DataSourceId.eq(source.id.clone()))
            .one(db)
            .await?;
        let mut extract = match extract {
            Some(extract) => extract.into_active_model(),
            None => {
                let row = data_source::Entity::find_by_id(source.id.clone()).one(db).await?;
                let log = sync_log::Entity::find_by_id(lease.sync_log_id.clone()).one(db).await?;
                let missing = || DbErr::RecordNotFound(format!("{} was removed while it was synced", source.name));
                let (row, log) = row.zip(log).ok_or_else(missing)?;
                let extract = extracts::queued(&row, &log, source.extract_type, None, &self.context.lake);
                extract.insert(db).await?.into_active_model()
            }
        };
        extract.status = Set(SyncStatus::Running);
        if extract.started_at.as_ref().is_none() {
            extract.started_at = Set(Some(now));
        }
        let extract = extract.update(db).await?;
        use sync_log_source::Column;
        sync_log_source::Entity::update_many()
            .col_expr(Column::Status, Expr::value(SyncStatus::Running.as_str()))
            .col_expr(Column::Phase, Expr::value("connecting"))
            .col_expr(Column::ExtractId, Expr::value(extract.id.as_str()))
            .col_expr(Column::RowsPerSecond, Expr::value(Option::<f64>::None))
            .col_expr(Column::EtaSeconds, Expr::value(Option::<f64>::None))
            .col_expr(Column::Attempt, Expr::col(Column::Attempt).add(1))
            .col_expr(Column::StartedAt, Expr::value(extract.started_at))
            .col_expr(Column::UpdatedAt, Expr::value(now))
            .filter(Column::SyncLogId.eq(lease.sync_log_id.clone()))
            .filter(Column::DataSourceId.eq(source.id.clone()))
            .exec(db)
            .await?;
        Ok(())
    }
}

async fn end_source(db: &DatabaseTransaction, lease: &Lease, outcome: &SourceOutcome) -> Result<(), DbErr> {
    let now = stored_time(Utc::now());
    let progress = &outcome.progress;
    let found = sync_log_source::Entity::find_by_id((lease.sync_log_id.clone(), progress.data_source_id.clone()))
        .one(db)
        .await?;
    let Some(row) = found else { return Ok(()) };
    let extract_id = row.extract_id.clone();
    let mut change = row.into_active_model();
    change.status = Set(progress.status);
    change.phase = Set(progress.phase.clone());
    change.rows = Set(signed(progress.rows));
    change.bytes = Set(signed(progress.bytes));
    change.estimated_rows = Set(progress.estimated_rows.map(signed));
    change.percent = Set(progress.percent);
    change.rows_per_second = Set(None);
    change.eta_seconds = Set(None);
    change.waiting_reason = Set(None);
    change.error_message = Set(progress.error_message.clone());
    change.error_code = Set(outcome.error_code.clone());
    change.records_added = Set(signed(outcome.extracted.added));
    change.records_updated = Set(signed(outcome.extracted.updated));
    change.records_deleted = Set(signed(outcome.extracted.deleted));
    change.rejected = Set(signed(outcome.extracted.rejected));
    change.completed_at = Set(Some(now));
    change.updated_at = Set(now);
    change.update(db).await?;
    let source = data_source::Entity::find_by_id(progress.data_source_id.clone()).one(db).await?;
    if let Some(source) = &source {
        note_whether_missing(db, source, outcome).await?;
    }
    let extract = match extract_id {
        Some(id) => data_extract::Entity::find_by_id(id).one(db).await?,
        None => None,
    };
    if let (Some(source), Some(extract)) = (source, extract) {
        let columns = source.columns.as_array().map(Vec::len).and_then(|count| i32::try_from(count).ok());
        let mut change = extract.into_active_model();
        change.status = Set(progress.status);
        change.row_count = Set(Some(signed(progress.rows)));
        change.byte_size = Set(source.byte_size);
        change.column_count = Set(columns);
        change.table_version = Set(source.table_version);
        change.error_message = Set(progress.error_message.clone());
        change.completed_at = Set(Some(now));
        change.update(db).await?;
    }
    Ok(())
}

/// What was not found is told by the sync that missed it first; later ones leave it out until it is there again.
async fn note_whether_missing(
    db: &DatabaseTransaction,
    source: &data_source::Model,
    outcome: &SourceOutcome,
) -> Result<(), DbErr> {
    let missing_since = match (outcome.error_code.as_deref(), source.missing_since) {
        (Some(NOT_FOUND), None) => Some(stored_time(Utc::now())),
        (None, Some(_)) if outcome.progress.status == SyncStatus::Succeeded => None,
        _ => return Ok(()),
    };
    let mut change = source.clone().into_active_model();
    change.missing_since = Set(missing_since);
    change.update(db).await?;
    Ok(())
}

fn source_fact(outcome: &SourceOutcome) -> Fact {
    let (progress, extracted) = (&outcome.progress, &outcome.extracted);
    let (level, words) = match progress.status {
        SyncStatus::Succeeded => (EventLevel::Info, format!("read {}", counted(progress.rows, "row", "rows"))),
        SyncStatus::Cancelled => (EventLevel::Warning, "cancelled".to_owned()),
        _ => (EventLevel::Error, progress.error_message.clone().unwrap_or_else(|| "failed".to_owned())),
    };
    Fact::new(SyncEventKind::State, Some(&progress.data_source_id), words)
        .level(level)
        .status(progress.status)
        .details(json!({ "added": extracted.added, "updated": extracted.updated, "deleted": extracted.deleted,
            "rejected": extracted.rejected, "code": outcome.error_code }))
        .progress(progress.clone())
}

/// The sync log as it ended, and the name of its connector; nothing where it was removed meanwhile.
async fn end_sync(
    db: &impl ConnectionTrait,
    lease: &Lease,
    outcome: &SyncOutcome,
) -> Result<Option<(sync_log::Model, String)>, DbErr> {
    let now = stored_time(Utc::now());
    let of_this_sync = sync_log_source::Column::SyncLogId.eq(lease.sync_log_id.clone());
    let sources = sync_log_source::Entity::find().filter(of_this_sync.clone()).all(db).await?;
    let was_reached = sources.iter().any(|source| source.started_at.is_some());
    let mut totals = [0i64; 5];
    for source in sources {
        let parts = [source.rows, source.bytes, source.records_added, source.records_updated, source.records_deleted];
        for (total, part) in totals.iter_mut().zip(parts) {
            *total += part;
        }
    }
    // A sync that could not be set up has failed for all its sources.
    let unreached = if outcome.status == SyncStatus::Failed { SyncStatus::Failed } else { SyncStatus::Cancelled };
    sync_log_source::Entity::update_many()
        .col_expr(sync_log_source::Column::Status, Expr::value(unreached.as_str()))
        .col_expr(sync_log_source::Column::ErrorMessage, Expr::value(outcome.error_message.clone()))
        .col_expr(sync_log_source::Column::Phase, Expr::value("done"))
        .col_expr(sync_log_source::Column::WaitingReason, Expr::value(Option::<String>::None))
        .col_expr(sync_log_source::Column::CompletedAt, Expr::value(now))
        .filter(of_this_sync)
        .filter(sync_log_source::Column::Status.is_in([SyncStatus::Queued, SyncStatus::Running]))
        .exec(db)
        .await?;
    end_extracts(db, &lease.sync_log_id, unreached, outcome.error_message.as_deref()).await?;
    staged_file::Entity::delete_many()
        .filter(staged_file::Column::SyncLogId.eq(lease.sync_log_id.clone()))
        .exec(db)
        .await?;
    let Some(log) = sync_log::Entity::find_by_id(lease.sync_log_id.clone()).one(db).await? else { return Ok(None) };
    let mut change = log.into_active_model();
    let [rows, bytes, added, updated, deleted] = totals;
    change.status = Set(outcome.status);
    change.records_processed = Set(rows);
    change.bytes_processed = Set(bytes);
    change.records_added = Set(added);
    change.records_updated = Set(updated);
    change.records_deleted = Set(deleted);
    change.error_message = Set(outcome.error_message.clone());
    change.error_details = Set(outcome.error_details.clone());
    change.lease_owner = Set(None);
    change.lease_expires_at = Set(None);
    change.completed_at = Set(Some(now));
    change.updated_at = Set(now);
    let log = change.update(db).await?;
    let status = match outcome.status {
        SyncStatus::Failed | SyncStatus::Partial => ConnectorStatus::Error,
        SyncStatus::Cancelled if !was_reached => ConnectorStatus::Disconnected,
        _ => ConnectorStatus::Connected,
    };
    connector::Entity::update_many()
        .col_expr(connector::Column::Status, Expr::value(status.as_str()))
        .col_expr(connector::Column::StatusMessage, Expr::value(outcome.error_message.clone()))
        .col_expr(connector::Column::LastSyncAt, Expr::value(now))
        .col_expr(connector::Column::UpdatedAt, Expr::value(now))
        .filter(connector::Column::Id.eq(lease.connector_id.clone()))
        .exec(db)
        .await?;
    let connector = connector::Entity::find_by_id(lease.connector_id.clone()).one(db).await?;
    Ok(connector.map(|connector| (log, connector.name)))
}

/// One line for whoever looks after the server.
fn tell_the_log((log, connector): &(sync_log::Model, String)) {
    let read = counted(u64::try_from(log.records_processed).unwrap_or_default(), "row", "rows");
    let took = log.started_at.zip(log.completed_at).map(|(from, to)| (to - from).as_seconds_f64()).unwrap_or_default();
    let end = match log.status {
        SyncStatus::Succeeded => "is done",
        SyncStatus::Cancelled => "was cancelled",
        SyncStatus::Partial => "failed in part",
        _ => "failed",
    };
    let reason = log.error_message.as_ref().map(|reason| format!("; {}", printable(reason))).unwrap_or_default();
    let connector = printable(connector);
    info!(sync.id = %log.id, "the sync of {connector} {end}: {read} read in {took:.1} s{reason}");
}
