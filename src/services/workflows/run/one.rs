//! One claimed run, from its first step to its end.

use std::collections::HashMap;
use std::time::Duration;

use chrono::Utc;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{error, info, warn};

use super::board::Board;
use super::step::{self, Ended};
use super::{Claimed, Lease, RunError, end_steps};
use crate::entity::ids::WorkflowStepId;
use crate::entity::{stored_time, workflow, workflow_step};
use crate::query::printable;
use crate::services::workflows::find::steps_of;
use crate::services::{Services, with_causes};
use crate::vocabulary::{StepStatus, WorkflowStatus};

/// How often the lease is prolonged and a wish to cancel is noticed that came through another process.
const HEARTBEAT_PAUSE: Duration = Duration::from_secs(1);

/// Runs a claimed run to its end, or until the lease is lost or the process shuts down.
pub(super) async fn run(services: &Services, claimed: Claimed, shutdown: CancellationToken) {
    let Claimed { lease, take_overs } = claimed;
    let here = services.context.workflows.begins(&lease.run_id);
    let ended = attend(services, &lease, take_overs, &here.cancel, &shutdown).await;
    drop(here);
    let left = match ended {
        Err(RunError::Interrupted) => lease.give_back(services).await,
        ended => ended,
    };
    if let Err(error) = left {
        // The lease runs out by itself, and whoever can reach the database goes on.
        warn!(run.id = %lease.run_id, error = %with_causes(&error), "{} is left", lease.run_id);
    }
}

async fn attend(
    services: &Services,
    lease: &Lease,
    take_overs: i32,
    cancel: &CancellationToken,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    if i64::from(take_overs) > i64::from(services.engine.settings().most_take_overs) {
        return give_up(services, lease, take_overs).await;
    }
    // In a task of its own, so that no work on rows, however long it takes, keeps the lease from being prolonged.
    let lost = CancellationToken::new();
    let pulse = beat(services.clone(), lease.clone(), cancel.clone(), lost.clone());
    let _pulse = AbortOnDropHandle::new(tokio::spawn(pulse));
    tokio::select! {
        worked = work(services, lease, cancel, shutdown) => worked,
        () = lost.cancelled() => Err(RunError::LeaseLost),
    }
}

/// Works off the steps, as many at once as the settings and their dependencies allow.
async fn work(
    services: &Services,
    lease: &Lease,
    cancel: &CancellationToken,
    shutdown: &CancellationToken,
) -> Result<(), RunError> {
    let workflow = workflow::Entity::find_by_id(lease.workflow_id.clone()).one(services.db()).await?;
    let workflow = workflow.ok_or(RunError::LeaseLost)?;
    let mut board = Board::new(steps_of(services.db(), &lease.workflow_id).await?);
    let most = services.context.workflows.settings().steps_at_once.max(1);
    let mut at_work: JoinSet<Ended> = JoinSet::new();
    let mut steps: HashMap<Id, WorkflowStepId> = HashMap::new();
    loop {
        while !cancel.is_cancelled()
            && at_work.len() < most
            && let Some(next) = board.ready().cloned()
        {
            begin(services, lease, &next).await?;
            board.note(&next.id, StepStatus::Running);
            let id = next.id.clone();
            let job = step::Job::new(services, lease, &workflow, next, cancel);
            let task = at_work.spawn(async move { job.run().await });
            steps.insert(task.id(), id);
        }
        let joined = tokio::select! {
            joined = at_work.join_next_with_id() => joined,
            () = shutdown.cancelled() => {
                at_work.shutdown().await;
                return Err(RunError::Interrupted);
            }
        };
        let Some(joined) = joined else { break };
        let (task, ended) = match joined {
            Ok((task, ended)) => (task, ended),
            Err(error) => (error.id(), broken(&error)),
        };
        let Some(id) = steps.remove(&task) else { continue };
        board.note(&id, ended.status());
        end(services, lease, &id, ended, board.skip_hopeless()).await?;
    }
    finish(services, lease, &workflow, cancel.is_cancelled()).await
}

/// How a step ends that ended in a fault of ours.
fn broken(error: &JoinError) -> Ended {
    error!(error = %error, "a step of a workflow ended in a fault of DataWeaver");
    Ended::Failed("a fault of DataWeaver ended the step; the server's log says more".to_owned())
}

async fn begin(services: &Services, lease: &Lease, step: &workflow_step::Model) -> Result<(), RunError> {
    let guarded = lease.guarded(services).await?;
    let mut change = step.clone().into_active_model();
    change.status = Set(StepStatus::Running);
    change.rows = Set(None);
    change.result = Set(None);
    change.error_message = Set(None);
    change.started_at = Set(Some(stored_time(Utc::now())));
    change.completed_at = Set(None);
    change.update(&*guarded).await?;
    Ok(guarded.commit(services).await?)
}

async fn end(
    services: &Services,
    lease: &Lease,
    id: &WorkflowStepId,
    ended: Ended,
    skipped: Vec<(WorkflowStepId, String)>,
) -> Result<(), RunError> {
    let guarded = lease.guarded(services).await?;
    let now = stored_time(Utc::now());
    let step = workflow_step::Entity::find_by_id(id.clone()).one(&*guarded).await?.ok_or(RunError::LeaseLost)?;
    let mut change = step.into_active_model();
    change.status = Set(ended.status());
    change.completed_at = Set(Some(now));
    match ended {
        Ended::Made(made) => {
            change.rows = Set(made.rows);
            change.result = Set(made.result);
        }
        Ended::Failed(message) => change.error_message = Set(Some(message)),
        Ended::Cancelled => {}
    }
    change.update(&*guarded).await?;
    lease.got_further(&guarded).await?;
    for (id, because) in skipped {
        use workflow_step::Column;
        workflow_step::Entity::update_many()
            .col_expr(Column::Status, Expr::value(StepStatus::Skipped.as_str()))
            .col_expr(Column::ErrorMessage, Expr::value(format!("{because}, which it depends on, has not succeeded")))
            .col_expr(Column::CompletedAt, Expr::value(now))
            .filter(Column::Id.eq(id))
            .exec(&*guarded)
            .await?;
    }
    Ok(guarded.commit(services).await?)
}

/// Records how the run ended, by how its steps stand.
async fn finish(
    services: &Services,
    lease: &Lease,
    workflow: &workflow::Model,
    is_cancelled: bool,
) -> Result<(), RunError> {
    let guarded = lease.guarded(services).await?;
    let steps = steps_of(&*guarded, &lease.workflow_id).await?;
    let all_succeeded = steps.iter().all(|step| step.status == StepStatus::Succeeded);
    let failed: Vec<_> = steps.iter().filter(|step| step.status == StepStatus::Failed).collect();
    let (status, message) = match failed.first() {
        _ if all_succeeded => (WorkflowStatus::Succeeded, None),
        _ if is_cancelled => {
            end_steps(&*guarded, &lease.workflow_id, StepStatus::Cancelled).await?;
            (WorkflowStatus::Cancelled, None)
        }
        Some(first) => {
            let reason = format!("{}: {}", first.name, first.error_message.as_deref().unwrap_or("failed"));
            let message = if failed.len() == 1 { reason } else { format!("{} steps failed; {reason}", failed.len()) };
            (WorkflowStatus::Failed, Some(message))
        }
        // A circle of steps is refused when they are stored.
        None => (WorkflowStatus::Failed, Some("steps are left that can never begin".to_owned())),
    };
    let reason = message.as_ref().map(|reason| format!("; {}", printable(reason))).unwrap_or_default();
    info!(run.id = %lease.run_id, "{} of {} ended: {status}{reason}", lease.run_id, printable(&workflow.name));
    lease.end(services, guarded, status, message).await
}

/// The end of a run that perhaps kills whoever runs it.
async fn give_up(services: &Services, lease: &Lease, take_overs: i32) -> Result<(), RunError> {
    let guarded = lease.guarded(services).await?;
    end_steps(&*guarded, &lease.workflow_id, StepStatus::Cancelled).await?;
    let message = format!(
        "the process that ran the workflow died or fell silent {take_overs} times before a further step had ended, more \
         often than engine.most_take_overs allows"
    );
    lease.end(services, guarded, WorkflowStatus::Failed, Some(message)).await
}

/// Prolongs the lease until it is lost.
async fn beat(services: Services, lease: Lease, cancel: CancellationToken, lost: CancellationToken) {
    let duration = services.engine.settings().lease();
    let mut ticks = interval(HEARTBEAT_PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last_success = Instant::now();
    loop {
        ticks.tick().await;
        match lease.prolong(&services, duration).await {
            Ok(Some(cancel_requested)) => {
                last_success = Instant::now();
                if cancel_requested {
                    cancel.cancel();
                }
            }
            Ok(None) => return lost.cancel(),
            Err(error) => {
                warn!(run.id = %lease.run_id, error = %error, "the heartbeat of {} failed", lease.run_id);
                if last_success.elapsed() > duration {
                    return lost.cancel();
                }
            }
        }
    }
}
