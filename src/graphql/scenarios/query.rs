//! Scenarios as they are asked for.

use async_graphql::{Context, ID, Object, Result};

use super::Scenario;
use super::types::BrokenScenario;
use crate::graphql::context::ContextExt;
use crate::graphql::loaders::ScenarioOf;
use crate::services::scenarios;

/// The scenarios' part of the query root.
#[derive(Default)]
pub struct ScenarioQuery;

#[Object]
impl ScenarioQuery {
    /// Every scenario, sorted by id, with where it stands in this workspace.
    async fn scenarios(&self, ctx: &Context<'_>) -> Result<Vec<Scenario>> {
        let all = scenarios::list(ctx.services(), ctx.viewer()?).await?;
        Ok(all.into_iter().map(Scenario::of).collect())
    }

    /// The scenario with this id; null where there is none.
    async fn scenario(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For example `customer_intelligence`.")] id: ID,
    ) -> Result<Option<Scenario>> {
        Ok(ctx.loaders()?.load(ScenarioOf(id.0)).await?.map(Scenario::of))
    }

    /// The files in the folder `scenarios.dir` that should be packs and are none, with what is wrong with them.
    async fn broken_scenarios(&self, ctx: &Context<'_>) -> Result<Vec<BrokenScenario>> {
        ctx.viewer()?;
        Ok(scenarios::broken(ctx.services()).into_iter().map(BrokenScenario::from).collect())
    }
}
