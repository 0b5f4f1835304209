//! Old records: events, and syncs with their sources.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::database::begin_immediate;
use crate::entity::{event_expiry, stored_time, sync_event, sync_log};
use crate::services::{Context, authorisations};
use crate::vocabulary::SyncStatus;

/// Rows that are deleted in one transaction, so that no sync waits for long.
const AT_ONCE: u64 = 2_000;

/// Deletes events that are older than `keep` and returns how many. What is kept has no gap: it begins with the first
/// event of the oldest live sync at the latest, and the newest event of all stays.
pub(super) async fn expire_events(context: &Context, keep: Duration) -> Result<u64, DbErr> {
    use sync_event::Column;
    let Some(before) = ago(keep) else { return Ok(0) };
    let first_live = first_position(context, Column::SyncLogId.in_subquery(live_syncs())).await?;
    let first_young = first_position(context, Column::At.gte(before)).await?;
    let newest = context.events.newest().await?.0;
    let kept_from = [first_live, first_young].into_iter().flatten().fold(newest, Ord::min);
    let mut deleted = 0;
    loop {
        let last: Option<i64> = sync_event::Entity::find()
            .filter(Column::Position.lt(kept_from))
            .order_by_asc(Column::Position)
            .limit(AT_ONCE)
            .select_only()
            .column(Column::Position)
            .into_tuple()
            .all(&context.db)
            .await?
            .pop();
        let Some(last) = last else { return Ok(deleted) };
        let transaction = begin_immediate(&context.db).await?;
        event_expiry::Entity::move_to(&transaction, last).await?;
        let gone = sync_event::Entity::delete_many().filter(Column::Position.lte(last)).exec(&transaction).await?;
        transaction.commit().await?;
        deleted += gone.rows_affected;
    }
}

/// Deletes consents that nobody came back from.
pub(super) async fn expire_authorisations(context: &Context) -> Result<(), DbErr> {
    let transaction = begin_immediate(&context.db).await?;
    authorisations::forget_old(&transaction, Utc::now()).await?;
    transaction.commit().await
}

async fn first_position(context: &Context, of: SimpleExpr) -> Result<Option<i64>, DbErr> {
    use sync_event::Column;
    let query = sync_event::Entity::find().filter(of).order_by_asc(Column::Position).limit(1);
    query.select_only().column(Column::Position).into_tuple().one(&context.db).await
}

/// Deletes the records of syncs that ended longer than `keep` ago, but for each connector's newest. Returns how many.
pub(super) async fn expire_sync_logs(context: &Context, keep: Duration) -> Result<u64, DbErr> {
    use sync_log::Column;
    let Some(before) = ago(keep) else { return Ok(0) };
    let newest = Query::select()
        .expr(Expr::col(Column::Id).max())
        .from(sync_log::Entity)
        .group_by_col(Column::ConnectorId)
        .take();
    let mut deleted = 0;
    loop {
        let transaction = begin_immediate(&context.db).await?;
        let old: Vec<String> = sync_log::Entity::find()
            .filter(Column::CompletedAt.lt(before))
            .filter(Column::Id.not_in_subquery(newest.clone()))
            .limit(AT_ONCE / 10)
            .select_only()
            .column(Column::Id)
            .into_tuple()
            .all(&transaction)
            .await?;
        if old.is_empty() {
            return Ok(deleted);
        }
        let gone = sync_log::Entity::delete_many().filter(Column::Id.is_in(old)).exec(&transaction).await?;
        transaction.commit().await?;
        deleted += gone.rows_affected;
    }
}

fn live_syncs() -> SelectStatement {
    Query::select()
        .column(sync_log::Column::Id)
        .from(sync_log::Entity)
        .and_where(
            Expr::col(sync_log::Column::Status).is_in([SyncStatus::Queued.as_str(), SyncStatus::Running.as_str()]),
        )
        .take()
}

/// The moment `keep` ago; none where that is before all time.
fn ago(keep: Duration) -> Option<DateTime<Utc>> {
    let keep = chrono::Duration::from_std(keep).ok()?;
    Utc::now().checked_sub_signed(keep).map(stored_time)
}
