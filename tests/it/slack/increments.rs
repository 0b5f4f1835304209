//! Increments: what is new, what has changed within the look-back, and answers to old messages.

use std::collections::BTreeSet;

use dataweaver::sdk::{Cursor, DynConnector, ReadRequest};
use serde_json::json;

use super::scene::{Reading, Scene, read, read_to, request, source};

const CHANNEL: &str = "orders";

/// Reads what is new since `since`; everything where nothing was read before.
async fn news(scene: &Scene, connector: &dyn DynConnector, since: Option<Cursor>) -> Reading {
    let source = source(connector, &scene.path(CHANNEL)).await;
    let reading = read(connector, request(&source, Some(since))).await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    reading
}

fn end(reading: &Reading) -> Option<Cursor> {
    reading.checkpoints.last().cloned()
}

#[tokio::test]
async fn news_are_messages_answers_and_what_has_changed() {
    let scene = Scene::new().await;
    let simulator = &scene.simulator;
    let connector = scene.connector(&json!({ "lookback_days": 10, "thread_lookback_days": 2, "page_size": 20 }));
    let all = news(&scene, connector.as_ref(), None).await;
    assert_eq!(all.unique(), simulator.timestamps(CHANNEL).into_iter().collect());

    let nothing = news(&scene, connector.as_ref(), end(&all)).await;
    let known = nothing.unique();
    assert!(known.len() < all.keys.len() / 2, "only the look-back is read again");

    let days_ago = |days: i64| {
        let moment = simulator.now() - chrono::TimeDelta::days(days);
        format!("{}.000000", moment.timestamp())
    };
    let (within, before) = (days_ago(9), days_ago(11));
    let threads = simulator.threads(CHANNEL);
    let old_thread = threads.iter().find(|ts| **ts > within).expect("a thread within the look-back").clone();
    let too_old = threads.iter().rev().find(|ts| **ts < before).expect("a thread before the look-back").clone();
    let edited = simulator.timestamps(CHANNEL).into_iter().find(|ts| *ts > within).unwrap();
    simulator.edit(CHANNEL, &edited, "changed");
    let message = simulator.post(CHANNEL, "aylin", "a new one");
    let answer = simulator.reply(CHANNEL, &message, "tomas", "at once");
    let late = simulator.reply(CHANNEL, &old_thread, "jonas", "late");
    let too_late = simulator.reply(CHANNEL, &too_old, "jonas", "too late");
    let calls = simulator.calls().len();
    let second = news(&scene, connector.as_ref(), end(&nothing)).await;
    let found = second.unique();
    for ts in [&message, &answer, &late] {
        assert!(found.contains(ts), "{ts} is not found");
    }
    assert!(known.iter().all(|ts| found.contains(ts)), "what was looked at again is looked at again");
    assert!(!found.contains(&too_late), "the thread began before the look-back, which docs/connectors/slack.md says");
    assert!(simulator.calls().len() - calls < 40, "quiet threads are not asked for");
}

#[tokio::test]
async fn what_an_interrupted_sync_left_is_read_by_the_next() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "page_size": 10, "lookback_days": 1 }));
    let source = source(connector.as_ref(), &scene.path(CHANNEL)).await;
    let expected: BTreeSet<String> = scene.simulator.timestamps(CHANNEL).into_iter().collect();
    for stop in [1, 3, 6] {
        let first = read_to(connector.as_ref(), request(&source, Some(None)), stop).await;
        let second = read_to(connector.as_ref(), request(&source, Some(end(&first))), 2).await;
        let third = news(&scene, connector.as_ref(), end(&second)).await;
        let keys = [first.keys, second.keys, third.keys].concat();
        assert_eq!(keys.into_iter().collect::<BTreeSet<_>>(), expected, "stopped at checkpoint {stop}");
    }
    // And one that is resumed, instead of begun anew.
    let first = read_to(connector.as_ref(), request(&source, Some(None)), 2).await;
    let resumed = ReadRequest { resume: end(&first), ..request(&source, Some(None)) };
    let rest = read(connector.as_ref(), resumed).await;
    let keys = [first.keys, rest.keys].concat();
    assert_eq!(keys.len(), expected.len());
}

#[tokio::test]
async fn files_go_on_from_the_newest() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "lookback_days": 10 }));
    let source = source(connector.as_ref(), "files").await;
    let all = read(connector.as_ref(), request(&source, Some(None))).await;
    let again = read(connector.as_ref(), request(&source, Some(end(&all)))).await;
    assert!(!again.keys.is_empty() && again.keys.len() < all.keys.len(), "{} of {}", again.keys.len(), all.keys.len());
}
