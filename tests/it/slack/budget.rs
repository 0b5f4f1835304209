//! Rate limits: none is exceeded, and all of each is used.

use std::sync::Arc;
use std::time::Duration;

use dataweaver::connectors::slack::Slack;
use dataweaver::connectors::slack::simulator::{SimulatorOptions, Tiers};
use dataweaver::demo::{Company, CompanySize, Shop};
use dataweaver::sdk::http::{Clock, HttpSettings, SharedHttp};
use dataweaver::sdk::testing::VirtualClock;
use dataweaver::sdk::{ConnectorFactory, OpenContext};
use serde_json::json;

use super::scene::{Scene, read, request};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn ten_channels_and_three_syncs_keep_the_limits_and_use_them() {
    let shop = Shop { customers: 300, products: 40, orders: 4_000, ..Shop::default() };
    let company = Company::make(&CompanySize { seed: 3, shop, days: 30, talkativeness: 1.0 });
    let clock = VirtualClock::new();
    let options =
        SimulatorOptions { clock: Arc::new(clock.clone()), tiers: Tiers::Standard, ..SimulatorOptions::default() };
    let scene = Scene::of(&company, options).await;
    let http = SharedHttp::with_clock(
        HttpSettings { wait_seconds: 86_400, ..HttpSettings::default() },
        Arc::new(clock.clone()),
    );
    let _running = clock.run(&http);
    let context = OpenContext { allow_private_network: true, http, ..OpenContext::default() };
    let settings = scene.settings_with(
        &scene.simulator.user_token(),
        &json!({ "rate_limits": "standard", "page_size": 2, "include_archived": true }),
    );
    let begun = clock.now();
    let mut syncs = Vec::new();
    for _ in 0..3 {
        // Each sync opens the connector anew.
        let connector = ConnectorFactory::of::<Slack>().open(settings.clone(), context.clone()).unwrap();
        let sources = connector.discover().await.unwrap().sources;
        assert!(sources.len() >= 10, "{}", sources.len());
        for source in sources {
            let connector = Arc::clone(&connector);
            syncs.push(tokio::spawn(async move { read(connector.as_ref(), request(&source, None)).await }));
        }
    }
    let mut waits = 0;
    for sync in syncs {
        let reading = sync.await.unwrap();
        assert!(reading.error.is_none(), "{:?}", reading.error);
        waits += reading.waits.len();
    }
    assert_eq!(scene.simulator.refused(), 0, "nothing came too soon");
    assert!(waits > 0, "waits are told");
    let calls = scene.simulator.calls();
    let minutes = calls.last().unwrap().at.duration_since(begun).as_secs_f64() / MINUTE.as_secs_f64();
    assert!(minutes > 3., "the limit is what it waits for: {minutes} minutes");
    // The method that everything waits for is called as often as it may be.
    let used = ["conversations.history", "conversations.replies"].map(|method| {
        let most = Tiers::Standard.a_minute(method).unwrap();
        let count = calls.iter().filter(|call| call.method == method).count();
        count as f64 / (most as f64 * minutes.ceil())
    });
    assert!(used.into_iter().any(|used| used >= 0.9), "{used:?} of the limits are used in {minutes:.1} minutes");
}

#[tokio::test]
async fn the_restricted_limits_are_kept() {
    let shop = Shop { customers: 300, products: 40, orders: 4_000, ..Shop::default() };
    let company = Company::make(&CompanySize { seed: 3, shop, days: 8, talkativeness: 0.5 });
    let clock = VirtualClock::new();
    let options =
        SimulatorOptions { clock: Arc::new(clock.clone()), tiers: Tiers::Restricted, ..SimulatorOptions::default() };
    let scene = Scene::of(&company, options).await;
    let http = SharedHttp::with_clock(HttpSettings::default(), Arc::new(clock.clone()));
    let _running = clock.run(&http);
    let context = OpenContext { allow_private_network: true, http, ..OpenContext::default() };
    let settings = scene.settings(&json!({ "rate_limits": "restricted" }));
    let connector = ConnectorFactory::of::<Slack>().open(settings, context).unwrap();
    let source = super::scene::source(connector.as_ref(), &scene.path("orders")).await;
    let reading = read(connector.as_ref(), request(&source, None)).await;
    assert!(reading.error.is_none(), "{:?}", reading.error);
    assert_eq!(reading.unique(), scene.simulator.timestamps("orders").into_iter().collect());
    assert_eq!(scene.simulator.refused(), 0, "nothing came too soon");
}
