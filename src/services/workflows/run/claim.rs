//! The queue of runs: claim them, and what becomes of steps whose owner is gone.
//!
//! Whoever writes locks the workflow's row first and then the run's, so that no two wait for each other.

use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, LockBehavior, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Set,
};

use super::lease::Lease;
use crate::entity::database::{self, begin_immediate};
use crate::entity::ids::WorkflowId;
use crate::entity::{lease_end, stored_time, workflow, workflow_run, workflow_step};
use crate::services::Services;
use crate::vocabulary::{StepStatus, WorkflowStatus};

/// Runs that are looked at for one that can be claimed.
const LOOKED_AT: u64 = 20;

/// A run that this process runs from now on.
pub(super) struct Claimed {
    pub(super) lease: Lease,
    /// Owners in a row that died or fell silent while they ran it, and no step ended.
    pub(super) take_overs: i32,
}

/// Claims a run that waits, or whose owner has fallen silent; the longest waiting first.
pub(super) async fn next(services: &Services, owner: &str) -> Result<Option<Claimed>, DbErr> {
    let db = services.db();
    // Most looks find nothing, and must not take the write lock for that.
    let now = database::now(db).await?;
    let candidates = claimable(now).limit(LOOKED_AT).all(db).await?;
    for candidate in candidates {
        // Where this process is only late to prolong its lease, nobody has to go on with it.
        if services.context.workflows.runs(&candidate.id) {
            continue;
        }
        if let Some(claimed) = claim(services, &candidate, owner, now).await? {
            return Ok(Some(claimed));
        }
    }
    Ok(None)
}

async fn claim(
    services: &Services,
    candidate: &workflow_run::Model,
    owner: &str,
    now: DateTime<Utc>,
) -> Result<Option<Claimed>, DbErr> {
    let transaction = begin_immediate(services.db()).await?;
    let mut of_workflow = workflow::Entity::find_by_id(candidate.workflow_id.clone());
    if transaction.get_database_backend() == DbBackend::Postgres {
        of_workflow = of_workflow.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
    }
    if of_workflow.one(&transaction).await?.is_none() {
        return Ok(None);
    }
    let still = claimable(now).filter(workflow_run::Column::Id.eq(candidate.id.clone())).lock_exclusive();
    let Some(run) = still.one(&transaction).await? else { return Ok(None) };
    // An owner that gave the run back has taken its name off.
    let was_owned = run.lease_owner.is_some();
    let take_overs = run.take_overs + i32::from(was_owned);
    let lease = Lease {
        run_id: run.id.clone(),
        workflow_id: run.workflow_id.clone(),
        workspace_id: run.workspace_id.clone(),
        owner: owner.to_owned(),
        epoch: run.lease_epoch + 1,
    };
    let started_at = run.started_at.unwrap_or_else(|| stored_time(now));
    let attempt = run.attempt + 1;
    let mut change = run.into_active_model();
    change.attempt = Set(attempt);
    change.take_overs = Set(take_overs);
    change.lease_owner = Set(Some(owner.to_owned()));
    change.lease_epoch = Set(lease.epoch);
    change.lease_expires_at = Set(Some(lease_end(now, services.engine.settings().lease())));
    change.started_at = Set(Some(started_at));
    change.update(&transaction).await?;
    begin_anew(&transaction, &lease.workflow_id).await?;
    workflow::Entity::changed(&transaction, &lease.workflow_id).await?;
    transaction.commit().await?;
    services.events().workflow_changed(&lease.workspace_id, &lease.workflow_id);
    if was_owned {
        tracing::warn!(run.id = %lease.run_id, "the process that ran {} is gone; this one goes on with it", lease.run_id);
    }
    Ok(Some(Claimed { lease, take_overs }))
}

/// Runs that wait, or whose owner has fallen silent.
fn claimable(now: DateTime<Utc>) -> sea_orm::Select<workflow_run::Entity> {
    use workflow_run::Column;
    let is_free =
        Condition::any().add(Column::LeaseExpiresAt.is_null()).add(Column::LeaseExpiresAt.lt(stored_time(now)));
    workflow_run::Entity::find()
        .filter(Column::Status.eq(WorkflowStatus::Running))
        .filter(is_free)
        .order_by_asc(Column::QueuedAt)
        .order_by_asc(Column::Id)
}

/// Steps that somebody was at and did not end wait again.
pub(super) async fn begin_anew(db: &impl ConnectionTrait, id: &WorkflowId) -> Result<(), DbErr> {
    use workflow_step::Column;
    workflow_step::Entity::update_many()
        .col_expr(Column::Status, Expr::value(StepStatus::Pending.as_str()))
        .col_expr(Column::StartedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(Column::WorkflowId.eq(id.clone()))
        .filter(Column::Status.eq(StepStatus::Running))
        .exec(db)
        .await
        .map(drop)
}

/// Steps of a workflow that have not ended get this status.
pub(in crate::services::workflows) async fn end_steps(
    db: &impl ConnectionTrait,
    id: &WorkflowId,
    status: StepStatus,
) -> Result<(), DbErr> {
    use workflow_step::Column;
    workflow_step::Entity::update_many()
        .col_expr(Column::Status, Expr::value(status.as_str()))
        .col_expr(Column::CompletedAt, Expr::value(stored_time(Utc::now())))
        .filter(Column::WorkflowId.eq(id.clone()))
        .filter(Column::Status.is_in([StepStatus::Pending, StepStatus::Running]))
        .exec(db)
        .await
        .map(drop)
}

/// Lets go of every run, whose owners are known to be dead.
pub(super) async fn release_dead(db: &DatabaseConnection) -> Result<(), DbErr> {
    use workflow_run::Column;
    workflow_run::Entity::update_many()
        .col_expr(Column::LeaseExpiresAt, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(Column::Status.eq(WorkflowStatus::Running))
        .exec(db)
        .await
        .map(drop)
}
