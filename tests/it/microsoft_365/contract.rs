//! The contract suite for Microsoft 365, with a calm other end and with one that fails.

use std::sync::Arc;

use dataweaver::connectors::microsoft_365::Microsoft365;
use dataweaver::connectors::microsoft_365::simulator::{Fault, SimulatorOptions};
use dataweaver::sdk::http::{HttpSettings, SharedHttp};
use dataweaver::sdk::testing::{Fixture, VirtualClock, contract};
use dataweaver::sdk::{ConnectorFactory, Settings};
use serde_json::{Value, json};

use super::scene::Scene;

const WRONG: &str = "eyJ-canary-wrong";

/// A dead end, and credentials that are refused.
fn fixture(scene: &Scene, settings: Settings, path: &str) -> Fixture {
    let mut dead = settings.clone();
    dead.connection["base_url"] = json!("http://127.0.0.1:1");
    dead.connection["http"] = json!({ "attempts": 2 });
    let revoked = scene.simulator.app_token(None);
    scene.simulator.revoke_tokens();
    let mut wrong_secret = scene.oauth_settings(&json!({}), None);
    wrong_secret.auth["client_secret"] = json!("canary~secret");
    let mut settings = settings;
    if let Some(token) = settings.auth.get_mut("token") {
        *token = json!(scene.simulator.app_token(None));
    }
    let mut fixture = Fixture::new(settings, path, dead).refused(wrong_secret).secret("canary~secret");
    for token in [WRONG, revoked.as_str()] {
        fixture = fixture.refused(scene.settings_with(token, &json!({}))).secret(token);
    }
    fixture.secret(scene.simulator.app().2)
}

fn small(more: Value) -> Value {
    let mut config = json!({ "page_size": 5, "range_cells": 100, "limits": { "team_in_a_second": 0 } });
    config.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    config
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn microsoft_365_keeps_the_contract() {
    let scene = Scene::with(SimulatorOptions { most_objects: 5, ..SimulatorOptions::default() }).await;
    let simulator = &scene.simulator;
    for (services, path) in [
        ("users", "users".to_owned()),
        ("drives", format!("drives/{}", simulator.site_drive())),
        ("workbooks", scene.table("Orders.xlsx", 0)),
        ("workbooks", scene.sheet("Stock.xlsx", 0)),
        ("lists", simulator.list("Returns")),
        ("mail", simulator.folder("aylin", "Inbox")),
        ("calendar", format!("users/{}/calendar", simulator.user("jonas"))),
        ("teams", simulator.channel("orders")),
    ] {
        let settings = scene.settings(&small(json!({ "services": [services] })));
        let fixture = fixture(&scene, settings, &path);
        let kept = contract(&ConnectorFactory::of::<Microsoft365>(), &fixture).await;
        kept.unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn applications_and_persons_keep_the_contract() {
    let scene = Scene::with(SimulatorOptions { most_objects: 5, ..SimulatorOptions::default() }).await;
    let refresh_token = scene.simulator.refresh_token();
    let people = small(json!({ "services": ["users"] }));
    for refresh_token in [None, Some(refresh_token.as_str())] {
        let settings = scene.oauth_settings(&people, refresh_token);
        let fixture = fixture(&scene, settings, "users").secret("0.first-refresh-token");
        contract(&ConnectorFactory::of::<Microsoft365>(), &fixture).await.unwrap();
    }
}

#[tokio::test]
async fn microsoft_365_keeps_the_contract_while_it_fails() {
    for (place, fault) in [
        Fault::ServerError,
        Fault::Unavailable(20),
        Fault::Timeout,
        Fault::TooMany(30),
        Fault::Cut,
        Fault::PartOfBatch(15),
    ]
    .into_iter()
    .enumerate()
    {
        let scene = Scene::with(SimulatorOptions { most_objects: 5, ..SimulatorOptions::default() }).await;
        let (services, path) = match place % 3 {
            0 => ("mail", scene.simulator.folder("aylin", "Inbox")),
            1 => ("workbooks", scene.table("Orders.xlsx", 0)),
            _ => ("lists", scene.simulator.list("Returns")),
        };
        let settings = scene.oauth_settings(&small(json!({ "services": [services] })), None);
        let mut fixture = fixture(&scene, settings, &path);
        // What is refused is looked at above, and a wait ends a check.
        fixture.refused.clear();
        let clock = VirtualClock::new();
        let http = SharedHttp::with_clock(HttpSettings::default(), Arc::new(clock.clone()));
        let _running = clock.run(&http);
        fixture.context.http = http;
        scene.simulator.fail(fault, if matches!(fault, Fault::PartOfBatch(_)) { 2 } else { 4 });
        let kept = contract(&ConnectorFactory::of::<Microsoft365>(), &fixture).await;
        kept.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(scene.simulator.failures() > 1, "{fault:?}");
    }
}
