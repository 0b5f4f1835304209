//! What a claimed sync is about: its connector, opened, and the plans of its data sources.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, Set};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{DatabaseStore, from_service, unavailable};
use crate::engine::{Lease, PreparedSync, RunStore, SourcePlan, StoreError};
use crate::entity::ids::DataSourceId;
use crate::entity::{connector, data_source, stored_time, sync_log, sync_log_source};
use crate::events::{Fact, SourceProgress};
use crate::sdk::{ConnectorError, DynConnector};
use crate::services::{discovery, settings, sources, syncs};
use crate::vocabulary::{EventLevel, ExtractType, SchemaPolicy, SyncEventKind, SyncStatus, WriteMode};

/// What was asked for, as the queue's row keeps it.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Request {
    data_source_ids: Option<Vec<DataSourceId>>,
    extract_type: Option<ExtractType>,
}

/// By what a data source is read, as it was set when the sync came to it: a sync that has begun by some settings could not go on
/// by others, and whoever takes it over has these.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    extract_type: ExtractType,
    write_mode: WriteMode,
    schema_policy: SchemaPolicy,
    primary_key: Vec<String>,
    cursor_field: Option<String>,
    lookback_seconds: i32,
    detect_deletes: bool,
}

impl Settings {
    /// Those of a data source now, but for the extract type that a sync may ask for.
    fn of(source: &data_source::Model, extract_type: Option<ExtractType>) -> Self {
        Self {
            extract_type: extract_type.unwrap_or(source.extract_type),
            write_mode: source.write_mode,
            schema_policy: source.schema_policy,
            primary_key: sources::primary_key(source),
            cursor_field: source.cursor_field.clone(),
            lookback_seconds: source.lookback_seconds,
            detect_deletes: source.detect_deletes,
        }
    }
}

/// A data source that a sync has come to.
struct Enlisted {
    /// Where an earlier owner of the sync has left it.
    before: SourceProgress,
    settings: Settings,
}

impl DatabaseStore {
    pub(super) async fn plan(&self, lease: &Lease) -> Result<PreparedSync, StoreError> {
        let db = &self.context.db;
        let gone = |what: &str| ConnectorError::NotFound { what: what.to_owned(), hint: String::new() };
        let log = sync_log::Entity::find_by_id(lease.sync_log_id.clone()).one(db).await.map_err(unavailable)?;
        let log = log.ok_or_else(|| gone("the sync log"))?;
        let row = connector::Entity::find_by_id(lease.connector_id.clone()).one(db).await.map_err(unavailable)?;
        let row = row.ok_or_else(|| gone("the connector"))?;
        let request: Request = serde_json::from_value(log.request).unwrap_or_default();
        let opened = settings::open(&self.context, &row).map_err(from_service)?;
        let selected = self.select(lease, &row, opened.as_ref(), &request, log.created_at).await?;
        let enlisted = self.enlist(lease, &selected, request.extract_type).await?;
        let sources = selected.into_iter().zip(enlisted).map(|(source, enlisted)| source_plan(&row, source, enlisted));
        let sources = sources.collect();
        Ok(PreparedSync { connector: opened, sources })
    }

    async fn select(
        &self,
        lease: &Lease,
        row: &connector::Model,
        opened: &dyn DynConnector,
        request: &Request,
        asked_at: DateTime<Utc>,
    ) -> Result<Vec<data_source::Model>, StoreError> {
        let looks_again =
            request.data_source_ids.is_none() && (opened.discovers_at_sync() || self.misses_any(row).await?);
        if row.discovered_at.is_none() {
            discovery::discover(&self.context, row, opened).await.map_err(from_service)?;
        } else if looks_again && let Err(error) = discovery::look_again(&self.context, row, opened).await {
            // Those that are known may be readable all the same.
            let message = format!("{} could not be looked through again: {}", row.name, error.public_message());
            let fact = Fact::new(SyncEventKind::Log, None, message).level(EventLevel::Warning);
            self.record(lease, vec![fact]).await?;
        }
        let query = match &request.data_source_ids {
            Some(ids) => data_source::Entity::in_workspace(&row.workspace_id)
                .filter(data_source::Column::ConnectorId.eq(row.id.clone()))
                .filter(data_source::Column::Id.is_in(ids.iter().cloned())),
            None => data_source::Entity::synced_by(row),
        };
        let query = query.order_by_asc(data_source::Column::Id);
        let selected = query.all(&self.context.db).await.map_err(unavailable)?;
        if request.data_source_ids.is_some() {
            return Ok(selected);
        }
        // What this very sync has missed belongs to it: an earlier owner of it may have found that out.
        let is_missing = |source: &data_source::Model| source.missing_since.is_some_and(|since| since < asked_at);
        let (missing, there): (Vec<_>, Vec<_>) = selected.into_iter().partition(is_missing);
        if missing.is_empty() || there.is_empty() {
            // Where nothing else is left, reading them says what is wrong.
            return Ok([missing, there].concat());
        }
        let facts = missing.iter().map(|source| {
            let message = format!("{} is not read: it is still missing at the source", source.name);
            Fact::new(SyncEventKind::Log, Some(&source.id), message)
        });
        self.record(lease, facts.collect()).await?;
        Ok(there)
    }

    /// Whether a data source that syncs of all include was missing the last time.
    async fn misses_any(&self, row: &connector::Model) -> Result<bool, StoreError> {
        let missing = data_source::Entity::synced_by(row).filter(data_source::Column::MissingSince.is_not_null());
        Ok(missing.count(&self.context.db).await.map_err(unavailable)? > 0)
    }

    /// Enters the sources into the sync's record, those that are new there; returns where each stands, and by what it is read.
    async fn enlist(
        &self,
        lease: &Lease,
        sources: &[data_source::Model],
        extract_type: Option<ExtractType>,
    ) -> Result<Vec<Enlisted>, StoreError> {
        let transaction = self.guarded(lease).await?;
        let mut known: HashMap<DataSourceId, sync_log_source::Model> = sync_log_source::Entity::find()
            .filter(sync_log_source::Column::SyncLogId.eq(lease.sync_log_id.clone()))
            .all(&transaction)
            .await
            .map_err(unavailable)?
            .into_iter()
            .map(|row| (row.data_source_id.clone(), row))
            .collect();
        let mut is_fresh = Vec::with_capacity(sources.len());
        let mut enlisted = Vec::with_capacity(sources.len());
        for source in sources {
            let row = known.remove(&source.id);
            is_fresh.push(row.is_none());
            enlisted.push(Enlisted::of(row, source, extract_type));
        }
        let of_sources = syncs::as_a_whole(enlisted.iter().map(|source| source.settings.extract_type));
        sync_log::Entity::update_many()
            .col_expr(sync_log::Column::SyncType, Expr::value(extract_type.unwrap_or(of_sources).as_str()))
            .filter(sync_log::Column::Id.eq(lease.sync_log_id.clone()))
            .exec(&transaction)
            .await
            .map_err(unavailable)?;
        let now = stored_time(Utc::now());
        let fresh: Vec<_> = (0..)
            .zip(sources.iter().zip(&enlisted))
            .zip(is_fresh)
            .filter(|(_, is_fresh)| *is_fresh)
            .map(|((position, (source, enlisted)), _)| sync_log_source::ActiveModel {
                sync_log_id: Set(lease.sync_log_id.clone()),
                data_source_id: Set(source.id.clone()),
                extract_id: Set(None),
                status: Set(SyncStatus::Queued),
                phase: Set("queued".to_owned()),
                rows: Set(0),
                bytes: Set(0),
                estimated_rows: Set(source.details["estimatedRows"].as_i64()),
                percent: Set(None),
                rows_per_second: Set(None),
                eta_seconds: Set(None),
                waiting_reason: Set(None),
                error_message: Set(None),
                error_code: Set(None),
                attempt: Set(0),
                records_added: Set(0),
                records_updated: Set(0),
                records_deleted: Set(0),
                rejected: Set(0),
                position: Set(position),
                settings: Set(Some(json!(enlisted.settings))),
                started_at: Set(None),
                completed_at: Set(None),
                updated_at: Set(now),
            })
            .collect();
        for chunk in fresh.chunks(500) {
            sync_log_source::Entity::insert_many(chunk.to_vec())
                .exec_without_returning(&transaction)
                .await
                .map_err(unavailable)?;
        }
        self.commit(transaction, lease, Vec::new()).await?;
        Ok(enlisted)
    }
}

impl Enlisted {
    /// By what the sync's record says of it, where there is a row.
    fn of(row: Option<sync_log_source::Model>, source: &data_source::Model, extract_type: Option<ExtractType>) -> Self {
        let recorded_settings = row.as_ref().and_then(|row| row.settings.clone());
        let settings = recorded_settings.and_then(|settings| serde_json::from_value(settings).ok());
        Self {
            before: row.map_or_else(|| SourceProgress::queued(source.id.clone()), recorded),
            settings: settings.unwrap_or_else(|| Settings::of(source, extract_type)),
        }
    }
}

/// What an earlier owner of the sync has recorded; how fast that was and what it waited for says nothing of this one.
fn recorded(row: sync_log_source::Model) -> SourceProgress {
    SourceProgress { rows_per_second: None, eta_seconds: None, waiting_reason: None, ..row.into() }
}

fn source_plan(
    connector: &connector::Model,
    source: data_source::Model,
    Enlisted { before, settings }: Enlisted,
) -> SourcePlan {
    SourcePlan {
        table_name: format!("{}.{}", connector.slug, source.slug),
        primary_key: settings.primary_key,
        // Before the first sync the columns are only what discovery expects, and nothing can have drifted.
        columns: match source.sequence {
            0 => Vec::new(),
            _ => serde_json::from_value(source.columns.clone()).unwrap_or_default(),
        },
        details: source.details["connector"].clone(),
        lookback: Duration::from_secs(u64::try_from(settings.lookback_seconds).unwrap_or(0)),
        extract_type: settings.extract_type,
        id: source.id,
        name: source.name,
        source_type: source.source_type,
        source_path: source.source_path,
        lake_path: source.lake_path,
        write_mode: settings.write_mode,
        schema_policy: settings.schema_policy,
        cursor_field: settings.cursor_field,
        detect_deletes: settings.detect_deletes,
        reject_limit: source.reject_limit,
        before,
    }
}
