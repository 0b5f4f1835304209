//! What a transport has to know of a subscription's message, whatever its client has selected of it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::events::{EventCursor, SyncEvent};

/// What a transport has to know of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// From where the subscription goes on after this message.
    pub cursor: Option<EventCursor>,
    /// What the message shows the state of: as long as it waits to be sent, a newer one of the same may take its place.
    pub state_of: Option<String>,
}

impl Mark {
    /// Of a message that shows the state of something.
    pub(super) fn state_of(what: impl Into<String>) -> Self {
        Self { cursor: None, state_of: Some(what.into()) }
    }
}

impl From<&SyncEvent> for Mark {
    fn from(event: &SyncEvent) -> Self {
        let source = event.data_source_id.as_ref().map_or("", |id| id.as_str());
        let state_of = event.id.is_none().then(|| format!("{} {source}", event.sync_log_id));
        Self { cursor: Some(event.cursor), state_of }
    }
}

/// Where a subscription leaves the mark of the message that it gives next. An operation has one.
#[derive(Clone, Default)]
pub(super) struct Marker(Arc<Mutex<Mark>>);

impl Marker {
    /// Marks the message that is given next.
    pub(super) fn mark(&self, mark: Mark) {
        *self.last() = mark;
    }

    /// The mark of the message that was just given.
    pub(super) fn take(&self) -> Mark {
        std::mem::take(&mut *self.last())
    }

    fn last(&self) -> MutexGuard<'_, Mark> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cursor of the last event that a client has seen, where its transport says so beside the operation: it goes over
/// the operation's own `after`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastSeen(pub String);
