//! Consent at vendors through the public door, against their simulators: what each of them does its own way.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use dataweaver::connectors::microsoft_365::simulator::SimulatorOptions as GraphOptions;
use dataweaver::connectors::slack::simulator::SimulatorOptions as SlackOptions;
use dataweaver::sdk::testing::VirtualClock;
use serde_json::{Value, json};
use url::Url;

use super::consent::open;
use super::{browser, page_of, status, test};
use crate::client::Client;
use crate::harness::TestApp;
use crate::microsoft_365::scene::Scene as Tenant;
use crate::slack::scene::{Scene as Workspace, company};

/// So long are tokens good of which the vendor says that they are good for no second: each is renewed before it is used.
const NO_SECOND: Duration = Duration::from_nanos(1);

/// The parameters of a vendor's page.
fn asked(page: &str) -> HashMap<String, String> {
    Url::parse(page).unwrap().query_pairs().into_owned().collect()
}

/// Consents as a person does, with a browser that comes back; gives status and page.
async fn consented(app: &Client, id: &str) -> (u16, String) {
    let callback = browser::consent(&page_of(app, id, None).await).await;
    let (code, _, page) = open(app, &callback).await;
    (code, page)
}

/// A workspace whose tokens are renewed all the time; its clock stands still.
async fn hasty_workspace() -> Workspace {
    let clock = Arc::new(VirtualClock::new());
    let options = SlackOptions { clock, token_life: NO_SECOND, ..SlackOptions::default() };
    Workspace::of(&company(), options).await
}

async fn chat(app: &Client, workspace: &Workspace, more: Value) -> String {
    let (client_id, client_secret, _) = workspace.simulator.app();
    let mut auth = json!({ "client_id": client_id, "client_secret": client_secret });
    auth.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    app.connector(json!({ "name": "Chat", "type": "SLACK", "authType": "OAUTH2", "authConfig": auth,
        "connectionConfig": { "base_url": workspace.url, "channels": ["general"] } }))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slack_app_is_installed_as_a_bot_and_its_tokens_rotate() {
    let workspace = hasty_workspace().await;
    let app = TestApp::new().await;
    let id = chat(&app, &workspace, json!({})).await;
    let page = page_of(&app, &id, None).await;
    assert!(page.starts_with(&format!("{}/oauth/v2/authorize?", workspace.url)), "{page}");
    let asked = asked(&page);
    let scopes = "channels:read,channels:history,groups:read,groups:history,users:read,files:read";
    assert_eq!((asked["scope"].as_str(), asked.get("user_scope")), (scopes, None), "{asked:?}");
    assert!(!asked.contains_key("code_challenge"), "an app with a secret is no public client: {asked:?}");
    assert_eq!(asked["redirect_uri"], app.url("/oauth/callback"));

    let (code, page) = consented(&app, &id).await;
    assert_eq!(code, 200, "{page}");
    assert_eq!(status(&app, &id).await, json!({ "status": "CONNECTED", "statusMessage": null }));
    // Each is got by the refresh token that came with the one before, which is taken once.
    for _ in 0..2 {
        let (.., before) = workspace.simulator.app();
        let found = test(&app, &id).await;
        assert_eq!(found["message"], "Slack workspace Fernweh Goods as shopbot", "{found}");
        assert_ne!(workspace.simulator.app().2, before, "it was renewed");
    }
    assert_eq!(app.sync_and_wait(&id).await["status"], "SUCCEEDED");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slack_app_is_installed_for_a_person() {
    let workspace = hasty_workspace().await;
    let app = TestApp::new().await;
    let id = chat(&app, &workspace, json!({ "acts_for": "person" })).await;
    let asked = asked(&page_of(&app, &id, None).await);
    assert!(asked["user_scope"].starts_with("channels:read,channels:history,"), "{asked:?}");
    assert!(!asked.contains_key("scope"), "{asked:?}");
    let (code, page) = consented(&app, &id).await;
    assert_eq!(code, 200, "{page}");
    for _ in 0..2 {
        let found = test(&app, &id).await;
        assert_eq!(found["message"], "Slack workspace Fernweh Goods as marta", "{found}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_slack_refuses_is_told_in_its_words() {
    let workspace = Workspace::new().await;
    let app = TestApp::new().await;
    let id = chat(&app, &workspace, json!({})).await;
    workspace.simulator.refuse_installation(true);
    let (code, page) = consented(&app, &id).await;
    assert!(code == 403 && page.contains("Access to Chat was not allowed: access_denied"), "{code} {page}");
    assert_eq!(status(&app, &id).await["status"], "DISCONNECTED");

    workspace.simulator.refuse_installation(false);
    let id = chat(&app, &workspace, json!({ "client_secret": "wrong" })).await;
    let (code, page) = consented(&app, &id).await;
    assert!(code == 502 && page.contains("bad_client_secret"), "{code} {page}");
    let told = status(&app, &id).await;
    assert_eq!(told["status"], "ERROR", "{told}");
    assert!(told["statusMessage"].as_str().unwrap().contains("id or secret is refused"), "{told}");
    app.stop().await;
}

async fn office(app: &Client, tenant: &Tenant, more: Value) -> String {
    let (tenant_id, client_id, client_secret) = tenant.simulator.app();
    let mut auth = json!({ "client_id": client_id, "client_secret": client_secret, "acts_for": "person" });
    auth.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    app.connector(json!({ "name": "Office", "type": "MICROSOFT_365", "authType": "OAUTH2", "authConfig": auth,
        "connectionConfig": { "base_url": tenant.url, "tenant_id": tenant_id, "services": ["users"] } }))
        .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_consents_at_microsoft_and_the_tokens_are_renewed() {
    let clock = Arc::new(VirtualClock::new());
    let options = GraphOptions { clock, token_life: NO_SECOND, ..GraphOptions::default() };
    let tenant = Tenant::with(options).await;
    let app = TestApp::new().await;
    let id = office(&app, &tenant, json!({})).await;
    let page = page_of(&app, &id, None).await;
    let (tenant_id, ..) = tenant.simulator.app();
    assert!(page.starts_with(&format!("{}/{tenant_id}/oauth2/v2.0/authorize?", tenant.url)), "{page}");
    let asked = asked(&page);
    assert_eq!(asked["scope"], "https://graph.microsoft.com/.default offline_access");
    assert_eq!((asked["response_type"].as_str(), asked["code_challenge_method"].as_str()), ("code", "S256"));

    let (code, page) = consented(&app, &id).await;
    assert_eq!(code, 200, "{page}");
    assert_eq!(status(&app, &id).await, json!({ "status": "CONNECTED", "statusMessage": null }));
    let given = tenant.simulator.granted();
    let found = test(&app, &id).await;
    assert!(found["success"] == true && found["message"].as_str().unwrap().contains("marta@"), "{found}");
    assert!(tenant.simulator.granted() > given, "it is renewed before it is used");
    assert_eq!(app.sync_and_wait(&id).await["status"], "SUCCEEDED");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_microsoft_refuses_is_told_in_its_words() {
    let tenant = Tenant::new().await;
    let app = TestApp::new().await;
    let id = office(&app, &tenant, json!({})).await;
    tenant.simulator.refuse_consent(true);
    let (code, page) = consented(&app, &id).await;
    let words =
        "Access to Office was not allowed: AADSTS65004: User declined to consent to access the app. (access_denied)";
    assert!(code == 403 && page.contains(words), "{code} {page}");
    tenant.simulator.refuse_consent(false);

    // A code is good once, and with the proof by key of whoever asked for it.
    let callback = browser::consent(&page_of(&app, &id, None).await).await;
    let other = browser::consent(&page_of(&app, &id, None).await).await;
    let code_of = |url: &str| asked(url)["code"].clone();
    let (code, _, page) = open(&app, &callback.replace(&code_of(&callback), &code_of(&other))).await;
    assert!(code == 502 && page.contains("AADSTS501481"), "{code} {page}");
    assert_eq!(open(&app, &other).await.0, 200);
    app.stop().await;
}
