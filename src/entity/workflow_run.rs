//! Workflow runs: the record of one run of a workflow, which is also its place in the queue.

use sea_orm::entity::prelude::*;

use super::ids::{WorkflowId, WorkflowRunId, WorkspaceId};
use super::scope::scoped_by_workspace;
use crate::vocabulary::{SyncTrigger, WorkflowStatus};

/// One run of a workflow. At most one of a workflow's is under way.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_runs")]
pub struct Model {
    /// `run_…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WorkflowRunId,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// What is run.
    pub workflow_id: WorkflowId,
    /// Who asked for it.
    #[sea_orm(column_name = "trigger")]
    pub trigger_kind: SyncTrigger,
    /// The step that it began with, where it was not the whole workflow.
    pub from_step: Option<String>,
    /// Where it stands. One that waits for a process is RUNNING, too.
    pub status: WorkflowStatus,
    /// Why it failed, in words.
    pub error_message: Option<String>,
    /// How many processes have begun to run it: 0 while it waits.
    pub attempt: i32,
    /// Owners in a row that died or fell silent while they ran it, and no step ended.
    pub take_overs: i32,
    /// Whether somebody asked it to stop.
    pub cancel_requested: bool,
    /// The process that runs it.
    pub lease_owner: Option<String>,
    /// Rises with every new owner.
    pub lease_epoch: i64,
    /// When another process may take it over.
    pub lease_expires_at: Option<DateTimeUtc>,
    /// When it was asked for.
    pub queued_at: DateTimeUtc,
    /// When it began.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub completed_at: Option<DateTimeUtc>,
    /// What is run.
    #[sea_orm(belongs_to, from = "workflow_id", to = "id")]
    pub workflow: BelongsTo<super::workflow::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(WorkflowRunId);
