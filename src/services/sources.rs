//! Data sources: find, discover, tune, reset and remove them.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::Schema;
use chrono::Utc;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, Select, Set,
    SqlErr,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::Instrument;

use super::page::{self, Order, Page, PageRequest};
use super::{Role, ServiceError, Services, Viewer, connectors, discovery, queries, removal, search, settings, text};
use crate::engine::{Column, Presence};
use crate::entity::database::begin_immediate;
use crate::entity::ids::{ConnectorId, DataSourceId};
use crate::entity::{checkpoint, data_source, stored_time};
use crate::query::{OutputColumn, QueryOutput};
use crate::sdk::{CatalogSource, ConnectorFactory};
use crate::vocabulary::{ExtractType, SchemaPolicy, WriteMode};

/// The most rows of a preview.
const MAX_PREVIEW: i32 = 1000;
/// The most columns of a key.
const MAX_KEY_COLUMNS: usize = 64;
/// How long a connector may take to say what it can read. A request waits less long, and what is found is kept.
const DISCOVERY_PATIENCE: Duration = Duration::from_secs(900);

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

/// Looks what the connector can read; adds what is new, refreshes what is known, returns all. It goes on, and keeps what
/// it finds, when the caller stops waiting.
///
/// # Errors
/// The connector's, if it fails; `LimitExceeded` where it does not come to an end.
pub async fn discover(
    services: &Services,
    viewer: &Viewer,
    connector: &ConnectorId,
) -> Result<Vec<data_source::Model>, ServiceError> {
    viewer.require(Role::Editor)?;
    let row = connectors::get(services, viewer, connector).await?;
    let opened = settings::open(&services.context, &row)?;
    let context = Arc::clone(&services.context);
    let discovering = async move {
        let found = discovery::discover(&context, &row, opened.as_ref());
        tokio::time::timeout(DISCOVERY_PATIENCE, found).await.unwrap_or_else(|_| Err(found_no_end(&row.name)))
    };
    match tokio::spawn(discovering.in_current_span()).await {
        Ok(found) => found,
        Err(cause) => Err(ServiceError::Internal { what: "the discovery broke off", cause: cause.into() }),
    }
}

fn found_no_end(name: &str) -> ServiceError {
    ServiceError::LimitExceeded {
        message: format!("{name} did not say within {} s what it can read", DISCOVERY_PATIENCE.as_secs()),
        hint: Some("narrow its settings, for example to some schemas, tables or folders".to_owned()),
    }
}

/// Adds a data source that discovery did not find.
///
/// # Errors
/// `Conflict` where the connector has one with this path, `BadInput` where the settings make no sense.
pub async fn create(services: &Services, viewer: &Viewer, new: NewSource) -> Result<data_source::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    // As it is: a table or file may have blanks around its name.
    let source_path = text::bounded("sourcePath", new.source_path, text::LONGEST_PATH)?;
    if source_path.trim().is_empty() {
        return Err(ServiceError::bad_input("sourcePath", "must not be empty"));
    }
    let source_type = text::required("sourceType", &new.source_type, text::LONGEST_NAME)?;
    let connector = connectors::get(services, viewer, &new.connector_id).await?;
    let taken: Vec<(String, String)> = data_source::Entity::in_workspace(&viewer.workspace_id)
        .filter(data_source::Column::ConnectorId.eq(connector.id.clone()))
        .select_only()
        .columns([data_source::Column::SourcePath, data_source::Column::Slug])
        .into_tuple()
        .all(services.db())
        .await?;
    let conflict = || {
        let message = format!("{} has a data source at {source_path} already", connector.name);
        ServiceError::Conflict { message, hint: Some("change that one with updateDataSource".to_owned()) }
    };
    if taken.iter().any(|(path, _)| *path == source_path) {
        return Err(conflict());
    }
    let name = new.changes.name.clone().unwrap_or_else(|| source_path.clone());
    let found = CatalogSource {
        sql_name: name.clone(),
        name,
        source_type,
        source_path: source_path.clone(),
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
    check(&row, services.context.registry.get(connector.connector_type)?)?;
    row.insert(services.db()).await.map_err(|error| match error.sql_err() {
        // Somebody made it in this very moment.
        Some(SqlErr::UniqueConstraintViolation(_)) => conflict(),
        _ => error.into(),
    })
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
    let transaction = begin_immediate(services.db()).await?;
    let row = data_source::Entity::by_id_in(&viewer.workspace_id, id).lock_exclusive().one(&transaction).await?;
    let row = row.ok_or_else(|| ServiceError::NotFound { kind: "data source", id: id.to_string() })?;
    let connector = connectors::find(&transaction, viewer, &row.connector_id).await?;
    let mut row = row.into_active_model();
    apply(&mut row, changes)?;
    check(&row, services.context.registry.get(connector.connector_type)?)?;
    row.updated_at = Set(stored_time(Utc::now()));
    let row = row.update(&transaction).await?;
    transaction.commit().await?;
    Ok(row)
}

fn apply(row: &mut data_source::ActiveModel, changes: SourceChanges) -> Result<(), ServiceError> {
    fn set<T: Into<sea_orm::Value>>(field: &mut sea_orm::ActiveValue<T>, value: Option<T>) {
        if let Some(value) = value {
            *field = Set(value);
        }
    }
    let bounded = |field: &str, words: Option<String>, longest| {
        words.map(|words| text::bounded(field, words, longest)).transpose()
    };
    if let Some(name) = changes.name {
        row.name = Set(text::required("name", &name, text::LONGEST_NAME)?);
    }
    if let Some(description) = changes.description {
        row.description = Set(bounded("description", description, text::LONGEST_DESCRIPTION)?);
    }
    if let Some(key) = changes.primary_key {
        row.primary_key = Set(json!(checked_key(key)?));
    }
    if let Some(cursor) = changes.cursor_field {
        if cursor.as_deref() == Some("") {
            return Err(ServiceError::bad_input("cursorField", "must not be empty; null takes it away"));
        }
        row.cursor_field = Set(bounded("cursorField", cursor, text::LONGEST_PATH)?);
    }
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

fn checked_key(key: Vec<String>) -> Result<Vec<String>, ServiceError> {
    if key.len() > MAX_KEY_COLUMNS {
        return Err(ServiceError::bad_input(
            "primaryKey",
            format!("must not have more than {MAX_KEY_COLUMNS} columns"),
        ));
    }
    let mut seen = HashSet::new();
    for column in &key {
        text::bounded("primaryKey", column.clone(), text::LONGEST_PATH)?;
        if !seen.insert(column) {
            return Err(ServiceError::bad_input("primaryKey", format!("names the column {column} twice")));
        }
    }
    Ok(key)
}

/// Refuses settings that contradict one another or that the connector cannot follow, before a sync stumbles over them.
fn check(row: &data_source::ActiveModel, connector: &ConnectorFactory) -> Result<(), ServiceError> {
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
    refuse_unreadable(*row.extract_type.as_ref(), connector)?;
    if *row.extract_type.as_ref() == ExtractType::Incremental && connector.needs_cursor_field && cursor.is_none() {
        return Err(ServiceError::BadInput {
            field: "cursorField".to_owned(),
            message: "extractType INCREMENTAL needs the column whose value says what is new; set cursorField too"
                .to_owned(),
            hint: Some("name a column that grows with every change, or set extractType FULL".to_owned()),
        });
    }
    if *row.lookback_seconds.as_ref() < 0 {
        return Err(ServiceError::bad_input("lookbackSeconds", "must not be negative"));
    }
    if *row.reject_limit.as_ref() < 0 {
        return Err(ServiceError::bad_input("rejectLimit", "must not be negative"));
    }
    Ok(())
}

/// Refuses a kind of read that the connector does not know.
pub(super) fn refuse_unreadable(extract_type: ExtractType, connector: &ConnectorFactory) -> Result<(), ServiceError> {
    let is_known = match extract_type {
        ExtractType::Full => true,
        ExtractType::Incremental => connector.supports_incremental,
        ExtractType::Delta => connector.supports_delta,
    };
    if is_known {
        return Ok(());
    }
    let other = if connector.supports_incremental { "INCREMENTAL or FULL" } else { "FULL" };
    Err(ServiceError::BadInput {
        field: "extractType".to_owned(),
        message: format!("a connector of type {} does not read {extract_type}", connector.connector_type),
        hint: Some(format!("use {other}")),
    })
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
    removal::data_source(services, viewer, id, drop_data).await
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
    let transaction = begin_immediate(services.db()).await?;
    let connector = connectors::locked(&transaction, viewer, &row.connector_id).await?;
    removal::refuse_while_synced(&transaction, &connector, &row).await?;
    // The rows stay for their sequences, which the lake table knows; what they vouched for is forgotten.
    checkpoint::Entity::update_many()
        .col_expr(checkpoint::Column::Cursor, sea_orm::sea_query::Expr::value(json!({})))
        .filter(checkpoint::Column::DataSourceId.eq(id.clone()))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    get(services, viewer, &row.id).await
}

/// The columns of its lake table, as the last sync or discovery saw them.
pub fn columns(row: &data_source::Model) -> Vec<Column> {
    lake_columns(&row.columns)
}

/// The columns of a lake table out of what the `columns` of a row hold: not those that are at the source only. Each says
/// whether rows of the lake table may hold NULL in it.
pub fn lake_columns(stored: &Value) -> Vec<Column> {
    let all: Vec<Column> = Vec::deserialize(stored).unwrap_or_default();
    let of_lake = all.into_iter().filter(|column| column.presence != Presence::Source);
    of_lake.map(|column| Column { nullable: column.may_be_null(), ..column }).collect()
}

/// The source's names of the columns that identify a row.
pub fn primary_key(row: &data_source::Model) -> Vec<String> {
    serde_json::from_value(row.primary_key.clone()).unwrap_or_default()
}

/// The first rows of the lake table; none, under the columns that are known, where it was never synced.
///
/// # Errors
/// `NotFound`, or `BadInput` where the limit makes no sense.
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
        return Ok(QueryOutput {
            columns: columns(&row).into_iter().map(output_column).collect(),
            rows: Vec::new(),
            truncated: false,
            elapsed: Duration::ZERO,
        });
    }
    let statement = queries::select_all(services, viewer, &row).await?;
    queries::sql(services, viewer, &statement, limit, 0).await
}

fn output_column(column: Column) -> OutputColumn {
    OutputColumn { name: column.name, data_type: column.data_type, nullable: column.nullable, numeric: false }
}
