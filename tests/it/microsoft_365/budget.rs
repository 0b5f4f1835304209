//! The services' limits: none is exceeded, and all of each is used.

use std::sync::Arc;
use std::time::Duration;

use dataweaver::connectors::microsoft_365::Microsoft365;
use dataweaver::connectors::microsoft_365::simulator::{SimulatorOptions, Throttle};
use dataweaver::sdk::http::{Clock, HttpSettings, SharedHttp};
use dataweaver::sdk::testing::VirtualClock;
use dataweaver::sdk::{ConnectorFactory, OpenContext};
use serde_json::json;

use super::scene::{Scene, read_to, request};

#[tokio::test]
async fn many_channels_and_three_syncs_keep_a_teams_limit_and_use_it() {
    let clock = VirtualClock::new();
    let options = SimulatorOptions {
        clock: Arc::new(clock.clone()),
        throttle: Throttle::documented(),
        most_objects: 2,
        token_life: Duration::from_secs(30 * 86_400),
        ..SimulatorOptions::default()
    };
    let scene = Scene::with(options).await;
    let http = SharedHttp::with_clock(
        HttpSettings { wait_seconds: 86_400, ..HttpSettings::default() },
        Arc::new(clock.clone()),
    );
    let _running = clock.run(&http);
    let context = OpenContext { allow_private_network: true, http, ..OpenContext::default() };
    let settings = scene.settings(&json!({ "services": ["teams"], "page_size": 2 }));
    let begun = clock.now();
    let mut syncs = Vec::new();
    for _ in 0..3 {
        // Each sync opens the connector anew.
        let connector = ConnectorFactory::of::<Microsoft365>().open(settings.clone(), context.clone()).unwrap();
        for source in connector.discover().await.unwrap().sources {
            let connector = Arc::clone(&connector);
            syncs.push(tokio::spawn(
                async move { read_to(connector.as_ref(), request(&source, None), usize::MAX).await },
            ));
        }
    }
    for sync in syncs {
        let reading = sync.await.unwrap();
        assert!(reading.error.is_none(), "{:?}", reading.error);
    }
    assert_eq!(scene.simulator.refused(), 0, "nothing came too soon");
    let of_team = |path: &str| path.split_once('/').is_some_and(|(first, _)| first == "teams");
    let calls: Vec<_> = scene.simulator.calls().into_iter().filter(|call| of_team(&call.path)).collect();
    let seconds = calls.last().unwrap().at.duration_since(begun).as_secs_f64();
    assert!(seconds > 20., "the limit is what it waits for: {seconds} seconds");
    let used = calls.len() as f64 / (4. * seconds.ceil());
    assert!(used >= 0.9, "{} calls in {seconds:.1} seconds use {:.0} % of the limit", calls.len(), used * 100.);
}
