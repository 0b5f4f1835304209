//! Workflows as they are asked for.

use async_graphql::{Context, Object, Result};

use super::Workflow;
use crate::entity::ids::WorkflowId;
use crate::graphql::context::ContextExt;
use crate::graphql::paging::{Connection, list_cost, page_request};
use crate::services::workflows;

/// The workflows' part of the query root.
#[derive(Default)]
pub struct WorkflowQuery;

#[Object]
impl WorkflowQuery {
    /// The workflow with this id; null where there is none in the workspace.
    async fn workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`wfl_…`")] id: WorkflowId,
    ) -> Result<Option<Workflow>> {
        Ok(ctx.loaders()?.load(id).await?.map(Workflow::of))
    }

    /// The workflows of the workspace, the oldest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    async fn workflows(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 50 unless given, at most 500.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Ahead of this cursor.")] before: Option<String>,
    ) -> Result<Connection<Workflow>> {
        let (services, viewer) = (ctx.services().clone(), ctx.viewer()?.clone());
        let page = workflows::list(&services, &viewer, &page_request(first, after, last, before)).await?;
        Ok(Connection::new(page, Workflow::of, move || {
            let (services, viewer) = (services.clone(), viewer.clone());
            Box::pin(async move { workflows::count(&services, &viewer).await })
        }))
    }
}
