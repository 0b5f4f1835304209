//! Lists are in the order of their ids, which sort by the time they were made: so are their indices.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Tables, and the columns by which their lists are asked for.
const LISTS: [(&str, &str); 12] = [
    ("connectors", "workspace_id"),
    ("data_sources", "workspace_id"),
    ("data_sources", "connector_id"),
    ("connector_sync_logs", "workspace_id"),
    ("connector_sync_logs", "connector_id"),
    ("data_extracts", "workspace_id"),
    ("data_extracts", "data_source_id"),
    ("scenarios", "workspace_id"),
    ("workflows", "workspace_id"),
    ("files", "workspace_id"),
    ("files", "workflow_id"),
    ("links", "workspace_id"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, of) in LISTS {
            drop_index(manager, table, &[of, "created_at", "id"]).await?;
            manager.create_index(index(table, [of, "id"])).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, of) in LISTS {
            drop_index(manager, table, &[of, "id"]).await?;
            manager.create_index(index(table, [of, "created_at", "id"])).await?;
        }
        Ok(())
    }
}

async fn drop_index(manager: &SchemaManager<'_>, table: &'static str, columns: &[&str]) -> Result<(), DbErr> {
    manager.drop_index(Index::drop().name(format!("{table}_{}", columns.join("_"))).table(table).to_owned()).await
}
