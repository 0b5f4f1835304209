//! Conversations: questions of one viewer that follow each other.

use sea_orm::Select;
use sea_orm::entity::prelude::*;

use super::ids::{ConversationId, WorkspaceId};
use super::scope::scoped_by_workspace;

/// Questions of one viewer that follow each other, about one scenario or about all tables.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "conversations")]
pub struct Model {
    /// `cnv_…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ConversationId,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// Who asks; nobody else sees it.
    pub viewer: String,
    /// The scenario that it is about; all tables where it is absent.
    pub scenario_id: Option<String>,
    /// Its first question.
    pub title: String,
    /// What the next question may refer to.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub memory: Option<Json>,
    /// When it began.
    pub created_at: DateTimeUtc,
    /// When something was last asked.
    pub updated_at: DateTimeUtc,
    /// What was answered.
    #[sea_orm(has_many)]
    pub answers: HasMany<super::answer::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(ConversationId);

impl Entity {
    /// The conversations of one viewer.
    pub fn of_viewer(workspace: &WorkspaceId, viewer: &str) -> Select<Self> {
        Self::in_workspace(workspace).filter(Column::Viewer.eq(viewer))
    }
}
