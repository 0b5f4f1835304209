//! What waits to be sent over one connection: bounded, fair among its operations, and without states that are outdated.

use std::collections::{HashMap, VecDeque};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use ::metrics::{Counter, Gauge, counter, gauge};
use tokio::sync::Notify;

use crate::graphql::{Listener, Message, Offered};

/// Names an operation among those of its connection: the client has chosen it.
pub(super) type OperationId = Arc<str>;

/// What is to be sent next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parcel {
    /// A message of an operation.
    Of(OperationId, Arc<Message>),
    /// A message of the connection itself, ready to be sent.
    Note(String),
}

impl Parcel {
    /// Its size in bytes, without what a transport puts around it.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Of(_, message) => message.size(),
            Self::Note(text) => text.len(),
        }
    }
}

/// Who asked for an id that another operation of the connection has.
#[derive(Debug)]
pub(super) struct Taken;

/// The messages of one connection that are not sent yet.
///
/// Any number of operations [`put`](Self::put) theirs in; one transport [`take`](Self::take)s them out.
pub(super) struct Outbox {
    state: Mutex<State>,
    /// Something was taken, or an operation has ended. Told where [`State::is_awaited`].
    drained: Notify,
    /// Bytes that may wait.
    limit: usize,
}

struct State {
    notes: VecDeque<String>,
    note_bytes: usize,
    /// In no order; most connections have one or two.
    operations: Vec<Waiting>,
    /// The operations with messages, whose turn it is first in front.
    turns: VecDeque<OperationId>,
    /// Whoever takes, while there is nothing.
    taker: Option<Waker>,
    /// Somebody has found no room, or waits for the end.
    is_awaited: bool,
    /// The last parcel that was taken is perhaps not sent yet.
    is_sending: bool,
    /// Bytes of the messages of operations.
    bytes: usize,
    /// Those of them that the meter was told of.
    counted: usize,
    meters: Meters,
}

/// What is counted over all connections.
struct Meters {
    queued: Gauge,
    conflated: Counter,
}

/// The messages of one operation.
#[derive(Default)]
struct Waiting {
    id: OperationId,
    /// Without those that newer ones took the place of.
    messages: VecDeque<Option<Arc<Message>>>,
    /// The number of the first of them; none comes twice.
    first_number: u64,
    /// How many of them are there.
    count: usize,
    /// The number of the message that shows the state of something.
    states: HashMap<Arc<str>, u64>,
    bytes: usize,
    /// It ends with the messages that it has.
    ends: bool,
}

impl Outbox {
    /// An outbox for `limit` bytes. The first message of an operation may be larger than its share, and has a place as long
    /// as less than that waits: with it, more waits than the limit by this one message at the most.
    pub(super) fn new(limit: usize) -> Self {
        let meters = Meters {
            queued: gauge!("dataweaver_live_queued_bytes"),
            conflated: counter!("dataweaver_live_conflated_total"),
        };
        let state = State {
            notes: VecDeque::new(),
            note_bytes: 0,
            operations: Vec::new(),
            turns: VecDeque::new(),
            taker: None,
            is_awaited: false,
            is_sending: false,
            bytes: 0,
            counted: 0,
            meters,
        };
        Self { state: Mutex::new(state), drained: Notify::new(), limit }
    }

    /// Bytes that may wait.
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Makes room for an operation.
    pub(super) fn open(&self, id: OperationId) -> Result<(), Taken> {
        let mut state = self.state();
        if state.place_of(&id).is_some() {
            return Err(Taken);
        }
        if state.operations.is_empty() {
            // Room for one, and not for the next few, too.
            state.operations.reserve_exact(1);
        }
        state.operations.push(Waiting { id, ..Waiting::default() });
        Ok(())
    }

    /// Whether it was opened for more operations than `most`.
    pub(super) fn holds_more_than(&self, most: usize) -> bool {
        self.state().operations.len() > most
    }

    /// Forgets an operation and what waits of it.
    pub(super) fn close(&self, id: &str) {
        let mut state = self.state();
        if let Some(place) = state.place_of(id) {
            state.remove(place);
        }
        state.turns.retain(|turn| &**turn != id);
        drop(state);
        self.drained.notify_waiters();
    }

    /// Lets an operation end with what waits of it.
    pub(super) fn end(&self, id: &str) {
        let mut state = self.state();
        if let Some(place) = state.place_of(id) {
            if state.operations[place].is_empty() {
                state.remove(place);
            } else {
                state.operations[place].ends = true;
            }
        }
        drop(state);
        self.drained.notify_waiters();
    }

    /// Puts a message of an operation in as soon as there is room for it; `false` where the operation was closed. `id` is
    /// the one that it was opened with, or a clone.
    pub(super) async fn put(&self, id: &OperationId, message: impl Into<Arc<Message>>) -> bool {
        let message = message.into();
        loop {
            let drained = self.drained.notified();
            let offered = self.offer(id, &mut [&message].into_iter());
            match offered {
                Offered::Taken => return true,
                Offered::Closed => return false,
                Offered::Full => drained.await,
            }
        }
    }

    /// Puts messages of an operation in as long as there is room for them. `id` is the one that it was opened with, or a
    /// clone.
    pub(super) fn offer(&self, id: &OperationId, messages: &mut dyn Iterator<Item = &Arc<Message>>) -> Offered {
        let mut state = self.state();
        let (offered, is_filled) = state.offer(id, messages, self.limit);
        let taker = if is_filled { state.taker.take() } else { None };
        drop(state);
        if let Some(taker) = taker {
            taker.wake();
        }
        offered
    }

    /// Puts a message of the connection itself in as soon as there is room for it. These go first.
    pub(super) async fn note(&self, text: String) {
        loop {
            let drained = self.drained.notified();
            {
                let mut state = self.state();
                if state.notes.is_empty() || state.note_bytes + text.len() <= self.limit {
                    state.note_bytes += text.len();
                    state.notes.push_back(text);
                    let taker = state.taker.take();
                    drop(state);
                    if let Some(taker) = taker {
                        taker.wake();
                    }
                    return;
                }
                state.is_awaited = true;
            }
            drained.await;
        }
    }

    /// What is to be sent next, when there is something. What was taken before has been sent by now.
    pub(super) async fn take(&self) -> Parcel {
        self.take_while(|_| false).await.0
    }

    /// What is to be sent next, when there is something, and what waits behind it, up to so many bytes; one message may be
    /// larger. What was taken before has been sent by now. Mostly there is one parcel, for which nothing is allocated.
    pub(super) async fn take_some(&self, bytes: usize) -> (Parcel, Vec<Parcel>) {
        self.take_while(|taken| taken < bytes).await
    }

    async fn take_while(&self, goes_on: impl Fn(usize) -> bool) -> (Parcel, Vec<Parcel>) {
        poll_fn(|context| {
            let mut state = self.state();
            let was_sending = state.is_sending;
            let taken = state.take_while(&goes_on);
            if taken.is_none() {
                state.taker = Some(context.waker().clone());
            }
            // There is room again, or all was sent.
            let is_drained = taken.is_some() || was_sending;
            let is_awaited = is_drained && std::mem::take(&mut state.is_awaited);
            drop(state);
            if is_awaited {
                self.drained.notify_waiters();
            }
            taken.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// Waits until every operation has ended, and everything was sent.
    pub(super) async fn emptied(&self) {
        loop {
            let drained = self.drained.notified();
            {
                let mut state = self.state();
                if state.operations.is_empty() && state.notes.is_empty() && !state.is_sending {
                    return;
                }
                state.is_awaited = true;
            }
            drained.await;
        }
    }

    /// Whether nothing waits of any operation: what was put in was taken.
    pub(super) fn has_nothing(&self) -> bool {
        self.state().turns.is_empty()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An operation's place in an outbox.
pub(super) struct Slot {
    pub(super) outbox: Arc<Outbox>,
    pub(super) id: OperationId,
}

impl Listener for Slot {
    fn offer(&self, messages: &mut dyn Iterator<Item = &Arc<Message>>) -> Offered {
        self.outbox.offer(&self.id, messages)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        let mut state = self.state();
        state.bytes = 0;
        state.count();
    }
}

impl State {
    /// Where an operation with an id is.
    fn place_of(&self, id: &str) -> Option<usize> {
        self.operations.iter().position(|waiting| &*waiting.id == id)
    }

    /// Where an operation is. By its own id and not an equal one: one that was closed may not have stopped yet when the next
    /// one begins under its id.
    fn own_place_of(&self, id: &OperationId) -> Option<usize> {
        self.operations.iter().position(|waiting| Arc::ptr_eq(&waiting.id, id))
    }

    fn remove(&mut self, place: usize) {
        let waiting = self.operations.swap_remove(place);
        self.bytes -= waiting.bytes;
        self.count();
    }

    /// Tells the meter what waits. All connections count there: what is sent at once is not told.
    fn count(&mut self) {
        if self.bytes != self.counted {
            self.meters.queued.increment(self.bytes as f64 - self.counted as f64);
            self.counted = self.bytes;
        }
    }

    /// Takes messages as long as there is room for them, and says whether it has taken any.
    fn offer(
        &mut self,
        id: &OperationId,
        messages: &mut dyn Iterator<Item = &Arc<Message>>,
        limit: usize,
    ) -> (Offered, bool) {
        let share = limit / self.operations.len().max(1);
        let Some(place) = self.own_place_of(id).filter(|place| !self.operations[*place].ends) else {
            return (Offered::Closed, false);
        };
        let waits = self.bytes > 0 || self.is_sending;
        let waiting = &mut self.operations[place];
        let (bytes_before, has_turn) = (waiting.bytes, !waiting.is_empty());
        let room = Room { share, limit, others: self.bytes - bytes_before };
        let (mut offered, mut is_filled) = (Offered::Taken, false);
        for message in messages {
            if !waiting.take_in(message, &room, &self.meters) {
                offered = Offered::Full;
                self.is_awaited = true;
                break;
            }
            is_filled = true;
        }
        self.bytes = self.bytes - bytes_before + waiting.bytes;
        if waits {
            self.count();
        }
        if is_filled && !has_turn {
            self.turns.push_back(Arc::clone(id));
        }
        (offered, is_filled)
    }

    /// Takes a parcel, and more of them as long as the bytes that were taken let it go on. What was taken before has been
    /// sent by now.
    fn take_while(&mut self, goes_on: impl Fn(usize) -> bool) -> Option<(Parcel, Vec<Parcel>)> {
        let first = self.take();
        self.is_sending = first.is_some();
        let taken = first.map(|first| {
            let (mut bytes, mut more) = (first.size(), Vec::new());
            while goes_on(bytes)
                && let Some(parcel) = self.take()
            {
                bytes += parcel.size();
                more.push(parcel);
            }
            (first, more)
        });
        self.count();
        taken
    }

    fn take(&mut self) -> Option<Parcel> {
        if let Some(note) = self.notes.pop_front() {
            self.note_bytes -= note.len();
            return Some(Parcel::Note(note));
        }
        let id = self.turns.pop_front()?;
        let place = self.own_place_of(&id).expect("an operation whose turn it is is there");
        let waiting = &mut self.operations[place];
        let message = waiting.pop().expect("an operation whose turn it is has a message");
        self.bytes -= message.size();
        let is_over = message.is_last() || waiting.ends && waiting.is_empty();
        let has_more = !waiting.is_empty();
        if is_over {
            self.remove(place);
        } else if has_more {
            self.turns.push_back(Arc::clone(&id));
        }
        Some(Parcel::Of(id, message))
    }
}

/// What limits the messages of one operation, in bytes.
struct Room {
    /// What it may fill, so that it leaves room for the others.
    share: usize,
    /// What all together may fill.
    limit: usize,
    /// What waits of the others.
    others: usize,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes a message where there is room for it.
    fn take_in(&mut self, message: &Arc<Message>, room: &Room, meters: &Meters) -> bool {
        if !self.has_room_for(message, room) {
            return false;
        }
        if self.drop_outdated(message) {
            meters.conflated.increment(1);
        }
        self.push(Arc::clone(message));
        true
    }

    fn has_room_for(&self, message: &Message, room: &Room) -> bool {
        let (size, outdated) = (message.size(), self.outdated_by(message).map(|(_, outdated)| outdated.size()));
        let own = self.bytes - outdated.unwrap_or(0);
        let all = room.others + own;
        // Nothing grows by it: the end, or a state no larger than the one whose place it takes.
        let is_no_more = size <= outdated.unwrap_or(0);
        let has_place = outdated.is_some() || self.is_empty();
        is_no_more || has_place && all < room.limit || own + size <= room.share && all + size <= room.limit
    }

    fn push(&mut self, message: Arc<Message>) {
        if let Some(what) = &message.mark.state_of {
            self.states.insert(Arc::clone(what), self.first_number + self.messages.len() as u64);
        }
        self.count += 1;
        self.bytes += message.size();
        self.messages.push_back(Some(message));
    }

    /// The message that shows an earlier state of what this one shows, and where it is, if there is one.
    fn outdated_by(&self, newer: &Message) -> Option<(usize, &Arc<Message>)> {
        let number = self.states.get(newer.mark.state_of.as_ref()?)?;
        let place = usize::try_from(number - self.first_number).expect("it waits");
        Some((place, self.messages[place].as_ref().expect("it waits")))
    }

    /// Removes the message that shows an earlier state of what this one shows, if there is one.
    fn drop_outdated(&mut self, newer: &Message) -> bool {
        let Some((place, outdated)) = self.outdated_by(newer) else { return false };
        let outdated = Arc::clone(outdated);
        self.messages[place] = None;
        self.count_out(&outdated);
        true
    }

    fn pop(&mut self) -> Option<Arc<Message>> {
        loop {
            let number = self.first_number;
            let message = self.messages.pop_front()?;
            self.first_number += 1;
            let Some(message) = message else { continue };
            if let Some(what) = &message.mark.state_of
                && self.states.get(what) == Some(&number)
            {
                self.states.remove(what);
            }
            self.count_out(&message);
            return Some(message);
        }
    }

    fn count_out(&mut self, message: &Message) {
        self.count -= 1;
        self.bytes -= message.size();
    }
}

#[cfg(test)]
mod tests;
