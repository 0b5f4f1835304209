//! Conversations: questions that were asked, and their answers.

use sea_orm_migration::prelude::*;

use crate::columns::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let conversations = Table::create()
            .table("conversations")
            .col(text_key("id"))
            .col(text("workspace_id"))
            .col(text("viewer"))
            .col(text_null("scenario_id"))
            .col(text("title"))
            .col(json_null("memory"))
            .col(time("created_at"))
            .col(time("updated_at"))
            .foreign_key(&mut owned_by("workspace_id", "workspaces"))
            .take();
        manager.create_table(conversations).await?;
        let answers = Table::create()
            .table("answers")
            .col(text_key("id"))
            .col(text("workspace_id"))
            .col(text("conversation_id"))
            .col(text("question"))
            .col(text("interpretation"))
            .col(double("confidence"))
            .col(boolean("needs_clarification"))
            .col(text_null("sql"))
            .col(text_null("result"))
            .col(json_null("chart"))
            .col(text("summary"))
            .col(json("sources"))
            .col(json("suggestions"))
            .col(text("engine"))
            .col(time("created_at"))
            .foreign_key(&mut owned_by("workspace_id", "workspaces"))
            .foreign_key(&mut owned_by("conversation_id", "conversations"))
            .take();
        manager.create_table(answers).await?;
        let indices = [
            index("conversations", ["workspace_id", "viewer", "id"]),
            index("conversations", ["updated_at"]),
            index("answers", ["conversation_id", "id"]),
            index("answers", ["workspace_id"]),
        ];
        create_indices(manager, indices).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["answers", "conversations"]).await
    }
}
