//! The right to run a run: prolong it, give it back, and write under it.

use std::time::Duration;

use chrono::Utc;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, IntoActiveModel, QueryFilter, Set};

use super::RunError;
use super::claim::begin_anew;
use crate::entity::database::{self, WriteTransaction, begin_immediate};
use crate::entity::ids::{WorkflowId, WorkflowRunId, WorkspaceId};
use crate::entity::{lease_end, stored_time, workflow, workflow_run};
use crate::services::Services;
use crate::vocabulary::WorkflowStatus;

/// The right to run a run; lost where another process took it over.
#[derive(Clone, Debug)]
pub(in crate::services::workflows) struct Lease {
    pub(in crate::services::workflows) run_id: WorkflowRunId,
    pub(in crate::services::workflows) workflow_id: WorkflowId,
    pub(in crate::services::workflows) workspace_id: WorkspaceId,
    pub(super) owner: String,
    pub(super) epoch: i64,
}

impl Lease {
    /// Begins a transaction that only the run's owner gets. It counts as a change of the workflow.
    pub(in crate::services::workflows) async fn guarded(&self, services: &Services) -> Result<Guarded, RunError> {
        let transaction = begin_immediate(services.db()).await?;
        workflow::Entity::changed(&transaction, &self.workflow_id).await?;
        if !self.holds(&transaction).await? {
            transaction.rollback().await?;
            return Err(RunError::LeaseLost);
        }
        Ok(Guarded { transaction, lease: self.clone() })
    }

    /// Whether it is still this owner's; its row is locked from here on.
    async fn holds(&self, transaction: &WriteTransaction) -> Result<bool, DbErr> {
        use workflow_run::Column;
        let held = workflow_run::Entity::update_many()
            .col_expr(Column::LeaseEpoch, Expr::value(self.epoch))
            .filter(Column::Id.eq(self.run_id.clone()))
            .filter(Column::LeaseOwner.eq(self.owner.clone()))
            .filter(Column::LeaseEpoch.eq(self.epoch))
            .filter(Column::Status.eq(WorkflowStatus::Running))
            .exec(transaction)
            .await?;
        Ok(held.rows_affected > 0)
    }

    /// Prolongs it; says whether somebody asked the run to stop, and nothing where it is lost.
    pub(super) async fn prolong(&self, services: &Services, duration: Duration) -> Result<Option<bool>, DbErr> {
        let transaction = begin_immediate(services.db()).await?;
        if !self.holds(&transaction).await? {
            transaction.rollback().await?;
            return Ok(None);
        }
        let now = database::now(&*transaction).await?;
        let Some(run) = workflow_run::Entity::find_by_id(self.run_id.clone()).one(&transaction).await? else {
            return Ok(None);
        };
        let cancel_requested = run.cancel_requested;
        let mut change = run.into_active_model();
        change.lease_expires_at = Set(Some(lease_end(now, duration)));
        change.update(&transaction).await?;
        transaction.commit().await?;
        Ok(Some(cancel_requested))
    }

    /// A step has ended under this owner: those that died before do not count any more.
    pub(super) async fn got_further(&self, guarded: &Guarded) -> Result<(), DbErr> {
        if self.epoch == 1 {
            return Ok(());
        }
        use workflow_run::Column;
        workflow_run::Entity::update_many()
            .col_expr(Column::TakeOvers, Expr::value(0))
            .filter(Column::Id.eq(self.run_id.clone()))
            .filter(Column::TakeOvers.gt(0))
            .exec(&**guarded)
            .await
            .map(drop)
    }

    /// Hands the run back at a shutdown.
    pub(super) async fn give_back(&self, services: &Services) -> Result<(), RunError> {
        let guarded = self.guarded(services).await?;
        let mut change = self.record(&guarded).await?;
        change.lease_owner = Set(None);
        change.lease_expires_at = Set(None);
        change.update(&*guarded).await?;
        begin_anew(&*guarded, &self.workflow_id).await?;
        Ok(guarded.commit(services).await?)
    }

    /// Ends the run.
    pub(super) async fn end(
        &self,
        services: &Services,
        guarded: Guarded,
        status: WorkflowStatus,
        error_message: Option<String>,
    ) -> Result<(), RunError> {
        let mut change = self.record(&guarded).await?;
        change.status = Set(status);
        change.error_message = Set(error_message);
        change.lease_owner = Set(None);
        change.lease_expires_at = Set(None);
        change.completed_at = Set(Some(stored_time(Utc::now())));
        change.update(&*guarded).await?;
        workflow::Entity::update_many()
            .col_expr(workflow::Column::Status, Expr::value(status.as_str()))
            .filter(workflow::Column::Id.eq(self.workflow_id.clone()))
            .exec(&*guarded)
            .await?;
        Ok(guarded.commit(services).await?)
    }

    async fn record(&self, guarded: &Guarded) -> Result<workflow_run::ActiveModel, RunError> {
        let run = workflow_run::Entity::find_by_id(self.run_id.clone()).one(&**guarded).await?;
        Ok(run.ok_or(RunError::LeaseLost)?.into_active_model())
    }
}

/// A transaction of a run's owner.
pub(in crate::services::workflows) struct Guarded {
    transaction: WriteTransaction,
    lease: Lease,
}

impl Guarded {
    /// Commits, and tells that the workflow changed.
    pub(in crate::services::workflows) async fn commit(self, services: &Services) -> Result<(), DbErr> {
        self.transaction.commit().await?;
        services.events().workflow_changed(&self.lease.workspace_id, &self.lease.workflow_id);
        Ok(())
    }
}

impl std::ops::Deref for Guarded {
    type Target = WriteTransaction;

    fn deref(&self) -> &WriteTransaction {
        &self.transaction
    }
}
