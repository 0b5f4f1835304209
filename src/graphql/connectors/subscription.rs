//! Connectors as they change.

use std::collections::HashMap;

use async_graphql::{Context, Result, Subscription};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::broadcast::error::RecvError;

use super::Connector;
use crate::entity::ids::ConnectorId;
use crate::events::{ConnectorChanges, MissedChanges};
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
        let since = match ctx.beginning() {
            Some(Beginning::Missed(standing)) => Some(standing.last_number()),
            Some(Beginning::Now) | None => None,
        };
        let ConnectorChanges { mut changes, mut missed } = services.events().connector_changes(since);
        let connectors = async_stream::try_stream! {
            loop {
                let wanted = missed.changes.iter().filter(|change| {
                    change.workspace_id == viewer.workspace_id && id.as_ref().is_none_or(|id| *id == change.connector_id)
                });
                let numbers: HashMap<_, _> = wanted.map(|change| (change.connector_id.clone(), change.number)).collect();
                if !numbers.is_empty() {
                    marker.moves();
                    let mut ids: Vec<_> = numbers.keys().cloned().collect();
                    ids.sort_by_key(|id| numbers[id]);
                    for connector in connectors::as_they_are(&services, &viewer, &ids).await? {
                        // Each with its own: who has no room for one goes on from the one before.
                        let standing = Standing::number(numbers[&connector.id]);
                        marker.mark(Mark::state_of(connector.id.as_str(), standing));
                        yield Connector::of(connector);
                    }
                }
                let told = missed.up_to;
                marker.stands(Standing::number(told));
                missed = match changes.recv().await {
                    // Behind: it was told with those that were missed.
                    Ok(change) if change.number <= told => MissedChanges { changes: Vec::new(), up_to: told },
                    Ok(change) => MissedChanges { up_to: change.number, changes: vec![change] },
                    Err(RecvError::Lagged(_)) => services.events().connector_changes_since(told),
                    Err(RecvError::Closed) => return,
                };
            }
        };
        Ok(connectors.boxed())
    }
}
