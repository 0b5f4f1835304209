//! What is read is what the workspace holds.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use dataweaver::connectors::slack::simulator::SimulatorOptions;
use dataweaver::sdk::ReadRequest;
use dataweaver::sdk::testing::VirtualClock;
use serde_json::json;

use super::scene::{Scene, company, open, read, read_to, request, source};

fn expected(scene: &Scene, channel: &str) -> BTreeSet<String> {
    scene.simulator.timestamps(channel).into_iter().collect()
}

#[tokio::test]
async fn every_message_and_answer_of_every_channel_comes_once() {
    let scene = Scene::new().await;
    let connector = open(scene.settings_with(&scene.simulator.user_token(), &json!({ "page_size": 11 })));
    // The user is in every private channel, and reads public ones without being there, archived ones too.
    for channel in scene.simulator.channel_names() {
        let source = source(connector.as_ref(), &scene.path(&channel)).await;
        let reading = read(connector.as_ref(), request(&source, None)).await;
        assert!(reading.error.is_none(), "{channel}: {:?}", reading.error);
        assert_eq!(reading.unique(), expected(&scene, &channel), "{channel}");
    }
}

#[tokio::test]
async fn users_channels_and_files_come_whole() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    for (path, count) in [
        ("users", scene.simulator.user_count()),
        ("channels", scene.simulator.channel_names().len()),
        ("files", scene.simulator.file_count()),
    ] {
        let source = source(connector.as_ref(), path).await;
        let reading = read(connector.as_ref(), request(&source, None)).await;
        assert_eq!(reading.unique().len(), count, "{path}: {:?}", reading.error);
        let resume = reading.checkpoints.last().cloned();
        let again = read(connector.as_ref(), ReadRequest { resume, ..request(&source, None) }).await;
        assert!(again.keys.is_empty(), "{path}: nothing is left");
    }
}

#[tokio::test]
async fn a_bot_is_shown_what_it_may_read() {
    let scene = Scene::new().await;
    let names = async |token: &str, more: serde_json::Value| {
        let found = open(scene.settings_with(token, &more)).discover().await.unwrap().sources;
        found.into_iter().map(|source| source.name).collect::<Vec<_>>()
    };
    let bot = scene.simulator.bot_token();
    let all = names(&bot, json!({})).await;
    assert_eq!(all[..3], ["users", "channels", "files"]);
    assert!(all.contains(&"leadership".to_owned()) && !all.contains(&"relaunch-2025".to_owned()), "{all:?}");
    let named = names(&bot, json!({ "channels": ["#general", "re*"] })).await;
    assert_eq!(named, ["users", "channels", "files", "general", "relaunch-2025"]);
    let narrow = scene.simulator.token_with(&["channels:read", "channels:history"]);
    let narrow = names(&narrow, json!({ "conversation_types": ["public_channel"] })).await;
    assert!(narrow[0] == "channels" && !narrow.contains(&"leadership".to_owned()), "{narrow:?}");
    let user = names(&scene.simulator.user_token(), json!({ "include_archived": false })).await;
    assert!(!user.contains(&"relaunch-2025".to_owned()), "{user:?}");
}

#[tokio::test]
async fn a_cursor_that_expires_in_the_middle_loses_nothing() {
    let clock = VirtualClock::new();
    let options =
        SimulatorOptions { clock: Arc::new(clock.clone()), cursor_life: Duration::from_secs(60), ..Default::default() };
    let scene = Scene::of(&company(), options).await;
    let connector = scene.connector(&json!({ "page_size": 5 }));
    let source = source(connector.as_ref(), &scene.path("orders")).await;
    // The stream goes on only when it is asked: meanwhile an hour passes.
    let mut keys = Vec::new();
    let mut events = connector.read(request(&source, None));
    while let Some(event) = futures::StreamExt::next(&mut events).await {
        if let dataweaver::sdk::ReadEvent::Batch(batch) = event.unwrap() {
            let column = batch.column(0).as_any().downcast_ref::<arrow::array::StringArray>().unwrap();
            keys.extend(column.iter().flatten().map(str::to_owned));
            clock.advance(Duration::from_secs(3600));
        }
    }
    assert_eq!(keys.len(), keys.iter().collect::<BTreeSet<_>>().len());
    assert_eq!(keys.into_iter().collect::<BTreeSet<_>>(), expected(&scene, "orders"));
}

#[tokio::test]
async fn a_read_goes_on_from_its_checkpoints_days_later() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "page_size": 7 }));
    let source = source(connector.as_ref(), &scene.path("orders")).await;
    let whole = read(connector.as_ref(), request(&source, None)).await;
    for stop in (1..=whole.checkpoints.len()).step_by(5) {
        let first = read_to(connector.as_ref(), request(&source, None), stop).await;
        let resume = first.checkpoints.last().cloned();
        let rest = read(connector.as_ref(), ReadRequest { resume, ..request(&source, None) }).await;
        let keys: Vec<String> = first.keys.iter().chain(&rest.keys).cloned().collect();
        assert_eq!(keys, whole.keys, "after checkpoint {stop}");
    }
}
