//! Workflows: chains of steps that extract, transform, link, analyse and give out.

use sea_orm::entity::prelude::*;

use super::ids::{WorkflowId, WorkspaceId};
use super::scope::scoped_by_workspace;
use crate::vocabulary::WorkflowStatus;

/// A chain of steps.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workflows")]
pub struct Model {
    /// `wfl_…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WorkflowId,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Where it stands.
    pub status: WorkflowStatus,
    /// Cron, five fields, in `timezone`.
    pub schedule: Option<String>,
    /// IANA time zone of the schedule.
    pub timezone: String,
    /// When the schedule fires next.
    pub next_run_at: Option<DateTimeUtc>,
    /// The scenario that set it up.
    pub scenario_id: Option<String>,
    /// When it was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Its steps.
    #[sea_orm(has_many)]
    pub steps: HasMany<super::workflow_step::Entity>,
    /// The files that its steps made.
    #[sea_orm(has_many)]
    pub files: HasMany<super::file::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(WorkflowId);
