//! Quotas: none is exceeded, and all of each is used.

use std::sync::Arc;
use std::time::Duration;

use dataweaver::connectors::google_workspace::GoogleWorkspace;
use dataweaver::connectors::google_workspace::simulator::{MinuteQuotas, SimulatorOptions};
use dataweaver::sdk::http::{Clock, HttpSettings, SharedHttp};
use dataweaver::sdk::testing::VirtualClock;
use dataweaver::sdk::{ConnectorFactory, OpenContext};
use serde_json::json;

use super::scene::{Scene, read, request};

const MINUTE: Duration = Duration::from_secs(60);

/// What a connector is opened with that waits by a clock.
fn by_clock(clock: &VirtualClock) -> OpenContext {
    let settings = HttpSettings { wait_seconds: 86_400, ..HttpSettings::default() };
    let http = SharedHttp::with_clock(settings, Arc::new(clock.clone()));
    OpenContext { allow_private_network: true, http, ..OpenContext::default() }
}

#[tokio::test]
async fn messages_keep_gmails_quota_and_use_it() {
    let clock = VirtualClock::new();
    let quotas = MinuteQuotas { gmail_units: Some(6_000), ..MinuteQuotas::default() };
    let options = SimulatorOptions { clock: Some(Arc::new(clock.clone())), quotas, ..SimulatorOptions::default() };
    let scene = Scene::with(options).await;
    for number in 0..1_300 {
        scene.simulator.receive("Ada <ada@example.com>", &format!("Letter {number}"), "Do you still have tents?");
    }
    let context = by_clock(&clock);
    let _running = clock.run(&context.http);
    let mut settings = scene.settings(&json!({ "services": ["gmail"] }));
    settings.connection.as_object_mut().unwrap().remove("quotas");
    let connector = ConnectorFactory::of::<GoogleWorkspace>().open(settings, context.clone()).unwrap();
    let mail = connector.discover().await.unwrap().sources.remove(0);
    let begun = clock.now();
    let reading = read(connector.as_ref(), request(&mail, None)).await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    assert_eq!(reading.keys(), scene.simulator.message_ids());
    assert_eq!(scene.simulator.refused(), 0, "nothing came too soon");
    let calls = scene.simulator.calls();
    let minutes = calls.last().unwrap().at.duration_since(begun).as_secs_f64() / MINUTE.as_secs_f64();
    assert!(minutes >= 3., "{minutes} minutes");
    let is_message = |path: &str| path.contains("/messages/");
    let in_whole_minutes = calls.iter().filter(|call| call.at.duration_since(begun) < MINUTE * minutes as u32);
    let units = 20 * in_whole_minutes.filter(|call| is_message(&call.path)).count();
    let used = units as f64 / (6_000. * minutes.floor());
    assert!(used >= 0.9, "{units} units in {minutes:.1} minutes use {:.0} % of the quota", used * 100.);
}

#[tokio::test]
async fn ten_tabs_and_three_syncs_keep_the_quota_and_use_it() {
    let clock = VirtualClock::new();
    let quotas = MinuteQuotas { sheets: Some(60), ..MinuteQuotas::default() };
    let options = SimulatorOptions { clock: Some(Arc::new(clock.clone())), quotas, ..SimulatorOptions::default() };
    let scene = Scene::with(options).await;
    for tab in ["b", "c", "d", "e", "f", "g"] {
        let rows: Vec<_> = (0..60).map(|n| json!([format!("{tab}{n}"), n])).collect();
        scene.simulator.add_tab("Stocktake", tab, &rows);
    }
    let context = by_clock(&clock);
    let _running = clock.run(&context.http);
    // As it is without being set: 60 reads in a minute.
    let mut settings =
        scene.settings(&json!({ "services": ["sheets"], "sheets": { "chunk_rows": 20, "sample_rows": 20 } }));
    settings.connection.as_object_mut().unwrap().remove("quotas");
    let begun = clock.now();
    let mut syncs = Vec::new();
    for _ in 0..3 {
        // Each sync opens the connector anew.
        let connector = ConnectorFactory::of::<GoogleWorkspace>().open(settings.clone(), context.clone()).unwrap();
        let sources = connector.discover().await.unwrap().sources;
        assert!(sources.len() >= 10, "{}", sources.len());
        for source in sources {
            let connector = Arc::clone(&connector);
            syncs.push(tokio::spawn(async move { read(connector.as_ref(), request(&source, None)).await }));
        }
    }
    for sync in syncs {
        let reading = sync.await.unwrap();
        assert!(reading.error.is_none(), "{:?}", reading.error);
    }
    assert_eq!(scene.simulator.refused(), 0, "nothing came too soon");
    let calls: Vec<_> = scene.simulator.calls().into_iter().filter(|call| call.api == "sheets").collect();
    // Looked at as long as there was something to do.
    let minutes = calls.last().unwrap().at.duration_since(begun).as_secs_f64() / MINUTE.as_secs_f64();
    assert!(minutes >= 3., "the quota is what it waits for: {} calls in {minutes} minutes", calls.len());
    let whole_minutes = calls.iter().filter(|call| call.at.duration_since(begun) < MINUTE * minutes as u32).count();
    let used = whole_minutes as f64 / (60. * minutes.floor());
    assert!(used >= 0.9, "{whole_minutes} calls in {minutes:.1} minutes use {:.0} % of the quota", used * 100.);
}
