//! The event log: the table is the truth, the bus only tells that it grew.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ::metrics::counter;
use futures::Stream;
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::{Notify, broadcast};
use tokio::time::{Instant, sleep};
use tracing::warn;

use super::connectors::{ConnectorChange, Told};
use super::gauges::Gauges;
use super::heartbeats::Heartbeats;
use super::scenarios::ToldOfScenarios;
use super::shown::{Shown, Telling};
use super::workflows::WorkflowChange;
use super::{EventCursor, EventFilter, SourceProgress, SyncEvent};
use crate::entity::ids::{DataSourceId, SyncLogId};
use crate::entity::{event_expiry, stored_time, sync_event};

/// Events that a slow subscriber may be behind before it reads the table again.
const BUS_CAPACITY: usize = 4096;
/// Facts that are read from the table at once.
pub(super) const PAGE: u64 = 500;
/// How long a subscriber tries again to read the table before it gives up.
const READ_PATIENCE: Duration = Duration::from_secs(60);
/// How long it waits between two trials.
const READ_PAUSE: Duration = Duration::from_millis(500);

/// What a subscriber to the log hears.
#[derive(Clone, Debug)]
pub enum Followed {
    /// A fact or a gauge.
    Event(Arc<SyncEvent>),
    /// Nothing that it wants is left to tell up to this place.
    UpTo(EventCursor),
}

impl Followed {
    /// The event, if it is one.
    pub fn event(self) -> Option<Arc<SyncEvent>> {
        match self {
            Self::Event(event) => Some(event),
            Self::UpTo(_) => None,
        }
    }
}

/// Why the log cannot be followed any further.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Facts after the subscriber's place were deleted for their age before it came to read them.
    #[error("events after this cursor have expired; go on from {oldest}, the place before the oldest one that is kept")]
    Expired {
        /// The place before the oldest fact that is kept.
        oldest: EventCursor,
    },
    /// The table cannot be read.
    #[error("the event log cannot be read")]
    Database(#[from] DbErr),
}

/// The durable log of sync events with its live tail. Cheap to clone.
#[derive(Clone)]
pub struct EventLog {
    pub(super) db: DatabaseConnection,
    pub(super) bus: broadcast::Sender<Arc<SyncEvent>>,
    /// Locked while an event is told, so that numbers come in their order.
    telling: Arc<Mutex<Telling>>,
    pub(super) connectors: broadcast::Sender<ConnectorChange>,
    pub(super) workflows: broadcast::Sender<WorkflowChange>,
    pub(super) told_of_connectors: Arc<Mutex<Told>>,
    pub(super) scenarios: ToldOfScenarios,
    pub(super) grown: Arc<Notify>,
    pub(super) told: Arc<AtomicI64>,
    pub(super) gauges: Gauges,
    pub(super) heartbeats: Heartbeats,
}

impl EventLog {
    /// The log of a database. [`follow`](Self::follow) makes it live.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn open(db: DatabaseConnection) -> Result<Self, DbErr> {
        let log = Self {
            db,
            bus: broadcast::channel(BUS_CAPACITY).0,
            telling: Arc::new(Mutex::new(Telling::after(EventCursor(0)))),
            connectors: broadcast::channel(BUS_CAPACITY).0,
            workflows: broadcast::channel(BUS_CAPACITY).0,
            told_of_connectors: Arc::default(),
            scenarios: ToldOfScenarios::default(),
            grown: Arc::new(Notify::new()),
            told: Arc::new(AtomicI64::new(0)),
            gauges: Gauges::default(),
            heartbeats: Heartbeats::default(),
        };
        // The newest facts may have gone with their sync; places below those that have expired are given to nobody.
        let expired = event_expiry::Entity::position(&log.db).await?;
        let told = log.newest().await?.0.max(expired);
        log.told.store(told, Ordering::SeqCst);
        *log.telling() = Telling::after(EventCursor(told));
        log.look_at_connectors(&HashSet::new()).await?;
        Ok(log)
    }

    /// Tells the follower that facts were appended and committed.
    pub fn grew(&self) {
        self.grown.notify_one();
    }

    /// Tells subscribers a gauge: it is not stored, and carries the cursor of the last fact before it.
    pub fn gauge(&self, mut event: SyncEvent) {
        if let Some(progress) = &event.progress {
            self.gauges.keep(&event.sync_log_id, progress.clone());
        }
        // As exact as a fact's, with which it is compared.
        event.at = stored_time(event.at);
        event.cursor = self.told();
        self.tell_live(event);
    }

    /// The place of the newest fact that was told.
    pub(super) fn told(&self) -> EventCursor {
        EventCursor(self.told.load(Ordering::SeqCst))
    }

    /// Tells whoever listens just now, unless it is a gauge that is older than a fact that was told.
    pub(super) fn tell_live(&self, event: SyncEvent) {
        let mut telling = self.telling();
        if let Some(event) = telling.next(event) {
            // No receiver is no fault: nobody looks just now.
            drop(self.bus.send(event));
        }
    }

    fn telling(&self) -> MutexGuard<'_, Telling> {
        self.telling.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The newest gauges of a sync that this process runs; none of another.
    pub fn newest_gauges(&self, sync: &SyncLogId) -> HashMap<DataSourceId, SourceProgress> {
        self.gauges.of(sync)
    }

    /// This process does not run the sync any more, and has nothing to say of how far it is.
    pub fn forget_gauges(&self, sync: &SyncLogId) {
        self.gauges.forget(sync);
    }

    /// The place of the newest fact.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn newest(&self) -> Result<EventCursor, DbErr> {
        let newest = sync_event::Entity::find()
            .select_only()
            .column(sync_event::Column::Position)
            .order_by_desc(sync_event::Column::Position)
            .limit(1)
            .into_tuple::<i64>()
            .one(&self.db)
            .await?;
        Ok(EventCursor(newest.unwrap_or(0)))
    }

    /// The place before a sync's first fact; that of the newest fact where it has none.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn beginning_of(&self, sync: &SyncLogId) -> Result<EventCursor, DbErr> {
        let first = sync_event::Entity::find()
            .filter(sync_event::Column::SyncLogId.eq(sync.clone()))
            .select_only()
            .column(sync_event::Column::Position)
            .order_by_asc(sync_event::Column::Position)
            .limit(1)
            .into_tuple::<i64>()
            .one(&self.db)
            .await?;
        match first {
            Some(position) => Ok(EventCursor(position - 1)),
            None => self.newest().await,
        }
    }

    /// Whether facts after a place were deleted for their age; then the place before the oldest one that is kept.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn expired(&self, after: EventCursor) -> Result<Option<EventCursor>, DbErr> {
        let position = event_expiry::Entity::position(&self.db).await?;
        Ok((after.0 < position).then_some(EventCursor(position)))
    }

    /// Whether no fact has ever had a place, as after the database was restored from an earlier copy; then the place before
    /// the oldest fact that is kept.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn is_unknown(&self, place: EventCursor) -> Result<Option<EventCursor>, DbErr> {
        // Not the newest fact: it may have gone with its sync.
        if place.0 <= self.told.load(Ordering::SeqCst) || place.0 <= sync_event::last_position(&self.db).await? {
            return Ok(None);
        }
        Ok(Some(EventCursor(event_expiry::Entity::position(&self.db).await?)))
    }

    /// Facts after a place, in commit order, a page of them.
    pub(super) async fn page(&self, filter: Option<&EventFilter>, after: i64) -> Result<Vec<SyncEvent>, DbErr> {
        use sync_event::Column;
        let mut query = sync_event::Entity::find().filter(Column::Position.gt(after));
        if let Some(filter) = filter {
            query = query.filter(Column::WorkspaceId.eq(filter.workspace_id.clone()));
            if let Some(id) = &filter.connector_id {
                query = query.filter(Column::ConnectorId.eq(id.clone()));
            }
            if let Some(id) = &filter.sync_log_id {
                query = query.filter(Column::SyncLogId.eq(id.clone()));
            }
            if let Some(id) = &filter.data_source_id {
                query = query.filter(Column::DataSourceId.eq(id.clone()));
            }
            if let Some(kinds) = &filter.kinds {
                query = query.filter(Column::Kind.is_in(kinds.iter().copied()));
            }
        }
        let rows = query.order_by_asc(Column::Position).limit(PAGE).all(&self.db).await?;
        Ok(rows.into_iter().map(SyncEvent::from).collect())
    }

    /// The next facts of a subscriber; where the table cannot be read for a moment, when it can be read again.
    async fn next_page(&self, filter: &EventFilter, after: i64) -> Result<Vec<Arc<SyncEvent>>, FollowError> {
        let began = Instant::now();
        loop {
            match self.unexpired_page(filter, after).await {
                Ok(page) => {
                    let telling = self.telling();
                    return Ok(page.into_iter().map(|fact| telling.as_told(fact)).collect());
                }
                Err(FollowError::Database(error)) if began.elapsed() < READ_PATIENCE => {
                    warn!(error = %error, "the event log cannot be read for a subscriber; trying again");
                    sleep(READ_PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn unexpired_page(&self, filter: &EventFilter, after: i64) -> Result<Vec<SyncEvent>, FollowError> {
        let page = self.page(Some(filter), after).await?;
        // After the page: facts go and the mark moves in one transaction.
        match self.expired(EventCursor(after)).await? {
            Some(oldest) => Err(FollowError::Expired { oldest }),
            None => Ok(page),
        }
    }

    /// Every fact after `after`, then facts and gauges live, without gap or double. Without `after`: from now.
    ///
    /// A gauge carries the place up to which this subscriber has had everything it wants, whatever was told meanwhile:
    /// from there it can go on without gap or double. The stream ends with an error where the table cannot be read for a
    /// minute, or where facts expired before the subscriber came to read them.
    ///
    /// Between events it is told how far it has come ([`Followed::UpTo`]): whoever looks for that knows that the event
    /// before was taken.
    pub fn subscribe(
        &self,
        filter: EventFilter,
        after: Option<EventCursor>,
    ) -> impl Stream<Item = Result<Followed, FollowError>> + Send + use<> {
        let log = self.clone();
        // Up to here, nothing comes live.
        let heard = self.told();
        // Before the first poll, so that nothing between this call and then is missed.
        let mut live = self.bus.subscribe();
        let now = self.told.load(Ordering::SeqCst);
        async_stream::try_stream! {
            let mut seen = after.map_or(now, |cursor| cursor.0);
            let mut behind = after.is_some();
            // Events wait on the bus while newer facts are read from the table.
            let mut shown = Shown::after(heard);
            if !behind {
                yield Followed::UpTo(EventCursor(seen));
            }
            loop {
                while behind {
                    // What is told is in the table: where nothing wanted is found, there is nothing up to here.
                    let told = log.told.load(Ordering::SeqCst);
                    let page = log.next_page(&filter, seen).await?;
                    behind = !page.is_empty();
                    if !behind {
                        seen = seen.max(told);
                        yield Followed::UpTo(EventCursor(seen));
                    }
                    for event in page {
                        seen = event.cursor.0;
                        if let Some(event) = shown.next(event) {
                            yield Followed::Event(event);
                        }
                    }
                }
                match live.recv().await {
                    Ok(event) if event.id.is_none() => {
                        if filter.wants(&event) && let Some(event) = shown.next(event) {
                            yield Followed::Event(at_place(event, EventCursor(seen)));
                        }
                    }
                    Ok(event) => {
                        let fact = Arc::clone(&event);
                        if event.cursor.0 > seen {
                            seen = event.cursor.0;
                            if filter.wants(&event) && let Some(event) = shown.next(event) {
                                yield Followed::Event(event);
                            }
                            yield Followed::UpTo(EventCursor(seen));
                        }
                        shown.heard(&fact);
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        counter!("dataweaver_live_lags_total").increment(1);
                        behind = true;
                    }
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        }
    }
}

/// The gauge as it is told to a subscriber who has had everything up to a place.
fn at_place(gauge: Arc<SyncEvent>, place: EventCursor) -> Arc<SyncEvent> {
    if gauge.cursor == place {
        return gauge;
    }
    Arc::new(SyncEvent { cursor: place, ..(*gauge).clone() })
}
