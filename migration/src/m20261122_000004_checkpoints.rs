//! What a sync needs to go on after a crash: checkpoints, staged files, boundary hashes.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create_checkpoints(manager).await?;
        create_staged_files(manager).await?;
        create_boundary_hashes(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["boundary_hashes", "staged_files", "checkpoints"]).await
    }
}

async fn create_checkpoints(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("checkpoints")
        .col(text("data_source_id"))
        .col(big_integer("sequence"))
        .col(text_null("sync_log_id"))
        .col(json("cursor"))
        .col(big_integer("rows_read"))
        .col(big_integer("rows_added"))
        .col(big_integer("rows_updated"))
        .col(big_integer("rows_deleted"))
        .col(big_integer("bytes"))
        .col(boolean("committed"))
        .col(time("created_at"))
        .primary_key(&mut key(["data_source_id", "sequence"]))
        .foreign_key(&mut owned_by("data_source_id", "data_sources"))
        .foreign_key(&mut points_to("sync_log_id", "connector_sync_logs"))
        .take();
    manager.create_table(table).await?;
    create_indices(manager, [index("checkpoints", ["sync_log_id"])]).await
}

async fn create_staged_files(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("staged_files")
        .col(text("sync_log_id"))
        .col(text("data_source_id"))
        .col(big_integer("number"))
        .col(json("add_action"))
        .col(json_null("cursor"))
        .col(big_integer("rows"))
        .col(big_integer("bytes"))
        .col(time("created_at"))
        .primary_key(&mut key(["sync_log_id", "data_source_id", "number"]))
        .foreign_key(&mut owned_by("sync_log_id", "connector_sync_logs"))
        .foreign_key(&mut owned_by("data_source_id", "data_sources"))
        .take();
    manager.create_table(table).await?;
    create_indices(manager, [index("staged_files", ["data_source_id"])]).await
}

pub(crate) async fn create_boundary_hashes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("boundary_hashes")
        .col(text("data_source_id"))
        .col(big_integer("sequence"))
        .col(text("hash"))
        .primary_key(&mut key(["data_source_id", "sequence", "hash"]))
        .foreign_key(&mut owned_by("data_source_id", "data_sources"))
        .take();
    manager.create_table(table).await
}
