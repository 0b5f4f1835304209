//! The live tail that equal subscriptions share: executed once, serialised once, and told to all of them.
//!
//! A subscription begins by itself: what it replays, or the state that it shows first, is its own. As soon as it has told
//! all that the tail has told, it joins ([`Following`](super::following::Following)), and costs nothing any more but its
//! place in a list. Where its client does not take what it is told, it leaves again, and goes on by itself from its place.

mod audience;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use ::metrics::gauge;
use futures::stream::BoxStream;
use tokio::sync::{oneshot, watch};
use tokio::task::AbortHandle;

use self::audience::{Audience, Member};
use super::Message;
use super::asked::Key;
use super::due::later;
use super::mark::Standing;

/// Whom a tail tells its messages.
pub trait Listener: Send + Sync {
    /// Takes messages in their order, as many as it can take at once.
    fn offer(&self, messages: &mut dyn Iterator<Item = &Arc<Message>>) -> Offered;
}

/// What became of messages that were offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// All will be sent.
    Taken,
    /// There is no room just now for the one that was asked for last. Those before it will be sent.
    Full,
    /// Nobody wants them any more.
    Closed,
}

/// Why a listener is told nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// The tail has come to its end, and the listener was told so, or it was closed.
    Over,
    /// It had no room for a message.
    Behind(Place),
}

/// From where a subscription goes on by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place(pub(super) Standing);

/// The tails of an API.
#[derive(Clone, Default)]
pub(super) struct Tails(Arc<Mutex<HashMap<Key, Weak<Tail>>>>);

impl Tails {
    /// The tail of the subscriptions with this key; `begin` gives the messages of a new one, and where it stands.
    pub(super) fn of(&self, key: &Key, begin: impl FnOnce() -> Source) -> Arc<Tail> {
        // Let go of after the lock, which its end takes.
        let _over;
        let mut all = locked(&self.0);
        match all.get(key).and_then(Weak::upgrade) {
            Some(tail) if !tail.is_over() => return tail,
            over => _over = over,
        }
        let Source { messages, standing } = begin();
        let audience = Arc::new(Audience { standing, state: Mutex::default() });
        let driver = tokio::spawn(Arc::clone(&audience).entertain(messages)).abort_handle();
        gauge!("dataweaver_live_shared_operations").increment(1.0);
        let tail = Arc::new(Tail { key: key.clone(), tails: self.clone(), audience, driver });
        all.insert(key.clone(), Arc::downgrade(&tail));
        tail
    }
}

/// What a tail tells, and where it stands meanwhile.
pub(super) struct Source {
    pub(super) messages: BoxStream<'static, Message>,
    pub(super) standing: watch::Receiver<Option<Standing>>,
}

/// One execution for all equal subscriptions. It stops with the last who holds it.
pub(super) struct Tail {
    key: Key,
    tails: Tails,
    audience: Arc<Audience>,
    driver: AbortHandle,
}

impl Tail {
    /// Where it stands, as it changes.
    pub(super) fn standing(&self) -> watch::Receiver<Option<Standing>> {
        self.audience.standing.clone()
    }

    /// Whether it tells nothing any more.
    pub(super) fn is_over(&self) -> bool {
        locked(&self.audience.state).is_over
    }

    /// Takes in a listener that was told everything up to `standing`, and gauges up to that of a number, unless the tail has
    /// told more.
    pub(super) fn join(
        self: &Arc<Self>,
        standing: Standing,
        gauge: u64,
        listener: &Arc<dyn Listener>,
    ) -> Option<Membership> {
        let mut state = locked(&self.audience.state);
        let told = (*self.audience.standing.borrow())?;
        if state.is_over || !standing.covers(state.latest(told)) {
            return None;
        }
        let (leave, left) = oneshot::channel();
        let number = state.next_number;
        state.next_number += 1;
        state.listeners.insert(number, Member { listener: Arc::clone(listener), joined: standing, gauge, leave });
        drop(state);
        gauge!("dataweaver_live_shared_listeners").increment(1.0);
        Some(Membership { tail: Arc::clone(self), number, left })
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.driver.abort();
        gauge!("dataweaver_live_shared_operations").decrement(1.0);
        let mut all = locked(&self.tails.0);
        if all.get(&self.key).is_some_and(|tail| tail.strong_count() == 0) {
            all.remove(&self.key);
        }
    }
}

/// A listener's place in a tail; it leaves where this is dropped.
pub struct Membership {
    tail: Arc<Tail>,
    number: u64,
    left: oneshot::Receiver<Left>,
}

impl Membership {
    /// The place, for whoever wants to know how far the listener is.
    pub(super) fn seat(&self) -> Seat {
        Seat { audience: Arc::clone(&self.tail.audience), number: self.number }
    }

    /// Waits until the listener is told nothing more.
    pub async fn left(mut self) -> Left {
        (&mut self.left).await.unwrap_or(Left::Over)
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        locked(&self.tail.audience.state).listeners.remove(&self.number);
        gauge!("dataweaver_live_shared_listeners").decrement(1.0);
    }
}

/// Shows how far a listener is.
pub(super) struct Seat {
    audience: Arc<Audience>,
    number: u64,
}

impl Seat {
    /// Up to where the listener was told what there is; none where it is told nothing any more.
    pub(super) fn reached(&self) -> Option<Standing> {
        let state = locked(&self.audience.state);
        let member = state.listeners.get(&self.number)?;
        // Where nothing is due, everything before was told.
        let stands = if state.is_telling { None } else { *self.audience.standing.borrow() };
        let told = later(state.told, stands);
        Some(told.map_or(member.joined, |told| member.joined.later(told)))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
