//! Link sets: what one run of a LINK step has decided about two tables.
//!
//! A set is filled while the one before is still read, and takes its place in one transaction. From then on it never changes.

use sea_orm::entity::prelude::*;

use super::ids::{DataSourceId, WorkflowId, WorkflowStepId, WorkspaceId};
use super::scope::scoped_by_workspace;

/// The links between two tables.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "link_sets")]
pub struct Model {
    /// Given by the database.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// The workflow whose step decided.
    pub workflow_id: WorkflowId,
    /// The step that decided.
    pub workflow_step_id: WorkflowStepId,
    /// What the one table is called: a data source's name, or that of a workflow's table.
    pub left_source: String,
    /// Its name in SQL.
    pub left_table: String,
    /// The data source that it is; none for a workflow's table.
    pub left_source_id: Option<DataSourceId>,
    /// What the other table is called.
    pub right_source: String,
    /// Its name in SQL.
    pub right_table: String,
    /// The data source that it is; none for a workflow's table.
    pub right_source_id: Option<DataSourceId>,
    /// Whether it is complete, and the one to read of its step.
    pub is_current: bool,
    /// How many links it has.
    pub link_count: i64,
    /// When it was decided.
    pub created_at: DateTimeUtc,
    /// Its links.
    #[sea_orm(has_many)]
    pub links: HasMany<super::link::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(i64);
