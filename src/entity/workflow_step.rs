//! Workflow steps: what a workflow does, one thing each.

use sea_orm::entity::prelude::*;
use sea_orm::{JoinType, QuerySelect, Select};

use super::ids::{WorkflowId, WorkflowStepId, WorkspaceId};
use super::workflow;
use crate::vocabulary::{StepKind, StepStatus};

/// One step of a workflow.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_steps")]
pub struct Model {
    /// `wfs_…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WorkflowStepId,
    /// The workflow it is a step of.
    pub workflow_id: WorkflowId,
    /// Its name; unique in the workflow.
    pub name: String,
    /// What it does.
    pub kind: StepKind,
    /// The names of the steps that must have succeeded before it: a list.
    #[sea_orm(column_type = "JsonBinary")]
    pub depends_on: Json,
    /// How it does it.
    #[sea_orm(column_type = "JsonBinary")]
    pub config: Json,
    /// Where it stands.
    pub status: StepStatus,
    /// Rows it made.
    pub rows: Option<i64>,
    /// What it keeps of its work: the answer of an ANALYSE step, the syncs of an EXTRACT step.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub result: Option<Json>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// Its place in the workflow, from 0.
    pub position: i32,
    /// When it began.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub completed_at: Option<DateTimeUtc>,
    /// The workflow it is a step of.
    #[sea_orm(belongs_to, from = "workflow_id", to = "id")]
    pub workflow: BelongsTo<super::workflow::Entity>,
    /// The files it made.
    #[sea_orm(has_many)]
    pub files: HasMany<super::file::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The steps of one workspace's workflows.
    pub fn in_workspace(workspace: &WorkspaceId) -> Select<Self> {
        Self::find()
            .join(JoinType::InnerJoin, Relation::Workflow.def())
            .filter(workflow::Column::WorkspaceId.eq(workspace.clone()))
    }

    /// The step with this id, if its workflow is in the workspace.
    pub fn by_id_in(workspace: &WorkspaceId, id: &WorkflowStepId) -> Select<Self> {
        Self::in_workspace(workspace).filter(Column::Id.eq(id.clone()))
    }
}
