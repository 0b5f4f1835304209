//! What an outbox holds: the messages of each operation, and whose turn it is.

use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Waker;

use ::metrics::{Counter, Gauge, counter, gauge};

use super::waiting::{Room, Waiting};
use super::{OperationId, Parcel};
use crate::graphql::{Message, Offered};

pub(super) struct State {
    pub(super) notes: VecDeque<String>,
    pub(super) note_bytes: usize,
    /// In no order; most connections have one or two.
    pub(super) operations: Vec<Waiting>,
    /// The operations with messages, whose turn it is first in front.
    pub(super) turns: VecDeque<OperationId>,
    /// Whoever takes, while there is nothing.
    pub(super) taker: Option<Waker>,
    /// Somebody has found no room, or waits for the end.
    pub(super) is_awaited: bool,
    /// The last parcel that was taken is perhaps not sent yet.
    pub(super) is_sending: bool,
    /// Bytes of the messages of operations.
    pub(super) bytes: usize,
    /// Those of them that the meter was told of.
    counted: usize,
    meters: Meters,
}

/// What is counted over all connections.
pub(super) struct Meters {
    queued: Gauge,
    pub(super) conflated: Counter,
}

impl State {
    /// Nothing waits yet.
    pub(super) fn new() -> Self {
        let meters = Meters {
            queued: gauge!("dataweaver_live_queued_bytes"),
            conflated: counter!("dataweaver_live_conflated_total"),
        };
        Self {
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
        }
    }

    /// Where an operation with an id is.
    pub(super) fn place_of(&self, id: &str) -> Option<usize> {
        self.operations.iter().position(|waiting| &*waiting.id == id)
    }

    /// Where an operation is. By its own id and not an equal one: one that was closed may not have stopped yet when the next
    /// one begins under its id.
    fn own_place_of(&self, id: &OperationId) -> Option<usize> {
        self.operations.iter().position(|waiting| Arc::ptr_eq(&waiting.id, id))
    }

    pub(super) fn remove(&mut self, place: usize) {
        let waiting = self.operations.swap_remove(place);
        self.bytes -= waiting.bytes;
        self.count();
    }

    /// Tells the meter what waits. All connections count there: what is sent at once is not told.
    pub(super) fn count(&mut self) {
        if self.bytes != self.counted {
            self.meters.queued.increment(self.bytes as f64 - self.counted as f64);
            self.counted = self.bytes;
        }
    }

    /// Takes messages as long as there is room for them, and says whether it has taken any.
    pub(super) fn offer(
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
    pub(super) fn take_while(&mut self, goes_on: impl Fn(usize) -> bool) -> Option<(Parcel, Vec<Parcel>)> {
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
