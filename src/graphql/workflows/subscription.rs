//! Workflows as they run.

use async_graphql::{Context, Result, Subscription};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::broadcast::error::RecvError;

use super::Workflow;
use crate::entity::ids::WorkflowId;
use crate::graphql::context::ContextExt;
use crate::graphql::mark::{Mark, Standing, moment};
use crate::services::workflows;

/// The workflows' part of the subscription root.
#[derive(Default)]
pub struct WorkflowSubscription;

#[Subscription]
impl WorkflowSubscription {
    /// A workflow as it runs: first its state now; completes with the end of its run.
    async fn workflow_progress(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`wfl_…`")] workflow_id: WorkflowId,
    ) -> Result<BoxStream<'static, Result<Workflow>>> {
        let (services, viewer, marker) = (ctx.services().clone(), ctx.viewer()?.clone(), ctx.marker());
        // Before the first state is read, so that no change falls between the two.
        let mut changes = services.events().workflow_changes();
        let mut began = moment();
        let mut state = workflows::state(&services, &viewer, &workflow_id).await?;
        let states = async_stream::try_stream! {
            loop {
                let standing = Standing::read(began, moment());
                let (is_over, version) = (state.is_at_rest(), state.workflow.version);
                marker.mark(if is_over { Mark::end(standing) } else { Mark::state_of(workflow_id.as_str(), standing) });
                yield Workflow::with_steps(state.workflow, state.steps);
                if is_over {
                    return;
                }
                marker.stands(standing);
                loop {
                    match changes.recv().await {
                        Ok(change) if change.workflow_id != workflow_id => continue,
                        Ok(_) | Err(RecvError::Lagged(_)) => {}
                        Err(RecvError::Closed) => return,
                    }
                    marker.moves();
                    began = moment();
                    state = workflows::state(&services, &viewer, &workflow_id).await?;
                    if state.workflow.version != version {
                        break;
                    }
                    marker.stands(Standing::read(began, moment()));
                }
            }
        };
        Ok(states.boxed())
    }
}
