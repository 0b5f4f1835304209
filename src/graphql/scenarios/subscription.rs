//! Scenarios as they change.

use async_graphql::{Context, ID, Result, Subscription};
use futures::StreamExt;
use futures::stream::BoxStream;

use super::Scenario;
use crate::graphql::context::ContextExt;
use crate::graphql::mark::{Mark, Standing};
use crate::services::scenarios;
use crate::vocabulary::ScenarioStatus;

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
        let marker = ctx.marker();
        let followed = scenarios::follow(ctx.services(), ctx.viewer()?, &scenario_id).await?;
        let states = async_stream::try_stream! {
            for await state in followed {
                let state = state?;
                let standing = Standing::number(u64::try_from(state.version).unwrap_or(0));
                let is_over = matches!(state.status, ScenarioStatus::Ready | ScenarioStatus::Failed);
                marker.mark(if is_over { Mark::end(standing) } else { Mark::state_of(&scenario_id, standing) });
                yield Scenario::of(state);
                if !is_over {
                    marker.stands(standing);
                }
            }
        };
        Ok(states.boxed())
    }
}
