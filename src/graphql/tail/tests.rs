//! Who is told what, and in which order.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::StreamExt;
use tokio::sync::mpsc;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;

use super::audience::AT_ONCE;
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
    assert_eq!((all.told(), some.told(), later.told()), (vec![1, 2, 3, 4, 5, 6, -1], vec![1, 2, 3], vec![5, 6, -1]));
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
