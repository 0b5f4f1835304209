//! Discovery: what a connector can read, kept as data sources.
//!
//! New things are added with the defaults, known ones are refreshed, and what users set on them stays. A thing that
//! is gone at the source keeps its data source: its lake table may still be wanted. That it is missing a sync finds out,
//! that it is there again a discovery.

use std::collections::{HashMap, HashSet};

use chrono::Utc;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
    Set,
};
use serde_json::{Value, json};

use super::{Context, ServiceError};
use crate::engine::{Column, REJECTED, columns_of};
use crate::entity::database::begin_immediate;
use crate::entity::ids::DataSourceId;
use crate::entity::{connector, data_source, stored_time};
use crate::sdk::types::is_time;
use crate::sdk::{Catalog, CatalogSource, DynConnector, Rediscovered, SourceRef, names};
use crate::vocabulary::{ConnectorStatus, ExtractType, SchemaPolicy, WriteMode};

/// Rejected rows above which a source fails, unless it is set.
pub(super) const DEFAULT_REJECT_LIMIT: i64 = 1000;
/// How far an incremental read looks back by a time unless it is set, in seconds: transactions that are open for so long
/// lose no row by committing after others that began later.
pub(super) const PROPOSED_LOOKBACK_SECONDS: i32 = 300;
/// Rows in one INSERT; each has about 30 values.
const ROWS_PER_INSERT: usize = 200;

/// What a connector can read.
pub(super) struct Discovered {
    /// All its data sources, those that are missing too.
    pub(super) sources: Vec<data_source::Model>,
    /// What the connector itself calls each that it has found, by its path; people may call it otherwise.
    pub(super) names: HashMap<String, String>,
}

/// Discovers and stores.
pub(super) async fn discover(
    context: &Context,
    row: &connector::Model,
    connector: &dyn DynConnector,
) -> Result<Discovered, ServiceError> {
    let found = connector.discover().await?;
    let names = found.sources.iter().map(|source| (source.source_path.clone(), source.name.clone())).collect();
    let sources = store(context, row, Rediscovered::from(found), true).await?;
    Ok(Discovered { sources, names })
}

/// Looks again at what is known, no closer than it must, and stores; what is new is added where the connector's new
/// things turn up by themselves.
pub(super) async fn look_again(
    context: &Context,
    row: &connector::Model,
    connector: &dyn DynConnector,
) -> Result<(), ServiceError> {
    let known = of_connector(&context.db, row).await?;
    let found = connector.rediscover(known.into_iter().map(source_ref).collect()).await?;
    store(context, row, found, connector.discovers_at_sync()).await?;
    Ok(())
}

fn source_ref(mut row: data_source::Model) -> SourceRef {
    SourceRef {
        name: row.name,
        source_type: row.source_type,
        source_path: row.source_path,
        details: row.details.get_mut("connector").map(Value::take).unwrap_or_default(),
    }
}

async fn store(
    context: &Context,
    row: &connector::Model,
    found: Rediscovered,
    adds: bool,
) -> Result<Vec<data_source::Model>, ServiceError> {
    let transaction = begin_immediate(&context.db).await?;
    // The row as it is now: meanwhile a sync may have begun, or somebody may have removed it.
    let now_row = connector::Entity::by_id_in(&row.workspace_id, &row.id).lock_exclusive().one(&transaction).await?;
    let Some(now_row) = now_row else {
        return Err(ServiceError::not_found("connector", &row.id));
    };
    let row = &now_row;
    let known = of_connector(&transaction, row).await?;
    let mut by_path: HashMap<&str, &data_source::Model> =
        known.iter().map(|source| (source.source_path.as_str(), source)).collect();
    let mut slugs: HashSet<String> = known.iter().map(|source| source.slug.clone()).collect();
    for path in &found.unchanged {
        if let Some(before) = by_path.remove(path.as_str()).filter(|before| before.missing_since.is_some()) {
            let mut change = before.clone().into_active_model();
            change.missing_since = Set(None);
            change.update(&transaction).await?;
        }
    }
    let mut added = Vec::new();
    for source in dedup(found.catalog).sources {
        match by_path.remove(source.source_path.as_str()) {
            Some(before) => refresh(before, source, &transaction).await?,
            None if adds => added.push(fresh(row, source, &mut slugs)),
            None => {}
        }
    }
    let mut added = added.into_iter().peekable();
    while added.peek().is_some() {
        let chunk: Vec<_> = added.by_ref().take(ROWS_PER_INSERT).collect();
        data_source::Entity::insert_many(chunk).exec_without_returning(&transaction).await?;
    }
    let mut change = row.clone().into_active_model();
    let now = stored_time(Utc::now());
    change.discovered_at = Set(Some(now));
    if row.status != ConnectorStatus::Syncing {
        change.status = Set(ConnectorStatus::Connected);
        change.status_message = Set(None);
    }
    change.updated_at = Set(now);
    let changed = change.update(&transaction).await?;
    let all = of_connector(&transaction, row).await?;
    transaction.commit().await?;
    context.events.connector_changed(&changed);
    Ok(all)
}

async fn of_connector(
    db: &impl ConnectionTrait,
    row: &connector::Model,
) -> Result<Vec<data_source::Model>, ServiceError> {
    let query = data_source::Entity::in_workspace(&row.workspace_id)
        .filter(data_source::Column::ConnectorId.eq(row.id.clone()))
        .order_by_asc(data_source::Column::Id);
    Ok(query.all(db).await?)
}

/// A connector that names one path twice is wrong, and must not break the whole discovery.
pub(super) fn dedup(mut catalog: Catalog) -> Catalog {
    let mut seen = HashSet::new();
    catalog.sources.retain(|source| seen.insert(source.source_path.clone()));
    catalog
}

/// Where a data source's details name the columns that the last discovery found and the last sync did not.
const NEW_COLUMNS: &str = "newColumns";

fn details(source: &CatalogSource) -> Value {
    json!({ "connector": source.details, "estimatedRows": source.estimated_rows })
}

/// The source's names of columns that no sync has read yet, as of the last discovery.
pub(super) fn new_columns(details: &Value) -> Vec<String> {
    let names = details[NEW_COLUMNS].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// Notes the columns that the data source has now and not in `columns`, so that they can be named in its settings.
fn note_new_columns(details: &mut Value, source: &CatalogSource, columns: &Value) {
    let columns: Vec<Column> = serde_json::from_value(columns.clone()).unwrap_or_default();
    let known: HashSet<&str> = columns.iter().map(|column| column.source_name.as_str()).collect();
    let names = source.schema.fields().iter().map(|field| field.name().as_str());
    let new: Vec<&str> = names.filter(|name| !known.contains(name)).collect();
    if !new.is_empty() {
        details[NEW_COLUMNS] = json!(new);
    }
}

async fn refresh(
    before: &data_source::Model,
    source: CatalogSource,
    db: &impl ConnectionTrait,
) -> Result<(), ServiceError> {
    let mut details = details(&source);
    let never_synced = before.sequence == 0;
    if !never_synced {
        note_new_columns(&mut details, &source, &before.columns);
    }
    let columns = serde_json::to_value(columns_of(&source.schema)).unwrap_or_default();
    if before.details == details
        && (!never_synced || before.columns == columns)
        && before.description == source.description
        && before.missing_since.is_none()
    {
        return Ok(());
    }
    let mut change = before.clone().into_active_model();
    change.details = Set(details);
    change.missing_since = Set(None);
    if source.description.is_some() {
        change.description = Set(source.description);
    }
    // After the first sync the schema is what the lake holds; drift is found, and told, by the next sync.
    if never_synced && !source.schema.fields().is_empty() {
        change.columns = Set(columns);
    }
    change.updated_at = Set(stored_time(Utc::now()));
    change.update(db).await?;
    Ok(())
}

/// The look-back for a cursor of which nobody has said how late its rows may be. Only from a time seconds can be taken; a
/// column of which nothing is known yet may be one.
pub(super) fn proposed_lookback(columns: &[Column], cursor: Option<&str>) -> i32 {
    let Some(cursor) = cursor else { return 0 };
    let mut known = columns.iter().filter(|column| column.source_name == cursor);
    let may_be_time = known.next().is_none_or(|column| is_time(&column.data_type));
    if may_be_time { PROPOSED_LOOKBACK_SECONDS } else { 0 }
}

/// The table's name in SQL; one that a table of rejected rows might have gets `_` at its end, like a reserved word.
fn table_slug(name: &str) -> String {
    let mut slug = names::slug(name);
    if slug.ends_with(REJECTED) {
        slug.push('_');
    }
    slug
}

/// The table's name in SQL of a source that its connector has besides those with the names in `slugs`, which it joins.
pub(super) fn new_slug(source: &CatalogSource, slugs: &mut HashSet<String>) -> String {
    let slug = names::unique(table_slug(&source.sql_name), |slug| slugs.contains(slug));
    slugs.insert(slug.clone());
    slug
}

pub(super) fn fresh(
    row: &connector::Model,
    source: CatalogSource,
    slugs: &mut HashSet<String>,
) -> data_source::ActiveModel {
    let details = details(&source);
    let columns = columns_of(&source.schema);
    let lookback_seconds = proposed_lookback(&columns, source.cursor_field.as_deref());
    let slug = new_slug(&source, slugs);
    let id = DataSourceId::generate();
    let now = stored_time(Utc::now());
    data_source::ActiveModel {
        lake_path: Set(format!("{}/{slug}-{}", row.slug, &id.as_str()[id.as_str().len() - 8..])),
        id: Set(id),
        workspace_id: Set(row.workspace_id.clone()),
        connector_id: Set(row.id.clone()),
        name: Set(source.name),
        description: Set(source.description),
        source_type: Set(source.source_type),
        source_path: Set(source.source_path),
        slug: Set(slug),
        columns: Set(serde_json::to_value(columns).unwrap_or_default()),
        details: Set(details),
        primary_key: Set(json!(source.primary_key)),
        cursor_field: Set(source.cursor_field),
        extract_type: Set(ExtractType::Full),
        write_mode: Set(WriteMode::Overwrite),
        schema_policy: Set(SchemaPolicy::Evolve),
        lookback_seconds: Set(lookback_seconds),
        detect_deletes: Set(false),
        reject_limit: Set(DEFAULT_REJECT_LIMIT),
        sequence: Set(0),
        row_count: Set(None),
        byte_size: Set(None),
        table_version: Set(None),
        is_active: Set(true),
        sync_enabled: Set(true),
        last_updated: Set(None),
        missing_since: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    }
}
