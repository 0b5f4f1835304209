//! How often in a row the process of a sync died, so that one that kills every process comes to an end.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let add = Table::alter().table("connector_sync_logs").add_column(small_count("take_overs")).take();
        manager.alter_table(add).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let drop = Table::alter().table("connector_sync_logs").drop_column("take_overs").take();
        manager.alter_table(drop).await
    }
}
