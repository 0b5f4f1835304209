//! What is known of data sources and syncs besides their rows.

use std::collections::{HashMap, HashSet};

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::Value;

use crate::entity::ids::{DataSourceId, SyncLogId, WorkspaceId};
use crate::entity::{checkpoint, data_source, schema_version, sync_log, sync_log_source};
use crate::events::SourceProgress;
use crate::services::{ServiceError, Services};
use crate::vocabulary::SyncStatus;

/// The cursor of each data source's newest committed checkpoint. One that was reset has none.
///
/// # Errors
/// Where the database fails.
pub async fn checkpoints(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[DataSourceId],
) -> Result<HashMap<DataSourceId, Value>, ServiceError> {
    let newest = Expr::col((checkpoint::Entity, checkpoint::Column::Sequence))
        .eq(Expr::col((data_source::Entity, data_source::Column::Sequence)));
    let rows = checkpoint::Entity::find()
        .inner_join(data_source::Entity)
        .filter(data_source::Column::WorkspaceId.eq(workspace.clone()))
        .filter(checkpoint::Column::DataSourceId.is_in(ids.iter().cloned()))
        .filter(newest)
        .all(services.db())
        .await?;
    let is_set = |cursor: &Value| !cursor.is_null() && cursor.as_object().is_none_or(|fields| !fields.is_empty());
    let set = rows.into_iter().filter(|row| is_set(&row.state));
    Ok(set.map(|row| (row.data_source_id, row.state)).collect())
}

/// How far the data sources of each sync are, in their order: as of this moment where this process runs the sync, as of
/// the last heartbeat elsewhere, and without a rate where no more of them come.
///
/// # Errors
/// Where the database fails.
pub async fn progress(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[SyncLogId],
) -> Result<HashMap<SyncLogId, Vec<SourceProgress>>, ServiceError> {
    let rows = sync_log_source::Entity::find()
        .inner_join(sync_log::Entity)
        .filter(sync_log::Column::WorkspaceId.eq(workspace.clone()))
        .filter(sync_log_source::Column::SyncLogId.is_in(ids.iter().cloned()))
        .order_by_asc(sync_log_source::Column::Position)
        .all(services.db())
        .await?;
    let mut found: HashMap<SyncLogId, Vec<SourceProgress>> = HashMap::new();
    let mut gauges: HashMap<SyncLogId, HashMap<DataSourceId, SourceProgress>> =
        ids.iter().map(|id| (id.clone(), services.events().newest_gauges(id))).collect();
    let running: HashSet<SyncLogId> =
        rows.iter().filter(|row| row.status == SyncStatus::Running).map(|row| row.sync_log_id.clone()).collect();
    let silent = services.events().silent_among(running).await?;
    for row in rows {
        let sync = row.sync_log_id.clone();
        let stored = SourceProgress::from(row);
        let stored = if silent.contains(&sync) { stored.of_nobody() } else { stored };
        let gauge = gauges.get_mut(&sync).and_then(|gauges| gauges.remove(&stored.data_source_id));
        // How a source has ended is stored before its gauges are forgotten.
        let now = gauge.filter(|_| stored.status == SyncStatus::Running).unwrap_or(stored);
        found.entry(sync).or_default().push(now);
    }
    Ok(found)
}

/// How the columns of each data source changed, the oldest version first.
///
/// # Errors
/// Where the database fails.
pub async fn schema_versions(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[DataSourceId],
) -> Result<HashMap<DataSourceId, Vec<schema_version::Model>>, ServiceError> {
    let rows = schema_version::Entity::find()
        .inner_join(data_source::Entity)
        .filter(data_source::Column::WorkspaceId.eq(workspace.clone()))
        .filter(schema_version::Column::DataSourceId.is_in(ids.iter().cloned()))
        .order_by_asc(schema_version::Column::Version)
        .all(services.db())
        .await?;
    let mut found: HashMap<DataSourceId, Vec<schema_version::Model>> = HashMap::new();
    for row in rows {
        found.entry(row.data_source_id.clone()).or_default().push(row);
    }
    Ok(found)
}
