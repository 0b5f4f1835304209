//! Data sources: find, discover, tune, reset and remove them.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::Schema;
use chrono::Utc;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, PaginatorTrait, QueryFilter, QuerySelect,
    Select, Set,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::{self, Order, Page, PageRequest};
use super::{Role, ServiceError, Services, Viewer, connectors, discovery, queries, settings};
use crate::engine::{Column, Presence, rejected_path};
use crate::entity::ids::{ConnectorId, DataSourceId};
use crate::entity::{checkpoint, data_source, stored_time, sync_log, sync_log_source};
use crate::query::QueryOutput;
use crate::sdk::CatalogSource;
use crate::vocabulary::{ExtractType, SchemaPolicy, SyncStatus, WriteMode};

/// The most rows of a preview.
const MAX_PREVIEW: i32 = 1000;

/// Which data sources a list shows; an absent part shows all.
#[derive(Clone, Debug, Default)]
pub struct SourceFilter {
    /// Only this connector's.
    pub connector_id: Option<ConnectorId>,
    /// Only those with this text in their name, path or description, in any case.
    pub search: Option<String>,
}

/// A data source that discovery did not find.
#[derive(Clone, Debug)]
pub struct NewSource {
    /// The connector that reads it.
    pub connector_id: ConnectorId,
    /// The connector's word for its kind.
    pub source_type: String,
    /// Where it is at the source.
    pub source_path: String,
    /// Its name and settings.
    pub changes: SourceChanges,
}

/// What is to be changed; an absent part is left alone, an inner `None` clears.
#[derive(Clone, Debug, Default)]
pub struct SourceChanges {
    /// What people call it.
    pub name: Option<String>,
    /// What it holds.
    pub description: Option<Option<String>>,
    /// The source's names of the columns that identify a row.
    pub primary_key: Option<Vec<String>>,
    /// The source's name of the column that only grows.
    pub cursor_field: Option<Option<String>>,
    /// How much a sync reads.
    pub extract_type: Option<ExtractType>,
    /// What the rows do to the table.
    pub write_mode: Option<WriteMode>,
    /// What happens when the columns change.
    pub schema_policy: Option<SchemaPolicy>,
    /// How far before the last cursor the next sync starts, in seconds.
    pub lookback_seconds: Option<i32>,
    /// Whether a full load deletes what is gone at the source.
    pub detect_deletes: Option<bool>,
    /// Rejected rows above which it fails.
    pub reject_limit: Option<i64>,
    /// Whether it is used at all.
    pub is_active: Option<bool>,
    /// Whether a sync of the connector includes it.
    pub sync_enabled: Option<bool>,
}

/// One data source.
///
/// # Errors
/// `NotFound`.
pub async fn get(services: &Services, viewer: &Viewer, id: &DataSourceId) -> Result<data_source::Model, ServiceError> {
    let found = data_source::Entity::by_id_in(&viewer.workspace_id, id).one(services.db()).await?;
    found.ok_or_else(|| ServiceError::NotFound { kind: "data source", id: id.to_string() })
}

fn filtered(viewer: &Viewer, filter: &SourceFilter) -> Select<data_source::Entity> {
    let mut query = data_source::Entity::in_workspace(&viewer.workspace_id);
    if let Some(connector) = &filter.connector_id {
        query = query.filter(data_source::Column::ConnectorId.eq(connector.clone()));
    }
    if let Some(search) = &filter.search {
        let columns = [data_source::Column::Name, data_source::Column::SourcePath, data_source::Column::Description];
        query = query.filter(connectors::contains(search, &columns));
    }
    query
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
    page::read(services.db(), filtered(viewer, filter), data_source::Column::Id, Order::OldestFirst, request).await
}

/// How many data sources the list has.
///
/// # Errors
/// Where the database fails.
pub async fn count(services: &Services, viewer: &Viewer, filter: &SourceFilter) -> Result<u64, ServiceError> {
    Ok(filtered(viewer, filter).count(services.db()).await?)
}

/// Looks what the connector can read; adds what is new, refreshes what is known, returns all.
///
/// # Errors
/// The connector's, if it fails.
pub async fn discover(
    services: &Services,
    viewer: &Viewer,
    connector: &ConnectorId,
) -> Result<Vec<data_source::Model>, ServiceError> {
    viewer.require(Role::Editor)?;
    let row = connectors::get(services, viewer, connector).await?;
    let opened = settings::open(&services.context, &row)?;
    discovery::discover(&services.context, &row, opened.as_ref()).await
}

/// Adds a data source that discovery did not find.
///
/// # Errors
/// `Conflict` where the connector has one with this path, `BadInput` where the settings make no sense.
pub async fn create(services: &Services, viewer: &Viewer, new: NewSource) -> Result<data_source::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    let connector = connectors::get(services, viewer, &new.connector_id).await?;
    let taken: Vec<(String, String)> = data_source::Entity::in_workspace(&viewer.workspace_id)
        .filter(data_source::Column::ConnectorId.eq(connector.id.clone()))
        .select_only()
        .columns([data_source::Column::SourcePath, data_source::Column::Slug])
        .into_tuple()
        .all(services.db())
        .await?;
    if taken.iter().any(|(path, _)| *path == new.source_path) {
        let message = format!("{} has a data source at {} already", connector.name, new.source_path);
        return Err(ServiceError::Conflict { message, hint: Some("change that one with updateDataSource".to_owned()) });
    }
    if new.source_path.trim().is_empty() {
        return Err(ServiceError::bad_input("sourcePath", "must not be empty"));
    }
    let name = new.changes.name.clone().unwrap_or_else(|| new.source_path.clone());
    let found = CatalogSource {
        sql_name: name.clone(),
        name,
        source_type: new.source_type,
        source_path: new.source_path,
        description: None,
        schema: Arc::new(Schema::empty()),
        primary_key: Vec::new(),
        cursor_field: None,
        estimated_rows: None,
        details: Value::Null,
    };
    let mut slugs: HashSet<String> = taken.into_iter().map(|(_, slug)| slug).collect();
    let mut row = discovery::fresh(&connector, found, &mut slugs);
    apply(&mut row, new.changes)?;
    check(&row)?;
    Ok(row.insert(services.db()).await?)
}

/// Changes a data source's settings. Another cursor, key or write mode counts from the next sync.
///
/// # Errors
/// `NotFound`, or `BadInput` with the path of what is wrong.
pub async fn update(
    services: &Services,
    viewer: &Viewer,
    id: &DataSourceId,
    changes: SourceChanges,
) -> Result<data_source::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    let mut row = get(services, viewer, id).await?.into_active_model();
    apply(&mut row, changes)?;
    check(&row)?;
    row.updated_at = Set(stored_time(Utc::now()));
    Ok(row.update(services.db()).await?)
}

fn apply(row: &mut data_source::ActiveModel, changes: SourceChanges) -> Result<(), ServiceError> {
    fn set<T: Into<sea_orm::Value>>(field: &mut sea_orm::ActiveValue<T>, value: Option<T>) {
        if let Some(value) = value {
            *field = Set(value);
        }
    }
    if changes.name.as_ref().is_some_and(|name| name.trim().is_empty()) {
        return Err(ServiceError::bad_input("name", "must not be empty"));
    }
    set(&mut row.name, changes.name);
    set(&mut row.description, changes.description);
    set(&mut row.primary_key, changes.primary_key.map(|key| json!(key)));
    set(&mut row.cursor_field, changes.cursor_field);
    set(&mut row.extract_type, changes.extract_type);
    set(&mut row.write_mode, changes.write_mode);
    set(&mut row.schema_policy, changes.schema_policy);
    set(&mut row.lookback_seconds, changes.lookback_seconds);
    set(&mut row.detect_deletes, changes.detect_deletes);
    set(&mut row.reject_limit, changes.reject_limit);
    set(&mut row.is_active, changes.is_active);
    set(&mut row.sync_enabled, changes.sync_enabled);
    Ok(())
}

/// Refuses settings that contradict one another, before a sync stumbles over them.
fn check(row: &data_source::ActiveModel) -> Result<(), ServiceError> {
    let known: Vec<Column> = serde_json::from_value(row.columns.clone().unwrap()).unwrap_or_default();
    let key: Vec<String> = serde_json::from_value(row.primary_key.clone().unwrap()).unwrap_or_default();
    let cursor = row.cursor_field.clone().unwrap();
    let names = || known.iter().map(|column| column.source_name.as_str()).collect::<Vec<_>>().join(", ");
    let is_unknown = |name: &String| !known.is_empty() && !known.iter().any(|column| column.source_name == *name);
    if let Some(name) = key.iter().find(|name| is_unknown(name)) {
        return Err(ServiceError::bad_input("primaryKey", format!("there is no column {name} (known: {})", names())));
    }
    if let Some(name) = cursor.as_ref().filter(|name| is_unknown(name)) {
        return Err(ServiceError::bad_input("cursorField", format!("there is no column {name} (known: {})", names())));
    }
    if *row.write_mode.as_ref() == WriteMode::Merge && key.is_empty() {
        return Err(ServiceError::bad_input(
            "primaryKey",
            "writeMode MERGE needs the columns that identify a row; set primaryKey too",
        ));
    }
    if *row.lookback_seconds.as_ref() < 0 {
        return Err(ServiceError::bad_input("lookbackSeconds", "must not be negative"));
    }
    if *row.reject_limit.as_ref() < 0 {
        return Err(ServiceError::bad_input("rejectLimit", "must not be negative"));
    }
    Ok(())
}

/// Removes a data source; its lake table stays unless `drop_data`. Discovery finds it again.
///
/// # Errors
/// `NotFound`, or `Conflict` while it is synced.
pub async fn delete(
    services: &Services,
    viewer: &Viewer,
    id: &DataSourceId,
    drop_data: bool,
) -> Result<(), ServiceError> {
    viewer.require(Role::Editor)?;
    let row = get(services, viewer, id).await?;
    refuse_while_synced(services, &row).await?;
    row.clone().delete(services.db()).await?;
    if drop_data {
        drop_tables(services, &row).await?;
    }
    Ok(())
}

/// Forgets the checkpoint: the next sync reads everything.
///
/// # Errors
/// `NotFound`, or `Conflict` while it is synced.
pub async fn reset(
    services: &Services,
    viewer: &Viewer,
    id: &DataSourceId,
) -> Result<data_source::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    let row = get(services, viewer, id).await?;
    refuse_while_synced(services, &row).await?;
    // The rows stay for their sequences, which the lake table knows; what they vouched for is forgotten.
    checkpoint::Entity::update_many()
        .col_expr(checkpoint::Column::Cursor, sea_orm::sea_query::Expr::value(json!({})))
        .filter(checkpoint::Column::DataSourceId.eq(id.clone()))
        .exec(services.db())
        .await?;
    get(services, viewer, &row.id).await
}

async fn refuse_while_synced(services: &Services, row: &data_source::Model) -> Result<(), ServiceError> {
    let live = sync_log_source::Entity::find()
        .filter(sync_log_source::Column::DataSourceId.eq(row.id.clone()))
        .inner_join(sync_log::Entity)
        .filter(sync_log::Column::Status.is_in([SyncStatus::Queued, SyncStatus::Running]))
        .one(services.db())
        .await?;
    match live {
        Some(live) => Err(ServiceError::Conflict {
            message: format!("{} is being synced by {}", row.name, live.sync_log_id),
            hint: Some("cancel the sync first, or wait for its end".to_owned()),
        }),
        None => Ok(()),
    }
}

/// The columns of its lake table, as the last sync or discovery saw them.
pub fn columns(row: &data_source::Model) -> Vec<Column> {
    lake_columns(&row.columns)
}

/// The columns of a lake table out of what the `columns` of a row hold: not those that are at the source only.
pub fn lake_columns(stored: &Value) -> Vec<Column> {
    let all: Vec<Column> = Vec::deserialize(stored).unwrap_or_default();
    all.into_iter().filter(|column| column.presence != Presence::Source).collect()
}

/// The source's names of the columns that identify a row.
pub fn primary_key(row: &data_source::Model) -> Vec<String> {
    serde_json::from_value(row.primary_key.clone()).unwrap_or_default()
}

/// The first rows of the lake table.
///
/// # Errors
/// `NotFound` where it was never synced.
pub async fn preview(
    services: &Services,
    viewer: &Viewer,
    id: &DataSourceId,
    limit: i32,
) -> Result<QueryOutput, ServiceError> {
    if !(0..=MAX_PREVIEW).contains(&limit) {
        return Err(ServiceError::bad_input("limit", format!("must be between 0 and {MAX_PREVIEW}")));
    }
    let row = get(services, viewer, id).await?;
    if row.sequence == 0 {
        return Err(ServiceError::NotFound { kind: "lake table of", id: format!("{}: sync it first", row.name) });
    }
    let statement = queries::select_all(services, viewer, &row).await?;
    queries::sql(services, viewer, &statement, limit, 0).await
}

/// Deletes the lake tables of a data source.
pub(super) async fn drop_tables(services: &Services, row: &data_source::Model) -> Result<(), ServiceError> {
    services.lake().table(&row.lake_path).drop_table().await?;
    services.lake().table(&rejected_path(&row.lake_path)).drop_table().await?;
    Ok(())
}
