//! The tables that a viewer's SQL can name: the lake's, and `system.*` over our own.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Field, Schema};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use datafusion::catalog::TableProvider;
use futures::{StreamExt, TryStreamExt};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};

use super::links::SystemLinks;
use super::{ServiceError, Services, Viewer, sources};
use crate::engine::{Column, REJECTED, rejected_path};
use crate::entity::{
    connector, data_extract, data_source, sync_event, sync_log, sync_log_source, workflow, workflow_table,
};
use crate::lake::LakeError;
use crate::query::{ColumnNote, ColumnNotes, QueryError, Tables, lazy_table, memory_table};

/// The schema of our own tables.
pub(super) const SYSTEM: &str = "system";
pub(super) const SYSTEM_TABLES: &[&str] =
    &["connectors", "data_extracts", "data_sources", "links", "sync_events", "sync_logs"];
/// Rows of a `system` table that one statement sees, the newest ones.
const SYSTEM_ROWS: u64 = 100_000;

/// Lake tables that are looked for at the same time.
const LOOKED_AT_ONCE: usize = 8;

/// What one viewer can name.
pub(super) struct ViewerTables {
    pub(super) services: Services,
    pub(super) viewer: Viewer,
}

#[async_trait]
impl Tables for ViewerTables {
    async fn schemas(&self) -> Result<Vec<String>, QueryError> {
        let slugs: Vec<String> = connector::Entity::in_workspace(&self.viewer.workspace_id)
            .select_only()
            .column(connector::Column::Slug)
            .order_by_asc(connector::Column::Slug)
            .into_tuple()
            .all(self.services.db())
            .await
            .map_err(failed)?;
        let of_workflows = self.workflow_schemas().await.map_err(failed)?;
        Ok(slugs.into_iter().chain(of_workflows).chain([SYSTEM.to_owned()]).collect())
    }

    async fn names(&self, schema: &str) -> Result<Vec<String>, QueryError> {
        if schema == SYSTEM {
            return Ok(SYSTEM_TABLES.iter().map(|name| (*name).to_owned()).collect());
        }
        let mut names: Vec<String> = self
            .of_schema(schema)
            .filter(data_source::Column::Sequence.gt(0))
            .select_only()
            .column(data_source::Column::Slug)
            .order_by_asc(data_source::Column::Slug)
            .into_tuple()
            .all(self.services.db())
            .await
            .map_err(failed)?;
        names.extend(self.rejected(schema).await?);
        let of_workflow = self.of_workflow(schema).all(self.services.db()).await.map_err(failed)?;
        names.extend(of_workflow.into_iter().map(|table| table.name));
        Ok(names)
    }

    async fn table(&self, schema: &str, name: &str) -> Result<Option<Arc<dyn TableProvider>>, QueryError> {
        if schema == SYSTEM {
            return self.system(name).await;
        }
        // Discovery gives no data source a name that ends so.
        let (of, suffix) = name.strip_suffix(REJECTED).map_or((name, ""), |of| (of, REJECTED));
        let path = match self.source(schema, of).await? {
            Some(source) => format!("{}{suffix}", source.lake_path),
            None => match self.workflow_table(schema, name).await? {
                Some(table) => table.lake_path,
                None => return Ok(None),
            },
        };
        match self.services.lake().table(&path).provider().await {
            Ok(provider) => Ok(Some(provider)),
            Err(LakeError::NoTable { .. }) => Ok(None),
            Err(error) => Err(QueryError::Lookup { what: name.to_owned(), cause: error.into() }),
        }
    }

    async fn notes(&self, schema: &str, name: &str) -> Result<ColumnNotes, QueryError> {
        let Some(source) = self.source(schema, name).await? else { return Ok(ColumnNotes::new()) };
        let columns = sources::columns(&source).into_iter();
        let note = |column: Column| ColumnNote { never_null: !column.nullable, description: column.description };
        Ok(columns.map(|column| (column.name.clone(), note(column))).collect())
    }
}

impl ViewerTables {
    /// The names of a schema's tables of rejected rows. Syncs that rejected rows tell of which sources there may be one.
    async fn rejected(&self, schema: &str) -> Result<Vec<String>, QueryError> {
        let rejecting = Query::select()
            .column(sync_log_source::Column::DataSourceId)
            .from(sync_log_source::Entity)
            .and_where(sync_log_source::Column::Rejected.gt(0))
            .to_owned();
        let sources: Vec<(String, String)> = self
            .of_schema(schema)
            .filter(data_source::Column::Id.in_subquery(rejecting))
            .select_only()
            .columns([data_source::Column::Slug, data_source::Column::LakePath])
            .into_tuple()
            .all(self.services.db())
            .await
            .map_err(failed)?;
        let looked = futures::stream::iter(sources).map(async |(slug, path)| {
            let exists = self.services.lake().table(&rejected_path(&path)).exists().await;
            exists.map(|exists| exists.then(|| rejected_path(&slug)))
        });
        let names: Vec<Option<String>> = looked
            .buffered(LOOKED_AT_ONCE)
            .try_collect()
            .await
            .map_err(|error| QueryError::Lookup { what: "the list of tables".to_owned(), cause: error.into() })?;
        Ok(names.into_iter().flatten().collect())
    }

    async fn source(&self, schema: &str, name: &str) -> Result<Option<data_source::Model>, QueryError> {
        let named = self.of_schema(schema).filter(data_source::Column::Slug.eq(name));
        named.one(self.services.db()).await.map_err(failed)
    }

    fn of_schema(&self, schema: &str) -> sea_orm::Select<data_source::Entity> {
        data_source::Entity::in_workspace(&self.viewer.workspace_id)
            .inner_join(connector::Entity)
            .filter(connector::Column::Slug.eq(schema))
    }

    /// The schemas of workflows that have made a table.
    async fn workflow_schemas(&self) -> Result<Vec<String>, sea_orm::DbErr> {
        workflow_table::Entity::in_workspace(&self.viewer.workspace_id)
            .filter(workflow_table::Column::TableVersion.is_not_null())
            .inner_join(workflow::Entity)
            .select_only()
            .column(workflow::Column::Slug)
            .distinct()
            .into_tuple()
            .all(self.services.db())
            .await
    }

    /// The tables that the workflow with this slug has made.
    fn of_workflow(&self, schema: &str) -> sea_orm::Select<workflow_table::Entity> {
        workflow_table::Entity::in_workspace(&self.viewer.workspace_id)
            .filter(workflow_table::Column::TableVersion.is_not_null())
            .inner_join(workflow::Entity)
            .filter(workflow::Column::Slug.eq(schema))
    }

    async fn workflow_table(&self, schema: &str, name: &str) -> Result<Option<workflow_table::Model>, QueryError> {
        let named = self.of_workflow(schema).filter(workflow_table::Column::Name.eq(name));
        named.one(self.services.db()).await.map_err(failed)
    }

    async fn system(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, QueryError> {
        if name == "links" {
            let links = SystemLinks { services: self.services.clone(), viewer: self.viewer.clone() };
            return Ok(Some(lazy_table(Arc::new(links))));
        }
        let batch = match name {
            "connectors" => self.connectors().await,
            "data_sources" => self.data_sources().await,
            "data_extracts" => self.data_extracts().await,
            "sync_logs" => self.sync_logs().await,
            "sync_events" => self.sync_events().await,
            _ => return Ok(None),
        };
        let batch = batch.map_err(|error| QueryError::Lookup { what: name.to_owned(), cause: error.into() })?;
        memory_table(batch.schema(), vec![batch]).map(Some)
    }

    async fn connectors(&self) -> Result<RecordBatch, ServiceError> {
        let query = connector::Entity::in_workspace(&self.viewer.workspace_id);
        let rows = query.order_by_desc(connector::Column::Id).limit(SYSTEM_ROWS).all(self.services.db()).await?;
        batch(vec![
            ("id", text(rows.iter().map(|row| Some(row.id.as_str())))),
            ("name", text(rows.iter().map(|row| Some(row.name.as_str())))),
            ("slug", text(rows.iter().map(|row| Some(row.slug.as_str())))),
            ("type", text(rows.iter().map(|row| Some(row.connector_type.as_str())))),
            ("status", text(rows.iter().map(|row| Some(row.status.as_str())))),
            ("status_message", text(rows.iter().map(|row| row.status_message.as_deref()))),
            ("sync_enabled", flags(rows.iter().map(|row| row.sync_enabled))),
            ("sync_schedule", text(rows.iter().map(|row| row.sync_schedule.as_deref()))),
            ("last_sync_at", times(rows.iter().map(|row| row.last_sync_at))),
            ("next_sync_at", times(rows.iter().map(|row| row.next_sync_at))),
            ("created_at", times(rows.iter().map(|row| Some(row.created_at)))),
        ])
    }

    async fn data_sources(&self) -> Result<RecordBatch, ServiceError> {
        let rows = data_source::Entity::in_workspace(&self.viewer.workspace_id)
            .find_also_related(connector::Entity)
            .order_by_desc(data_source::Column::Id)
            .limit(SYSTEM_ROWS)
            .all(self.services.db())
            .await?;
        let tables: Vec<String> = rows
            .iter()
            .map(|(row, connector)| {
                format!("{}.{}", connector.as_ref().map_or("", |connector| &connector.slug), row.slug)
            })
            .collect();
        batch(vec![
            ("id", text(rows.iter().map(|(row, _)| Some(row.id.as_str())))),
            ("connector_id", text(rows.iter().map(|(row, _)| Some(row.connector_id.as_str())))),
            ("name", text(rows.iter().map(|(row, _)| Some(row.name.as_str())))),
            ("table_name", text(tables.iter().map(|table| Some(table.as_str())))),
            ("source_type", text(rows.iter().map(|(row, _)| Some(row.source_type.as_str())))),
            ("source_path", text(rows.iter().map(|(row, _)| Some(row.source_path.as_str())))),
            ("extract_type", text(rows.iter().map(|(row, _)| Some(row.extract_type.as_str())))),
            ("write_mode", text(rows.iter().map(|(row, _)| Some(row.write_mode.as_str())))),
            ("row_count", counts(rows.iter().map(|(row, _)| row.row_count))),
            ("byte_size", counts(rows.iter().map(|(row, _)| row.byte_size))),
            ("last_updated", times(rows.iter().map(|(row, _)| row.last_updated))),
            ("missing_since", times(rows.iter().map(|(row, _)| row.missing_since))),
        ])
    }

    async fn data_extracts(&self) -> Result<RecordBatch, ServiceError> {
        let query = data_extract::Entity::in_workspace(&self.viewer.workspace_id);
        let rows = query.order_by_desc(data_extract::Column::Id).limit(SYSTEM_ROWS).all(self.services.db()).await?;
        batch(vec![
            ("id", text(rows.iter().map(|row| Some(row.id.as_str())))),
            ("data_source_id", text(rows.iter().map(|row| Some(row.data_source_id.as_str())))),
            ("sync_log_id", text(rows.iter().map(|row| row.sync_log_id.as_ref().map(AsRef::as_ref)))),
            ("extract_type", text(rows.iter().map(|row| Some(row.extract_type.as_str())))),
            ("status", text(rows.iter().map(|row| Some(row.status.as_str())))),
            ("row_count", counts(rows.iter().map(|row| row.row_count))),
            ("table_version", counts(rows.iter().map(|row| row.table_version))),
            ("started_at", times(rows.iter().map(|row| row.started_at))),
            ("completed_at", times(rows.iter().map(|row| row.completed_at))),
            ("error_message", text(rows.iter().map(|row| row.error_message.as_deref()))),
        ])
    }

    async fn sync_logs(&self) -> Result<RecordBatch, ServiceError> {
        let query = sync_log::Entity::in_workspace(&self.viewer.workspace_id);
        let rows = query.order_by_desc(sync_log::Column::Id).limit(SYSTEM_ROWS).all(self.services.db()).await?;
        let seconds =
            |row: &sync_log::Model| row.started_at.zip(row.completed_at).map(|(from, to)| (to - from).as_seconds_f64());
        batch(vec![
            ("id", text(rows.iter().map(|row| Some(row.id.as_str())))),
            ("connector_id", text(rows.iter().map(|row| Some(row.connector_id.as_str())))),
            ("sync_type", text(rows.iter().map(|row| Some(row.sync_type.as_str())))),
            ("trigger", text(rows.iter().map(|row| Some(row.trigger_kind.as_str())))),
            ("status", text(rows.iter().map(|row| Some(row.status.as_str())))),
            ("records_processed", counts(rows.iter().map(|row| Some(row.records_processed)))),
            ("records_added", counts(rows.iter().map(|row| Some(row.records_added)))),
            ("records_updated", counts(rows.iter().map(|row| Some(row.records_updated)))),
            ("records_deleted", counts(rows.iter().map(|row| Some(row.records_deleted)))),
            ("bytes_processed", counts(rows.iter().map(|row| Some(row.bytes_processed)))),
            ("error_message", text(rows.iter().map(|row| row.error_message.as_deref()))),
            ("queued_at", times(rows.iter().map(|row| Some(row.queued_at)))),
            ("started_at", times(rows.iter().map(|row| row.started_at))),
            ("completed_at", times(rows.iter().map(|row| row.completed_at))),
            ("seconds", Arc::new(rows.iter().map(seconds).collect::<Float64Array>())),
        ])
    }

    async fn sync_events(&self) -> Result<RecordBatch, ServiceError> {
        let query = sync_event::Entity::in_workspace(&self.viewer.workspace_id);
        let rows = query.order_by_desc(sync_event::Column::Position).limit(SYSTEM_ROWS).all(self.services.db()).await?;
        let details: Vec<Option<String>> =
            rows.iter().map(|row| row.details.as_ref().map(ToString::to_string)).collect();
        batch(vec![
            ("id", text(rows.iter().map(|row| Some(row.id.as_str())))),
            ("sync_log_id", text(rows.iter().map(|row| Some(row.sync_log_id.as_str())))),
            ("connector_id", text(rows.iter().map(|row| Some(row.connector_id.as_str())))),
            ("data_source_id", text(rows.iter().map(|row| row.data_source_id.as_ref().map(AsRef::as_ref)))),
            ("kind", text(rows.iter().map(|row| Some(row.kind.as_str())))),
            ("level", text(rows.iter().map(|row| Some(row.level.as_str())))),
            ("message", text(rows.iter().map(|row| Some(row.message.as_str())))),
            ("status", text(rows.iter().map(|row| row.status.map(crate::vocabulary::SyncStatus::as_str)))),
            ("details", text(details.iter().map(Option::as_deref))),
            ("at", times(rows.iter().map(|row| Some(row.at)))),
        ])
    }
}

fn failed(error: sea_orm::DbErr) -> QueryError {
    QueryError::Lookup { what: "the list of tables".to_owned(), cause: error.into() }
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, ServiceError> {
    let fields: Vec<_> =
        columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
        .map_err(|cause| ServiceError::Internal { what: "a system table could not be made", cause: cause.into() })
}

fn text<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn flags(values: impl Iterator<Item = bool>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<BooleanArray>())
}

fn counts(values: impl Iterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.collect::<Int64Array>())
}

fn times(values: impl Iterator<Item = Option<DateTime<Utc>>>) -> ArrayRef {
    let micros = values.map(|time| time.map(|time| time.timestamp_micros()));
    Arc::new(micros.collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}
