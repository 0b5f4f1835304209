//! What was synced on each of the last days is found without a look at all syncs on record.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "connector_sync_logs";
const COLUMNS: [&str; 2] = ["workspace_id", "completed_at"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_index(index(TABLE, COLUMNS)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(Index::drop().name(format!("{TABLE}_{}", COLUMNS.join("_"))).table(TABLE).to_owned()).await
    }
}
