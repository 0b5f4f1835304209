//! The workflow of a scenario: made or brought back to what the pack says, run, and removed.

use std::time::Duration;

use serde_json::{Map, Value};

use super::run::{Break, Run};
use crate::entity::{workflow, workflow_step};
use crate::scenario::{Pack, StepTemplate};
use crate::services::workflows::{self, WorkflowChanges};
use crate::services::{ServiceError, Services, Viewer};
use crate::vocabulary::{StepStatus, WorkflowStatus};

/// How often something is tried that somebody else's runs come between.
const TRIALS: usize = 5;

/// How long a run that was asked to stop may take for that.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sees to it that the pack's workflow is there, with its steps.
pub(super) async fn make(run: &Run, pack: &Pack) -> Result<(workflow::Model, String), Break> {
    let (services, viewer, template) = (&run.services, run.viewer(), &pack.workflow);
    let steps = template.steps.len();
    let Some(row) = workflows::of_scenario(services, &viewer, &pack.id).await? else {
        let row = workflows::create(services, &viewer, template.clone(), Some(&pack.id)).await?;
        // Whoever tears the scenario down meanwhile is not left with a new workflow.
        if let Err(lost) = run.tell("workflow", format!("made {}", row.name)).await {
            workflows::delete(services, &viewer, &row.id).await?;
            return Err(lost);
        }
        let detail = format!("made {} with {steps} steps", row.name);
        return Ok((row, detail));
    };
    let known = workflows::steps(services, &row.id).await?;
    let is_whole = row.name == template.name
        && row.description == template.description
        && row.schedule == template.schedule
        && known.len() == steps
        && known.iter().zip(&template.steps).all(|(step, wanted)| is_same(step, wanted));
    if is_whole {
        let detail = format!("{} with {steps} steps was there", row.name);
        return Ok((row, detail));
    }
    stop(services, &viewer, &row).await?;
    let changes = WorkflowChanges {
        name: Some(template.name.clone()),
        description: Some(template.description.clone()),
        schedule: Some(template.schedule.clone()),
        timezone: template.timezone.clone(),
        steps: Some(template.steps.clone()),
    };
    let row = workflows::update(services, &viewer, &row.id, None, changes).await?;
    let detail = format!("brought {} back to its {steps} steps", row.name);
    Ok((row, detail))
}

fn is_same(step: &workflow_step::Model, wanted: &StepTemplate) -> bool {
    let config: Map<String, Value> = wanted.config.clone().into_iter().collect();
    step.name == wanted.name
        && step.kind == wanted.kind
        // It also depends on what makes the things that it names.
        && wanted.depends_on.iter().all(|name| workflows::dependencies(step).any(|known| known == name))
        && step.config == Value::Object(config)
}

/// Runs it, and waits for the end.
pub(super) async fn run(run: &Run, row: &workflow::Model) -> Result<((), String), Break> {
    let viewer = run.viewer();
    let (services, id) = (&run.services, &row.id);
    let so_far = || async move {
        let steps = workflows::steps(services, id).await?;
        let done = steps.iter().filter(|step| step.status == StepStatus::Succeeded).count();
        Ok(format!("{done} of {} steps so far", steps.len()))
    };
    let ended = run.telling("run", run_to_the_end(&run.services, &viewer, row), so_far).await?;
    match failure(&run.services, &ended).await? {
        None => Ok(((), made(&run.services, &ended).await?)),
        Some(failure) => Err(Break::Failed(failure)),
    }
}

/// Runs a workflow, or joins the run that is under way, and waits for its end.
pub(super) async fn run_to_the_end(
    services: &Services,
    viewer: &Viewer,
    row: &workflow::Model,
) -> Result<workflow::Model, ServiceError> {
    for trial in 1.. {
        match workflows::start(services, viewer, &row.id, None).await {
            // Somebody's own run of it: ours comes after that.
            Err(ServiceError::Conflict { .. }) if trial < TRIALS => {
                workflows::until_the_end(services, viewer, &row.id).await?;
            }
            started => {
                started?;
                break;
            }
        }
    }
    Ok(workflows::until_the_end(services, viewer, &row.id).await?.workflow)
}

/// Why a workflow that has ended did not succeed, and what to do.
pub(super) async fn failure(services: &Services, row: &workflow::Model) -> Result<Option<String>, ServiceError> {
    if row.status == WorkflowStatus::Succeeded {
        return Ok(None);
    }
    let steps = workflows::steps(services, &row.id).await?;
    let failed = steps.iter().filter(|step| step.status == StepStatus::Failed);
    let reasons: Vec<String> =
        failed.map(|step| format!("{}: {}", step.name, step.error_message.as_deref().unwrap_or("failed"))).collect();
    Ok(Some(match (row.status, reasons.as_slice()) {
        (WorkflowStatus::Cancelled, _) => format!("{} was cancelled; set the scenario up again to go on", row.name),
        (_, []) => format!("{} is {}", row.name, row.status),
        (_, reasons) => format!("{} failed at {}", row.name, reasons.join("; ")),
    }))
}

/// What a workflow made, in words.
pub(super) async fn made(services: &Services, row: &workflow::Model) -> Result<String, ServiceError> {
    let steps = workflows::steps(services, &row.id).await?.len();
    let tables = workflows::tables(services, &row.id).await?.len();
    let files = workflows::files(services, &row.id).await?.len();
    let counted = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    Ok(format!("{} made {} and {}", counted(steps, "step"), counted(tables, "table"), counted(files, "file")))
}

/// Removes every workflow of a scenario, with its tables and files. A run of it is cancelled first.
pub(super) async fn remove_all(services: &Services, viewer: &Viewer, id: &str) -> Result<usize, ServiceError> {
    let mut removed = 0;
    while let Some(row) = workflows::of_scenario(services, viewer, id).await? {
        remove(services, viewer, &row).await?;
        removed += 1;
    }
    Ok(removed)
}

async fn remove(services: &Services, viewer: &Viewer, row: &workflow::Model) -> Result<(), ServiceError> {
    for trial in 1.. {
        stop(services, viewer, row).await?;
        match workflows::delete(services, viewer, &row.id).await {
            // Another run began meanwhile.
            Err(ServiceError::Conflict { .. }) if trial < TRIALS => {}
            Err(ServiceError::NotFound { .. }) => return Ok(()),
            done => return done,
        }
    }
    Ok(())
}

/// Cancels the run that is under way, and waits for its end.
async fn stop(services: &Services, viewer: &Viewer, row: &workflow::Model) -> Result<(), ServiceError> {
    let ended = async {
        workflows::cancel(services, viewer, &row.id).await?;
        workflows::until_the_end(services, viewer, &row.id).await
    };
    match tokio::time::timeout(PATIENCE, ended).await {
        Ok(Err(error)) if !matches!(error, ServiceError::NotFound { .. }) => Err(error),
        _ => Ok(()),
    }
}
