//! Connectors as they are asked for.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};

use super::{Connector, ConnectorTypeInfo};
use crate::entity::ids::ConnectorId;
use crate::graphql::context::ContextExt;
use crate::graphql::loaders::ConnectorsOf;
use crate::graphql::paging::{Connection, distinct, empty_page, list_cost, page_request};
use crate::services::ServiceError;
use crate::services::connectors::{self, ConnectorFilter};
use crate::vocabulary::{ConnectorStatus, ConnectorType};

/// The connectors' part of the query root.
#[derive(Default)]
pub struct ConnectorQuery;

#[Object]
impl ConnectorQuery {
    /// The connector types of this build, sorted by type.
    async fn connector_types(&self, ctx: &Context<'_>) -> Result<Vec<ConnectorTypeInfo>> {
        ctx.viewer()?;
        Ok(ctx.services().registry().all().iter().copied().map(ConnectorTypeInfo).collect())
    }

    /// What the catalogue knows of one connector type.
    async fn connector_type(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "type", desc = "The type.")] connector_type: ConnectorType,
    ) -> Result<ConnectorTypeInfo> {
        ctx.viewer()?;
        let factory = ctx.services().registry().get(connector_type).map_err(ServiceError::from)?;
        Ok(ConnectorTypeInfo(factory))
    }

    /// The connector with this id; null where there is none in the workspace.
    async fn connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`con_…`")] id: ConnectorId,
    ) -> Result<Option<Connector>> {
        Ok(ctx.loaders()?.load(id).await?.map(Connector::of))
    }

    /// The connectors of the workspace, the oldest first.
    #[graphql(complexity = "list_cost(first, last, child_complexity)")]
    #[expect(clippy::too_many_arguments, reason = "each is an argument of the field")]
    async fn connectors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The first so many; 50 unless given, at most 500.")] first: Option<i32>,
        #[graphql(desc = "Behind this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many.")] last: Option<i32>,
        #[graphql(desc = "Ahead of this cursor.")] before: Option<String>,
        #[graphql(name = "type", desc = "Only those of one of these types.")] types: Option<Vec<ConnectorType>>,
        #[graphql(desc = "Only those in one of these statuses.")] status: Option<Vec<ConnectorStatus>>,
        #[graphql(desc = "Only those with this text in their name, slug or description.")] search: Option<String>,
    ) -> Result<Connection<Connector>> {
        let (services, viewer) = (ctx.services().clone(), ctx.viewer()?.clone());
        let filter = ConnectorFilter { types: distinct(types), status: distinct(status), search };
        let request = page_request(first, after, last, before);
        let page = match &filter.search {
            Some(_) => connectors::list(&services, &viewer, &filter, &request).await?.map(Arc::new),
            None => {
                let page = ctx.loaders()?.load(ConnectorsOf(filter.clone(), request.window()?)).await?;
                page.unwrap_or_else(empty_page)
            }
        };
        Ok(Connection::new(page, Connector::of, move || {
            let (services, viewer, filter) = (services.clone(), viewer.clone(), filter.clone());
            Box::pin(async move { connectors::count(&services, &viewer, &filter).await })
        }))
    }
}
