//! What can be done with connectors.

use async_graphql::{Context, Object, Result};

use super::Connector;
use super::input::{
    AuthorizeConnectorInput, AuthorizeConnectorPayload, CreateConnectorInput, CreateConnectorPayload,
    DeleteConnectorInput, DeleteConnectorPayload, DiscoverSourcesInput, DiscoverSourcesPayload, TestConnectionInput,
    TestConnectionPayload, UpdateConnectorInput, UpdateConnectorPayload,
};
use crate::graphql::context::ContextExt;
use crate::graphql::sources::DataSource;
use crate::services::{authorisations, connectors, sources};

/// The connectors' part of the mutation root.
#[derive(Default)]
pub struct ConnectorMutation;

#[Object]
impl ConnectorMutation {
    /// Makes a connector. It is not reached yet: `testConnection` does that.
    async fn create_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The connector.")] input: CreateConnectorInput,
    ) -> Result<CreateConnectorPayload> {
        let connector = connectors::create(ctx.services(), ctx.viewer()?, input.into()).await?;
        Ok(CreateConnectorPayload { connector: Connector::of(connector) })
    }

    /// Changes a connector.
    async fn update_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdateConnectorInput,
    ) -> Result<UpdateConnectorPayload> {
        let (id, viewer) = (input.id.clone(), ctx.viewer()?);
        let connector = connectors::update(ctx.services(), viewer, &id, input.changes()?).await?;
        Ok(UpdateConnectorPayload { connector: Connector::of(connector) })
    }

    /// Removes a connector with its data sources and the record of its syncs.
    async fn delete_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The connector.")] input: DeleteConnectorInput,
    ) -> Result<DeleteConnectorPayload> {
        connectors::delete(ctx.services(), ctx.viewer()?, &input.id, input.drop_data).await?;
        Ok(DeleteConnectorPayload { deleted_id: input.id.as_str().into() })
    }

    /// Begins to connect the account of a connector of auth type OAUTH2: open the URL in a browser, and the vendor sends
    /// whoever consents there back to this server. The connector's status tells what came of it.
    async fn authorize_connector(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The connector.")] input: AuthorizeConnectorInput,
    ) -> Result<AuthorizeConnectorPayload> {
        let (id, return_to) = (&input.connector_id, input.return_to.as_deref());
        let begun = authorisations::begin(ctx.services(), ctx.viewer()?, id, return_to).await?;
        Ok(AuthorizeConnectorPayload { authorization_url: begun.page.into() })
    }

    /// Reaches out to the system and says in words what it found.
    async fn test_connection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The connector.")] input: TestConnectionInput,
    ) -> Result<TestConnectionPayload> {
        let result = connectors::test(ctx.services(), ctx.viewer()?, &input.connector_id).await?;
        Ok(TestConnectionPayload {
            success: result.success,
            message: result.message,
            details: result.details,
            connector: Connector::of(result.connector),
        })
    }

    /// Finds what can be read: adds new data sources, refreshes known ones, and returns all of the connector. A search
    /// that takes longer than a request may take goes on; `connectorChanged` tells when it has ended.
    async fn discover_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The connector.")] input: DiscoverSourcesInput,
    ) -> Result<DiscoverSourcesPayload> {
        let found = sources::discover(ctx.services(), ctx.viewer()?, &input.connector_id).await?;
        Ok(DiscoverSourcesPayload { data_sources: found.into_iter().map(DataSource::of).collect() })
    }
}
