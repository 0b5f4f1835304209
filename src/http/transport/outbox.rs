//! What waits to be sent over one connection: bounded, fair among its operations, and without states that are outdated.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::metrics::{counter, gauge};
use async_graphql::ServerError;
use bytes::Bytes;
use tokio::sync::Notify;

use crate::graphql::{Mark, Told};

/// Names an operation among those of its connection: the client has chosen it.
pub(super) type OperationId = Arc<str>;

/// One message of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) content: Content,
    pub(super) mark: Mark,
}

/// What a message of an operation says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A result, as JSON.
    Next(Bytes),
    /// The operation was refused: its errors, a list, as JSON. Nothing follows.
    Refusal(Bytes),
    /// It has come to its end. Nothing follows.
    Complete,
}

/// What is to be sent next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parcel {
    /// A message of an operation.
    Of(OperationId, Letter),
    /// A message of the connection itself, ready to be sent.
    Note(String),
}

/// Who asked for an id that another operation of the connection has.
#[derive(Debug)]
pub(super) struct Taken;

impl Letter {
    /// The end of an operation.
    pub(super) fn complete() -> Self {
        Self { content: Content::Complete, mark: Mark::default() }
    }

    /// The refusal of an operation.
    pub(super) fn refusal(errors: &[ServerError]) -> Self {
        Self { content: Content::Refusal(json(&errors)), mark: Mark::default() }
    }

    /// Whether nothing follows.
    pub(super) fn is_last(&self) -> bool {
        !matches!(self.content, Content::Next(_))
    }

    fn size(&self) -> usize {
        match &self.content {
            Content::Next(bytes) | Content::Refusal(bytes) => bytes.len(),
            Content::Complete => 0,
        }
    }
}

impl From<Told> for Letter {
    fn from(told: Told) -> Self {
        if told.is_refusal {
            return Self::refusal(&told.response.errors);
        }
        Self { content: Content::Next(json(&told.response)), mark: told.mark }
    }
}

fn json(message: &impl serde::Serialize) -> Bytes {
    serde_json::to_vec(message).expect("an answer has text keys only").into()
}

/// The messages of one connection that are not sent yet.
///
/// Any number of operations [`put`](Self::put) theirs in; one transport [`take`](Self::take)s them out.
pub(super) struct Outbox {
    state: Mutex<State>,
    /// Something waits to be taken.
    filled: Notify,
    /// Something was taken, or an operation has ended.
    drained: Notify,
    /// Bytes that may wait.
    limit: usize,
}

#[derive(Default)]
struct State {
    notes: VecDeque<String>,
    note_bytes: usize,
    operations: HashMap<OperationId, Waiting>,
    /// The operations with letters, whose turn it is first in front.
    turns: VecDeque<OperationId>,
    /// The last parcel that was taken is perhaps not sent yet.
    is_sending: bool,
}

/// The letters of one operation.
#[derive(Default)]
struct Waiting {
    letters: BTreeMap<u64, Letter>,
    next_number: u64,
    /// The letter that shows the state of something.
    states: HashMap<String, u64>,
    bytes: usize,
    /// It ends with the letters that it has.
    ends: bool,
}

impl Outbox {
    /// An outbox for `limit` bytes; a larger letter finds a place where its operation has no other.
    pub(super) fn new(limit: usize) -> Self {
        Self { state: Mutex::default(), filled: Notify::new(), drained: Notify::new(), limit }
    }

    /// Makes room for an operation.
    pub(super) fn open(&self, id: OperationId) -> Result<(), Taken> {
        let mut state = self.state();
        if state.operations.contains_key(&id) {
            return Err(Taken);
        }
        state.operations.insert(id, Waiting::default());
        Ok(())
    }

    /// Whether it was opened for more operations than `most`.
    pub(super) fn holds_more_than(&self, most: usize) -> bool {
        self.state().operations.len() > most
    }

    /// Forgets an operation and what waits of it.
    pub(super) fn close(&self, id: &str) {
        let mut state = self.state();
        if let Some(waiting) = state.operations.remove(id) {
            waiting.count_out();
        }
        state.turns.retain(|turn| &**turn != id);
        drop(state);
        self.drained.notify_waiters();
    }

    /// Lets an operation end with what waits of it.
    pub(super) fn end(&self, id: &str) {
        let mut state = self.state();
        match state.operations.get_mut(id) {
            Some(waiting) if !waiting.letters.is_empty() => waiting.ends = true,
            _ => drop(state.operations.remove(id)),
        }
        drop(state);
        self.drained.notify_waiters();
    }

    /// Puts a letter of an operation in as soon as there is room for it; `false` where the operation was closed. `id` is
    /// the one that it was opened with, or a clone.
    pub(super) async fn put(&self, id: &OperationId, letter: Letter) -> bool {
        let mut letter = Some(letter);
        loop {
            let drained = self.drained.notified();
            if !self.state().offer(id, &mut letter, self.limit) {
                return false;
            }
            if letter.is_none() {
                self.filled.notify_one();
                return true;
            }
            drained.await;
        }
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
                    break;
                }
            }
            drained.await;
        }
        self.filled.notify_one();
    }

    /// What is to be sent next, when there is something. What was taken before has been sent by now.
    pub(super) async fn take(&self) -> Parcel {
        self.state().is_sending = false;
        self.drained.notify_waiters();
        loop {
            let filled = self.filled.notified();
            if let Some(parcel) = self.try_take() {
                return parcel;
            }
            filled.await;
        }
    }

    /// What is to be sent next, if there is something.
    pub(super) fn try_take(&self) -> Option<Parcel> {
        let parcel = self.state().take()?;
        self.drained.notify_waiters();
        Some(parcel)
    }

    /// Waits until every operation has ended, and everything was sent.
    pub(super) async fn emptied(&self) {
        loop {
            let drained = self.drained.notified();
            {
                let state = self.state();
                if state.operations.is_empty() && state.notes.is_empty() && !state.is_sending {
                    return;
                }
            }
            drained.await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        for waiting in self.state().operations.values() {
            waiting.count_out();
        }
    }
}

impl State {
    /// Takes the letter where there is room for it; `false` where nobody wants it any more.
    fn offer(&mut self, id: &OperationId, letter: &mut Option<Letter>, limit: usize) -> bool {
        // What one operation may fill, so that it leaves room for the others.
        let share = limit / self.operations.len().max(1);
        // Not only equal: one that was closed may not have stopped yet when the next one begins under its id.
        let is_open = self.operations.get_key_value(id).is_some_and(|(own, _)| Arc::ptr_eq(own, id));
        let waiting = self.operations.get_mut(id).filter(|waiting| is_open && !waiting.ends);
        let Some(waiting) = waiting else { return false };
        let Some(offered) = letter.take() else { return true };
        waiting.drop_outdated(&offered);
        let is_first = waiting.letters.is_empty();
        if !is_first && waiting.bytes + offered.size() > share {
            *letter = Some(offered);
            return true;
        }
        waiting.push(offered);
        if !self.turns.contains(id) {
            self.turns.push_back(Arc::clone(id));
        }
        true
    }

    fn take(&mut self) -> Option<Parcel> {
        if let Some(note) = self.notes.pop_front() {
            self.note_bytes -= note.len();
            self.is_sending = true;
            return Some(Parcel::Note(note));
        }
        let id = self.turns.pop_front()?;
        let waiting = self.operations.get_mut(&id).expect("an operation whose turn it is is there");
        let letter = waiting.first();
        let is_over = letter.is_last() || waiting.ends && waiting.letters.is_empty();
        if is_over {
            self.operations.remove(&id);
        } else if !waiting.letters.is_empty() {
            self.turns.push_back(Arc::clone(&id));
        }
        self.is_sending = true;
        Some(Parcel::Of(id, letter))
    }
}

impl Waiting {
    fn push(&mut self, letter: Letter) {
        let number = self.next_number;
        self.next_number += 1;
        self.bytes += letter.size();
        gauge!("dataweaver_live_queued_bytes").increment(letter.size() as f64);
        if let Some(what) = &letter.mark.state_of {
            self.states.insert(what.clone(), number);
        }
        self.letters.insert(number, letter);
    }

    /// Removes the letter that shows an earlier state of what this one shows.
    fn drop_outdated(&mut self, newer: &Letter) {
        let number = newer.mark.state_of.as_ref().and_then(|what| self.states.remove(what));
        if let Some(letter) = number.and_then(|number| self.letters.remove(&number)) {
            self.count(&letter);
            counter!("dataweaver_live_conflated_total").increment(1);
        }
    }

    fn first(&mut self) -> Letter {
        let (number, letter) = self.letters.pop_first().expect("an operation whose turn it is has a letter");
        if let Some(what) = &letter.mark.state_of
            && self.states.get(what) == Some(&number)
        {
            self.states.remove(what);
        }
        self.count(&letter);
        letter
    }

    /// Counts a letter out.
    fn count(&mut self, letter: &Letter) {
        self.bytes -= letter.size();
        gauge!("dataweaver_live_queued_bytes").decrement(letter.size() as f64);
    }

    fn count_out(&self) {
        gauge!("dataweaver_live_queued_bytes").decrement(self.bytes as f64);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn fact(text: &'static str) -> Letter {
        Letter { content: Content::Next(Bytes::from_static(text.as_bytes())), mark: Mark::default() }
    }

    fn state(text: &'static str, of: &str) -> Letter {
        let mark = Mark { cursor: None, state_of: Some(of.to_owned()) };
        Letter { mark, ..fact(text) }
    }

    fn outbox(limit: usize, operations: &[&str]) -> Outbox {
        let outbox = Outbox::new(limit);
        for id in operations {
            outbox.open((*id).into()).unwrap();
        }
        outbox
    }

    /// The id with which an operation was opened.
    fn own(outbox: &Outbox, id: &str) -> OperationId {
        let state = outbox.state();
        state.operations.get_key_value(id).map_or_else(|| id.into(), |(own, _)| Arc::clone(own))
    }

    /// Whether it was put in at once.
    fn puts(outbox: &Outbox, id: &str, letter: Letter) -> Option<bool> {
        outbox.put(&own(outbox, id), letter).now_or_never()
    }

    fn taken(outbox: &Outbox) -> Vec<String> {
        let text = |parcel| match parcel {
            Parcel::Note(text) => text,
            Parcel::Of(id, Letter { content: Content::Next(bytes), .. }) => {
                format!("{id} {}", str::from_utf8(&bytes).unwrap())
            }
            Parcel::Of(id, letter) => format!("{id} {:?}", letter.content),
        };
        std::iter::from_fn(|| outbox.try_take()).map(text).collect()
    }

    #[test]
    fn operations_take_turns_and_notes_go_first() {
        let outbox = outbox(1000, &["a", "b"]);
        for text in ["1", "2", "3"] {
            assert_eq!(puts(&outbox, "a", fact(text)), Some(true));
        }
        assert_eq!(puts(&outbox, "b", fact("1")), Some(true));
        outbox.note("pong".to_owned()).now_or_never().unwrap();
        assert_eq!(taken(&outbox), ["pong", "a 1", "b 1", "a 2", "a 3"]);
    }

    #[test]
    fn a_newer_state_takes_the_place_of_one_that_waits_but_never_of_a_fact() {
        let outbox = outbox(1000, &["a", "b"]);
        for letter in [state("10 %", "x"), fact("began"), state("5 %", "y"), state("20 %", "x"), fact("went on")] {
            assert_eq!(puts(&outbox, "a", letter), Some(true));
        }
        assert_eq!(puts(&outbox, "b", state("30 %", "x")), Some(true));
        assert_eq!(taken(&outbox), ["a began", "b 30 %", "a 5 %", "a 20 %", "a went on"]);
        assert_eq!(puts(&outbox, "a", state("40 %", "x")), Some(true));
        assert_eq!(taken(&outbox), ["a 40 %"]);
    }

    #[test]
    fn each_operation_may_fill_its_share_and_one_letter_always_has_a_place() {
        let outbox = outbox(10, &["a", "b"]);
        assert_eq!(puts(&outbox, "a", fact("1234")), Some(true));
        assert_eq!(puts(&outbox, "a", fact("1")), Some(true));
        assert_eq!(puts(&outbox, "a", fact("1")), None, "five of ten bytes are its own");
        assert_eq!(puts(&outbox, "b", fact("larger than everything")), Some(true));
        assert_eq!(puts(&outbox, "b", state("", "x")), None);
        assert_eq!(taken(&outbox).len(), 3);
        assert_eq!(puts(&outbox, "a", fact("1")), Some(true));
    }

    #[test]
    fn the_end_of_an_operation_makes_room_for_its_id() {
        let outbox = outbox(10, &["a"]);
        assert_eq!(puts(&outbox, "a", Letter::complete()), Some(true));
        assert!(outbox.open("a".into()).is_err(), "the client has not heard of the end");
        assert_eq!(taken(&outbox), ["a Complete"]);
        outbox.open("a".into()).unwrap();
        assert_eq!(puts(&outbox, "a", fact("1")), Some(true));
        outbox.close("a");
        assert_eq!(puts(&outbox, "a", fact("2")), Some(false));
        assert_eq!(taken(&outbox), Vec::<String>::new());
    }

    #[test]
    fn a_letter_of_one_that_was_closed_is_none_of_the_next_under_its_id() {
        let outbox = outbox(10, &["a"]);
        let closed = own(&outbox, "a");
        outbox.close("a");
        outbox.open("a".into()).unwrap();
        assert_eq!(outbox.put(&closed, fact("late")).now_or_never(), Some(false));
        assert_eq!(puts(&outbox, "a", fact("first")), Some(true));
        assert_eq!(taken(&outbox), ["a first"]);
    }

    #[tokio::test]
    async fn it_is_empty_when_all_has_ended_and_was_sent() {
        let outbox = outbox(10, &["a", "b"]);
        assert_eq!(puts(&outbox, "a", fact("1")), Some(true));
        outbox.end("a");
        outbox.end("b");
        assert!(outbox.emptied().now_or_never().is_none(), "a letter waits");
        assert_eq!(outbox.take().await, Parcel::Of("a".into(), fact("1")));
        assert!(outbox.emptied().now_or_never().is_none(), "it may still be on its way");
        assert!(outbox.take().now_or_never().is_none());
        assert!(outbox.emptied().now_or_never().is_some());
    }
}
