//! A scenario that is torn down: everything that it made goes, and nothing else.

use futures::StreamExt;

use super::lease::{Wish, queue};
use super::run::{Break, Run};
use super::{Scenario, Step, connectors, follow, get, workflow};
use crate::services::{Role, ServiceError, Services, Viewer};
use crate::vocabulary::ScenarioStatus;

/// The steps, in their order.
const STEPS: [&str; 2] = ["workflow", "connectors"];

/// Removes all that a scenario has made: its workflow with files, tables and links, its connectors with their lake tables. What
/// runs is cancelled first, a set-up too. It goes on when the caller stops waiting.
///
/// A connector that somebody has connected to a real account meanwhile stays, and is no part of the scenario any more.
///
/// # Errors
/// `NotFound`; `Conflict` with the reason where something could not be removed.
pub async fn tear_down(services: &Services, viewer: &Viewer, id: &str) -> Result<Scenario, ServiceError> {
    viewer.require(Role::Editor)?;
    let now = get(services, viewer, id).await?;
    if now.status == ScenarioStatus::NotSetUp && connectors::of_scenario(services, viewer, id).await?.is_empty() {
        return Ok(now);
    }
    let wish = Wish {
        workspace: viewer.workspace_id.clone(),
        id: id.to_owned(),
        status: ScenarioStatus::TearingDown,
        size_factor: None,
        steps: STEPS.map(Step::pending).to_vec(),
    };
    // One that is under way already is joined.
    drop(queue(services, &wish).await?);
    services.context.scenarios.wake();
    let mut states = std::pin::pin!(follow(services, viewer, id).await?);
    while let Some(state) = states.next().await {
        match state {
            Ok(state) if state.status == ScenarioStatus::TearingDown => {}
            Ok(state) if state.status == ScenarioStatus::Failed => return Err(could_not(&state)),
            // Its pack is gone, and by now nothing else is known of it.
            Err(ServiceError::NotFound { .. }) => return Ok(Scenario::of(id, None, None)),
            state => return state,
        }
    }
    get(services, viewer, id).await
}

fn could_not(state: &Scenario) -> ServiceError {
    let reason = state.failed_step().and_then(|step| step.detail.clone()).unwrap_or_else(|| "it failed".to_owned());
    ServiceError::Conflict {
        message: format!("{} could not be torn down: {reason}", state.name()),
        hint: Some("tear it down again".to_owned()),
    }
}

/// The work of a tear-down.
pub(super) async fn work(run: &Run) -> Result<(), Break> {
    let (services, viewer, id) = (&run.services, run.viewer(), run.lease.id.as_str());
    run.step("workflow", async {
        let removed = workflow::remove_all(services, &viewer, id).await?;
        Ok(((), format!("removed {removed} with their tables and files")))
    })
    .await?;
    run.step("connectors", async {
        let (mut removed, mut left) = (Vec::new(), Vec::new());
        for row in connectors::of_scenario(services, &viewer, id).await? {
            if row.demo_mode {
                connectors::remove(services, &viewer, &row).await?;
                removed.push(row.name);
            } else {
                connectors::let_go(services, &row).await?;
                left.push(row.name);
            }
        }
        let left = if left.is_empty() { String::new() } else { format!("; left {} to you", left.join(", ")) };
        Ok(((), format!("removed {}{left}", removed.join(", "))))
    })
    .await?;
    run.is_gone().await
}
