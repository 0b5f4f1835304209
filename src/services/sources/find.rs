//! One data source, or those that a list shows.

use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, Select};

use crate::entity::data_source;
use crate::entity::ids::{ConnectorId, DataSourceId};
use crate::services::page::{self, Order, Page, PageRequest};
use crate::services::{ServiceError, Services, Viewer, search};

/// Which data sources a list shows; an absent part shows all.
#[derive(Clone, Debug, Default)]
pub struct SourceFilter {
    /// Only this connector's.
    pub connector_id: Option<ConnectorId>,
    /// Only those with this text in their name, path or description, in any case.
    pub search: Option<String>,
}

/// One data source.
///
/// # Errors
/// `NotFound`.
pub async fn get(services: &Services, viewer: &Viewer, id: &DataSourceId) -> Result<data_source::Model, ServiceError> {
    let found = data_source::Entity::by_id_in(&viewer.workspace_id, id).one(services.db()).await?;
    found.ok_or_else(|| ServiceError::not_found("data source", id))
}

fn filtered(
    services: &Services,
    viewer: &Viewer,
    filter: &SourceFilter,
) -> Result<Select<data_source::Entity>, ServiceError> {
    let mut query = data_source::Entity::in_workspace(&viewer.workspace_id);
    if let Some(connector) = &filter.connector_id {
        query = query.filter(data_source::Column::ConnectorId.eq(connector.clone()));
    }
    if let Some(search) = &filter.search {
        let columns = [data_source::Column::Name, data_source::Column::SourcePath, data_source::Column::Description];
        query = query.filter(search::contains(services.db().get_database_backend(), search, &columns)?);
    }
    Ok(query)
}

/// A page of data sources, in the order in which they were found.
///
/// # Errors
/// `BadInput` where the page makes no sense.
pub async fn list(
    services: &Services,
    viewer: &Viewer,
    filter: &SourceFilter,
    request: &PageRequest,
) -> Result<Page<data_source::Model>, ServiceError> {
    let query = filtered(services, viewer, filter)?;
    page::read(services.db(), query, data_source::Column::Id, Order::OldestFirst, request).await
}

/// How many data sources the list has.
///
/// # Errors
/// Where the database fails.
pub async fn count(services: &Services, viewer: &Viewer, filter: &SourceFilter) -> Result<u64, ServiceError> {
    Ok(filtered(services, viewer, filter)?.count(services.db()).await?)
}
