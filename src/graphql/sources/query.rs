//! Data sources as they are asked for.

use async_graphql::{Context, Object, Result};

use super::DataSource;
use crate::entity::ids::{ConnectorId, DataSourceId};
use crate::graphql::context::ContextExt;
use crate::graphql::paging::{Connection, list_cost, page_request};
use crate::services::sources::{self, SourceFilter};

/// The data sources' part of the query root.
#[derive(Default)]
pub struct SourceQuery;

#[Object]
impl SourceQuery {
    /// The data source with this id; null where there is none in the workspace.
    async fn data_source(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`src_…`")] id: DataSourceId,
    ) -> Result<Option<DataSource>> {
        Ok(ctx.loaders()?.load(id).await?.map(DataSource::of))
    }

    /// The data sources of the workspace, the oldest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn data_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 50 unless given, at most 500.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Ahead of this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those of this connector.")] connector_id: Option<ConnectorId>,
        #[graphql(desc = "Only those with this text in their name, path or description.")] search: Option<String>,
    ) -> Result<Connection<DataSource>> {
        let (services, viewer) = (ctx.services().clone(), ctx.viewer()?.clone());
        let filter = SourceFilter { connector_id, search };
        let request = page_request(first, after, last, before);
        let page = sources::list(&services, &viewer, &filter, &request).await?;
        Ok(Connection::new(page, DataSource::of, move || {
            let (services, viewer, filter) = (services.clone(), viewer.clone(), filter.clone());
            Box::pin(async move { sources::count(&services, &viewer, &filter).await })
        }))
    }
}
