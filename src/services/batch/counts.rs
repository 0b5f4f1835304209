//! How many there are of something.

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect, Select};

use super::pages::{events, syncs_in};
use crate::entity::ids::{ConnectorId, ConversationId, DataSourceId, SyncLogId, WorkflowId, WorkspaceId};
use crate::entity::{answer, data_extract, data_source, sync_event, sync_log, workflow_run};
use crate::services::{ServiceError, Services};
use crate::vocabulary::{SyncEventKind, SyncStatus};

/// How many stored facts of these kinds each sync has.
///
/// # Errors
/// Where the database fails.
pub async fn events_count(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[SyncLogId],
    kinds: Option<&[SyncEventKind]>,
) -> Result<HashMap<SyncLogId, u64>, ServiceError> {
    use sync_event::Column;
    let query = events(workspace, kinds).filter(Column::SyncLogId.is_in(ids.iter().cloned()));
    counted(services, query, Column::SyncLogId, Column::Position).await
}

/// How many data sources each connector has.
///
/// # Errors
/// Where the database fails.
pub async fn sources_count(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[ConnectorId],
) -> Result<HashMap<ConnectorId, u64>, ServiceError> {
    use data_source::Column;
    let query = data_source::Entity::in_workspace(workspace).filter(Column::ConnectorId.is_in(ids.iter().cloned()));
    counted(services, query, Column::ConnectorId, Column::Id).await
}

/// How many syncs each connector has.
///
/// # Errors
/// Where the database fails.
pub async fn syncs_count(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[ConnectorId],
    status: Option<&[SyncStatus]>,
) -> Result<HashMap<ConnectorId, u64>, ServiceError> {
    use sync_log::Column;
    let query = syncs_in(workspace, status).filter(Column::ConnectorId.is_in(ids.iter().cloned()));
    counted(services, query, Column::ConnectorId, Column::Id).await
}

/// How many extracts each data source has.
///
/// # Errors
/// Where the database fails.
pub async fn extracts_count(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[DataSourceId],
) -> Result<HashMap<DataSourceId, u64>, ServiceError> {
    use data_extract::Column;
    let query = data_extract::Entity::in_workspace(workspace).filter(Column::DataSourceId.is_in(ids.iter().cloned()));
    counted(services, query, Column::DataSourceId, Column::Id).await
}

/// How many answers each conversation keeps.
///
/// # Errors
/// Where the database fails.
pub async fn answers_count(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[ConversationId],
) -> Result<HashMap<ConversationId, u64>, ServiceError> {
    use answer::Column;
    let query = answer::Entity::in_workspace(workspace).filter(Column::ConversationId.is_in(ids.iter().cloned()));
    counted(services, query, Column::ConversationId, Column::Id).await
}

/// How many runs each workflow has.
///
/// # Errors
/// Where the database fails.
pub async fn runs_count(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[WorkflowId],
) -> Result<HashMap<WorkflowId, u64>, ServiceError> {
    use workflow_run::Column;
    let query = workflow_run::Entity::in_workspace(workspace).filter(Column::WorkflowId.is_in(ids.iter().cloned()));
    counted(services, query, Column::WorkflowId, Column::Id).await
}

async fn counted<E, C, K>(
    services: &Services,
    query: Select<E>,
    parent: C,
    id: C,
) -> Result<HashMap<K, u64>, ServiceError>
where
    E: EntityTrait,
    C: ColumnTrait,
    K: sea_orm::TryGetable + Eq + Hash,
{
    let rows: Vec<(K, i64)> = query
        .select_only()
        .column(parent)
        .column_as(id.count(), "count")
        .group_by(parent)
        .into_tuple()
        .all(services.db())
        .await?;
    Ok(rows.into_iter().map(|(key, count)| (key, u64::try_from(count).unwrap_or(0))).collect())
}
