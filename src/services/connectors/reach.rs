//! A connector's status while somebody reaches for its other end, and afterwards. While a sync runs, it tells of that.

use std::time::Duration;

use chrono::Utc;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Set};

use crate::entity::database::begin_immediate;
use crate::entity::{connector, stored_time};
use crate::services::{Context, ServiceError};
use crate::vocabulary::ConnectorStatus;

/// How long it is reached for, at the most: whoever was at it for longer has died.
pub(in crate::services) const PATIENCE: Duration = Duration::from_secs(900);

/// It is being reached for from now on.
pub(in crate::services) async fn begin(context: &Context, row: &connector::Model) -> Result<(), ServiceError> {
    set(context, row, ConnectorStatus::Connecting, None).await?;
    Ok(())
}

/// It was reached, or was not, for this reason.
pub(in crate::services) async fn end(
    context: &Context,
    row: &connector::Model,
    failure: Option<String>,
) -> Result<connector::Model, ServiceError> {
    let status = if failure.is_some() { ConnectorStatus::Error } else { ConnectorStatus::Connected };
    set(context, row, status, failure).await
}

async fn set(
    context: &Context,
    row: &connector::Model,
    status: ConnectorStatus,
    message: Option<String>,
) -> Result<connector::Model, ServiceError> {
    let transaction = begin_immediate(&context.db).await?;
    // The row as it is now: meanwhile a sync may have begun, or somebody may have removed it.
    let now_row = connector::Entity::by_id_in(&row.workspace_id, &row.id).lock_exclusive().one(&transaction).await?;
    let now_row = now_row.ok_or_else(|| ServiceError::not_found("connector", &row.id))?;
    let is_syncing = now_row.status == ConnectorStatus::Syncing;
    let mut change = now_row.into_active_model();
    if !is_syncing {
        change.status = Set(status);
        change.status_message = Set(message);
    }
    change.updated_at = Set(stored_time(Utc::now()));
    let changed = change.update(&transaction).await?;
    transaction.commit().await?;
    context.events.connector_changed(&changed);
    Ok(changed)
}

/// Takes back what processes said that died while they reached for a connector; returns how many there were.
pub(in crate::services) async fn give_up_dead(context: &Context) -> Result<u64, DbErr> {
    use connector::Column;
    let now = Utc::now();
    let given_up = connector::Entity::update_many()
        .col_expr(Column::Status, Expr::value(ConnectorStatus::Disconnected.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(stored_time(now)))
        .filter(Column::Status.eq(ConnectorStatus::Connecting))
        .filter(Column::UpdatedAt.lt(stored_time(now - PATIENCE)))
        .exec(&context.db)
        .await?;
    Ok(given_up.rows_affected)
}
