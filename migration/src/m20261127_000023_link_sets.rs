//! Links belong to the run of a step that decided them, and are replaced with it.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Nothing has decided links before, so there are none to keep.
        drop_tables(manager, &["links"]).await?;
        create_link_sets(manager).await?;
        create_links(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["links", "link_sets"]).await?;
        create_links_as_before(manager).await
    }
}

async fn create_link_sets(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("link_sets")
        .col(big_integer("id").auto_increment().primary_key())
        .col(text("workspace_id"))
        .col(text("workflow_id"))
        .col(text("workflow_step_id"))
        .col(text("left_source"))
        .col(text("left_table"))
        .col(text_null("left_source_id"))
        .col(text("right_source"))
        .col(text("right_table"))
        .col(text_null("right_source_id"))
        .col(boolean("is_current").default(false))
        .col(count("link_count"))
        .col(time("created_at"))
        .foreign_key(&mut owned_by("workspace_id", "workspaces"))
        .foreign_key(&mut owned_by("workflow_id", "workflows"))
        .foreign_key(&mut owned_by("workflow_step_id", "workflow_steps"))
        .foreign_key(&mut owned_by("left_source_id", "data_sources"))
        .foreign_key(&mut owned_by("right_source_id", "data_sources"))
        .take();
    manager.create_table(table).await?;
    let indices = [
        index("link_sets", ["workspace_id", "id"]),
        index("link_sets", ["workflow_id"]),
        index("link_sets", ["workflow_step_id"]),
        index("link_sets", ["left_source_id"]),
        index("link_sets", ["right_source_id"]),
    ];
    create_indices(manager, indices).await
}

async fn create_links(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("links")
        .col(big_integer("link_set_id"))
        .col(big_integer("place"))
        .col(text("left_key"))
        .col(text("right_key"))
        .col(double("score"))
        .col(text("decision"))
        .col(json("reasons"))
        .primary_key(&mut key(["link_set_id", "place"]))
        .foreign_key(&mut owned_by("link_set_id", "link_sets"))
        .take();
    manager.create_table(table).await
}

async fn create_links_as_before(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
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
        index("links", ["workspace_id", "id"]),
        index("links", ["left_source_id", "left_key"]),
        index("links", ["right_source_id", "right_key"]),
    ];
    create_indices(manager, indices).await
}
