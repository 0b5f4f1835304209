//! A scenario that is set up: connectors, their data sources, syncs, the workflow, and a validation.
//!
//! Each step looks at what is there and does what is missing. So a set-up can be repeated, and repairs what was taken away.

use std::sync::Arc;

use super::lease::{Wish, queue};
use super::run::{Break, Run};
use super::{Scenario, Step, connectors, get, pack, sources, syncs, validate, workflow};
use crate::demo::World;
use crate::entity::sync_log;
use crate::scenario::Pack;
use crate::services::syncs::live;
use crate::services::{Role, ServiceError, Services, Viewer};
use crate::vocabulary::ScenarioStatus;

/// The steps, in their order.
const STEPS: [&str; 7] = ["connectors", "test", "discover", syncs::STEP, "workflow", "run", "validate"];

/// Sets a scenario up, with a demo world so many times as large as usual, or as large as it was before. Returns at once;
/// follow it to its end. One that is being set up is joined.
///
/// # Errors
/// `NotFound`, `BadInput` where no world is so large, `Conflict` while it is being torn down, or set up in another size.
pub async fn set_up(
    services: &Services,
    viewer: &Viewer,
    id: &str,
    size_factor: Option<f64>,
) -> Result<Scenario, ServiceError> {
    viewer.require(Role::Editor)?;
    let pack = pack(services, id)?;
    World::named(Some(&pack.world), size_factor.unwrap_or(1.0))
        .map_err(|error| ServiceError::bad_input("sizeFactor", error.to_string()))?;
    let wish = Wish {
        workspace: viewer.workspace_id.clone(),
        id: id.to_owned(),
        status: ScenarioStatus::SettingUp,
        size_factor,
        steps: STEPS.map(Step::pending).to_vec(),
    };
    if let Err(there) = queue(services, &wish).await? {
        if there.status == ScenarioStatus::TearingDown {
            return Err(ServiceError::Conflict {
                message: format!("{} is being torn down", pack.name),
                hint: Some("set it up when that has ended".to_owned()),
            });
        }
        if let Some(wanted) = size_factor.filter(|wanted| *wanted != there.size_factor) {
            return Err(ServiceError::Conflict {
                message: format!("{} is being set up at size {}, not {wanted}", pack.name, there.size_factor),
                hint: Some("wait for its end, and set it up again".to_owned()),
            });
        }
    }
    services.context.scenarios.wake();
    get(services, viewer, id).await
}

/// The syncs of a scenario's connectors that wait or run.
///
/// # Errors
/// Where the database fails.
pub async fn live_syncs(services: &Services, viewer: &Viewer, id: &str) -> Result<Vec<sync_log::Model>, ServiceError> {
    let mut found = Vec::new();
    for connector in connectors::of_scenario(services, viewer, id).await? {
        found.extend(live(services.db(), &connector.id).await?);
    }
    Ok(found)
}

/// The work of a set-up.
pub(super) async fn work(run: &Run, pack: &Arc<Pack>) -> Result<(), Break> {
    let most = run.services.engine.settings().most_take_overs;
    if run.lease.take_overs > most {
        let message = format!("{} processes in a row have died at it; look at the log for the reason", most + 1);
        return Err(Break::Failed(message));
    }
    let made = run.step("connectors", connectors::make(run, pack)).await?;
    run.step("test", connectors::test(run, &made)).await?;
    run.step("discover", sources::find(run, pack, &made)).await?;
    run.step(syncs::STEP, syncs::run(run, &made)).await?;
    let made = run.step("workflow", workflow::make(run, pack)).await?;
    run.step("run", workflow::run(run, &made)).await?;
    run.step("validate", validate::at_the_end(run, pack)).await?;
    run.is_ready().await
}
