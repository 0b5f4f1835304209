//! Syncs: their records, the extracts they make, how far each source is, and what happened.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_sync_logs(manager).await?;
        create_data_extracts(manager).await?;
        create_sync_log_sources(manager).await?;
        create_sync_events(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["sync_events", "sync_log_sources", "data_extracts", "connector_sync_logs"]).await
    }
}

async fn create_sync_logs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("connector_sync_logs")
        .col(text_key("id"))
        .col(text("workspace_id"))
        .col(text("connector_id"))
        .col(text("sync_type"))
        .col(text("trigger"))
        .col(text("status"))
        .col(json("request"))
        .col(count("records_processed"))
        .col(count("records_added"))
        .col(count("records_updated"))
        .col(count("records_deleted"))
        .col(count("bytes_processed"))
        .col(text_null("error_message"))
        .col(json_null("error_details"))
        .col(small_count("attempt"))
        .col(boolean("cancel_requested").default(false))
        .col(text_null("lease_owner"))
        .col(count("lease_epoch"))
        .col(time_null("lease_expires_at"))
        .col(time_null("not_before"))
        .col(time("queued_at"))
        .col(time_null("started_at"))
        .col(time_null("completed_at"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .foreign_key(&mut owned_by("connector_id", "connectors"))
        .take();
    manager.create_table(table).await?;
    let one_live_sync = unique("connector_sync_logs", ["connector_id"])
        .name("connector_sync_logs_one_live")
        .and_where(Expr::col("status").is_in(["QUEUED", "RUNNING"]))
        .take();
    let indices = [
        one_live_sync,
        index("connector_sync_logs", ["status", "queued_at"]),
        index("connector_sync_logs", ["workspace_id", "created_at", "id"]),
        index("connector_sync_logs", ["connector_id", "created_at", "id"]),
    ];
    create_indices(manager, indices).await
}

async fn create_data_extracts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("data_extracts")
        .col(text_key("id"))
        .col(text("workspace_id"))
        .col(text("data_source_id"))
        .col(text_null("sync_log_id"))
        .col(text_null("workflow_id"))
        .col(text("extract_type"))
        .col(text("status"))
        .col(text("data_format"))
        .col(text_null("data_file_path"))
        .col(big_integer_null("table_version"))
        .col(big_integer_null("row_count"))
        .col(integer_null("column_count"))
        .col(big_integer_null("byte_size"))
        .col(json_null("config"))
        .col(time_null("started_at"))
        .col(time_null("completed_at"))
        .col(text_null("error_message"))
        .col(time("created_at"))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .foreign_key(&mut owned_by("data_source_id", "data_sources"))
        .foreign_key(&mut points_to("sync_log_id", "connector_sync_logs"))
        .foreign_key(&mut points_to("workflow_id", "workflows"))
        .take();
    manager.create_table(table).await?;
    let indices = [
        index("data_extracts", ["workspace_id", "created_at", "id"]),
        index("data_extracts", ["data_source_id", "created_at", "id"]),
        index("data_extracts", ["sync_log_id"]),
        index("data_extracts", ["workflow_id"]),
    ];
    create_indices(manager, indices).await
}

async fn create_sync_log_sources(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("sync_log_sources")
        .col(text("sync_log_id"))
        .col(text("data_source_id"))
        .col(text_null("extract_id"))
        .col(text("status"))
        .col(text("phase"))
        .col(count("rows"))
        .col(count("bytes"))
        .col(big_integer_null("estimated_rows"))
        .col(double_null("percent"))
        .col(text_null("waiting_reason"))
        .col(text_null("error_message"))
        .col(text_null("error_code"))
        .col(small_count("attempt"))
        .col(count("records_added"))
        .col(count("records_updated"))
        .col(count("records_deleted"))
        .col(count("rejected"))
        .col(integer("position"))
        .col(time_null("started_at"))
        .col(time_null("completed_at"))
        .col(time("updated_at"))
        .primary_key(&mut key(["sync_log_id", "data_source_id"]))
        .foreign_key(&mut owned_by("sync_log_id", "connector_sync_logs"))
        .foreign_key(&mut owned_by("data_source_id", "data_sources"))
        .foreign_key(&mut points_to("extract_id", "data_extracts"))
        .take();
    manager.create_table(table).await?;
    let indices = [index("sync_log_sources", ["data_source_id"]), index("sync_log_sources", ["extract_id"])];
    create_indices(manager, indices).await
}

async fn create_sync_events(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("sync_events")
        .col(big_integer("position").auto_increment().primary_key())
        .col(text("id"))
        .col(text("workspace_id"))
        .col(text("connector_id"))
        .col(text("sync_log_id"))
        .col(text_null("data_source_id"))
        .col(text("kind"))
        .col(text("level"))
        .col(text("message"))
        .col(text_null("status"))
        .col(json_null("progress"))
        .col(json_null("details"))
        .col(time("at"))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .foreign_key(&mut owned_by("connector_id", "connectors"))
        .foreign_key(&mut owned_by("sync_log_id", "connector_sync_logs"))
        .foreign_key(&mut owned_by("data_source_id", "data_sources"))
        .take();
    manager.create_table(table).await?;
    let indices = [
        unique("sync_events", ["id"]),
        index("sync_events", ["workspace_id", "position"]),
        index("sync_events", ["sync_log_id", "position"]),
        index("sync_events", ["connector_id", "position"]),
        index("sync_events", ["data_source_id", "position"]),
    ];
    create_indices(manager, indices).await
}
