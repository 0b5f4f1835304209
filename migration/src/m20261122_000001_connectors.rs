//! Workspaces, connectors and data sources, with the history of the sources' columns.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_workspaces(manager).await?;
        create_connectors(manager).await?;
        create_data_sources(manager).await?;
        create_schema_versions(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["schema_versions", "data_sources", "connectors", "workspaces"]).await
    }
}

async fn create_workspaces(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("workspaces")
        .col(text_key("id"))
        .col(text("name"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .take();
    manager.create_table(table).await
}

async fn create_connectors(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("connectors")
        .col(text_key("id"))
        .col(text("workspace_id"))
        .col(text("name"))
        .col(text("slug"))
        .col(text_null("description"))
        .col(text("connector_type"))
        .col(text("status"))
        .col(text_null("status_message"))
        .col(text("auth_type"))
        .col(json("connection_config"))
        .col(json("auth_config"))
        .col(text_null("secrets"))
        .col(text_null("secret_key_id"))
        .col(boolean("demo_mode"))
        .col(boolean("sync_enabled"))
        .col(text_null("sync_schedule"))
        .col(text("timezone"))
        .col(time_null("last_sync_at"))
        .col(time_null("next_sync_at"))
        .col(time_null("discovered_at"))
        .col(text_null("scenario_id"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .take();
    manager.create_table(table).await?;
    let indices = [
        unique("connectors", ["workspace_id", "slug"]),
        index("connectors", ["workspace_id", "created_at", "id"]),
        index("connectors", ["workspace_id", "scenario_id"]),
        index("connectors", ["next_sync_at"]),
    ];
    create_indices(manager, indices).await
}

async fn create_data_sources(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("data_sources")
        .col(text_key("id"))
        .col(text("workspace_id"))
        .col(text("connector_id"))
        .col(text("name"))
        .col(text_null("description"))
        .col(text("source_type"))
        .col(text("source_path"))
        .col(text("slug"))
        .col(text("lake_path"))
        .col(json("columns"))
        .col(json("details"))
        .col(json("primary_key"))
        .col(text_null("cursor_field"))
        .col(text("extract_type"))
        .col(text("write_mode"))
        .col(text("schema_policy"))
        .col(integer("lookback_seconds"))
        .col(boolean("detect_deletes"))
        .col(big_integer("reject_limit"))
        .col(count("sequence"))
        .col(big_integer_null("row_count"))
        .col(big_integer_null("byte_size"))
        .col(big_integer_null("table_version"))
        .col(boolean("is_active"))
        .col(boolean("sync_enabled"))
        .col(time_null("last_updated"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .foreign_key(&mut owned_by("connector_id", "connectors"))
        .take();
    manager.create_table(table).await?;
    let indices = [
        unique("data_sources", ["connector_id", "source_path"]),
        unique("data_sources", ["connector_id", "slug"]),
        index("data_sources", ["workspace_id", "created_at", "id"]),
        index("data_sources", ["connector_id", "created_at", "id"]),
    ];
    create_indices(manager, indices).await
}

async fn create_schema_versions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("schema_versions")
        .col(text("data_source_id"))
        .col(integer("version"))
        .col(json("columns"))
        .col(json("changes"))
        .col(time("at"))
        .primary_key(&mut key(["data_source_id", "version"]))
        .foreign_key(&mut owned_by("data_source_id", "data_sources"))
        .take();
    manager.create_table(table).await
}
