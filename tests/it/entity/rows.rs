//! One row of every table, full and bare, all belonging together.

use chrono::{DateTime, Utc};
use dataweaver::entity::ids::*;
use dataweaver::entity::*;
use dataweaver::vocabulary::*;
use sea_orm::prelude::Json;
use serde_json::json;

/// The rows' time, to the microsecond.
pub(super) fn time() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap()
}

/// JSON with all that a database could spoil: key order, large numbers, fractions, text beyond ASCII.
fn some_json() -> Json {
    json!({ "z": 1, "a": [9_007_199_254_740_993_i64, 0.1, null, true], "ü": { "🦀": "\"quoted\"\n" } })
}

pub(super) fn workspace() -> workspace::Model {
    workspace::Model { id: WorkspaceId::generate(), name: "Lab".to_owned(), created_at: time(), updated_at: time() }
}

pub(super) fn connector(workspace: &workspace::Model) -> connector::Model {
    let id = ConnectorId::generate();
    connector::Model {
        workspace_id: workspace.id.clone(),
        name: "Shop".to_owned(),
        slug: format!("shop_{id}"),
        id,
        description: Some("orders".to_owned()),
        connector_type: ConnectorType::GoogleWorkspace,
        status: ConnectorStatus::Connected,
        status_message: Some("fine".to_owned()),
        auth_type: AuthType::UsernamePassword,
        connection_config: some_json(),
        auth_config: json!({}),
        secrets: Some("ciphertext".to_owned()),
        secret_key_id: Some("key".to_owned()),
        credentials_version: 2,
        demo_mode: true,
        sync_enabled: false,
        sync_schedule: Some("0 * * * *".to_owned()),
        timezone: "Europe/Berlin".to_owned(),
        last_sync_at: Some(time()),
        next_sync_at: Some(time()),
        discovered_at: Some(time()),
        scenario_id: Some("customer_intelligence".to_owned()),
        created_at: time(),
        updated_at: time(),
    }
}

pub(super) fn bare_connector(workspace: &workspace::Model) -> connector::Model {
    connector::Model {
        description: None,
        status_message: None,
        secrets: None,
        secret_key_id: None,
        sync_schedule: None,
        last_sync_at: None,
        next_sync_at: None,
        discovered_at: None,
        scenario_id: None,
        ..connector(workspace)
    }
}

pub(super) fn data_source(connector: &connector::Model) -> data_source::Model {
    let id = DataSourceId::generate();
    data_source::Model {
        workspace_id: connector.workspace_id.clone(),
        connector_id: connector.id.clone(),
        name: "Customers".to_owned(),
        description: Some("who buys".to_owned()),
        source_type: "table".to_owned(),
        source_path: format!("public.{id}"),
        slug: id.to_string(),
        lake_path: format!("shop/{id}"),
        id,
        columns: json!([{ "name": "id", "sourceName": "ID", "type": "int64", "nullable": false, "description": null }]),
        details: some_json(),
        primary_key: json!(["id"]),
        cursor_field: Some("updated_at".to_owned()),
        extract_type: ExtractType::Incremental,
        write_mode: WriteMode::Merge,
        schema_policy: SchemaPolicy::Evolve,
        lookback_seconds: 60,
        detect_deletes: true,
        reject_limit: i64::MAX,
        sequence: 7,
        row_count: Some(i64::MAX),
        byte_size: Some(1),
        table_version: Some(3),
        is_active: true,
        sync_enabled: true,
        last_updated: Some(time()),
        missing_since: Some(time()),
        created_at: time(),
        updated_at: time(),
    }
}

pub(super) fn bare_data_source(connector: &connector::Model) -> data_source::Model {
    data_source::Model {
        description: None,
        cursor_field: None,
        row_count: None,
        byte_size: None,
        table_version: None,
        last_updated: None,
        missing_since: None,
        ..data_source(connector)
    }
}

pub(super) fn sync_log(connector: &connector::Model, status: SyncStatus) -> sync_log::Model {
    sync_log::Model {
        id: SyncLogId::generate(),
        workspace_id: connector.workspace_id.clone(),
        connector_id: connector.id.clone(),
        sync_type: ExtractType::Full,
        trigger_kind: SyncTrigger::Scheduled,
        status,
        request: some_json(),
        records_processed: 10,
        records_added: 4,
        records_updated: 3,
        records_deleted: 2,
        bytes_processed: i64::MAX,
        error_message: Some("it broke".to_owned()),
        error_details: Some(some_json()),
        attempt: 2,
        take_overs: 1,
        cancel_requested: true,
        lease_owner: Some("host-1".to_owned()),
        lease_epoch: 5,
        lease_expires_at: Some(time()),
        not_before: Some(time()),
        queued_at: time(),
        started_at: Some(time()),
        completed_at: Some(time()),
        created_at: time(),
        updated_at: time(),
    }
}

pub(super) fn bare_sync_log(connector: &connector::Model, status: SyncStatus) -> sync_log::Model {
    sync_log::Model {
        error_message: None,
        error_details: None,
        lease_owner: None,
        lease_expires_at: None,
        not_before: None,
        started_at: None,
        completed_at: None,
        ..sync_log(connector, status)
    }
}

pub(super) fn data_extract(
    source: &data_source::Model,
    log: &sync_log::Model,
    workflow: &workflow::Model,
) -> data_extract::Model {
    data_extract::Model {
        id: DataExtractId::generate(),
        workspace_id: source.workspace_id.clone(),
        data_source_id: source.id.clone(),
        sync_log_id: Some(log.id.clone()),
        workflow_id: Some(workflow.id.clone()),
        extract_type: ExtractType::Delta,
        status: SyncStatus::Partial,
        data_format: "delta".to_owned(),
        data_file_path: Some("shop/customers".to_owned()),
        table_version: Some(3),
        row_count: Some(4),
        column_count: Some(5),
        byte_size: Some(6),
        config: Some(some_json()),
        started_at: Some(time()),
        completed_at: Some(time()),
        error_message: Some("half of it".to_owned()),
        created_at: time(),
    }
}

pub(super) fn bare_data_extract(source: &data_source::Model) -> data_extract::Model {
    data_extract::Model {
        id: DataExtractId::generate(),
        workspace_id: source.workspace_id.clone(),
        data_source_id: source.id.clone(),
        sync_log_id: None,
        workflow_id: None,
        extract_type: ExtractType::Full,
        status: SyncStatus::Queued,
        data_format: "delta".to_owned(),
        data_file_path: None,
        table_version: None,
        row_count: None,
        column_count: None,
        byte_size: None,
        config: None,
        started_at: None,
        completed_at: None,
        error_message: None,
        created_at: time(),
    }
}

pub(super) fn sync_log_source(
    log: &sync_log::Model,
    source: &data_source::Model,
    extract: &data_extract::Model,
) -> sync_log_source::Model {
    sync_log_source::Model {
        extract_id: Some(extract.id.clone()),
        estimated_rows: Some(100),
        percent: Some(33.3),
        rows_per_second: Some(12.5),
        eta_seconds: Some(4.0),
        waiting_reason: Some("rate limit".to_owned()),
        error_message: Some("it broke".to_owned()),
        error_code: Some("transient".to_owned()),
        settings: Some(some_json()),
        started_at: Some(time()),
        completed_at: Some(time()),
        ..bare_sync_log_source(log, source)
    }
}

pub(super) fn bare_sync_log_source(log: &sync_log::Model, source: &data_source::Model) -> sync_log_source::Model {
    sync_log_source::Model {
        sync_log_id: log.id.clone(),
        data_source_id: source.id.clone(),
        extract_id: None,
        status: SyncStatus::Running,
        phase: "reading".to_owned(),
        rows: 1,
        bytes: 2,
        estimated_rows: None,
        percent: None,
        rows_per_second: None,
        eta_seconds: None,
        waiting_reason: None,
        error_message: None,
        error_code: None,
        attempt: 3,
        records_added: 4,
        records_updated: 5,
        records_deleted: 6,
        rejected: 7,
        position: 8,
        settings: None,
        started_at: None,
        completed_at: None,
        updated_at: time(),
    }
}

pub(super) fn sync_event(log: &sync_log::Model, source: &data_source::Model) -> sync_event::NewSyncEvent {
    sync_event::NewSyncEvent {
        data_source_id: Some(source.id.clone()),
        status: Some(SyncStatus::Running),
        progress: Some(some_json()),
        details: Some(some_json()),
        ..bare_sync_event(log)
    }
}

pub(super) fn bare_sync_event(log: &sync_log::Model) -> sync_event::NewSyncEvent {
    sync_event::NewSyncEvent {
        id: SyncEventId::generate(),
        workspace_id: log.workspace_id.clone(),
        connector_id: log.connector_id.clone(),
        sync_log_id: log.id.clone(),
        data_source_id: None,
        kind: SyncEventKind::SchemaChange,
        level: EventLevel::Warning,
        message: "column email added".to_owned(),
        status: None,
        progress: None,
        details: None,
        at: time(),
    }
}

pub(super) fn checkpoint(source: &data_source::Model, log: Option<&sync_log::Model>) -> checkpoint::Model {
    checkpoint::Model {
        data_source_id: source.id.clone(),
        sequence: if log.is_some() { i64::MAX } else { 1 },
        sync_log_id: log.map(|log| log.id.clone()),
        state: some_json(),
        rows_read: 1,
        rows_added: 2,
        rows_updated: 3,
        rows_deleted: 4,
        bytes: 5,
        committed: true,
        created_at: time(),
    }
}

pub(super) fn staged_file(
    source: &data_source::Model,
    log: &sync_log::Model,
    cursor: Option<Json>,
) -> staged_file::Model {
    staged_file::Model {
        sync_log_id: log.id.clone(),
        data_source_id: source.id.clone(),
        number: if cursor.is_some() { 1 } else { 2 },
        files: some_json(),
        cursor,
        rows: 1,
        bytes: 2,
        created_at: time(),
    }
}

pub(super) fn pending_drop() -> pending_drop::Model {
    let id = DataSourceId::generate();
    pending_drop::Model {
        lake_path: format!("shop/{id}"),
        owner_id: id.to_string(),
        name: "Customers".to_owned(),
        created_at: time(),
    }
}

pub(super) fn schema_version(source: &data_source::Model) -> schema_version::Model {
    schema_version::Model {
        data_source_id: source.id.clone(),
        version: 1,
        columns: some_json(),
        changes: json!(["column email added"]),
        at: time(),
    }
}

pub(super) fn scenario(workspace: &workspace::Model, id: &str, validation: Option<Json>) -> scenario::Model {
    scenario::Model {
        workspace_id: workspace.id.clone(),
        id: id.to_owned(),
        status: ScenarioStatus::SettingUp,
        steps: some_json(),
        validation,
        size_factor: 2.5,
        version: 7,
        lease_owner: Some("process".to_owned()),
        lease_expires_at: Some(time()),
        take_overs: 1,
        created_at: time(),
        updated_at: time(),
    }
}

pub(super) fn workflow(workspace: &workspace::Model) -> workflow::Model {
    workflow::Model {
        description: Some("monthly".to_owned()),
        schedule: Some("0 0 1 * *".to_owned()),
        next_run_at: Some(time()),
        scenario_id: Some("customer_intelligence".to_owned()),
        ..bare_workflow(workspace)
    }
}

pub(super) fn bare_workflow(workspace: &workspace::Model) -> workflow::Model {
    let id = WorkflowId::generate();
    workflow::Model {
        workspace_id: workspace.id.clone(),
        name: "Report".to_owned(),
        slug: format!("report_{id}"),
        id,
        description: None,
        status: WorkflowStatus::Draft,
        schedule: None,
        timezone: "UTC".to_owned(),
        next_run_at: None,
        scenario_id: None,
        version: 4,
        created_at: time(),
        updated_at: time(),
    }
}

pub(super) fn workflow_step(workflow: &workflow::Model) -> workflow_step::Model {
    workflow_step::Model {
        name: "load".to_owned(),
        rows: Some(1),
        result: Some(some_json()),
        error_message: Some("it broke".to_owned()),
        started_at: Some(time()),
        completed_at: Some(time()),
        ..bare_workflow_step(workflow)
    }
}

pub(super) fn bare_workflow_step(workflow: &workflow::Model) -> workflow_step::Model {
    workflow_step::Model {
        id: WorkflowStepId::generate(),
        workflow_id: workflow.id.clone(),
        name: "analyse".to_owned(),
        kind: StepKind::Analyse,
        depends_on: json!(["load"]),
        config: some_json(),
        status: StepStatus::Skipped,
        rows: None,
        result: None,
        error_message: None,
        position: 1,
        started_at: None,
        completed_at: None,
    }
}

pub(super) fn workflow_run(workflow: &workflow::Model) -> workflow_run::Model {
    workflow_run::Model {
        from_step: Some("load".to_owned()),
        status: WorkflowStatus::Failed,
        error_message: Some("it broke".to_owned()),
        lease_owner: Some("a process".to_owned()),
        lease_expires_at: Some(time()),
        started_at: Some(time()),
        completed_at: Some(time()),
        ..bare_workflow_run(workflow)
    }
}

pub(super) fn bare_workflow_run(workflow: &workflow::Model) -> workflow_run::Model {
    workflow_run::Model {
        id: WorkflowRunId::generate(),
        workspace_id: workflow.workspace_id.clone(),
        workflow_id: workflow.id.clone(),
        trigger_kind: SyncTrigger::Scheduled,
        from_step: None,
        status: WorkflowStatus::Running,
        error_message: None,
        attempt: 2,
        take_overs: 1,
        cancel_requested: true,
        lease_owner: None,
        lease_epoch: 3,
        lease_expires_at: None,
        queued_at: time(),
        started_at: None,
        completed_at: None,
    }
}

pub(super) fn workflow_table(workflow: &workflow::Model, name: &str, version: Option<i64>) -> workflow_table::Model {
    workflow_table::Model {
        workflow_id: workflow.id.clone(),
        name: name.to_owned(),
        workspace_id: workflow.workspace_id.clone(),
        lake_path: format!("{}/{name}", workflow.id),
        sequence: 2,
        table_version: version,
        row_count: version.map(|_| 5_000_000_000),
        byte_size: version.map(|_| 6_000_000_000),
        columns: some_json(),
        updated_at: time(),
    }
}

pub(super) fn file(workspace: &workspace::Model, step: Option<&workflow_step::Model>) -> file::Model {
    file::Model {
        id: FileId::generate(),
        workspace_id: workspace.id.clone(),
        workflow_id: step.map(|step| step.workflow_id.clone()),
        workflow_step_id: step.map(|step| step.id.clone()),
        name: "report.xlsx".to_owned(),
        content_type: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet".to_owned(),
        byte_size: 5_000_000_000,
        path: "files/report.xlsx".to_owned(),
        created_at: time(),
    }
}

pub(super) fn link_set(
    step: &workflow_step::Model,
    workflow: &workflow::Model,
    sources: Option<(&data_source::Model, &data_source::Model)>,
) -> link_set::Model {
    link_set::Model {
        id: 7,
        workspace_id: workflow.workspace_id.clone(),
        workflow_id: workflow.id.clone(),
        workflow_step_id: step.id.clone(),
        left_source: "Support".to_owned(),
        left_table: "slack.support".to_owned(),
        left_source_id: sources.map(|(left, _)| left.id.clone()),
        right_source: "Customers".to_owned(),
        right_table: "crm.customers".to_owned(),
        right_source_id: sources.map(|(_, right)| right.id.clone()),
        is_current: sources.is_some(),
        link_count: 5_000_000_000,
        created_at: time(),
    }
}

pub(super) fn link(set: &link_set::Model) -> link::Model {
    link::Model {
        link_set_id: set.id,
        place: 0,
        left_key: "1".to_owned(),
        right_key: "2".to_owned(),
        score: 0.875,
        decision: "match".to_owned(),
        reasons: json!([{ "rule": "email" }]),
    }
}

pub(super) fn connector_token(connector: &connector::Model) -> connector_token::Model {
    connector_token::Model {
        connector_id: connector.id.clone(),
        sealed: Some("ciphertext".to_owned()),
        key_id: Some("key".to_owned()),
        expires_at: Some(time()),
        credentials_version: 2,
        version: 3,
        lease_owner: Some("somebody".to_owned()),
        lease_expires_at: Some(time()),
        updated_at: time(),
    }
}

pub(super) fn bare_connector_token(connector: &connector::Model) -> connector_token::Model {
    connector_token::Model {
        sealed: None,
        key_id: None,
        expires_at: None,
        version: 0,
        lease_owner: None,
        lease_expires_at: None,
        ..connector_token(connector)
    }
}

pub(super) fn pending_authorisation(
    connector: &connector::Model,
    state_hash: &str,
    used_at: Option<DateTime<Utc>>,
) -> pending_authorisation::Model {
    pending_authorisation::Model {
        state_hash: state_hash.to_owned(),
        connector_id: connector.id.clone(),
        sealed: "ciphertext".to_owned(),
        asked_by: "ada".to_owned(),
        used_at,
        finished_at: used_at,
        failure: used_at.map(|_| "access was not allowed".to_owned()),
        expires_at: time(),
        created_at: time(),
    }
}

pub(super) fn conversation(workspace: &workspace::Model, scenario_id: Option<&str>) -> conversation::Model {
    conversation::Model {
        id: ConversationId::generate(),
        workspace_id: workspace.id.clone(),
        viewer: "ci".to_owned(),
        scenario_id: scenario_id.map(str::to_owned),
        title: "How many orders?".to_owned(),
        memory: scenario_id.map(|_| some_json()),
        created_at: time(),
        updated_at: time(),
    }
}

pub(super) fn answer(conversation: &conversation::Model) -> answer::Model {
    answer::Model {
        sql: Some("SELECT 1".to_owned()),
        result: Some(r#"{"z":1,"a":"\u0000"}"#.to_owned()),
        chart: Some(some_json()),
        ..bare_answer(conversation)
    }
}

pub(super) fn bare_answer(conversation: &conversation::Model) -> answer::Model {
    answer::Model {
        id: AnswerId::generate(),
        workspace_id: conversation.workspace_id.clone(),
        conversation_id: conversation.id.clone(),
        question: "How many orders?".to_owned(),
        interpretation: "the number of orders".to_owned(),
        confidence: 0.75,
        needs_clarification: false,
        sql: None,
        result: None,
        chart: None,
        summary: "There are 3 orders.".to_owned(),
        sources: json!(["src_1"]),
        suggestions: json!([]),
        engine: "planner".to_owned(),
        created_at: time(),
    }
}
