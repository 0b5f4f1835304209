//! What waits to be sent over one connection: bounded, fair among its operations, and without states that are outdated.

mod state;
mod waiting;

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use tokio::sync::Notify;

use self::state::State;
use self::waiting::Waiting;
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

impl Outbox {
    /// An outbox for `limit` bytes. The first message of an operation may be larger than its share, and has a place as long
    /// as less than that waits: with it, more waits than the limit by this one message at the most.
    pub(super) fn new(limit: usize) -> Self {
        Self { state: Mutex::new(State::new()), drained: Notify::new(), limit }
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

#[cfg(test)]
mod tests;
