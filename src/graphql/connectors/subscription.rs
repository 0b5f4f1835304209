//! Connectors as they change.

use async_graphql::{Context, Result, Subscription};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::broadcast::error::RecvError;

use super::Connector;
use crate::entity::ids::ConnectorId;
use crate::graphql::context::ContextExt;
use crate::graphql::loaders::Loaders;

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
        let (viewer, loaders): (_, Loaders) = (ctx.viewer()?.clone(), ctx.loaders()?.clone());
        let mut changes = ctx.services().events().connector_changes();
        let connectors = async_stream::try_stream! {
            loop {
                let changed = match changes.recv().await {
                    Ok(change) if change.workspace_id != viewer.workspace_id => continue,
                    Ok(change) => change.connector_id,
                    // Behind: the one that is followed is read again; of all, the next change tells.
                    Err(RecvError::Lagged(_)) => match &id {
                        Some(id) => id.clone(),
                        None => continue,
                    },
                    Err(RecvError::Closed) => return,
                };
                if id.as_ref().is_some_and(|id| *id != changed) {
                    continue;
                }
                if let Some(connector) = loaders.load(changed).await? {
                    yield Connector(connector);
                }
            }
        };
        Ok(connectors.boxed())
    }
}
