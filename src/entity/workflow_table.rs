//! Workflow tables: the lake tables that TRANSFORM steps make, with their names in SQL.

use sea_orm::Select;
use sea_orm::entity::prelude::*;

use super::ids::{WorkflowId, WorkspaceId};

/// A lake table that a step of a workflow makes.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "workflow_tables")]
pub struct Model {
    /// The workflow that makes it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub workflow_id: WorkflowId,
    /// Its name in SQL, behind the workflow's slug.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// Where it lies, below the lake root.
    pub lake_path: String,
    /// The last number that was handed out for a commit; none is used twice.
    pub sequence: i64,
    /// The lake table's version; none before the first commit.
    pub table_version: Option<i64>,
    /// Rows in it.
    pub row_count: Option<i64>,
    /// Bytes of its files.
    pub byte_size: Option<i64>,
    /// Its columns: a list of names and types.
    #[sea_orm(column_type = "JsonBinary")]
    pub columns: Json,
    /// When its rows were last made.
    pub updated_at: DateTimeUtc,
    /// The workflow that makes it.
    #[sea_orm(belongs_to, from = "workflow_id", to = "id")]
    pub workflow: BelongsTo<super::workflow::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The tables of one workspace's workflows.
    pub fn in_workspace(workspace: &WorkspaceId) -> Select<Self> {
        Self::find().filter(Column::WorkspaceId.eq(workspace.clone()))
    }
}
