//! Data extracts: the record of each extraction of a data source.

use chrono::Utc;
use sea_orm::{ColumnTrait, PaginatorTrait, QueryFilter, Select, Set};
use serde_json::Value;

use super::page::{self, Order, Page, PageRequest};
use super::syncs::{self, SyncRequest};
use super::{Role, ServiceError, Services, Viewer, sources};
use crate::entity::ids::{DataExtractId, DataSourceId};
use crate::entity::{data_extract, data_source, stored_time, sync_log};
use crate::lake::Lake;
use crate::vocabulary::{ExtractType, SyncStatus, SyncTrigger};

/// One extract.
///
/// # Errors
/// `NotFound`.
pub async fn get(
    services: &Services,
    viewer: &Viewer,
    id: &DataExtractId,
) -> Result<data_extract::Model, ServiceError> {
    let found = data_extract::Entity::by_id_in(&viewer.workspace_id, id).one(services.db()).await?;
    found.ok_or_else(|| ServiceError::not_found("data extract", id))
}

fn filtered(viewer: &Viewer, of: Option<&DataSourceId>) -> Select<data_extract::Entity> {
    let query = data_extract::Entity::in_workspace(&viewer.workspace_id);
    match of {
        Some(source) => query.filter(data_extract::Column::DataSourceId.eq(source.clone())),
        None => query,
    }
}

/// A page of extracts, the newest first.
///
/// # Errors
/// `BadInput` where the page makes no sense.
pub async fn list(
    services: &Services,
    viewer: &Viewer,
    of: Option<&DataSourceId>,
    request: &PageRequest,
) -> Result<Page<data_extract::Model>, ServiceError> {
    page::read(services.db(), filtered(viewer, of), data_extract::Column::Id, Order::NewestFirst, request).await
}

/// How many extracts the list has.
///
/// # Errors
/// Where the database fails.
pub async fn count(services: &Services, viewer: &Viewer, of: Option<&DataSourceId>) -> Result<u64, ServiceError> {
    Ok(filtered(viewer, of).count(services.db()).await?)
}

/// Queues a sync of one data source and returns its extract with it.
///
/// # Errors
/// As [`syncs::start`].
pub async fn trigger(
    services: &Services,
    viewer: &Viewer,
    id: &DataSourceId,
    extract_type: ExtractType,
    config: Option<Value>,
) -> Result<(data_extract::Model, sync_log::Model), ServiceError> {
    viewer.require(Role::Editor)?;
    let source = sources::get(services, viewer, id).await?;
    let request = SyncRequest {
        connector_id: source.connector_id.clone(),
        data_source_ids: Some(vec![id.clone()]),
        extract_type: Some(extract_type),
        trigger: SyncTrigger::Manual,
        config,
    };
    let sync_log = syncs::start(services, viewer, request).await?;
    let mine = filtered(viewer, Some(id)).filter(data_extract::Column::SyncLogId.eq(sync_log.id.clone()));
    let extract = mine.one(services.db()).await?;
    let extract = extract.ok_or_else(|| ServiceError::not_found("data extract of", &sync_log.id))?;
    Ok((extract, sync_log))
}

/// The extract of a data source that a sync will read.
pub(super) fn queued(
    source: &data_source::Model,
    sync_log: &sync_log::Model,
    extract_type: ExtractType,
    config: Option<Value>,
    lake: &Lake,
) -> data_extract::ActiveModel {
    data_extract::ActiveModel {
        id: Set(DataExtractId::generate()),
        workspace_id: Set(source.workspace_id.clone()),
        data_source_id: Set(source.id.clone()),
        sync_log_id: Set(Some(sync_log.id.clone())),
        workflow_id: Set(None),
        extract_type: Set(extract_type),
        status: Set(SyncStatus::Queued),
        data_format: Set("delta".to_owned()),
        data_file_path: Set(Some(lake.location(&source.lake_path))),
        table_version: Set(None),
        row_count: Set(None),
        column_count: Set(None),
        byte_size: Set(None),
        config: Set(config),
        started_at: Set(None),
        completed_at: Set(None),
        error_message: Set(None),
        created_at: Set(stored_time(Utc::now())),
    }
}
