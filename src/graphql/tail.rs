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
use super::due::{Due, gather, later};
use super::mark::Standing;

/// Listeners that are told in one go; then it is the turn of what else waits for the thread.
const AT_ONCE: usize = 256;

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
    /// It has messages that not all have been told.
    is_telling: bool,
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
        let mut is_over = false;
        while !is_over {
            let first = messages.next().await;
            // Before the stream is asked for more, and says that it stands behind this one.
            locked(&self.state).is_telling = true;
            let mut due = gather(first, &mut messages, &self.standing);
            self.tell(&mut due).await;
            is_over = due.last().is_none_or(|due| due.message.is_last());
        }
    }

    /// Tells messages to all, a few listeners at a time: whoever comes in between has the last places, and hears them too.
    async fn tell(&self, due: &mut [Due]) {
        let told = Due::add_up(due, locked(&self.state).told);
        let mut last = None;
        while let Some(number) = self.tell_some(due, told, last) {
            last = Some(number);
            yield_now().await;
        }
    }

    /// Tells messages, with which the tail comes to stand at `told`, to the next behind a number; gives that of the last of
    /// them, or nothing when all have been told.
    fn tell_some(&self, due: &[Due], told: Option<Standing>, behind: Option<u64>) -> Option<u64> {
        let is_over = due.last().is_some_and(|due| due.message.is_last());
        let mut state = locked(&self.state);
        let (mut last, mut count, mut gone) = (None, 0, Vec::new());
        let behind = behind.map_or(Bound::Unbounded, Bound::Excluded);
        for (number, member) in state.listeners.range((behind, Bound::Unbounded)).take(AT_ONCE) {
            (last, count) = (Some(*number), count + 1);
            match member.tell(due) {
                Some(left) => gone.push((*number, left)),
                None if is_over => gone.push((*number, Left::Over)),
                None => {}
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
        // Under the same lock: nobody comes who has not heard them and would not be told.
        state.told = told;
        state.is_telling = false;
        state.is_over |= is_over;
        None
    }
}

impl Member {
    /// From where it goes on by itself, where the tail has told it everything up to a standing.
    fn place(&self, told: Option<Standing>) -> Place {
        Place(told.map_or(self.joined, |told| self.joined.later(told)))
    }

    /// Tells it what it has not been told; gives why it is told nothing more, where that is so.
    fn tell(&self, due: &[Due]) -> Option<Left> {
        let mut before = None;
        let news = due.iter().filter(|due| due.message.mark.is_news_at(self.joined, self.gauge));
        let offered = self.listener.offer(&mut news.inspect(|due| before = due.before).map(|due| &due.message));
        match offered {
            Offered::Taken => None,
            Offered::Closed => Some(Left::Over),
            Offered::Full => {
                counter!("dataweaver_live_lags_total").increment(1);
                Some(Left::Behind(self.place(before)))
            }
        }
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
            let place = member.place(told);
            member.leave.send(Left::Behind(place)).ok();
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::mpsc;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::events::EventCursor;
    use crate::graphql::mark::{Mark, Marker};
    use crate::graphql::message::Content;

    /// Notes what it is told, and has room for so much.
    #[derive(Default)]
    struct Notes {
        room: usize,
        told: Mutex<Vec<i64>>,
        visits: AtomicUsize,
        is_over: CancellationToken,
    }

    impl Notes {
        fn with_room(room: usize) -> Arc<Self> {
            Arc::new(Self { room, ..Self::default() })
        }

        fn told(&self) -> Vec<i64> {
            locked(&self.told).clone()
        }
    }

    impl Listener for Notes {
        fn offer(&self, messages: &mut dyn Iterator<Item = &Arc<Message>>) -> Offered {
            self.visits.fetch_add(1, Ordering::Relaxed);
            let mut told = locked(&self.told);
            for message in messages {
                if told.len() == self.room {
                    return Offered::Full;
                }
                told.push(message.mark.cursor.map_or(-1, |cursor| cursor.0));
                if message.is_last() {
                    self.is_over.cancel();
                }
            }
            Offered::Taken
        }
    }

    /// A tail of facts, told as they are sent; it has told none yet.
    fn tail(facts: mpsc::UnboundedReceiver<i64>) -> Arc<Tail> {
        let begin = || {
            let marker = Marker::default();
            let standing = marker.standing();
            marker.stands(Standing::at(EventCursor(0)));
            let messages = futures::stream::unfold((facts, marker), async |(mut facts, marker)| {
                let place: i64 = facts.recv().await?;
                marker.stands(Standing::at(EventCursor(place - 1)));
                let mark = Mark::fact(EventCursor(place));
                Some((Message { content: Content::Next("{}".to_owned()), mark }, (facts, marker)))
            });
            Source { messages: messages.boxed(), standing }
        };
        Tails::default().of(&Key::of_text("subscription { a }"), begin)
    }

    fn join(tail: &Arc<Tail>, place: i64, notes: &Arc<Notes>) -> Option<Membership> {
        tail.join(Standing::at(EventCursor(place)), 0, &(Arc::clone(notes) as _))
    }

    #[tokio::test]
    async fn what_is_ready_is_told_in_one_visit_and_who_has_no_room_goes_on_from_the_first_that_did_not_fit() {
        let (tell, facts) = mpsc::unbounded_channel();
        let tail = tail(facts);
        let (all, some, later) = (Notes::with_room(100), Notes::with_room(3), Notes::with_room(100));
        let (all_told, some_told) = (join(&tail, 0, &all).unwrap(), join(&tail, 0, &some).unwrap());
        // One that has been told more than the tail has.
        let later_told = join(&tail, 4, &later).unwrap();
        for place in 1..=6 {
            tell.send(place).unwrap();
        }
        assert_eq!(some_told.left().await, Left::Behind(Place(Standing::at(EventCursor(3)))));
        drop(tell);
        assert_eq!((all_told.left().await, later_told.left().await), (Left::Over, Left::Over));
        assert_eq!(
            (all.told(), some.told(), later.told()),
            (vec![1, 2, 3, 4, 5, 6, -1], vec![1, 2, 3], vec![5, 6, -1])
        );
        assert!(all.visits.load(Ordering::Relaxed) <= 2, "the facts in one, and the end perhaps in another");
        assert!(join(&tail, 6, &later).is_none(), "it is over");
    }

    #[tokio::test]
    async fn who_comes_while_others_are_told_misses_nothing_and_hears_nothing_twice() {
        let (tell, facts) = mpsc::unbounded_channel();
        let tail = tail(facts);
        let first: Vec<_> = (0..AT_ONCE).map(|_| Notes::with_room(100)).collect();
        let _joined: Vec<_> = first.iter().map(|notes| join(&tail, 0, notes).unwrap()).collect();
        for place in 1..=3 {
            tell.send(place).unwrap();
        }
        // As many as are told at once have been told; the tail has not come to its end, for others may come.
        while first.iter().any(|notes| notes.told().is_empty()) {
            yield_now().await;
        }
        let late = Notes::with_room(100);
        let place = [3, 2].into_iter().find_map(|place| join(&tail, place, &late).map(|joined| (place, joined)));
        let (place, _joined) = place.expect("it stands where the tail does");
        drop(tell);
        late.is_over.cancelled().await;
        let expected: Vec<i64> = (place + 1..=3).chain([-1]).collect();
        assert_eq!(late.told(), expected);
    }
}
