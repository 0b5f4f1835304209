//! The contract suite for Slack, with a calm other end and with one that fails.

use std::sync::Arc;

use dataweaver::connectors::slack::Slack;
use dataweaver::connectors::slack::simulator::Fault;
use dataweaver::sdk::http::{HttpSettings, SharedHttp};
use dataweaver::sdk::testing::{Fixture, VirtualClock, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
use serde_json::json;

use super::scene::Scene;

const WRONG: &str = "xoxb-canary-wrong";

/// A dead end, and tokens that are refused.
fn fixture(scene: &Scene, settings: Settings, path: &str) -> Fixture {
    let mut dead = settings.clone();
    dead.connection["base_url"] = json!("http://127.0.0.1:1");
    dead.connection["http"] = json!({ "attempts": 2 });
    let narrow = scene.simulator.token_with(&["users:read"]);
    let revoked = scene.simulator.token_with(&["channels:read", "groups:read"]);
    scene.simulator.revoke(&revoked);
    let mut fixture = Fixture::new(settings, path, dead);
    for token in [WRONG, narrow.as_str(), revoked.as_str()] {
        fixture = fixture.refused(scene.settings_with(token, &json!({}))).secret(token);
    }
    fixture.secret(scene.simulator.bot_token()).secret(scene.simulator.user_token())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slack_keeps_the_contract() {
    let scene = Scene::new().await;
    let small = json!({ "page_size": 9 });
    for (settings, path) in [
        (scene.settings(&small), scene.path("orders")),
        (scene.settings_with(&scene.simulator.user_token(), &small), scene.path("relaunch-2025")),
        (scene.settings(&json!({ "page_size": 999 })), scene.path("customer-care")),
    ] {
        let fixture = fixture(&scene, settings, &path);
        contract(&ConnectorFactory::of::<Slack>(), &fixture).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rotating_tokens_keep_the_contract() {
    let scene = Scene::new().await;
    let (client_id, client_secret, refresh_token) = scene.simulator.app();
    let auth = json!({ "client_id": client_id, "client_secret": client_secret, "refresh_token": refresh_token });
    let connection = json!({ "base_url": scene.url, "rate_limits": "none", "page_size": 9 });
    let settings = Settings { connection, auth_type: AuthType::Oauth2, auth };
    let fixture = fixture(&scene, settings, &scene.path("orders")).secret(client_secret).secret(refresh_token);
    contract(&ConnectorFactory::of::<Slack>(), &fixture).await.unwrap();
}

#[tokio::test]
async fn slack_keeps_the_contract_while_it_fails() {
    for fault in [Fault::ServerError, Fault::Unavailable, Fault::InternalError, Fault::TooMany(30), Fault::Cut] {
        let scene = Scene::new().await;
        let settings = scene.settings(&json!({ "page_size": 9 }));
        let mut fixture = fixture(&scene, settings, &scene.path("general"));
        // What is refused is looked at above, and a wait ends a check.
        fixture.refused.clear();
        let clock = VirtualClock::new();
        let http = SharedHttp::with_clock(HttpSettings::default(), Arc::new(clock.clone()));
        let _running = clock.run(&http);
        fixture.context.http = http;
        scene.simulator.fail(fault, 4);
        contract(&ConnectorFactory::of::<Slack>(), &fixture).await.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(scene.simulator.failures() > 10, "{fault:?}");
    }
}
