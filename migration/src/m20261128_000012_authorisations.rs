//! The tokens of connectors' accounts, and consents that people are asked for.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let version = Table::alter().table("connectors").add_column(count("credentials_version")).take();
        manager.alter_table(version).await?;
        let tokens = Table::create()
            .table("connector_tokens")
            .col(text_key("connector_id"))
            .col(text_null("sealed"))
            .col(text_null("key_id"))
            .col(time_null("expires_at"))
            .col(count("credentials_version"))
            .col(count("version"))
            .col(text_null("lease_owner"))
            .col(time_null("lease_expires_at"))
            .col(time("updated_at"))
            .foreign_key(&mut owned_by("connector_id", "connectors"))
            .take();
        manager.create_table(tokens).await?;
        let pending = Table::create()
            .table("pending_authorisations")
            .col(text_key("state_hash"))
            .col(text("connector_id"))
            .col(text("sealed"))
            .col(text("asked_by"))
            .col(time_null("used_at"))
            .col(time("expires_at"))
            .col(time("created_at"))
            .foreign_key(&mut owned_by("connector_id", "connectors"))
            .take();
        manager.create_table(pending).await?;
        let indices =
            [index("pending_authorisations", ["connector_id"]), index("pending_authorisations", ["expires_at"])];
        create_indices(manager, indices).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["pending_authorisations", "connector_tokens"]).await?;
        let version = Table::alter().table("connectors").drop_column("credentials_version").take();
        manager.alter_table(version).await
    }
}
