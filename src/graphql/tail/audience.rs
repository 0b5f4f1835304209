//! Who listens to a tail, and how they are told what is due.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex};

use ::metrics::counter;
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::sync::{oneshot, watch};
use tokio::task::yield_now;

use super::{Left, Listener, Offered, Place, locked};
use crate::graphql::Message;
use crate::graphql::due::{Due, gather};
use crate::graphql::mark::Standing;

/// Listeners that are told in one go; then it is the turn of what else waits for the thread.
pub(super) const AT_ONCE: usize = 256;

/// Who listens to a tail.
pub(super) struct Audience {
    pub(super) standing: watch::Receiver<Option<Standing>>,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// Where the tail stood with the last message that moved it.
    pub(super) told: Option<Standing>,
    /// By the order in which they came.
    pub(super) listeners: BTreeMap<u64, Member>,
    pub(super) next_number: u64,
    /// It has messages that not all have been told.
    pub(super) is_telling: bool,
    pub(super) is_over: bool,
}

pub(super) struct Member {
    pub(super) listener: Arc<dyn Listener>,
    /// What it was told before it came.
    pub(super) joined: Standing,
    /// The last gauge that it was told before.
    pub(super) gauge: u64,
    pub(super) leave: oneshot::Sender<Left>,
}

impl State {
    /// Up to where it has told what there is, when its messages stand here.
    pub(super) fn latest(&self, standing: Standing) -> Standing {
        self.told.map_or(standing, |told| told.later(standing))
    }
}

impl Audience {
    pub(super) async fn entertain(self: Arc<Self>, mut messages: BoxStream<'static, Message>) {
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
