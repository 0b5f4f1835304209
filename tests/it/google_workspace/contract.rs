//! The contract suite, with a calm other end and with one that fails.

use std::sync::Arc;

use dataweaver::connectors::google_workspace::GoogleWorkspace;
use dataweaver::connectors::google_workspace::simulator::Fault;
use dataweaver::sdk::http::{HttpSettings, SharedHttp};
use dataweaver::sdk::testing::{Fixture, VirtualClock, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
use serde_json::json;

use super::scene::Scene;

const WRONG: &str = "ya29.canary-wrong";

/// A dead end, and tokens that are refused.
fn fixture(scene: &Scene, settings: Settings, path: &str) -> Fixture {
    let mut dead = settings.clone();
    dead.connection["base_url"] = json!("http://127.0.0.1:1");
    dead.connection["http"] = json!({ "attempts": 2 });
    let narrow = scene.simulator.token_with(&["gmail.readonly"]);
    let revoked = scene.simulator.token_with(&["drive.readonly"]);
    scene.simulator.revoke(&revoked);
    let mut fixture = Fixture::new(settings, path, dead);
    for token in [WRONG, narrow.as_str(), revoked.as_str()] {
        fixture = fixture.refused(scene.settings_with(token, &json!({}))).secret(token);
    }
    fixture.secret(scene.simulator.access_token())
}

fn paths(scene: &Scene) -> Vec<String> {
    vec![
        scene.tab("Stocktake", 0),
        scene.document("Returns handbook"),
        format!("{}/tables/1", scene.document("Returns handbook")),
        "drive/files".to_owned(),
        "gmail/messages".to_owned(),
        format!("calendars/{}", scene.simulator.calendar_ids()[0]),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn google_workspace_keeps_the_contract() {
    let scene = Scene::new().await;
    for path in paths(&scene) {
        let settings = scene.settings(&json!({ "page_size": 5, "sheets": { "chunk_rows": 70, "sample_rows": 40 } }));
        let mut fixture = fixture(&scene, settings, &path);
        // A table of a document has few rows.
        fixture.batch_bytes = if path.contains("/tables/") { 1 } else { 1 << 10 };
        contract(&ConnectorFactory::of::<GoogleWorkspace>(), &fixture)
            .await
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tabs_that_do_not_fit_into_memory_keep_the_contract() {
    let scene = Scene::new().await;
    let settings = scene.settings(&json!({ "sheets": { "chunk_rows": 50, "sample_rows": 20 } }));
    let mut fixture = fixture(&scene, settings, &scene.tab("Stocktake", 0));
    (fixture.batch_bytes, fixture.memory_bytes) = (2 << 10, 128 << 10);
    contract(&ConnectorFactory::of::<GoogleWorkspace>(), &fixture).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refreshed_tokens_keep_the_contract() {
    let scene = Scene::new().await;
    let (client_id, client_secret, refresh_token) = scene.simulator.client();
    let auth = json!({ "client_id": client_id, "client_secret": client_secret, "refresh_token": refresh_token });
    let settings = scene.settings(&json!({ "page_size": 5 }));
    let settings = Settings { auth_type: AuthType::Oauth2, auth, ..settings };
    let fixture = fixture(&scene, settings, "drive/files").secret(client_secret).secret(refresh_token);
    contract(&ConnectorFactory::of::<GoogleWorkspace>(), &fixture).await.unwrap();
}

#[tokio::test]
async fn google_workspace_keeps_the_contract_while_it_fails() {
    for fault in [
        Fault::Backend,
        Fault::Unavailable,
        Fault::TooMany(Some(30)),
        Fault::TooMany(None),
        Fault::UserRate,
        Fault::Cut,
    ] {
        let scene = Scene::new().await;
        let more = json!({ "page_size": 5, "services": ["drive", "sheets"], "sheets": { "chunk_rows": 70, "sample_rows": 40 } });
        let mut fixture = fixture(&scene, scene.settings(&more), &scene.tab("Stocktake", 0));
        // What is refused is looked at above, and a wait ends a check.
        fixture.refused.clear();
        fixture.batch_bytes = 4 << 10;
        let clock = VirtualClock::new();
        let http = SharedHttp::with_clock(HttpSettings::default(), Arc::new(clock.clone()));
        let _running = clock.run(&http);
        fixture.context.http = http;
        scene.simulator.fail(fault, 6);
        let kept = contract(&ConnectorFactory::of::<GoogleWorkspace>(), &fixture).await;
        kept.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert!(scene.simulator.failures() > 10, "{fault:?}");
    }
}
