//! Scenarios as they change.

use async_graphql::{Context, ID, Result, Subscription};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};

use super::Scenario;
use crate::graphql::context::ContextExt;
use crate::services::scenarios;

/// The scenarios' part of the subscription root.
#[derive(Default)]
pub struct ScenarioSubscription;

#[Subscription]
impl ScenarioSubscription {
    /// A scenario as it changes; the first message is its state now. The stream completes when it is READY or FAILED.
    async fn scenario_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "For example `customer_intelligence`.")] scenario_id: ID,
    ) -> Result<BoxStream<'static, Result<Scenario>>> {
        let states = scenarios::follow(ctx.services(), ctx.viewer()?, &scenario_id).await?;
        Ok(states.map_ok(Scenario::of).map_err(Into::into).boxed())
    }
}
