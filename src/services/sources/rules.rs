//! Which settings of a data source make sense.

use std::collections::HashSet;

use crate::engine::{Column, Presence};
use crate::entity::data_source;
use crate::sdk::ConnectorFactory;
use crate::services::{ServiceError, discovery, text};
use crate::vocabulary::{ExtractType, SchemaPolicy, WriteMode};

/// The most columns of a key.
const MAX_KEY_COLUMNS: usize = 64;

/// The columns of a key, if they are not too many, too long or named twice.
pub(super) fn checked_key(key: Vec<String>) -> Result<Vec<String>, ServiceError> {
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

/// The columns that are known of a data source, those that are at the source only too.
pub(super) fn known_columns(row: &data_source::ActiveModel) -> Vec<Column> {
    serde_json::from_value(row.columns.clone().unwrap()).unwrap_or_default()
}

/// Refuses settings that contradict one another or that the connector cannot follow, before a sync stumbles over them.
pub(super) fn check(row: &data_source::ActiveModel, connector: &ConnectorFactory) -> Result<(), ServiceError> {
    let known = known_columns(row);
    let key: Vec<String> = serde_json::from_value(row.primary_key.clone().unwrap()).unwrap_or_default();
    let cursor = row.cursor_field.clone().unwrap();
    let new = discovery::new_columns(row.details.as_ref());
    let mut names: Vec<&str> = known.iter().map(|column| column.source_name.as_str()).collect();
    for name in &new {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let is_unknown = |name: &String| !known.is_empty() && !names.contains(&name.as_str());
    if let Some(name) = key.iter().find(|name| is_unknown(name)) {
        return Err(unknown("primaryKey", name, &names));
    }
    if let Some(name) = cursor.as_ref().filter(|name| is_unknown(name)) {
        return Err(unknown("cursorField", name, &names));
    }
    let policy = *row.schema_policy.as_ref();
    let is_kept =
        |name: &String| known.iter().any(|column| column.source_name == *name && column.presence != Presence::Source);
    if let Some(name) = key.iter().find(|name| policy != SchemaPolicy::Evolve && !known.is_empty() && !is_kept(name)) {
        return Err(left_out(name, policy));
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
    if *row.detect_deletes.as_ref() && !may_delete(row, &key) {
        return Err(ServiceError::BadInput {
            field: "detectDeletes".to_owned(),
            message: "nothing is deleted where rows are added to those that are there, and not found by a primaryKey"
                .to_owned(),
            hint: Some("set a primaryKey and writeMode MERGE, or detectDeletes false".to_owned()),
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

fn unknown(field: &str, name: &str, known: &[&str]) -> ServiceError {
    ServiceError::BadInput {
        field: field.to_owned(),
        message: format!("there is no column {name} (known: {})", known.join(", ")),
        hint: Some("if it is new at the source, have the connector discover its sources again".to_owned()),
    }
}

fn left_out(name: &str, policy: SchemaPolicy) -> ServiceError {
    ServiceError::BadInput {
        field: "primaryKey".to_owned(),
        message: format!("schemaPolicy {policy} leaves the column {name} out of the lake table"),
        hint: Some("set schemaPolicy EVOLVE, or a key of other columns".to_owned()),
    }
}

/// Whether rows that are gone at the source can go: they are found by a key, or all rows are replaced.
fn may_delete(row: &data_source::ActiveModel, key: &[String]) -> bool {
    match *row.write_mode.as_ref() {
        WriteMode::Append => false,
        WriteMode::Overwrite => !key.is_empty() || *row.extract_type.as_ref() == ExtractType::Full,
        WriteMode::Merge => true,
    }
}

/// Refuses a kind of read that the connector does not know.
pub(in crate::services) fn refuse_unreadable(
    extract_type: ExtractType,
    connector: &ConnectorFactory,
) -> Result<(), ServiceError> {
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
