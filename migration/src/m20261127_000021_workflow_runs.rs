//! Runs of workflows, the tables that their steps make, and what a step keeps of its work.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement. Nothing has made workflows before, so none is left without a slug.
        for column in [text("slug").default("").take(), count("version")] {
            manager.alter_table(Table::alter().table("workflows").add_column(column).take()).await?;
        }
        manager.create_index(unique("workflows", ["workspace_id", "slug"])).await?;
        let result = Table::alter().table("workflow_steps").add_column(json_null("result")).take();
        manager.alter_table(result).await?;
        create_workflow_runs(manager).await?;
        create_workflow_tables(manager).await?;
        // Not only data sources own lake tables.
        let owner = Table::alter().table("pending_drops").rename_column("data_source_id", "owner_id").take();
        manager.alter_table(owner).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let owner = Table::alter().table("pending_drops").rename_column("owner_id", "data_source_id").take();
        manager.alter_table(owner).await?;
        drop_tables(manager, &["workflow_tables", "workflow_runs"]).await?;
        let result = Table::alter().table("workflow_steps").drop_column("result").take();
        manager.alter_table(result).await?;
        manager.drop_index(Index::drop().name("workflows_workspace_id_slug").table("workflows").to_owned()).await?;
        for column in ["version", "slug"] {
            manager.alter_table(Table::alter().table("workflows").drop_column(column).take()).await?;
        }
        Ok(())
    }
}

async fn create_workflow_runs(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("workflow_runs")
        .col(text_key("id"))
        .col(text("workspace_id"))
        .col(text("workflow_id"))
        .col(text("trigger"))
        .col(text_null("from_step"))
        .col(text("status"))
        .col(text_null("error_message"))
        .col(small_count("attempt"))
        .col(small_count("take_overs"))
        .col(boolean("cancel_requested").default(false))
        .col(text_null("lease_owner"))
        .col(count("lease_epoch"))
        .col(time_null("lease_expires_at"))
        .col(time("queued_at"))
        .col(time_null("started_at"))
        .col(time_null("completed_at"))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .foreign_key(&mut owned_by("workflow_id", "workflows"))
        .take();
    manager.create_table(table).await?;
    let one_live_run = unique("workflow_runs", ["workflow_id"])
        .name("workflow_runs_one_live")
        .and_where(Expr::col("status").eq("RUNNING"))
        .take();
    let indices = [
        one_live_run,
        index("workflow_runs", ["status", "queued_at"]),
        index("workflow_runs", ["workspace_id", "id"]),
        index("workflow_runs", ["workflow_id", "id"]),
    ];
    create_indices(manager, indices).await
}

async fn create_workflow_tables(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("workflow_tables")
        .col(text("workflow_id"))
        .col(text("name"))
        .col(text("workspace_id"))
        .col(text("lake_path"))
        .col(count("sequence"))
        .col(big_integer_null("table_version"))
        .col(big_integer_null("row_count"))
        .col(big_integer_null("byte_size"))
        .col(json("columns"))
        .col(time("updated_at"))
        .primary_key(&mut key(["workflow_id", "name"]))
        .foreign_key(&mut owned_by("workflow_id", "workflows"))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .take();
    manager.create_table(table).await?;
    create_indices(manager, [index("workflow_tables", ["workspace_id"])]).await
}
