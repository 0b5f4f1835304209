//! A run that is asked for: it is queued, or joins the one that is under way.

use std::collections::BTreeSet;

use chrono::Utc;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};

use super::find::{live_run, locked, steps_of};
use crate::entity::database::begin_immediate;
use crate::entity::ids::{WorkflowId, WorkflowRunId, WorkflowStepId};
use crate::entity::{stored_time, workflow, workflow_run, workflow_step};
use crate::services::{Role, ServiceError, Services, Viewer};
use crate::vocabulary::{StepStatus, SyncTrigger, WorkflowStatus};

/// Queues a run and returns at once. With `from_step`, that step and all that depend on it run again, and so does every step
/// that has not succeeded; the others keep what they made. An equal request joins the run that is under way.
///
/// # Errors
/// `NotFound`, `BadInput` where there is no such step, `Conflict` where another run is under way.
pub async fn start(
    services: &Services,
    viewer: &Viewer,
    id: &WorkflowId,
    from_step: Option<&str>,
) -> Result<workflow::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    let transaction = begin_immediate(services.db()).await?;
    let row = locked(&transaction, viewer, id).await?;
    let steps = steps_of(&transaction, id).await?;
    if let Some(from) = from_step
        && !steps.iter().any(|step| step.name == from)
    {
        let known: Vec<_> = steps.iter().map(|step| step.name.as_str()).collect();
        let message = format!("{} has no step {from} (known: {})", row.name, known.join(", "));
        return Err(ServiceError::bad_input("fromStep", message));
    }
    if let Some(live) = live_run(&transaction, id).await? {
        if live.from_step.as_deref() == from_step && !live.cancel_requested {
            return Ok(row);
        }
        return Err(is_running(&row, &live));
    }
    queue(&transaction, &row, &steps, from_step, SyncTrigger::Manual).await?;
    transaction.commit().await?;
    services.context.workflows.wake();
    let row = super::get(services, viewer, id).await?;
    services.events().workflow_changed(&row.workspace_id, &row.id);
    Ok(row)
}

/// What a change is refused with while the workflow runs.
pub(super) fn is_running(row: &workflow::Model, live: &workflow_run::Model) -> ServiceError {
    ServiceError::Conflict {
        message: format!("{} is run by {}", row.name, live.id),
        hint: Some("wait for its end, or cancel it".to_owned()),
    }
}

/// Puts a run into the queue. The workflow's row has to be locked, and none be under way.
pub(super) async fn queue(
    db: &impl ConnectionTrait,
    row: &workflow::Model,
    steps: &[workflow_step::Model],
    from_step: Option<&str>,
    trigger: SyncTrigger,
) -> Result<workflow_run::Model, DbErr> {
    use workflow_step::Column;
    let again = match from_step {
        Some(from) => run_again(steps, from),
        None => steps.iter().map(|step| step.id.clone()).collect(),
    };
    workflow_step::Entity::update_many()
        .col_expr(Column::Status, Expr::value(StepStatus::Pending.as_str()))
        .col_expr(Column::Rows, Expr::value(Option::<i64>::None))
        .col_expr(Column::ErrorMessage, Expr::value(Option::<String>::None))
        .col_expr(Column::StartedAt, Expr::value(Option::<chrono::DateTime<Utc>>::None))
        .col_expr(Column::CompletedAt, Expr::value(Option::<chrono::DateTime<Utc>>::None))
        .filter(Column::Id.is_in(again))
        .exec(db)
        .await?;
    let run = record(row, from_step, trigger).insert(db).await?;
    workflow::Entity::update_many()
        .col_expr(workflow::Column::Status, Expr::value(WorkflowStatus::Running.as_str()))
        .filter(workflow::Column::Id.eq(row.id.clone()))
        .exec(db)
        .await?;
    workflow::Entity::changed(db, &row.id).await?;
    Ok(run)
}

/// The record of a run that waits for a process.
pub(super) fn record(
    row: &workflow::Model,
    from_step: Option<&str>,
    trigger: SyncTrigger,
) -> workflow_run::ActiveModel {
    workflow_run::ActiveModel {
        id: Set(WorkflowRunId::generate()),
        workspace_id: Set(row.workspace_id.clone()),
        workflow_id: Set(row.id.clone()),
        trigger_kind: Set(trigger),
        from_step: Set(from_step.map(str::to_owned)),
        status: Set(WorkflowStatus::Running),
        error_message: Set(None),
        attempt: Set(0),
        take_overs: Set(0),
        cancel_requested: Set(false),
        lease_owner: Set(None),
        lease_epoch: Set(0),
        lease_expires_at: Set(None),
        queued_at: Set(stored_time(Utc::now())),
        started_at: Set(None),
        completed_at: Set(None),
    }
}

/// The steps that run again where a run begins with one: that one, all that depend on it, and what has not succeeded, with all
/// that depends on that.
fn run_again(steps: &[workflow_step::Model], from: &str) -> BTreeSet<WorkflowStepId> {
    let is_due = |step: &&workflow_step::Model| step.name == from || step.status != StepStatus::Succeeded;
    let mut again: BTreeSet<&str> = steps.iter().filter(is_due).map(|step| step.name.as_str()).collect();
    loop {
        let before = again.len();
        for step in steps {
            if super::dependencies(step).any(|name| again.contains(name)) {
                again.insert(&step.name);
            }
        }
        if again.len() == before {
            return steps
                .iter()
                .filter(|step| again.contains(step.name.as_str()))
                .map(|step| step.id.clone())
                .collect();
        }
    }
}
