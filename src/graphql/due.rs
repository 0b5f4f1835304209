//! What a tail tells next: the messages that are ready, so that each listener is visited once for all of them.
//!
//! Facts come in transactions. With thousands of listeners, what a visit costs is mostly that nothing of the listener is in
//! the processor's cache any more.

use std::sync::Arc;

use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use tokio::sync::watch;

use super::Message;
use super::mark::Standing;

/// Messages that are told together, at most.
const MESSAGES: usize = 64;
/// Bytes of messages that are told together; one message may be larger. A listener's outbox holds more.
const BYTES: usize = 64 * 1024;

/// A message that is told next.
pub(super) struct Due {
    pub(super) message: Arc<Message>,
    /// Where its tail stood before it.
    pub(super) before: Option<Standing>,
}

impl Due {
    /// Takes what was `told` before them into account; gives where the tail stands after them.
    pub(super) fn add_up(due: &mut [Self], mut told: Option<Standing>) -> Option<Standing> {
        for due in due {
            due.before = later(told, due.before);
            told = later(told, due.message.mark.standing());
        }
        told
    }
}

/// The later of two, as far as they are known.
pub(super) fn later(told: Option<Standing>, other: Option<Standing>) -> Option<Standing> {
    match (told, other) {
        (Some(told), Some(other)) => Some(told.later(other)),
        (told, other) => told.or(other),
    }
}

/// A first message, and those that are ready behind it. Where there are no more, the last one says so.
pub(super) fn gather(
    first: Option<Message>,
    messages: &mut BoxStream<'static, Message>,
    standing: &watch::Receiver<Option<Standing>>,
) -> Vec<Due> {
    let mut next = first;
    let (mut due, mut bytes) = (Vec::new(), 0);
    loop {
        let message = next.unwrap_or_else(Message::complete);
        bytes += message.size();
        let is_last = message.is_last();
        // As it is now: the stream moves on where it is asked for the next one.
        due.push(Due { message: Arc::new(message), before: *standing.borrow() });
        if is_last || due.len() == MESSAGES || bytes >= BYTES {
            return due;
        }
        next = match messages.next().now_or_never() {
            Some(next) => next,
            None => return due,
        };
    }
}
