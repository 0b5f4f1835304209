//! How large a scenario's world is, and which process is setting it up or tearing it down.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLE: &str = "scenarios";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite adds one column a statement.
        let columns = [
            double("size_factor").default(1.0).take(),
            count("version"),
            text_null("lease_owner"),
            time_null("lease_expires_at"),
            small_count("take_overs"),
        ];
        for column in columns {
            manager.alter_table(Table::alter().table(TABLE).add_column(column).take()).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["take_overs", "lease_expires_at", "lease_owner", "version", "size_factor"] {
            manager.alter_table(Table::alter().table(TABLE).drop_column(column).take()).await?;
        }
        Ok(())
    }
}
