//! One sync, those that a list shows, and what all of them have read.

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect, Select};

use crate::entity::ids::{ConnectorId, SyncLogId};
use crate::entity::sync_log;
use crate::services::page::{self, Order, Page, PageRequest};
use crate::services::{ServiceError, Services, Viewer};
use crate::vocabulary::SyncStatus;

/// Which syncs a list shows; an absent part shows all.
#[derive(Clone, Debug, Default)]
pub struct SyncFilter {
    /// Only this connector's.
    pub connector_id: Option<ConnectorId>,
    /// Only in these states.
    pub status: Option<Vec<SyncStatus>>,
}

/// One sync.
///
/// # Errors
/// `NotFound`.
pub async fn get(services: &Services, viewer: &Viewer, id: &SyncLogId) -> Result<sync_log::Model, ServiceError> {
    let found = sync_log::Entity::by_id_in(&viewer.workspace_id, id).one(services.db()).await?;
    found.ok_or_else(|| ServiceError::not_found("sync log", id))
}

fn filtered(viewer: &Viewer, filter: &SyncFilter) -> Select<sync_log::Entity> {
    let mut query = sync_log::Entity::in_workspace(&viewer.workspace_id);
    if let Some(connector) = &filter.connector_id {
        query = query.filter(sync_log::Column::ConnectorId.eq(connector.clone()));
    }
    if let Some(status) = &filter.status {
        query = query.filter(sync_log::Column::Status.is_in(status.iter().copied()));
    }
    query
}

/// A page of syncs, the newest first.
///
/// # Errors
/// `BadInput` where the page makes no sense.
pub async fn list(
    services: &Services,
    viewer: &Viewer,
    filter: &SyncFilter,
    request: &PageRequest,
) -> Result<Page<sync_log::Model>, ServiceError> {
    page::read(services.db(), filtered(viewer, filter), sync_log::Column::Id, Order::NewestFirst, request).await
}

/// How many syncs the list has.
///
/// # Errors
/// Where the database fails.
pub async fn count(services: &Services, viewer: &Viewer, filter: &SyncFilter) -> Result<u64, ServiceError> {
    Ok(filtered(viewer, filter).count(services.db()).await?)
}

/// The sync of a connector that waits or runs.
pub(in crate::services) async fn live(
    db: &impl ConnectionTrait,
    connector: &ConnectorId,
) -> Result<Option<sync_log::Model>, DbErr> {
    sync_log::Entity::find()
        .filter(sync_log::Column::ConnectorId.eq(connector.clone()))
        .filter(sync_log::Column::Status.is_in([SyncStatus::Queued, SyncStatus::Running]))
        .one(db)
        .await
}

/// Rows read by all syncs on record.
///
/// # Errors
/// Where the database fails.
pub async fn rows_processed(services: &Services, viewer: &Viewer) -> Result<i64, ServiceError> {
    // PostgreSQL sums bigint to numeric.
    let sum = sync_log::Column::RecordsProcessed.sum().cast_as("bigint");
    let rows = sync_log::Entity::in_workspace(&viewer.workspace_id)
        .select_only()
        .column_as(sum, "rows")
        .into_tuple::<Option<i64>>()
        .one(services.db())
        .await?;
    Ok(rows.flatten().unwrap_or(0))
}
