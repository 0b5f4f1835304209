//! What a connection is sent, and in which order.

use futures::FutureExt;

use super::*;
use crate::graphql::{Content, Mark};

fn fact(text: &'static str) -> Message {
    Message { content: Content::Next(text.to_owned()), mark: Mark::default() }
}

fn state(text: &'static str, of: &str) -> Message {
    let mark = Mark::new(None, Some(of));
    Message { mark, ..fact(text) }
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
    state.place_of(id).map_or_else(|| id.into(), |place| Arc::clone(&state.operations[place].id))
}

/// Whether it was put in at once.
fn puts(outbox: &Outbox, id: &str, message: Message) -> Option<bool> {
    outbox.put(&own(outbox, id), message).now_or_never()
}

fn taken(outbox: &Outbox) -> Vec<String> {
    let text = |parcel| match parcel {
        Parcel::Note(text) => text,
        Parcel::Of(id, message) => match &message.content {
            Content::Next(text) => format!("{id} {text}"),
            other => format!("{id} {other:?}"),
        },
    };
    let taken = outbox.take_some(usize::MAX).now_or_never();
    taken.into_iter().flat_map(|(first, more)| std::iter::once(first).chain(more)).map(text).collect()
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
    for message in [state("10 %", "x"), fact("began"), state("5 %", "y"), state("20 %", "x"), fact("went on")] {
        assert_eq!(puts(&outbox, "a", message), Some(true));
    }
    assert_eq!(puts(&outbox, "b", state("30 %", "x")), Some(true));
    assert_eq!(taken(&outbox), ["a began", "b 30 %", "a 5 %", "a 20 %", "a went on"]);
    assert_eq!(puts(&outbox, "a", state("40 %", "x")), Some(true));
    assert_eq!(taken(&outbox), ["a 40 %"]);
}

#[test]
fn each_operation_may_fill_its_share_and_a_first_message_may_be_larger() {
    let outbox = outbox(10, &["a", "b"]);
    assert_eq!(puts(&outbox, "a", fact("1234")), Some(true));
    assert_eq!(puts(&outbox, "a", fact("1")), Some(true));
    assert_eq!(puts(&outbox, "a", fact("1")), None, "five of ten bytes are its own");
    assert_eq!(puts(&outbox, "b", fact("larger than everything")), Some(true));
    assert_eq!(puts(&outbox, "b", state("1", "x")), None);
    assert_eq!(taken(&outbox).len(), 3);
    assert_eq!(puts(&outbox, "a", fact("1")), Some(true));
}

#[test]
fn no_more_waits_than_the_limit_and_one_message() {
    let outbox = outbox(10, &["a", "b", "c"]);
    assert_eq!(puts(&outbox, "a", fact("larger than everything")), Some(true));
    assert_eq!(puts(&outbox, "b", fact("first of its operation")), None);
    assert_eq!(puts(&outbox, "c", fact("1")), None);
    assert_eq!(puts(&outbox, "c", Message::complete()), Some(true), "the end takes no room");
    assert_eq!(taken(&outbox), ["a larger than everything", "c Complete"]);
    assert_eq!(puts(&outbox, "b", fact("first of its operation")), Some(true));
}

#[test]
fn operations_that_come_later_find_less_where_the_first_has_filled_all() {
    let outbox = outbox(10, &["a"]);
    assert_eq!(puts(&outbox, "a", fact("123456789")), Some(true));
    for id in ["b", "c", "d"] {
        outbox.open(id.into()).unwrap();
    }
    assert_eq!(puts(&outbox, "b", fact("12")), Some(true), "less than the limit waits");
    assert_eq!(puts(&outbox, "c", fact("1")), None);
    assert_eq!(puts(&outbox, "d", fact("1")), None);
}

#[test]
fn a_state_takes_the_place_of_another_where_no_more_waits_by_it_than_may() {
    let outbox = outbox(10, &["a", "b"]);
    assert_eq!(puts(&outbox, "a", state("10 %", "x")), Some(true));
    assert_eq!(puts(&outbox, "b", fact("larger than everything")), Some(true));
    assert_eq!(puts(&outbox, "a", state("20 %", "x")), Some(true), "it is as large");
    assert_eq!(puts(&outbox, "a", state("100 %", "x")), None);
    assert_eq!(taken(&outbox), ["a 20 %", "b larger than everything"]);
}

#[test]
fn the_end_of_an_operation_makes_room_for_its_id() {
    let outbox = outbox(10, &["a"]);
    assert_eq!(puts(&outbox, "a", Message::complete()), Some(true));
    assert!(outbox.open("a".into()).is_err(), "the client has not heard of the end");
    assert_eq!(taken(&outbox), ["a Complete"]);
    outbox.open("a".into()).unwrap();
    assert_eq!(puts(&outbox, "a", fact("1")), Some(true));
    outbox.close("a");
    assert_eq!(puts(&outbox, "a", fact("2")), Some(false));
    assert_eq!(taken(&outbox), Vec::<String>::new());
}

#[test]
fn a_message_of_one_that_was_closed_is_none_of_the_next_under_its_id() {
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
    assert!(outbox.emptied().now_or_never().is_none(), "a message waits");
    assert_eq!(outbox.take().await, Parcel::Of("a".into(), fact("1").into()));
    assert!(outbox.emptied().now_or_never().is_none(), "it may still be on its way");
    assert!(outbox.take().now_or_never().is_none());
    assert!(outbox.emptied().now_or_never().is_some());
}

#[tokio::test]
async fn whoever_takes_is_woken_by_what_is_put_in_and_whoever_waits_for_room_by_what_is_taken() {
    let outbox = Arc::new(outbox(10, &["a"]));
    let id = own(&outbox, "a");
    let taker = tokio::spawn({
        let outbox = Arc::clone(&outbox);
        async move {
            for _ in 0..100 {
                outbox.take().await;
            }
        }
    });
    // Each fills all that there is.
    for _ in 0..100 {
        assert!(outbox.put(&id, fact("1234567890")).await);
    }
    taker.await.unwrap();
    outbox.end("a");
    assert!(outbox.take().now_or_never().is_none());
    outbox.emptied().await;
}
