//! Rows as JSON, with the names that the API has for their parts.

use serde_json::{Value, json};

use crate::entity::{connector, data_source, file, sync_log, workflow, workflow_run, workflow_step, workflow_table};
use crate::events::SyncEvent;
use crate::services::sources;
use crate::services::workflows::{self, WorkflowState};

/// A connector. It holds no secret.
pub(super) fn connector(row: &connector::Model) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "slug": row.slug,
        "description": row.description,
        "type": row.connector_type,
        "status": row.status,
        "statusMessage": row.status_message,
        "authType": row.auth_type,
        "connectionConfig": row.connection_config,
        "demoMode": row.demo_mode,
        "syncEnabled": row.sync_enabled,
        "syncSchedule": row.sync_schedule,
        "timezone": row.timezone,
        "lastSyncAt": row.last_sync_at,
        "nextSyncAt": row.next_sync_at,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
    })
}

/// The name of a data source's table in SQL.
pub(super) fn table_name(connector: &connector::Model, row: &data_source::Model) -> String {
    format!("{}.{}", connector.slug, row.slug)
}

/// A data source of a connector.
pub(super) fn data_source(connector: &connector::Model, row: &data_source::Model) -> Value {
    json!({
        "id": row.id,
        "connectorId": row.connector_id,
        "name": row.name,
        "description": row.description,
        "sourceType": row.source_type,
        "sourcePath": row.source_path,
        "tableName": table_name(connector, row),
        "schema": sources::columns(row),
        "primaryKey": row.primary_key,
        "cursorField": row.cursor_field,
        "extractType": row.extract_type,
        "writeMode": row.write_mode,
        "schemaPolicy": row.schema_policy,
        "lookbackSeconds": row.lookback_seconds,
        "detectDeletes": row.detect_deletes,
        "rejectLimit": row.reject_limit,
        "rowCount": row.row_count,
        "byteSize": row.byte_size,
        "isActive": row.is_active,
        "syncEnabled": row.sync_enabled,
        "lastUpdated": row.last_updated,
        "missingSince": row.missing_since,
    })
}

/// A sync, without its sources.
pub(super) fn sync_log(row: &sync_log::Model) -> Value {
    json!({
        "id": row.id,
        "connectorId": row.connector_id,
        "syncType": row.sync_type,
        "trigger": row.trigger_kind,
        "status": row.status,
        "recordsProcessed": row.records_processed,
        "recordsAdded": row.records_added,
        "recordsUpdated": row.records_updated,
        "recordsDeleted": row.records_deleted,
        "bytesProcessed": row.bytes_processed,
        "errorMessage": row.error_message,
        "errorDetails": row.error_details,
        "attempt": row.attempt,
        "queuedAt": row.queued_at,
        "startedAt": row.started_at,
        "completedAt": row.completed_at,
    })
}

/// A fact or gauge of a sync.
pub(super) fn sync_event(event: &SyncEvent) -> Value {
    json!({
        "id": event.id,
        "cursor": event.cursor.to_string(),
        "kind": event.kind,
        "level": event.level,
        "message": event.message,
        "at": event.at,
        "connectorId": event.connector_id,
        "syncLogId": event.sync_log_id,
        "dataSourceId": event.data_source_id,
        "status": event.status,
        "progress": event.progress,
        "details": event.details,
    })
}

/// A workflow, without its steps.
pub(super) fn workflow(row: &workflow::Model) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "slug": row.slug,
        "description": row.description,
        "status": row.status,
        "schedule": row.schedule,
        "timezone": row.timezone,
        "nextRunAt": row.next_run_at,
        "scenarioId": row.scenario_id,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
    })
}

/// A workflow with its steps and its newest run.
pub(super) fn workflow_state(state: &WorkflowState) -> Value {
    let mut shape = workflow(&state.workflow);
    shape["steps"] = state.steps.iter().map(workflow_step).collect();
    shape["latestRun"] = state.run.as_ref().map(workflow_run).into();
    shape
}

fn workflow_step(row: &workflow_step::Model) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "dependsOn": workflows::dependencies(row).collect::<Vec<_>>(),
        "config": row.config,
        "status": row.status,
        "rows": row.rows,
        "result": row.result,
        "errorMessage": row.error_message,
        "startedAt": row.started_at,
        "completedAt": row.completed_at,
    })
}

fn workflow_run(row: &workflow_run::Model) -> Value {
    json!({
        "id": row.id,
        "trigger": row.trigger_kind,
        "fromStep": row.from_step,
        "status": row.status,
        "errorMessage": row.error_message,
        "attempt": row.attempt,
        "queuedAt": row.queued_at,
        "startedAt": row.started_at,
        "completedAt": row.completed_at,
    })
}

/// A lake table that a workflow made.
pub(super) fn workflow_table(workflow: &workflow::Model, row: &workflow_table::Model) -> Value {
    json!({
        "name": row.name,
        "tableName": format!("{}.{}", workflow.slug, row.name),
        "rowCount": row.row_count,
        "byteSize": row.byte_size,
        "tableVersion": row.table_version,
        "updatedAt": row.updated_at,
    })
}

/// A file that a workflow made.
pub(super) fn file(row: &file::Model) -> Value {
    json!({
        "id": row.id,
        "name": row.name,
        "contentType": row.content_type,
        "byteSize": row.byte_size,
        "downloadUrl": format!("/download/files/{}", row.id),
        "createdAt": row.created_at,
    })
}
