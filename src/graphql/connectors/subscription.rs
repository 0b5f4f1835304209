//! Connectors as they change.

use async_graphql::{Context, Result, Subscription};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::broadcast::error::RecvError;

use super::Connector;
use crate::entity::ids::ConnectorId;
use crate::events::ConnectorChanges;
use crate::graphql::context::ContextExt;
use crate::graphql::mark::{Beginning, Mark, Standing};
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
        let ConnectorChanges { mut changes, before } = services.events().connector_changes();
        let missed = ctx.beginning() == Some(Beginning::Missed);
        let connectors = async_stream::try_stream! {
            let mut told = before;
            let mut changed = missed.then(|| id.clone());
            loop {
                if let Some(changed) = changed {
                    marker.moves();
                    for connector in connectors::as_they_are(&services, &viewer, changed.as_ref()).await? {
                        marker.mark(Mark::state_of(connector.id.as_str(), Standing::number(told)));
                        yield Connector::of(connector);
                    }
                }
                marker.stands(Standing::number(told));
                changed = match changes.recv().await {
                    Ok(change) => {
                        told = told.max(change.number);
                        let is_wanted = change.workspace_id == viewer.workspace_id
                            && id.as_ref().is_none_or(|id| *id == change.connector_id);
                        is_wanted.then_some(Some(change.connector_id))
                    }
                    // Behind: nobody knows any more which of them changed.
                    Err(RecvError::Lagged(_)) => {
                        told = services.events().newest_connector_change();
                        Some(id.clone())
                    }
                    Err(RecvError::Closed) => return,
                };
            }
        };
        Ok(connectors.boxed())
    }
}
