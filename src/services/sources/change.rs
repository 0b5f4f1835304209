//! Data sources that are added by hand, and settings that change.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::Schema;
use chrono::Utc;
use sea_orm::{ActiveModelTrait, ColumnTrait, IntoActiveModel, QueryFilter, QuerySelect, Set, SqlErr};
use serde_json::{Value, json};

use super::rules::{check, checked_key, known_columns};
use crate::entity::database::begin_immediate;
use crate::entity::ids::{ConnectorId, DataSourceId};
use crate::entity::{data_source, stored_time};
use crate::sdk::CatalogSource;
use crate::services::{Role, ServiceError, Services, Viewer, connectors, discovery, text};
use crate::vocabulary::{ExtractType, SchemaPolicy, WriteMode};

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
    /// How far before the last cursor the next sync starts, in seconds. Where it is 0 and absent here, another cursor that
    /// is a time brings the default with it.
    pub lookback_seconds: Option<i32>,
    /// Whether a merge deletes what is gone at the source.
    pub detect_deletes: Option<bool>,
    /// Rejected rows above which it fails.
    pub reject_limit: Option<i64>,
    /// Whether it is used at all.
    pub is_active: Option<bool>,
    /// Whether a sync of the connector includes it.
    pub sync_enabled: Option<bool>,
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
    let row = row.ok_or_else(|| ServiceError::not_found("data source", id))?;
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
        let cursor = bounded("cursorField", cursor, text::LONGEST_PATH)?;
        // Who names another cursor and says nothing of late rows is not to lose any by that.
        let is_another = cursor != *row.cursor_field.as_ref();
        if is_another && changes.lookback_seconds.is_none() && *row.lookback_seconds.as_ref() == 0 {
            row.lookback_seconds = Set(discovery::proposed_lookback(&known_columns(row), cursor.as_deref()));
        }
        row.cursor_field = Set(cursor);
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
