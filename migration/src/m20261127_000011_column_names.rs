//! Columns that are called by what they hold: all that is kept with a checkpoint, and the files of a staged chunk.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Table, name before, name since.
const RENAMED: [(&str, &str, &str); 2] = [("checkpoints", "cursor", "state"), ("staged_files", "add_action", "files")];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, before, since) in RENAMED {
            manager.alter_table(Table::alter().table(table).rename_column(before, since).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, before, since) in RENAMED {
            manager.alter_table(Table::alter().table(table).rename_column(since, before).take()).await?;
        }
        Ok(())
    }
}
