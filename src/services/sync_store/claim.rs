//! The queue: claim, prolong and give back.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::json;

use super::{DatabaseStore, unavailable};
use crate::engine::{ClaimedSync, Heartbeat, Lease, RunsHere, StoreError};
use crate::entity::database::{self, begin_immediate};
use crate::entity::ids::SyncLogId;
use crate::entity::{connector, lease_end, stored_time, sync_log, sync_log_source};
use crate::events::{Fact, SourceProgress};
use crate::vocabulary::{ConnectorStatus, SyncEventKind, SyncStatus};

/// Syncs that are looked at for one that can be claimed.
const LOOKED_AT: u64 = 20;

impl DatabaseStore {
    pub(super) async fn claim_next(
        &self,
        owner: &str,
        lease: Duration,
        runs_here: &RunsHere<'_>,
    ) -> Result<Option<ClaimedSync>, StoreError> {
        let db = &self.context.db;
        self.let_go_of_unheard().await?;
        // Most looks find nothing, and must not take the write lock for that.
        let now = database::now(db).await.map_err(unavailable)?;
        let found = claimable(now).all(db).await.map_err(unavailable)?;
        if found.iter().all(|row| runs_here(&row.id)) {
            return Ok(None);
        }
        let transaction = begin_immediate(db).await.map_err(unavailable)?;
        let mut next = claimable(now);
        if transaction.get_database_backend() == DbBackend::Postgres {
            next = next.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        let found = next.all(&transaction).await.map_err(unavailable)?;
        // Who is only late to prolong its lease does so soon, or leaves; then is the time to look again.
        let Some(row) = found.into_iter().find(|row| !runs_here(&row.id)) else { return Ok(None) };
        let was_running = row.status == SyncStatus::Running;
        let (attempt, epoch) = (row.attempt + 1, row.lease_epoch + 1);
        // An owner that gave the sync back has taken its name off.
        let take_overs = row.take_overs + i32::from(was_running && row.lease_owner.is_some());
        let started_at = row.started_at.unwrap_or_else(|| stored_time(now));
        let before = row.lease_owner.clone();
        let mut change = row.into_active_model();
        change.status = Set(SyncStatus::Running);
        change.attempt = Set(attempt);
        change.take_overs = Set(take_overs);
        change.lease_owner = Set(Some(owner.to_owned()));
        change.lease_epoch = Set(epoch);
        change.lease_expires_at = Set(Some(lease_end(now, lease)));
        change.started_at = Set(Some(started_at));
        change.updated_at = Set(stored_time(now));
        let row = change.update(&transaction).await.map_err(unavailable)?;
        connector::Entity::update_many()
            .col_expr(connector::Column::Status, Expr::value(ConnectorStatus::Syncing.as_str()))
            .col_expr(connector::Column::StatusMessage, Expr::value(Option::<String>::None))
            .filter(connector::Column::Id.eq(row.connector_id.clone()))
            .exec(&transaction)
            .await
            .map_err(unavailable)?;
        if was_running {
            forget_pace(&transaction, &row.id).await.map_err(unavailable)?;
        }
        let lease = Lease {
            sync_log_id: row.id,
            workspace_id: row.workspace_id,
            connector_id: row.connector_id,
            owner: owner.to_owned(),
            epoch,
        };
        let words = if was_running { "goes on from the last checkpoint, with a new owner" } else { "runs" };
        let fact = Fact::new(SyncEventKind::State, None, format!("the sync {words}"))
            .status(SyncStatus::Running)
            .details(json!({ "attempt": attempt, "takenOverFrom": before.filter(|_| was_running) }));
        self.commit(transaction, &lease, vec![fact]).await?;
        Ok(Some(ClaimedSync { lease, attempt, take_overs: u32::try_from(take_overs).unwrap_or(0) }))
    }

    pub(super) async fn prolong(
        &self,
        lease: &Lease,
        duration: Duration,
        progress: Vec<SourceProgress>,
    ) -> Result<Heartbeat, StoreError> {
        let transaction = match self.guarded(lease).await {
            Ok(transaction) => transaction,
            Err(StoreError::LeaseLost) => return Ok(Heartbeat::Lost),
            Err(error) => return Err(error),
        };
        let now = database::now(&*transaction).await.map_err(unavailable)?;
        // By the clock of this process, as its facts have it.
        let written_at = stored_time(Utc::now());
        for progress in progress {
            write_progress(&transaction, lease, progress, written_at).await.map_err(unavailable)?;
        }
        let row =
            sync_log::Entity::find_by_id(lease.sync_log_id.clone()).one(&transaction).await.map_err(unavailable)?;
        let Some(row) = row else { return Ok(Heartbeat::Lost) };
        let cancel_requested = row.cancel_requested;
        let mut change = row.into_active_model();
        change.lease_expires_at = Set(Some(lease_end(now, duration)));
        change.update(&transaction).await.map_err(unavailable)?;
        self.commit(transaction, lease, Vec::new()).await?;
        Ok(Heartbeat::Held { cancel_requested })
    }

    pub(super) async fn give_back(&self, lease: &Lease) -> Result<(), StoreError> {
        let transaction = self.guarded(lease).await?;
        sync_log::Entity::update_many()
            .col_expr(sync_log::Column::LeaseOwner, Expr::value(Option::<String>::None))
            .col_expr(sync_log::Column::LeaseExpiresAt, Expr::value(Option::<DateTime<Utc>>::None))
            .filter(sync_log::Column::Id.eq(lease.sync_log_id.clone()))
            .exec(&transaction)
            .await
            .map_err(unavailable)?;
        forget_pace(&transaction, &lease.sync_log_id).await.map_err(unavailable)?;
        let fact = Fact::new(SyncEventKind::Log, None, "handed back at a shutdown; goes on from the last checkpoint");
        self.commit(transaction, lease, vec![fact]).await
    }

    /// Lets go of syncs that are to stop, and of whose process nothing is heard: whoever takes them over ends them before their
    /// leases do. A process that was only slow finds its lease lost, and was to stop anyway.
    async fn let_go_of_unheard(&self) -> Result<(), StoreError> {
        use sync_log::Column;
        let db = &self.context.db;
        let is_to_stop =
            Condition::all().add(Column::Status.eq(SyncStatus::Running)).add(Column::CancelRequested.eq(true));
        let rows = sync_log::Entity::find()
            .filter(is_to_stop.clone())
            .filter(Column::LeaseExpiresAt.is_not_null())
            .all(db)
            .await
            .map_err(unavailable)?;
        let ids: Vec<SyncLogId> = rows.iter().map(|row| row.id.clone()).collect();
        let unheard = self.context.events.silent_among(ids).await.map_err(unavailable)?;
        for row in rows.into_iter().filter(|row| unheard.contains(&row.id)) {
            sync_log::Entity::update_many()
                .col_expr(Column::LeaseOwner, Expr::value(Option::<String>::None))
                .col_expr(Column::LeaseExpiresAt, Expr::value(Option::<DateTime<Utc>>::None))
                .filter(is_to_stop.clone())
                .filter(Column::Id.eq(row.id))
                // Nobody has taken it over meanwhile.
                .filter(Column::LeaseEpoch.eq(row.lease_epoch))
                .exec(db)
                .await
                .map_err(unavailable)?;
        }
        Ok(())
    }

    /// Lets go of every running sync. Only for the owner of the data folder's lock, which proves that whoever ran
    /// them is dead; several processes on one PostgreSQL wait for the leases instead.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn release_dead(&self) -> Result<u64, StoreError> {
        let released = sync_log::Entity::update_many()
            .col_expr(sync_log::Column::LeaseExpiresAt, Expr::value(Option::<DateTime<Utc>>::None))
            .filter(sync_log::Column::Status.eq(SyncStatus::Running))
            .exec(&self.context.db)
            .await
            .map_err(unavailable)?;
        Ok(released.rows_affected)
    }
}

/// The next sync that waits, or whose owner has fallen silent; the longest waiting first.
fn claimable(now: DateTime<Utc>) -> sea_orm::Select<sync_log::Entity> {
    use sync_log::Column;
    let now = stored_time(now);
    let waits = Condition::all()
        .add(Column::Status.eq(SyncStatus::Queued))
        .add(Condition::any().add(Column::NotBefore.is_null()).add(Column::NotBefore.lte(now)));
    let is_silent = Condition::all()
        .add(Column::Status.eq(SyncStatus::Running))
        .add(Condition::any().add(Column::LeaseExpiresAt.is_null()).add(Column::LeaseExpiresAt.lt(now)));
    sync_log::Entity::find()
        .filter(Condition::any().add(waits).add(is_silent))
        .order_by_asc(Column::QueuedAt)
        .order_by_asc(Column::Id)
        .limit(LOOKED_AT)
}

/// Writes down how far a data source is: for other processes, and for whoever goes on where this one dies.
pub(super) async fn write_progress(
    db: &impl ConnectionTrait,
    lease: &Lease,
    progress: SourceProgress,
    written_at: DateTime<Utc>,
) -> Result<(), DbErr> {
    use sync_log_source::Column;
    sync_log_source::Entity::update_many()
        .col_expr(Column::Phase, Expr::value(progress.phase))
        .col_expr(Column::Rows, Expr::value(signed(progress.rows)))
        .col_expr(Column::Bytes, Expr::value(signed(progress.bytes)))
        .col_expr(Column::Rejected, Expr::value(signed(progress.rejected)))
        .col_expr(Column::EstimatedRows, Expr::value(progress.estimated_rows.map(signed)))
        .col_expr(Column::Percent, Expr::value(progress.percent))
        .col_expr(Column::RowsPerSecond, Expr::value(progress.rows_per_second))
        .col_expr(Column::EtaSeconds, Expr::value(progress.eta_seconds))
        .col_expr(Column::WaitingReason, Expr::value(progress.waiting_reason))
        .col_expr(Column::UpdatedAt, Expr::value(written_at))
        .filter(Column::SyncLogId.eq(lease.sync_log_id.clone()))
        .filter(Column::DataSourceId.eq(progress.data_source_id))
        // It may have ended since it was looked at.
        .filter(Column::Status.eq(SyncStatus::Running))
        .exec(db)
        .await?;
    Ok(())
}

/// How fast a sync was, and what it waited for, says nothing of who reads it next.
async fn forget_pace(db: &impl ConnectionTrait, id: &SyncLogId) -> Result<(), DbErr> {
    use sync_log_source::Column;
    sync_log_source::Entity::update_many()
        .col_expr(Column::RowsPerSecond, Expr::value(Option::<f64>::None))
        .col_expr(Column::EtaSeconds, Expr::value(Option::<f64>::None))
        .col_expr(Column::WaitingReason, Expr::value(Option::<String>::None))
        .filter(Column::SyncLogId.eq(id.clone()))
        .filter(Column::Status.eq(SyncStatus::Running))
        .exec(db)
        .await?;
    Ok(())
}

/// Counts never reach the top of what the databases hold.
pub(super) fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
