//! Files: what workflows made, to be downloaded.

use sea_orm::entity::prelude::*;

use super::ids::{FileId, WorkflowId, WorkflowStepId, WorkspaceId};
use super::scope::scoped_by_workspace;

/// A file that a workflow made.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "files")]
pub struct Model {
    /// `fil_…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: FileId,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// The workflow that made it.
    pub workflow_id: Option<WorkflowId>,
    /// The step that made it.
    pub workflow_step_id: Option<WorkflowStepId>,
    /// Its name for the one who downloads it.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its size.
    pub byte_size: i64,
    /// Where it lies, below the data folder.
    pub path: String,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// The workflow that made it.
    #[sea_orm(belongs_to, from = "workflow_id", to = "id")]
    pub workflow: BelongsTo<Option<super::workflow::Entity>>,
    /// The step that made it.
    #[sea_orm(belongs_to, from = "workflow_step_id", to = "id")]
    pub workflow_step: BelongsTo<Option<super::workflow_step::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(FileId);
