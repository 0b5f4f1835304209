//! What is known of a subscription's message, whatever its client has selected of it, and where a subscription stands.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use crate::events::{EventCursor, SyncEvent};

/// What a transport has to know of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// From where the subscription goes on after this message.
    pub cursor: Option<EventCursor>,
    /// What the message shows the state of: as long as it waits to be sent, a newer one of the same may take its place.
    pub state_of: Option<Arc<str>>,
    /// Where its subscription stands with this message; none where that is the same as before.
    standing: Option<Standing>,
    /// The number of the gauge that it tells; 0 where it tells none.
    gauge: u64,
}

impl Mark {
    /// Of a message after which its subscription goes on from `cursor`, and that shows the state of something.
    #[cfg(test)]
    pub(crate) fn new(cursor: Option<EventCursor>, state_of: Option<&str>) -> Self {
        Self { cursor, state_of: state_of.map(Arc::from), ..Self::default() }
    }

    /// Of a fact at a place of the event log.
    #[cfg(test)]
    pub(super) fn fact(cursor: EventCursor) -> Self {
        Self { cursor: Some(cursor), standing: Some(Standing::at(cursor)), ..Self::default() }
    }

    /// Of a message that shows the state of something, as it was read.
    pub(super) fn state_of(what: &str, standing: Standing) -> Self {
        Self { state_of: Some(what.into()), standing: Some(standing), ..Self::default() }
    }

    /// Of a state that nothing may take the place of.
    pub(super) fn end(standing: Standing) -> Self {
        Self { standing: Some(standing), ..Self::default() }
    }

    /// Where its subscription stands with this message, if it has moved.
    pub(super) fn standing(&self) -> Option<Standing> {
        self.standing
    }

    /// The number of the gauge that it tells; 0 where it tells none.
    pub(super) fn gauge(&self) -> u64 {
        self.gauge
    }

    /// Whether somebody has not had this message who has had everything up to `standing`, and gauges up to that of a number.
    pub(super) fn is_news_at(&self, standing: Standing, gauge: u64) -> bool {
        match self.standing {
            Some(own) => own.to > standing.to,
            None if self.gauge > 0 && self.gauge <= gauge => false,
            // A gauge goes with the last fact before it.
            None => self.cursor.is_none_or(|cursor| Standing::at(cursor).to >= standing.to),
        }
    }
}

impl From<&SyncEvent> for Mark {
    fn from(event: &SyncEvent) -> Self {
        let source = event.data_source_id.as_ref().map_or("", |id| id.as_str());
        let is_gauge = event.id.is_none();
        Self {
            cursor: Some(event.cursor),
            state_of: is_gauge.then(|| format!("{} {source}", event.sync_log_id).into()),
            standing: (!is_gauge).then(|| Standing::at(event.cursor)),
            gauge: if is_gauge { event.number } else { 0 },
        }
    }
}

/// Up to where a subscription has told what there is, in a measure that equal subscriptions share: places in the event log,
/// or numbers of changes, or moments at which a state was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// It has told what there was before this.
    from: i64,
    /// It has told nothing that came after this.
    to: i64,
    cursor: Option<EventCursor>,
}

impl Standing {
    /// Everything up to a place of the event log.
    pub(super) fn at(cursor: EventCursor) -> Self {
        Self { from: cursor.0, to: cursor.0, cursor: Some(cursor) }
    }

    /// Everything up to a change.
    pub(super) fn number(number: u64) -> Self {
        let number = i64::try_from(number).unwrap_or(i64::MAX);
        Self { from: number, to: number, cursor: None }
    }

    /// The state that was read between two [moments](moment).
    pub(super) fn read(began: u64, ended: u64) -> Self {
        Self { from: Self::number(began).from, ..Self::number(ended) }
    }

    /// Whether who stands here has had everything that was told up to `other`.
    pub(super) fn covers(self, other: Self) -> bool {
        self.from >= other.to
    }

    /// The later of two.
    pub(super) fn later(self, other: Self) -> Self {
        if other.to > self.to { other } else { self }
    }

    /// The number of the last change that was told, for one who stands at a number.
    pub(super) fn last_number(self) -> u64 {
        u64::try_from(self.to).unwrap_or(0)
    }

    /// From where in the event log to go on, for one who stands here.
    pub(super) fn cursor(self) -> Option<EventCursor> {
        self.cursor
    }
}

/// The next moment, for who begins or has ended to read a state. Moments only tell what was before what in this process: they
/// are counted, and nothing waits for one.
pub(super) fn moment() -> u64 {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    COUNT.fetch_add(1, Ordering::SeqCst)
}

/// Where a subscription leaves the mark of the message that it gives next, and says where it stands. An operation has one.
#[derive(Clone)]
pub(super) struct Marker(Arc<Inner>);

struct Inner {
    next: Mutex<Mark>,
    standing: watch::Sender<Option<Standing>>,
}

impl Default for Marker {
    fn default() -> Self {
        Self(Arc::new(Inner { next: Mutex::default(), standing: watch::Sender::new(None) }))
    }
}

impl Marker {
    /// Marks the message that is given next.
    pub(super) fn mark(&self, mark: Mark) {
        *self.0.next.lock().unwrap_or_else(PoisonError::into_inner) = mark;
    }

    /// The mark of the message that was just given.
    pub(super) fn take(&self) -> Mark {
        std::mem::take(&mut *self.0.next.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The subscription has told all that there is up to here: its messages were given, and none is on its way.
    pub(super) fn stands(&self, standing: Standing) {
        self.0.standing.send_replace(Some(standing));
    }

    /// The subscription reads what it tells next: how new that is will be known afterwards.
    pub(super) fn moves(&self) {
        self.0.standing.send_replace(None);
    }

    /// Where the subscription stands, as it changes; none as long as that is not known.
    pub(super) fn standing(&self) -> watch::Receiver<Option<Standing>> {
        self.0.standing.subscribe()
    }
}

/// The cursor of the last event that a client has seen, where its transport says so beside the operation: it goes over
/// the operation's own `after`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastSeen(pub String);

/// How a subscription begins that is not executed for a client who has just come: over the operation's own `after`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beginning {
    /// From now: those who listen have had everything before.
    Now,
    /// Its client has missed what came after this: of what is stored, from [`LastSeen`] on.
    Missed(Standing),
}
