//! Workflows: chains of steps that extract, transform, link, analyse and give out.

use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{DbBackend, Statement};

use super::ids::{WorkflowId, WorkspaceId};
use super::scope::scoped_by_workspace;
use super::sync_event::CHANNEL;
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
    /// The schema name of its tables in SQL: unique in the workspace, among connectors too, kept when the name changes.
    pub slug: String,
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
    /// Rises with every change of the workflow, its steps and its run, so that whoever follows it notices.
    pub version: i64,
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
    /// Its runs.
    #[sea_orm(has_many)]
    pub runs: HasMany<super::workflow_run::Entity>,
    /// The tables that its steps made.
    #[sea_orm(has_many)]
    pub tables: HasMany<super::workflow_table::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(WorkflowId);

impl Entity {
    /// Counts a change of a workflow, its steps or its run in the transaction that makes it. With its commit on PostgreSQL,
    /// other processes get a hint.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn changed(transaction: &impl ConnectionTrait, id: &WorkflowId) -> Result<(), DbErr> {
        Self::update_many()
            .col_expr(Column::Version, Expr::col(Column::Version).add(1))
            .filter(Column::Id.eq(id.clone()))
            .exec(transaction)
            .await?;
        if transaction.get_database_backend() == DbBackend::Postgres {
            let hint =
                Statement::from_sql_and_values(DbBackend::Postgres, "SELECT pg_notify($1, '')", [CHANNEL.into()]);
            transaction.execute_raw(hint).await?;
        }
        Ok(())
    }
}
