//! What can be done with scenarios.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::Scenario;
use super::types::ScenarioValidation;
use crate::graphql::context::ContextExt;
use crate::graphql::syncs::SyncLog;
use crate::services::scenarios;

/// A scenario to be set up.
#[derive(InputObject)]
pub struct SetupScenarioInput {
    /// Its pack's name, for example `customer_intelligence`.
    scenario_id: ID,
    /// How many times as large as usual its demo world is to be, at least 0.01 and at most 100. As large as it was before unless
    /// given, or else 1.
    size_factor: Option<f64>,
}

/// A scenario to be validated.
#[derive(InputObject)]
pub struct ValidateScenarioInput {
    /// Its pack's name.
    scenario_id: ID,
}

/// A scenario to be torn down.
#[derive(InputObject)]
pub struct TeardownScenarioInput {
    /// Its pack's name.
    scenario_id: ID,
}

/// The scenario that is being set up.
#[derive(SimpleObject)]
pub struct SetupScenarioPayload {
    /// As it stands now; follow it by `scenarioProgress`.
    scenario: Scenario,
    /// Syncs of its connectors that wait or run; those of a set-up that has just begun come later.
    sync_logs: Vec<SyncLog>,
}

/// What the validation found.
#[derive(SimpleObject)]
pub struct ValidateScenarioPayload {
    /// The checks, and whether all of them passed.
    validation: ScenarioValidation,
}

/// The scenario that was torn down.
#[derive(SimpleObject)]
pub struct TeardownScenarioPayload {
    /// As it stands now.
    scenario: Scenario,
}

/// The scenarios' part of the mutation root.
#[derive(Default)]
pub struct ScenarioMutation;

#[Object]
impl ScenarioMutation {
    /// Sets a scenario up, or repairs what is missing of one. Returns at once; one that is being set up is joined.
    async fn setup_scenario(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The scenario.")] input: SetupScenarioInput,
    ) -> Result<SetupScenarioPayload> {
        let (services, viewer, id) = (ctx.services(), ctx.viewer()?, input.scenario_id.as_str());
        let scenario = scenarios::set_up(services, viewer, id, input.size_factor).await?;
        let sync_logs = scenarios::live_syncs(services, viewer, id).await?;
        Ok(SetupScenarioPayload {
            scenario: Scenario::of(scenario),
            sync_logs: sync_logs.into_iter().map(SyncLog::of).collect(),
        })
    }

    /// Looks whether a scenario that is set up is right: connections, data sources, the workflow, which is run where it has not
    /// run since the last sync, and results compared with what is true in the demo world.
    async fn validate_scenario(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The scenario.")] input: ValidateScenarioInput,
    ) -> Result<ValidateScenarioPayload> {
        let validation = Box::pin(scenarios::validate(ctx.services(), ctx.viewer()?, &input.scenario_id)).await?;
        Ok(ValidateScenarioPayload { validation: ScenarioValidation::from(&validation) })
    }

    /// Removes all that a scenario has made, and nothing else. A sync or set-up that runs is cancelled first. It goes on where
    /// it takes longer than a request may.
    async fn teardown_scenario(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The scenario.")] input: TeardownScenarioInput,
    ) -> Result<TeardownScenarioPayload> {
        let scenario = scenarios::tear_down(ctx.services(), ctx.viewer()?, &input.scenario_id).await?;
        Ok(TeardownScenarioPayload { scenario: Scenario::of(scenario) })
    }
}
