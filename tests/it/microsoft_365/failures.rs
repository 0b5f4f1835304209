//! Failures are told in words that say what to do.

use dataweaver::connectors::microsoft_365::Microsoft365;
use dataweaver::connectors::microsoft_365::simulator::SimulatorOptions;
use dataweaver::sdk::{ConnectorFactory, ErrorClass, Settings};
use serde_json::json;

use super::scene::{Scene, context, open, read, request, source};
use crate::simulated::{Served, assert_circle, in_time, leading_in_a_circle};

async fn refusal(settings: Settings) -> (ErrorClass, String) {
    let error = open(settings).check().await.unwrap_err();
    (error.class(), error.to_string())
}

#[tokio::test]
async fn credentials_that_are_refused_are_told_with_the_reason() {
    let scene = Scene::new().await;
    let (class, words) = refusal(scene.settings_with("nonsense", &json!({}))).await;
    assert_eq!(class, ErrorClass::Auth);
    assert!(words.contains("InvalidAuthenticationToken: the access token has run out"), "{words}");
    let mut settings = scene.oauth_settings(&json!({}), None);
    settings.auth["client_secret"] = json!("wrong");
    let (class, words) = refusal(settings).await;
    assert_eq!(class, ErrorClass::Auth, "{words}");
    assert!(words.contains("AADSTS7000215"), "{words}");
    let (class, words) = refusal(scene.oauth_settings(&json!({}), Some("0.stolen"))).await;
    assert_eq!(class, ErrorClass::Auth, "{words}");
    assert!(words.contains("AADSTS70043"), "{words}");
}

#[tokio::test]
async fn a_missing_permission_is_named() {
    let scene = Scene::new().await;
    let token = scene.simulator.app_token(Some(&["User.Read.All", "Organization.Read.All"]));
    for (service, permission) in [
        ("drives", "Files.Read.All"),
        ("workbooks", "Files.Read.All"),
        ("lists", "Sites.Read.All"),
        ("mail", "Mail.Read"),
        ("calendar", "Calendars.Read"),
        ("teams", "Team.ReadBasic.All"),
    ] {
        let connector = open(scene.settings_with(&token, &json!({ "services": [service] })));
        let error = connector.discover().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permission, "{service}: {error}");
        assert!(error.to_string().contains(permission), "{service}: {error}");
    }
    // Where nothing was asked for by name, what may be read is read.
    let found = open(scene.settings_with(&token, &json!({}))).discover().await.unwrap().sources;
    assert_eq!(found.iter().map(|source| source.name.as_str()).collect::<Vec<_>>(), ["users"]);
    let nothing = scene.simulator.app_token(Some(&[]));
    let error = open(scene.settings_with(&nothing, &json!({}))).discover().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permission, "{error}");
}

#[tokio::test]
async fn who_has_no_mailbox_is_told() {
    let scene = Scene::new().await;
    let error =
        scene.connector(&json!({ "services": ["mail"], "mailboxes": ["oskar@fernweh.example"] })).discover().await;
    let error = error.unwrap_err();
    assert_eq!(error.class(), ErrorClass::NotFound);
    assert!(error.to_string().contains("MailboxNotEnabledForRESTAPI: the user has no mailbox"), "{error}");
}

#[tokio::test]
async fn tokens_that_run_out_are_renewed_in_the_middle() {
    let scene = Scene::new().await;
    let settings =
        scene.oauth_settings(&json!({ "services": ["mail"], "page_size": 3 }), Some(&scene.simulator.refresh_token()));
    let connector = open(settings);
    let inbox = source(connector.as_ref(), &scene.simulator.folder("marta", "Inbox")).await;
    let before = scene.simulator.granted();
    scene.simulator.revoke_tokens();
    let whole = read(connector.as_ref(), request(&inbox, None)).await;
    assert!(whole.rows() > 0);
    assert_eq!(scene.simulator.granted(), before + 1);
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let scene = Scene::new().await;
    let open = |settings: Settings| ConnectorFactory::of::<Microsoft365>().open(settings, context()).map(drop);
    let mut without_tenant = scene.oauth_settings(&json!({}), None);
    without_tenant.connection.as_object_mut().unwrap().shift_remove("tenant_id");
    let mut without_secret = scene.oauth_settings(&json!({}), None);
    without_secret.auth.as_object_mut().unwrap().shift_remove("client_secret");
    for (settings, says) in [
        (without_tenant, "connectionConfig.tenant_id: is missing"),
        (without_secret, "authConfig.client_secret: is missing"),
        (scene.settings(&json!({ "page_size": 0 })), "connectionConfig.page_size: must be between 1 and 999"),
        (scene.settings(&json!({ "services": [] })), "connectionConfig.services: is empty"),
        (scene.settings(&json!({ "calendar_days_back": 0, "calendar_days_ahead": 0 })), "no event can be read"),
        (scene.settings(&json!({ "service": ["mail"] })), "expected one of"),
    ] {
        let error = open(settings).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Config);
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[tokio::test]
async fn collections_that_lead_in_a_circle_are_not_followed() {
    let scene = Scene::with(SimulatorOptions { most_objects: 1, ..SimulatorOptions::default() }).await;
    let straight = scene.connector(&json!({ "services": ["users", "drives", "mail"] }));
    let drive = format!("drives/{}", scene.simulator.site_drive());
    let inbox = scene.simulator.folder("aylin", "Inbox");
    for (path, list, mark) in [
        ("users".to_owned(), "users/delta", "skiptoken"),
        (drive, "root/delta", "token"),
        (inbox, "messages/delta", "skiptoken"),
    ] {
        let circle = Served::on_a_port(leading_in_a_circle(scene.simulator.router(), list, mark)).await;
        let round = scene.connector(&json!({ "base_url": circle.url }));
        let found = source(straight.as_ref(), &path).await;
        let told = in_time(super::scene::read_to(round.as_ref(), request(&found, None), usize::MAX)).await;
        assert_eq!(told.ids().len(), 2, "{path}: no row came twice");
        assert_circle(told.error, "@odata.nextLink");
    }
    // What is looked up ends no more as if all of it had come.
    let circle = Served::on_a_port(leading_in_a_circle(scene.simulator.router(), "/users", "skiptoken")).await;
    let round = scene.connector(&json!({ "base_url": circle.url, "services": ["mail"] }));
    assert_circle(in_time(round.discover()).await.err(), "@odata.nextLink");
}

#[tokio::test]
async fn a_path_that_is_none_is_told() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "services": ["users"] }));
    let mut users = source(connector.as_ref(), "users").await;
    users.source_path = "groups".into();
    let reading = super::scene::read_to(connector.as_ref(), request(&users, None), usize::MAX).await;
    let error = reading.error.unwrap();
    assert!(error.to_string().contains("groups is no data source of Microsoft 365"), "{error}");
}
