//! Reads for many at once, one statement each: what GraphQL's loaders call so that nested queries stay flat.

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Query, SelectStatement, WindowStatement};
use sea_orm::{ColumnTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use serde_json::Value;

use super::page::{self, Order, Page, PageRequest, Window};
use super::{ServiceError, Services, syncs};
use crate::entity::ids::{ConnectorId, DataExtractId, DataSourceId, SyncLogId, WorkspaceId};
use crate::entity::{
    checkpoint, connector, data_extract, data_source, schema_version, sync_event, sync_log, sync_log_source,
};
use crate::events::{EventCursor, SourceProgress, SyncEvent};
use crate::vocabulary::{SyncEventKind, SyncStatus};

/// Connectors by id; those that are not in the workspace are left out.
///
/// # Errors
/// Where the database fails, as for all functions here.
pub async fn connectors(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[ConnectorId],
) -> Result<HashMap<ConnectorId, connector::Model>, ServiceError> {
    let query = connector::Entity::in_workspace(workspace).filter(connector::Column::Id.is_in(ids.iter().cloned()));
    Ok(query.all(services.db()).await?.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// Data sources by id.
///
/// # Errors
/// Where the database fails.
pub async fn data_sources(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[DataSourceId],
) -> Result<HashMap<DataSourceId, data_source::Model>, ServiceError> {
    let query = data_source::Entity::in_workspace(workspace).filter(data_source::Column::Id.is_in(ids.iter().cloned()));
    Ok(query.all(services.db()).await?.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// Sync logs by id.
///
/// # Errors
/// Where the database fails.
pub async fn sync_logs(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[SyncLogId],
) -> Result<HashMap<SyncLogId, sync_log::Model>, ServiceError> {
    let query = sync_log::Entity::in_workspace(workspace).filter(sync_log::Column::Id.is_in(ids.iter().cloned()));
    Ok(query.all(services.db()).await?.into_iter().map(|row| (row.id.clone(), row)).collect())
}

/// Data extracts by id.
///
/// # Errors
/// Where the database fails.
pub async fn data_extracts(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[DataExtractId],
) -> Result<HashMap<DataExtractId, data_extract::Model>, ServiceError> {
    let query =
        data_extract::Entity::in_workspace(workspace).filter(data_extract::Column::Id.is_in(ids.iter().cloned()));
    Ok(query.all(services.db()).await?.into_iter().map(|row| (row.id.clone(), row)).collect())
}

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

/// The newest sync of each connector.
///
/// # Errors
/// Where the database fails.
pub async fn latest_syncs(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[ConnectorId],
) -> Result<HashMap<ConnectorId, sync_log::Model>, ServiceError> {
    let newest = Window { size: 1, from_end: false, after: None, before: None };
    let pages = syncs_of(services, workspace, ids, None, &newest).await?;
    Ok(pages.into_iter().filter_map(|(id, page)| Some((id, page.items.into_iter().next()?))).collect())
}

/// How far the data sources of each sync are, in their order: as of this moment where this process runs the sync, as of
/// the last heartbeat elsewhere.
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
    for row in rows {
        let sync = row.sync_log_id.clone();
        let stored = SourceProgress::from(row);
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

/// A page of data sources of each connector.
///
/// # Errors
/// Where the database fails.
pub async fn sources_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[ConnectorId],
    window: &Window,
) -> Result<HashMap<ConnectorId, Page<data_source::Model>>, ServiceError> {
    use data_source::Column;
    let query = data_source::Entity::in_workspace(workspace).filter(Column::ConnectorId.is_in(ids.iter().cloned()));
    let columns = (Column::ConnectorId, Column::Id);
    let rows = windowed(services, query, columns, Order::OldestFirst, window).await?;
    Ok(pages(ids, rows, |row| row.connector_id.clone(), window))
}

/// A page of syncs of each connector, the newest first.
///
/// # Errors
/// Where the database fails.
pub async fn syncs_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[ConnectorId],
    status: Option<&[SyncStatus]>,
    window: &Window,
) -> Result<HashMap<ConnectorId, Page<sync_log::Model>>, ServiceError> {
    use sync_log::Column;
    let mut query = sync_log::Entity::in_workspace(workspace).filter(Column::ConnectorId.is_in(ids.iter().cloned()));
    if let Some(status) = status {
        query = query.filter(Column::Status.is_in(status.iter().copied()));
    }
    let columns = (Column::ConnectorId, Column::Id);
    let rows = windowed(services, query, columns, Order::NewestFirst, window).await?;
    Ok(pages(ids, rows, |row| row.connector_id.clone(), window))
}

/// A page of extracts of each data source, the newest first.
///
/// # Errors
/// Where the database fails.
pub async fn extracts_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[DataSourceId],
    window: &Window,
) -> Result<HashMap<DataSourceId, Page<data_extract::Model>>, ServiceError> {
    use data_extract::Column;
    let query = data_extract::Entity::in_workspace(workspace).filter(Column::DataSourceId.is_in(ids.iter().cloned()));
    let columns = (Column::DataSourceId, Column::Id);
    let rows = windowed(services, query, columns, Order::NewestFirst, window).await?;
    Ok(pages(ids, rows, |row| row.data_source_id.clone(), window))
}

/// Which facts of a sync are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventWindow {
    /// How many facts.
    size: u64,
    /// Behind this place.
    after: Option<EventCursor>,
}

impl EventWindow {
    /// The first so many facts, behind the cursor of one.
    ///
    /// # Errors
    /// `BadInput` where a number or cursor makes no sense, `LimitExceeded` where too many facts are asked for.
    pub fn of(first: Option<i32>, after: Option<&str>) -> Result<Self, ServiceError> {
        let size = PageRequest { first, ..PageRequest::default() }.window()?.size;
        Ok(Self { size, after: after.map(syncs::read_cursor).transpose()? })
    }
}

/// A page of the facts of each sync, in commit order.
///
/// # Errors
/// Where the database fails.
pub async fn events_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[SyncLogId],
    kinds: Option<&[SyncEventKind]>,
    window: &EventWindow,
) -> Result<HashMap<SyncLogId, Page<SyncEvent>>, ServiceError> {
    use sync_event::Column;
    let mut query = events(workspace, ids, kinds);
    if let Some(after) = window.after {
        query = query.filter(Column::Position.gt(after.0));
    }
    // The cursor of an event is no row's id, so the window has no bounds of its own.
    let all = Window { size: window.size, from_end: false, after: None, before: None };
    let columns = (Column::SyncLogId, Column::Position);
    let rows: Vec<sync_event::Model> = windowed(services, query, columns, Order::OldestFirst, &all).await?;
    let pages = pages(ids, rows, |row| row.sync_log_id.clone(), &all);
    let has_previous = window.after.is_some();
    let told = |page: Page<sync_event::Model>| Page { has_previous, ..page.map(SyncEvent::from) };
    Ok(pages.into_iter().map(|(id, page)| (id, told(page))).collect())
}

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
    counted(services, events(workspace, ids, kinds), Column::SyncLogId, Column::Position).await
}

fn events(workspace: &WorkspaceId, ids: &[SyncLogId], kinds: Option<&[SyncEventKind]>) -> Select<sync_event::Entity> {
    use sync_event::Column;
    let query = sync_event::Entity::in_workspace(workspace).filter(Column::SyncLogId.is_in(ids.iter().cloned()));
    match kinds {
        Some(kinds) => query.filter(Column::Kind.is_in(kinds.iter().copied())),
        None => query,
    }
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
    let mut query = sync_log::Entity::in_workspace(workspace).filter(Column::ConnectorId.is_in(ids.iter().cloned()));
    if let Some(status) = status {
        query = query.filter(Column::Status.is_in(status.iter().copied()));
    }
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

/// The rows of a window for every parent, by one statement: each parent's rows are numbered in the window's direction.
async fn windowed<E, M, C>(
    services: &Services,
    query: Select<E>,
    (parent, id): (C, C),
    order: Order,
    window: &Window,
) -> Result<Vec<M>, ServiceError>
where
    E: EntityTrait<Model = M>,
    M: FromQueryResult + Send + Sync,
    C: ColumnTrait,
{
    let newest_first = order == Order::NewestFirst;
    let mut query = query;
    if let Some(after) = &window.after {
        query = query.filter(if newest_first { id.lt(after.clone()) } else { id.gt(after.clone()) });
    }
    if let Some(before) = &window.before {
        query = query.filter(if newest_first { id.gt(before.clone()) } else { id.lt(before.clone()) });
    }
    let descending = newest_first != window.from_end;
    let direction = if descending { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    let mut numbered: SelectStatement = query.into_query();
    let mut place = WindowStatement::partition_by(parent.as_column_ref());
    place.order_by(id.as_column_ref(), direction);
    numbered.expr_window_as(Expr::cust("ROW_NUMBER()"), place, Alias::new("place"));
    let size = i64::try_from(window.size).unwrap_or(i64::MAX).saturating_add(1);
    let outer = Query::select()
        .column(Asterisk)
        .from_subquery(numbered, Alias::new("numbered"))
        .and_where(Expr::col(Alias::new("place")).lte(size))
        .order_by(Alias::new("place"), sea_orm::Order::Asc)
        .to_owned();
    let statement = services.db().get_database_backend().build(&outer);
    Ok(E::find().from_raw_sql(statement).all(services.db()).await?)
}

fn pages<K: Clone + Eq + Hash, M>(
    parents: &[K],
    rows: Vec<M>,
    parent_of: impl Fn(&M) -> K,
    window: &Window,
) -> HashMap<K, Page<M>> {
    let mut by_parent: HashMap<K, Vec<M>> = parents.iter().map(|parent| (parent.clone(), Vec::new())).collect();
    for row in rows {
        by_parent.entry(parent_of(&row)).or_default().push(row);
    }
    by_parent.into_iter().map(|(parent, rows)| (parent, page::page(rows, window))).collect()
}
