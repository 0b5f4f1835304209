//! Connectors as they change.

use async_graphql::{Context, Result, Subscription};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::broadcast::error::RecvError;

use super::Connector;
use crate::entity::ids::ConnectorId;
use crate::graphql::context::ContextExt;
use crate::graphql::mark::Mark;
use crate::services::connectors;

/// The connectors' part of the subscription root.
#[derive(Default)]
pub struct ConnectorSubscription;

#[Subscription]
impl ConnectorSubscription {
    /// Connectors of the workspace as their status changes.
    async fn connector_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this connector.")] id: Option<ConnectorId>,
    ) -> Result<BoxStream<'static, Result<Connector>>> {
        let (services, viewer, marker) = (ctx.services().clone(), ctx.viewer()?.clone(), ctx.marker());
        let mut changes = services.events().connector_changes();
        let connectors = async_stream::try_stream! {
            loop {
                let changed = match changes.recv().await {
                    Ok(change) if change.workspace_id != viewer.workspace_id => continue,
                    Ok(change) => Some(change.connector_id),
                    // Behind: nobody knows any more which of them changed.
                    Err(RecvError::Lagged(_)) => id.clone(),
                    Err(RecvError::Closed) => return,
                };
                if id.is_some() && changed != id {
                    continue;
                }
                for connector in connectors::as_they_are(&services, &viewer, changed.as_ref()).await? {
                    marker.mark(Mark::state_of(connector.id.as_str()));
                    yield Connector(connector);
                }
            }
        };
        Ok(connectors.boxed())
    }
}
