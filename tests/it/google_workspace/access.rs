//! How the connector proves who it is: by a service account's key, and by a person's consent.

use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dataweaver::connectors::google_workspace::GoogleWorkspace;
use dataweaver::connectors::google_workspace::simulator::SimulatorOptions;
use dataweaver::sdk::testing::VirtualClock;
use dataweaver::sdk::{AuthType, ConnectorFactory, ErrorClass, Settings};
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use super::scene::{Scene, context, open, read_all};
use crate::harness::TestApp;

/// A key file such as Google makes.
fn key_file(email: &str) -> Value {
    let pair = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).unwrap();
    let der = STANDARD.encode(pair.as_der().unwrap().as_ref());
    json!({
        "type": "service_account", "project_id": "simulated", "private_key_id": "k1", "client_email": email, "client_id": "1",
        "private_key": format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n"),
        "token_uri": "https://oauth2.googleapis.com/token",
    })
}

fn settings(scene: &Scene, auth: Value, more: &Value) -> Settings {
    Settings { auth_type: AuthType::Oauth2, auth, ..scene.settings(more) }
}

#[tokio::test]
async fn a_service_account_reads_by_its_key() {
    let scene = Scene::new().await;
    let key = key_file(&scene.simulator.service_account());
    let mut given = settings(&scene, json!({ "service_account": key }), &json!({ "services": ["sheets"] }));
    // The JSON of the file is as good as its text.
    ConnectorFactory::of::<GoogleWorkspace>().normalize(&mut given).unwrap();
    assert!(given.auth["service_account"].is_string());
    let connector = open(given);
    assert_eq!(
        connector.check().await.unwrap().message,
        "Google Workspace as hana@fernweh.example: Drive, Sheets can be read"
    );
    assert_eq!(read_all(connector.as_ref(), &scene.tab("Budget", 0)).await.rows.len(), 11);
    // It asks for the scopes of the services, and for no more.
    let mail = settings(&scene, json!({ "service_account": key.to_string() }), &json!({ "services": ["gmail"] }));
    assert!(open(mail).check().await.is_ok());
    let stranger = key_file("stranger@nowhere.iam.gserviceaccount.com").to_string();
    let stranger = open(settings(&scene, json!({ "service_account": stranger }), &json!({})));
    let error = stranger.check().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Auth, "{error}");
    assert!(error.to_string().contains("account not found"), "{error}");
}

#[tokio::test]
async fn a_token_that_has_run_out_is_got_anew() {
    let clock = VirtualClock::new();
    let scene = Scene::with(SimulatorOptions { clock: Some(Arc::new(clock.clone())), ..Default::default() }).await;
    let (client_id, client_secret, refresh_token) = scene.simulator.client();
    let auth = json!({ "client_id": client_id, "client_secret": client_secret, "refresh_token": refresh_token });
    let connector = open(settings(&scene, auth, &json!({ "services": ["sheets"] })));
    connector.check().await.unwrap();
    clock.advance(Duration::from_secs(2 * 3600));
    assert_eq!(read_all(connector.as_ref(), &scene.tab("Budget", 0)).await.rows.len(), 11);
}

#[tokio::test]
async fn accounts_that_contradict_each_other_are_refused() {
    let scene = Scene::new().await;
    let refused = |auth: Value| {
        let opened = ConnectorFactory::of::<GoogleWorkspace>().open(settings(&scene, auth, &json!({})), context());
        opened.err().map(|error| error.to_string()).unwrap_or_default()
    };
    let key = key_file("a@b.iam.gserviceaccount.com").to_string();
    assert!(refused(json!({ "service_account": key, "refresh_token": "1//x" })).contains("one account is read"));
    assert!(
        refused(json!({ "service_account": "{}" })).starts_with("authConfig.service_account.client_email: is missing")
    );
    assert!(refused(json!({})).starts_with("authConfig.client_id: is missing"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_consents_and_is_read() {
    let scene = Scene::new().await;
    let (client_id, client_secret, _) = scene.simulator.client();
    let app = TestApp::new().await;
    let connector = app
        .connector(json!({
            "name": "Planning", "type": "GOOGLE_WORKSPACE", "authType": "OAUTH2",
            "authConfig": { "client_id": client_id, "client_secret": client_secret },
            "connectionConfig": { "base_url": scene.url, "services": ["sheets"] },
        }))
        .await;
    let ask = "mutation($input: AuthorizeConnectorInput!) { authorizeConnector(input: $input) { authorizationUrl } }";
    let answer = app.gql(ask, json!({ "input": { "connectorId": connector } })).await;
    let page = answer["authorizeConnector"]["authorizationUrl"].as_str().unwrap();
    assert!(page.starts_with(&format!("{}/o/oauth2/v2/auth?", scene.url)), "{page}");
    for part in ["access_type=offline", "prompt=consent", "spreadsheets.readonly", "code_challenge_method=S256"] {
        assert!(page.contains(part), "{part} is not in {page}");
    }
    let browser = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
    let sent_back = browser.get(page).send().await.unwrap();
    let callback = sent_back.headers()["location"].to_str().unwrap();
    let done = browser.get(callback).header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
    let done = done.header("sec-fetch-dest", "document").send().await.unwrap();
    assert!(done.status().is_success() || done.status().is_redirection(), "{}", done.text().await.unwrap());
    let log = app.sync_and_wait(&connector).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    app.stop().await;
}
