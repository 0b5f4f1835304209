//! One connector, or those that a list shows.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, PaginatorTrait, QueryFilter, QuerySelect, Select};

use crate::entity::connector;
use crate::entity::ids::{ConnectorId, WorkspaceId};
use crate::query::near_names;
use crate::sdk::ConnectorType;
use crate::services::page::{self, Order, Page, PageRequest, Window};
use crate::services::{ServiceError, Services, Viewer, search};
use crate::vocabulary::ConnectorStatus;

/// Connectors that one statement names, which a database lets have only so many parameters.
const AT_ONCE: usize = 500;
/// Slugs that an unknown one is compared with.
const MOST_COMPARED: u64 = 10_000;

/// Which connectors a list shows; an absent part shows all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConnectorFilter {
    /// Only these types.
    pub types: Option<Vec<ConnectorType>>,
    /// Only in these states.
    pub status: Option<Vec<ConnectorStatus>>,
    /// Only those with this text in their name, slug or description, in any case.
    pub search: Option<String>,
}

/// One connector.
///
/// # Errors
/// `NotFound`.
pub async fn get(services: &Services, viewer: &Viewer, id: &ConnectorId) -> Result<connector::Model, ServiceError> {
    find(services.db(), viewer, id).await
}

/// One connector, as `db` sees it.
pub(in crate::services) async fn find(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    id: &ConnectorId,
) -> Result<connector::Model, ServiceError> {
    let found = connector::Entity::by_id_in(&viewer.workspace_id, id).one(db).await?;
    found.ok_or_else(|| ServiceError::not_found("connector", id))
}

/// These connectors of the workspace as they are now, in this order, without those that are gone.
///
/// # Errors
/// Where the database fails.
pub async fn as_they_are(
    services: &Services,
    viewer: &Viewer,
    ids: &[ConnectorId],
) -> Result<Vec<connector::Model>, ServiceError> {
    let mut found: HashMap<ConnectorId, connector::Model> = HashMap::new();
    for ids in ids.chunks(AT_ONCE) {
        let query = connector::Entity::in_workspace(&viewer.workspace_id);
        let rows = query.filter(connector::Column::Id.is_in(ids.iter().cloned())).all(services.db()).await?;
        found.extend(rows.into_iter().map(|row| (row.id.clone(), row)));
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// One connector, whose row nobody else changes until the transaction ends.
pub(in crate::services) async fn locked(
    transaction: &impl ConnectionTrait,
    viewer: &Viewer,
    id: &ConnectorId,
) -> Result<connector::Model, ServiceError> {
    let query = connector::Entity::by_id_in(&viewer.workspace_id, id);
    let found = query.lock_exclusive().one(transaction).await?;
    found.ok_or_else(|| ServiceError::not_found("connector", id))
}

/// One connector by its id or its slug.
///
/// # Errors
/// `NotFound`, naming slugs that are near.
pub async fn by_id_or_slug(services: &Services, viewer: &Viewer, key: &str) -> Result<connector::Model, ServiceError> {
    if let Ok(id) = key.parse::<ConnectorId>() {
        return get(services, viewer, &id).await;
    }
    let query = connector::Entity::in_workspace(&viewer.workspace_id).filter(connector::Column::Slug.eq(key));
    match query.one(services.db()).await? {
        Some(found) => Ok(found),
        None => Err(unknown(services, viewer, key).await?),
    }
}

async fn unknown(services: &Services, viewer: &Viewer, key: &str) -> Result<ServiceError, ServiceError> {
    let slugs = connector::Entity::in_workspace(&viewer.workspace_id).select_only().column(connector::Column::Slug);
    let slugs: Vec<String> = slugs.limit(MOST_COMPARED).into_tuple().all(services.db()).await?;
    let near = near_names(key, slugs.iter().map(String::as_str));
    let hint = (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")));
    Ok(ServiceError::NotFound { kind: "connector", id: key.to_owned(), hint })
}

fn filtered(
    services: &Services,
    workspace: &WorkspaceId,
    filter: &ConnectorFilter,
) -> Result<Select<connector::Entity>, ServiceError> {
    let mut query = connector::Entity::in_workspace(workspace);
    if let Some(types) = &filter.types {
        query = query.filter(connector::Column::ConnectorType.is_in(types.iter().copied()));
    }
    if let Some(status) = &filter.status {
        query = query.filter(connector::Column::Status.is_in(status.iter().copied()));
    }
    if let Some(search) = &filter.search {
        let columns = [connector::Column::Name, connector::Column::Slug, connector::Column::Description];
        query = query.filter(search::contains(services.db().get_database_backend(), search, &columns)?);
    }
    Ok(query)
}

/// A page of the workspace's connectors, the oldest first.
///
/// # Errors
/// `BadInput` where the page makes no sense.
pub async fn list(
    services: &Services,
    viewer: &Viewer,
    filter: &ConnectorFilter,
    request: &PageRequest,
) -> Result<Page<connector::Model>, ServiceError> {
    windowed(services, &viewer.workspace_id, filter, &request.window()?).await
}

/// The same of a window that was checked.
///
/// # Errors
/// `BadInput` where the search makes no sense.
pub async fn windowed(
    services: &Services,
    workspace: &WorkspaceId,
    filter: &ConnectorFilter,
    window: &Window,
) -> Result<Page<connector::Model>, ServiceError> {
    let query = filtered(services, workspace, filter)?;
    let rows = window.cut(query, connector::Column::Id, Order::OldestFirst).all(services.db()).await?;
    Ok(page::page(rows, window))
}

/// How many connectors the list has.
///
/// # Errors
/// Where the database fails.
pub async fn count(services: &Services, viewer: &Viewer, filter: &ConnectorFilter) -> Result<u64, ServiceError> {
    Ok(filtered(services, &viewer.workspace_id, filter)?.count(services.db()).await?)
}
