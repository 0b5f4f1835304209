//! A page of a list for each of many parents.

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::sea_query::{Expr, ExprTrait, JoinType, ValueTuple};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, PartialModelTrait, QueryFilter, QuerySelect, QueryTrait, Select, Value,
};

use crate::entity::ids::{ConnectorId, ConversationId, DataSourceId, SyncLogId, WorkflowId, WorkspaceId};
use crate::entity::{answer, data_extract, data_source, sync_event, sync_log, workflow_run};
use crate::events::{EventCursor, SyncEvent};
use crate::services::page::{self, Order, Page, PageRequest, Window};
use crate::services::{ServiceError, Services, syncs};
use crate::vocabulary::{SyncEventKind, SyncStatus};

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

/// A page of data sources of each connector, in brief.
///
/// # Errors
/// Where the database fails.
pub async fn sources_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[ConnectorId],
    window: &Window,
) -> Result<HashMap<ConnectorId, Page<data_source::Brief>>, ServiceError> {
    use data_source::Column;
    let list = List { parent: Column::ConnectorId, id: Column::Id, order: Order::OldestFirst };
    let query = data_source::Entity::in_workspace(workspace);
    pages(services, query, list, ids, window, |row: &data_source::Brief| row.connector_id.clone()).await
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
    let list = List { parent: Column::ConnectorId, id: Column::Id, order: Order::NewestFirst };
    pages(services, syncs_in(workspace, status), list, ids, window, |row: &sync_log::Model| row.connector_id.clone())
        .await
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
    let list = List { parent: Column::DataSourceId, id: Column::Id, order: Order::NewestFirst };
    let query = data_extract::Entity::in_workspace(workspace);
    pages(services, query, list, ids, window, |row: &data_extract::Model| row.data_source_id.clone()).await
}

/// A page of answers of each conversation, the oldest first.
///
/// # Errors
/// Where the database fails.
pub async fn answers_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[ConversationId],
    window: &Window,
) -> Result<HashMap<ConversationId, Page<answer::Model>>, ServiceError> {
    use answer::Column;
    let list = List { parent: Column::ConversationId, id: Column::Id, order: Order::OldestFirst };
    let query = answer::Entity::in_workspace(workspace);
    pages(services, query, list, ids, window, |row: &answer::Model| row.conversation_id.clone()).await
}

/// The newest run of each workflow.
///
/// # Errors
/// Where the database fails.
pub async fn latest_runs(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[WorkflowId],
) -> Result<HashMap<WorkflowId, workflow_run::Model>, ServiceError> {
    let newest = Window { size: 1, from_end: false, after: None, before: None };
    let pages = runs_of(services, workspace, ids, &newest).await?;
    Ok(pages.into_iter().filter_map(|(id, page)| Some((id, page.items.into_iter().next()?))).collect())
}

/// A page of runs of each workflow, the newest first.
///
/// # Errors
/// Where the database fails.
pub async fn runs_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[WorkflowId],
    window: &Window,
) -> Result<HashMap<WorkflowId, Page<workflow_run::Model>>, ServiceError> {
    use workflow_run::Column;
    let list = List { parent: Column::WorkflowId, id: Column::Id, order: Order::NewestFirst };
    let query = workflow_run::Entity::in_workspace(workspace);
    pages(services, query, list, ids, window, |row: &workflow_run::Model| row.workflow_id.clone()).await
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
    let list = List { parent: Column::SyncLogId, id: Column::Position, order: Order::OldestFirst };
    let mut query = events(workspace, kinds);
    if let Some(after) = window.after {
        query = query.filter(Column::Position.gt(after.0));
    }
    // The cursor of an event is no row's id, so the window has no bounds of its own.
    let all = Window { size: window.size, from_end: false, after: None, before: None };
    let pages = pages(services, query, list, ids, &all, |row: &sync_event::Model| row.sync_log_id.clone()).await?;
    let has_previous = window.after.is_some();
    let told = |page: Page<sync_event::Model>| Page { has_previous, ..page.map(SyncEvent::from) };
    Ok(pages.into_iter().map(|(id, page)| (id, told(page))).collect())
}

/// The syncs of a workspace that are in these statuses.
pub(super) fn syncs_in(workspace: &WorkspaceId, status: Option<&[SyncStatus]>) -> Select<sync_log::Entity> {
    let query = sync_log::Entity::in_workspace(workspace);
    match status {
        Some(status) => query.filter(sync_log::Column::Status.is_in(status.iter().copied())),
        None => query,
    }
}

/// The facts of a workspace that are of these kinds.
pub(super) fn events(workspace: &WorkspaceId, kinds: Option<&[SyncEventKind]>) -> Select<sync_event::Entity> {
    let query = sync_event::Entity::in_workspace(workspace);
    match kinds {
        Some(kinds) => query.filter(sync_event::Column::Kind.is_in(kinds.iter().copied())),
        None => query,
    }
}

/// A list that each parent has of its own.
struct List<C> {
    /// The column that names the parent.
    parent: C,
    /// The column in whose order the list is.
    id: C,
    order: Order,
}

/// A page of each parent's list, of its rows what `M` holds, by one statement that looks only at the rows of the pages: an index over parent and id
/// leads to them, however long the lists are.
async fn pages<E, M, C, K>(
    services: &Services,
    query: Select<E>,
    List { parent, id, order }: List<C>,
    parents: &[K],
    window: &Window,
    parent_of: impl Fn(&M) -> K,
) -> Result<HashMap<K, Page<M>>, ServiceError>
where
    E: EntityTrait,
    M: PartialModelTrait + Send + Sync,
    C: ColumnTrait,
    K: Clone + Eq + Hash + Into<Value>,
{
    let mut by_parent: HashMap<K, Vec<M>> = parents.iter().map(|parent| (parent.clone(), Vec::new())).collect();
    if parents.is_empty() {
        return Ok(HashMap::new());
    }
    let backend = services.db().get_database_backend();
    let of_parent = Expr::col(parent.as_column_ref()).equals(("parents", "column1"));
    let of_page = window.cut(query.filter(of_parent), id, order).select_only().column(id).into_query();
    let mut rows = M::select_cols(E::find().select_only()).into_query();
    rows.from_values(parents.iter().map(|parent| ValueTuple::One(parent.clone().into())), "parents");
    // PostgreSQL does not look up a list that depends on another table, and SQLite knows no LATERAL.
    if backend == DbBackend::Postgres {
        rows.join_lateral(JoinType::InnerJoin, of_page, "of_page", Expr::val(true));
        rows.and_where(Expr::col(id.as_column_ref()).equals(("of_page", id)));
    } else {
        rows.and_where(Expr::col(id.as_column_ref()).in_subquery(of_page));
    }
    rows.order_by(id.as_column_ref(), window.direction(order));
    let rows = E::find().from_raw_sql(backend.build(&rows)).into_model::<M>();
    for row in rows.all(services.db()).await? {
        by_parent.entry(parent_of(&row)).or_default().push(row);
    }
    Ok(by_parent.into_iter().map(|(parent, rows)| (parent, page::page(rows, window))).collect())
}
