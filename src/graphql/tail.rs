//! The live tail that equal subscriptions share: executed once, serialised once, and told to all of them.
//!
//! A subscription begins by itself: what it replays, or the state that it shows first, is its own. As soon as it has told
//! all that the tail has told, it joins ([`Following`](super::following::Following)), and costs nothing any more but its
//! place in a list. Where its client does not take what it is told, it leaves again, and goes on by itself from its place.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use ::metrics::{counter, gauge};
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::{oneshot, watch};
use tokio::task::{AbortHandle, yield_now};

use super::Message;
use super::asked::Key;
use super::mark::Standing;

/// Listeners that are told in one go; then it is the turn of what else waits for the thread.
const AT_ONCE: usize = 256;

/// Whom a tail tells its messages.
pub trait Listener: Send + Sync {
    /// Takes a message, if it can do so at once.
    fn offer(&self, message: &Message) -> Offered;
}

/// What became of a message that was offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It will be sent.
    Taken,
    /// There is no room for it just now.
    Full,
    /// Nobody wants it any more.
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

/// Who listens to a tail.
struct Audience {
    standing: watch::Receiver<Option<Standing>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Where the tail stood with the last message that moved it.
    told: Option<Standing>,
    /// By the order in which they came.
    listeners: BTreeMap<u64, Member>,
    next_number: u64,
    is_over: bool,
}

struct Member {
    listener: Arc<dyn Listener>,
    /// What it was told before it came.
    joined: Standing,
    /// The last gauge that it was told before.
    gauge: u64,
    leave: oneshot::Sender<Left>,
}

impl State {
    /// Up to where it has told what there is, when its messages stand here.
    fn latest(&self, standing: Standing) -> Standing {
        self.told.map_or(standing, |told| told.later(standing))
    }
}

impl Audience {
    async fn entertain(self: Arc<Self>, mut messages: BoxStream<'static, Message>) {
        // However this ends, nobody waits for more.
        let _end = End(&self);
        while let Some(message) = messages.next().await {
            self.tell(&message).await;
            if message.is_last() {
                return;
            }
        }
        self.tell(&Message::complete()).await;
    }

    /// Tells a message to all, a few at a time: whoever comes in between has the last places, and hears it too.
    async fn tell(&self, message: &Message) {
        let mut last = None;
        while let Some(number) = self.tell_some(message, last) {
            last = Some(number);
            yield_now().await;
        }
    }

    /// Tells a message to the next behind a number; gives that of the last of them, or nothing when all have been told.
    fn tell_some(&self, message: &Message, behind: Option<u64>) -> Option<u64> {
        let mut state = locked(&self.state);
        let standing = *self.standing.borrow();
        let before = standing.map_or(state.told, |standing| Some(state.latest(standing)));
        let (mut last, mut count, mut gone) = (None, 0, Vec::new());
        let behind = behind.map_or(Bound::Unbounded, Bound::Excluded);
        for (number, member) in state.listeners.range((behind, Bound::Unbounded)).take(AT_ONCE) {
            (last, count) = (Some(*number), count + 1);
            let offered = if message.mark.is_news_at(member.joined, member.gauge) {
                member.listener.offer(message)
            } else {
                Offered::Taken
            };
            match offered {
                Offered::Taken if !message.is_last() => {}
                Offered::Taken | Offered::Closed => gone.push((*number, Left::Over)),
                Offered::Full => {
                    counter!("dataweaver_live_lags_total").increment(1);
                    let place = before.map_or(member.joined, |before| member.joined.later(before));
                    gone.push((*number, Left::Behind(Place(place))));
                }
            }
        }
        for (number, left) in gone {
            if let Some(member) = state.listeners.remove(&number) {
                // Who does not wait for it any more has left by itself.
                member.leave.send(left).ok();
            }
        }
        if count == AT_ONCE {
            return last;
        }
        // Under the same lock: nobody comes who has not heard it and would not be told.
        if let Some(standing) = message.mark.standing() {
            state.told = Some(state.latest(standing));
        }
        state.is_over |= message.is_last();
        None
    }
}

/// The end of a tail: whoever still listens goes on by itself.
struct End<'a>(&'a Audience);

impl Drop for End<'_> {
    fn drop(&mut self) {
        let mut state = locked(&self.0.state);
        state.is_over = true;
        let told = state.told;
        for member in std::mem::take(&mut state.listeners).into_values() {
            let place = told.map_or(member.joined, |told| member.joined.later(told));
            member.leave.send(Left::Behind(Place(place))).ok();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
