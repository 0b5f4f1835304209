//! The engine's memory over our tables: its queue, its records and its cursors.
//!
//! Every write of a running sync is guarded by its lease: in the same transaction the row must still say that this
//! owner, in this epoch, runs it. Facts are appended last, in the same transaction as what they tell.

mod checkpoints;
mod claim;
mod plan;
mod runs;
mod schedules;

use std::collections::HashSet;
use std::sync::Arc;

use chrono::Utc;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};

use super::{Context, ServiceError};
use crate::engine::{Lease, StoreError};
use crate::entity::database::{WriteTransaction, begin_immediate};
use crate::entity::ids::{DataSourceId, SyncLogId};
use crate::entity::{data_extract, stored_time, sync_event, sync_log, trouble};
use crate::events::Fact;
use crate::vocabulary::SyncStatus;

/// The engine's store over our database.
pub struct DatabaseStore {
    context: Arc<Context>,
}

impl DatabaseStore {
    /// The store over what the services work with.
    pub fn new(context: Arc<Context>) -> Self {
        Self { context }
    }

    /// Begins a transaction that only the sync's owner gets.
    async fn guarded(&self, lease: &Lease) -> Result<WriteTransaction, StoreError> {
        let transaction = begin_immediate(&self.context.db).await.map_err(unavailable)?;
        let held = sync_log::Entity::update_many()
            .col_expr(sync_log::Column::UpdatedAt, Expr::value(stored_time(Utc::now())))
            .filter(sync_log::Column::Id.eq(lease.sync_log_id.clone()))
            .filter(sync_log::Column::LeaseOwner.eq(lease.owner.clone()))
            .filter(sync_log::Column::LeaseEpoch.eq(lease.epoch))
            .filter(sync_log::Column::Status.eq(SyncStatus::Running))
            .exec(&transaction)
            .await
            .map_err(unavailable)?;
        if held.rows_affected == 0 {
            transaction.rollback().await.map_err(unavailable)?;
            return Err(StoreError::LeaseLost);
        }
        Ok(transaction)
    }

    /// Appends the facts, commits, and tells.
    async fn commit(&self, transaction: WriteTransaction, lease: &Lease, facts: Vec<Fact>) -> Result<(), StoreError> {
        let has_facts = !facts.is_empty();
        let rows = facts
            .into_iter()
            .map(|fact| {
                fact.into_row(lease.workspace_id.clone(), lease.connector_id.clone(), lease.sync_log_id.clone())
            })
            .collect();
        sync_event::append(&transaction, rows).await.map_err(unavailable)?;
        transaction.commit().await.map_err(unavailable)?;
        if has_facts {
            self.context.events.grew();
        }
        Ok(())
    }
}

/// The sync got further under this owner: those that died before do not count any more.
async fn got_further(db: &impl ConnectionTrait, lease: &Lease) -> Result<(), DbErr> {
    if lease.epoch == 1 {
        return Ok(());
    }
    sync_log::Entity::update_many()
        .col_expr(sync_log::Column::TakeOvers, Expr::value(0))
        .filter(sync_log::Column::Id.eq(lease.sync_log_id.clone()))
        .filter(sync_log::Column::TakeOvers.gt(0))
        .exec(db)
        .await?;
    Ok(())
}

fn unavailable(error: DbErr) -> StoreError {
    match trouble::words(&error) {
        Some(words) => StoreError::Unavailable(format!("{words} ({error})").into()),
        None => StoreError::Unavailable(error.into()),
    }
}

fn from_service(error: ServiceError) -> StoreError {
    match error {
        ServiceError::Connector(error) => StoreError::Connector(error),
        ServiceError::Database(error) => unavailable(error),
        other => StoreError::Broken(other.into()),
    }
}

/// The files that syncs have staged for a data source and still want to commit, as paths below its table's folder.
pub(super) async fn staged_paths(db: &impl ConnectionTrait, source: &DataSourceId) -> Result<HashSet<String>, DbErr> {
    Ok(checkpoints::staged_for(db, source).await?.into_iter().map(|file| file.path).collect())
}

/// Ends the extracts of a sync that nobody will run any more.
pub(super) async fn end_extracts(
    db: &impl ConnectionTrait,
    sync_log: &SyncLogId,
    status: SyncStatus,
    error_message: Option<&str>,
) -> Result<(), DbErr> {
    use data_extract::Column;
    data_extract::Entity::update_many()
        .col_expr(Column::Status, Expr::value(status.as_str()))
        .col_expr(Column::ErrorMessage, Expr::value(error_message))
        .col_expr(Column::CompletedAt, Expr::value(stored_time(Utc::now())))
        .filter(Column::SyncLogId.eq(sync_log.clone()))
        .filter(Column::Status.is_in([SyncStatus::Queued, SyncStatus::Running]))
        .exec(db)
        .await?;
    Ok(())
}
