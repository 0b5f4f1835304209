//! How far the event log has expired; and boundary hashes go, since the lake table itself is asked instead.

use sea_orm_migration::prelude::*;

use crate::columns::*;
use crate::m20261122_000004_checkpoints::create_boundary_hashes;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["boundary_hashes"]).await?;
        let table =
            Table::create().table("event_expiry").col(integer("id").primary_key()).col(big_integer("position")).take();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["event_expiry"]).await?;
        create_boundary_hashes(manager).await
    }
}
