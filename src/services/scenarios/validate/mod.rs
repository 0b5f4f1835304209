//! Whether a scenario that is set up is right: connections, data sources, the workflow, and answers compared with what is true in
//! the scenario's world.

mod parts;
mod results;

use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::Utc;
use sea_orm::{ActiveModelTrait, IntoActiveModel, QuerySelect, Set};
use serde_json::json;

use super::run::{Break, Run};
use super::state::is_under_way;
use super::{Scenario, Step, Validation, get, pack};
use crate::entity::database::begin_immediate;
use crate::entity::{scenario, stored_time};
use crate::scenario::Pack;
use crate::services::{Role, ServiceError, Services, Viewer};
use crate::vocabulary::{ScenarioStatus, StepStatus};

/// Names of failed checks that a sentence lists.
const MOST_LISTED: usize = 5;

/// Validates a scenario, and keeps what was found. A workflow that has not run since the last sync is run first. A scenario
/// whose set-up failed at its validation alone is READY when this one passes.
///
/// # Errors
/// `NotFound`, `Conflict` where it is not set up, or something is being done to it.
pub async fn validate(services: &Services, viewer: &Viewer, id: &str) -> Result<Validation, ServiceError> {
    viewer.require(Role::Editor)?;
    let pack = pack(services, id)?;
    let before = get(services, viewer, id).await?;
    refuse_unless_there(&before)?;
    let validation = look(services, viewer, &pack, before.size_factor, &Arc::default()).await?;
    keep(services, viewer, id, &validation).await?;
    Ok(validation)
}

fn refuse_unless_there(scenario: &Scenario) -> Result<(), ServiceError> {
    let (message, hint) = match scenario.status {
        ScenarioStatus::Ready | ScenarioStatus::Failed => return Ok(()),
        ScenarioStatus::NotSetUp => {
            let hint = format!("dataweaver scenarios setup {}, or setupScenario", scenario.id);
            (format!("{} is not set up", scenario.name()), hint)
        }
        _ => (format!("{} is {}", scenario.name(), scenario.status), "wait for its end".to_owned()),
    };
    Err(ServiceError::Conflict { message, hint: Some(hint) })
}

/// Everything that a validation looks at, in its order. `ended` counts the answers that were compared so far.
async fn look(
    services: &Services,
    viewer: &Viewer,
    pack: &Arc<Pack>,
    size_factor: f64,
    ended: &Arc<AtomicUsize>,
) -> Result<Validation, ServiceError> {
    let mut checks = parts::connections(services, viewer, pack, size_factor).await?;
    checks.extend(parts::sources(services, viewer, pack, size_factor).await?);
    checks.push(parts::workflow(services, viewer, pack).await?);
    checks.extend(results::compared(services, viewer, pack, size_factor, ended).await?);
    Ok(Validation::of(checks, stored_time(Utc::now())))
}

async fn keep(services: &Services, viewer: &Viewer, id: &str, validation: &Validation) -> Result<(), ServiceError> {
    let transaction = begin_immediate(services.db()).await?;
    let query = scenario::Entity::by_id_in(&viewer.workspace_id, id).lock_exclusive();
    // Meanwhile it may have been set up anew, or torn down.
    let row = query.one(&transaction).await?;
    let row = row.filter(|row| !is_under_way(row.status) && row.status != ScenarioStatus::NotSetUp);
    let Some(row) = row else { return Ok(()) };
    let mut steps = Scenario::of(id, None, Some(&row)).steps;
    let is_repaired = row.status == ScenarioStatus::Failed && validation.passed && lacks_validation_alone(&mut steps);
    let version = row.version + 1;
    let mut change = row.into_active_model();
    if is_repaired {
        change.status = Set(ScenarioStatus::Ready);
        change.steps = Set(json!(steps));
    }
    change.validation = Set(Some(json!(validation)));
    change.version = Set(version);
    change.updated_at = Set(stored_time(Utc::now()));
    change.update(&transaction).await?;
    transaction.commit().await?;
    services.events().scenario_changed(&viewer.workspace_id, id, version);
    Ok(())
}

/// Whether every step but the last has succeeded, which is made up for then.
fn lacks_validation_alone(steps: &mut [Step]) -> bool {
    let Some((last, others)) = steps.split_last_mut() else { return false };
    if last.name != "validate" || others.iter().any(|step| step.status != StepStatus::Succeeded) {
        return false;
    }
    last.status = StepStatus::Succeeded;
    last.detail = Some("passed when it was validated again".to_owned());
    true
}

/// The validation at the end of a set-up.
pub(super) async fn at_the_end(run: &Run, pack: &Arc<Pack>) -> Result<((), String), Break> {
    let (viewer, ended) = (run.viewer(), Arc::default());
    let look = look(&run.services, &viewer, pack, run.lease.size_factor, &ended);
    let so_far = || {
        let (ended, all) = (ended.load(Ordering::Relaxed), pack.checks.len());
        ready(Ok(format!("{ended} of {all} answers compared with what is true so far")))
    };
    let validation = run.telling("validate", look, so_far).await?;
    run.keep(&validation).await?;
    let all = validation.checks.len();
    if validation.passed {
        return Ok(((), format!("all {all} checks passed")));
    }
    let failed: Vec<&str> = validation.failed().map(|check| check.name.as_str()).collect();
    let more = failed.len().saturating_sub(MOST_LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let listed = failed.iter().take(MOST_LISTED).copied().collect::<Vec<_>>().join(", ");
    let failed = failed.len();
    let size = run.lease.size_factor;
    let small = if size < 1. {
        format!("; a world of size {size} may be too small to show what they look for, unlike one of size 1")
    } else {
        String::new()
    };
    Err(Break::Failed(format!(
        "{failed} of {all} checks failed: {listed}{more}; their details are in the validation; set the scenario up again, or \
         tear it down{small}"
    )))
}
