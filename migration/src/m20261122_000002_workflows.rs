//! Scenarios, workflows with their steps and files, and links between records.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_scenarios(manager).await?;
        create_workflows(manager).await?;
        create_workflow_steps(manager).await?;
        create_files(manager).await?;
        create_links(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["links", "files", "workflow_steps", "workflows", "scenarios"]).await
    }
}

async fn create_scenarios(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("scenarios")
        .col(text("workspace_id"))
        .col(text("id"))
        .col(text("status"))
        .col(json("steps"))
        .col(json_null("validation"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .primary_key(&mut key(["workspace_id", "id"]))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .take();
    manager.create_table(table).await?;
    create_indices(manager, [index("scenarios", ["workspace_id", "created_at", "id"])]).await
}

async fn create_workflows(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("workflows")
        .col(text_key("id"))
        .col(text("workspace_id"))
        .col(text("name"))
        .col(text_null("description"))
        .col(text("status"))
        .col(text_null("schedule"))
        .col(text("timezone"))
        .col(time_null("next_run_at"))
        .col(text_null("scenario_id"))
        .col(time("created_at"))
        .col(time("updated_at"))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .take();
    manager.create_table(table).await?;
    let indices = [
        index("workflows", ["workspace_id", "created_at", "id"]),
        index("workflows", ["workspace_id", "scenario_id"]),
        index("workflows", ["next_run_at"]),
    ];
    create_indices(manager, indices).await
}

async fn create_workflow_steps(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("workflow_steps")
        .col(text_key("id"))
        .col(text("workflow_id"))
        .col(text("name"))
        .col(text("kind"))
        .col(json("depends_on"))
        .col(json("config"))
        .col(text("status"))
        .col(big_integer_null("rows"))
        .col(text_null("error_message"))
        .col(integer("position"))
        .col(time_null("started_at"))
        .col(time_null("completed_at"))
        .foreign_key(&mut owned_by("workflow_id", "workflows"))
        .take();
    manager.create_table(table).await?;
    create_indices(manager, [unique("workflow_steps", ["workflow_id", "name"])]).await
}

async fn create_files(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("files")
        .col(text_key("id"))
        .col(text("workspace_id"))
        .col(text_null("workflow_id"))
        .col(text_null("workflow_step_id"))
        .col(text("name"))
        .col(text("content_type"))
        .col(big_integer("byte_size"))
        .col(text("path"))
        .col(time("created_at"))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .foreign_key(&mut owned_by("workflow_id", "workflows"))
        .foreign_key(&mut owned_by("workflow_step_id", "workflow_steps"))
        .take();
    manager.create_table(table).await?;
    let indices = [
        index("files", ["workspace_id", "created_at", "id"]),
        index("files", ["workflow_id", "created_at", "id"]),
        index("files", ["workflow_step_id"]),
    ];
    create_indices(manager, indices).await
}

async fn create_links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("links")
        .col(text_key("id"))
        .col(text("workspace_id"))
        .col(text("left_source_id"))
        .col(text("left_key"))
        .col(text("right_source_id"))
        .col(text("right_key"))
        .col(double("score"))
        .col(text("decision"))
        .col(json("reasons"))
        .col(time("created_at"))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .foreign_key(&mut owned_by("left_source_id", "data_sources"))
        .foreign_key(&mut owned_by("right_source_id", "data_sources"))
        .take();
    manager.create_table(table).await?;
    let indices = [
        index("links", ["workspace_id", "created_at", "id"]),
        index("links", ["left_source_id", "left_key"]),
        index("links", ["right_source_id", "right_key"]),
    ];
    create_indices(manager, indices).await
}
