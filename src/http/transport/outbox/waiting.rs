//! The messages of one operation that wait to be sent: in their order, and without states that are outdated.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use super::OperationId;
use super::state::Meters;
use crate::graphql::Message;

/// The messages of one operation.
#[derive(Default)]
pub(super) struct Waiting {
    pub(super) id: OperationId,
    /// Without those that newer ones took the place of.
    pub(super) messages: VecDeque<Option<Arc<Message>>>,
    /// The number of the first of them; none comes twice.
    pub(super) first_number: u64,
    /// How many of them are there.
    pub(super) count: usize,
    /// The number of the message that shows the state of something.
    pub(super) states: HashMap<Arc<str>, u64>,
    pub(super) bytes: usize,
    /// It ends with the messages that it has.
    pub(super) ends: bool,
}

/// What limits the messages of one operation, in bytes.
pub(super) struct Room {
    /// What it may fill, so that it leaves room for the others.
    pub(super) share: usize,
    /// What all together may fill.
    pub(super) limit: usize,
    /// What waits of the others.
    pub(super) others: usize,
}

impl Waiting {
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes a message where there is room for it.
    pub(super) fn take_in(&mut self, message: &Arc<Message>, room: &Room, meters: &Meters) -> bool {
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

    pub(super) fn pop(&mut self) -> Option<Arc<Message>> {
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
