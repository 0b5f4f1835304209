//! Syncs as they happen.

use std::future::ready;
use std::time::Duration;

use async_graphql::{Context, Result, Subscription};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use tokio::time::{Instant, timeout, timeout_at};

use super::SyncLog;
use super::events::SyncEvent;
use crate::entity::ids::{ConnectorId, DataSourceId, SyncLogId};
use crate::events::{self, EventFilter, Followed};
use crate::graphql::context::ContextExt;
use crate::graphql::mark::{Beginning, LastSeen, Mark, Standing, moment};
use crate::services::{ServiceError, Services, Viewer, batch, syncs};
use crate::vocabulary::SyncEventKind;

/// The shortest time between two states of one sync: five a second.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// The longest time without a look whether a sync got further.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The syncs' part of the subscription root.
#[derive(Default)]
pub struct SyncSubscription;

#[Subscription]
impl SyncSubscription {
    /// Facts and gauges of syncs. With `after`, every stored fact since that cursor comes first, without gap or
    /// double; without, from now.
    async fn sync_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those of this connector.")] connector_id: Option<ConnectorId>,
        #[graphql(desc = "Only those of this sync.")] sync_log_id: Option<SyncLogId>,
        #[graphql(desc = "Only those of this data source.")] data_source_id: Option<DataSourceId>,
        #[graphql(desc = "Only those of these kinds.")] kinds: Option<Vec<SyncEventKind>>,
        #[graphql(desc = "The cursor of the last event that was seen.")] after: Option<String>,
    ) -> Result<BoxStream<'static, Result<SyncEvent>>> {
        let workspace_id = ctx.viewer()?.workspace_id.clone();
        let filter = EventFilter { workspace_id, connector_id, sync_log_id, data_source_id, kinds };
        let last_seen = ctx.data_opt::<LastSeen>().map(|seen| seen.0.as_str());
        let after = match ctx.beginning() {
            Some(Beginning::Now) => None,
            Some(Beginning::Missed(_)) | None => last_seen.or(after.as_deref()),
        };
        let heard = syncs::follow(ctx.services(), filter, after).await?;
        let marker = ctx.marker();
        let events = async_stream::try_stream! {
            for await followed in heard {
                match followed.map_err(ServiceError::from)? {
                    Followed::Event(event) => {
                        marker.mark(Mark::from(event.as_ref()));
                        yield SyncEvent::of(event);
                    }
                    // The event before was given, since the next is asked for.
                    Followed::UpTo(place) => marker.stands(Standing::at(place)),
                }
            }
        };
        Ok(events.boxed())
    }

    /// A sync as it changes; the first message is its state now, the last its end, then the stream completes.
    async fn sync_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "`log_…`")] id: SyncLogId,
    ) -> Result<BoxStream<'static, Result<SyncLog>>> {
        let (services, viewer, marker) = (ctx.services().clone(), ctx.viewer()?.clone(), ctx.marker());
        let filter = EventFilter::of_sync(viewer.workspace_id.clone(), id.clone());
        // The place in the log before the row is read, so that no change falls between the two.
        let before = services.events().newest().await.map_err(ServiceError::from)?;
        let events = services.events().subscribe(filter, Some(before));
        let began = moment();
        let first = syncs::get(&services, &viewer, &id).await?;
        let states = async_stream::try_stream! {
            let mut events = std::pin::pin!(events.try_filter_map(|heard| ready(Ok(heard.event()))));
            let mut state = first;
            let mut shown = (state.status, state.attempt, progress(&services, &viewer, &id).await?);
            let mut standing = Standing::read(began, moment());
            loop {
                let is_over = state.status.is_final();
                marker.mark(if is_over { Mark::end(standing) } else { Mark::state_of(id.as_str(), standing) });
                yield SyncLog::with_progress(state, shown.2.clone());
                if is_over {
                    return;
                }
                loop {
                    marker.stands(standing);
                    let pause_ends = Instant::now() + SHORTEST_PAUSE;
                    let mut heard = Heard::default();
                    // What another process reads tells no gauges, and is looked at now and then.
                    if let Ok(event) = timeout(LONGEST_PAUSE, events.next()).await {
                        let Some(event) = event else { return };
                        heard.note(event.map_err(ServiceError::from)?.as_ref());
                    }
                    // More than five changes a second become one state, and the end waits for nothing.
                    while !heard.end && let Ok(Some(event)) = timeout_at(pause_ends, events.next()).await {
                        heard.note(event.map_err(ServiceError::from)?.as_ref());
                    }
                    marker.moves();
                    let began = moment();
                    state = syncs::get(&services, &viewer, &id).await?;
                    let now = (state.status, state.attempt, progress(&services, &viewer, &id).await?);
                    standing = Standing::read(began, moment());
                    let is_news = heard.fact || now != shown;
                    shown = now;
                    if is_news {
                        break;
                    }
                }
            }
        };
        Ok(states.boxed())
    }
}

/// What was heard since the last state.
#[derive(Default)]
struct Heard {
    /// Something that is stored, so that the state is another one.
    fact: bool,
    /// The end of the whole sync.
    end: bool,
}

impl Heard {
    fn note(&mut self, event: &events::SyncEvent) {
        self.fact |= event.id.is_some();
        self.end |= event.ends_sync();
    }
}

async fn progress(
    services: &Services,
    viewer: &Viewer,
    id: &SyncLogId,
) -> Result<Vec<events::SourceProgress>, ServiceError> {
    let mut found = batch::progress(services, &viewer.workspace_id, std::slice::from_ref(id)).await?;
    Ok(found.remove(id).unwrap_or_default())
}
