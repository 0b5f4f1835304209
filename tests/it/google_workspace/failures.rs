//! Refusals, with words that say what to do.

use axum::Json;
use axum::http::StatusCode;
use axum::routing::get;
use dataweaver::sdk::ErrorClass;
use serde_json::json;

use super::scene::{Scene, open, read_all, request, source};
use crate::simulated::{Served, assert_circle, in_time, leading_in_a_circle};

#[tokio::test]
async fn an_api_that_is_not_enabled_is_named_with_its_page() {
    let scene = Scene::new().await;
    scene.simulator.disable("sheets");
    let connector =
        scene.connector(&json!({ "spreadsheet_ids": [scene.simulator.file_id("Budget")], "services": ["sheets"] }));
    let error = connector.check().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permission);
    let page =
        "enable it at https://console.developers.google.com/apis/api/sheets.googleapis.com/overview?project=104729";
    assert!(error.to_string().contains(page), "{error}");
}

#[tokio::test]
async fn a_scope_that_is_missing_is_named() {
    let scene = Scene::new().await;
    let token = scene.simulator.token_with(&["drive.metadata.readonly"]);
    for (service, scope) in [("gmail", "gmail.readonly"), ("calendar", "calendar.readonly")] {
        let connector = open(scene.settings_with(&token, &json!({ "services": [service] })));
        let error = connector.check().await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Permission);
        assert!(error.to_string().contains(&format!("the token lacks a scope; add {scope} and authorise")), "{error}");
    }
}

/// Only where the scope is missing the files of shared drives are looked for without the list of drives. What else is refused
/// says nothing of which drives there are.
#[tokio::test]
async fn a_refused_list_of_shared_drives_is_no_missing_scope() {
    let scene = Scene::new().await;
    let message = "The domain administrators have disabled Drive apps.";
    let error = json!({ "domain": "global", "reason": "domainPolicy", "message": message });
    let refusal = json!({ "error": { "code": 403, "message": message, "errors": [error] } });
    let refused = get(move || async move { (StatusCode::FORBIDDEN, Json(refusal)) });
    let router = axum::Router::new().route("/drive/v3/drives", refused).fallback_service(scene.simulator.router());
    let served = Served::on_a_port(router).await;
    let connector = scene.connector(&json!({ "base_url": served.url, "services": ["drive"] }));
    let error = read_all(connector.as_ref(), "drive/files").await.error.expect("it is refused");
    assert_eq!(error.class(), ErrorClass::Permission, "{error}");
    assert!(error.to_string().contains("the domain's administrator has switched it off"), "{error}");
}

#[tokio::test]
async fn what_is_not_shared_says_so() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "folder_id": "1nowhere" }));
    let error = connector.check().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::NotFound);
    assert!(
        error.to_string().contains("it is not there, or not shared with the account: File not found: 1nowhere."),
        "{error}"
    );
}

#[tokio::test]
async fn a_token_that_expired_is_told() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let tab = source(connector.as_ref(), &scene.tab("Budget", 0)).await;
    scene.simulator.revoke(&scene.simulator.access_token());
    let error = super::scene::read(connector.as_ref(), request(&tab, None)).await.error.unwrap();
    assert_eq!(error.class(), ErrorClass::Auth, "{error}");
    assert!(!error.to_string().contains("ya29"), "{error}");
}

#[tokio::test]
async fn lists_that_lead_in_a_circle_are_not_followed() {
    let scene = Scene::new().await;
    let straight = scene.connector(&json!({}));
    let calendar = format!("calendars/{}", scene.simulator.calendar_ids()[0]);
    for (path, list, what) in [
        ("drive/files", "drive/v3/files", "the page token of files"),
        ("gmail/messages", "users/me/messages", "the page token of a list"),
        (calendar.as_str(), "/events", "the page token of events"),
    ] {
        let circle = Served::on_a_port(leading_in_a_circle(scene.simulator.router(), list, "pageToken")).await;
        let round = scene.connector(&json!({ "base_url": circle.url, "page_size": 2 }));
        let found = source(straight.as_ref(), path).await;
        let told = in_time(super::scene::read(round.as_ref(), request(&found, None))).await;
        let keys: std::collections::BTreeSet<_> = told.keys().into_iter().collect();
        assert_eq!(keys.len(), told.rows.len(), "{path}: a row came twice");
        assert_circle(told.error, what);
    }
    let circle = Served::on_a_port(leading_in_a_circle(scene.simulator.router(), "/changes", "pageToken")).await;
    let files = source(straight.as_ref(), "drive/files").await;
    let first = super::scene::read(straight.as_ref(), request(&files, Some(None))).await;
    for name in ["Logo.png", "customers.csv", "Catalogue.pdf", "Budget", "Opening hours"] {
        scene.simulator.trash(name);
    }
    let round = scene.connector(&json!({ "base_url": circle.url, "page_size": 1 }));
    let told = in_time(super::scene::read(round.as_ref(), request(&files, Some(Some(first.end()))))).await;
    assert_circle(told.error, "the page token of changes");
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    use dataweaver::connectors::google_workspace::GoogleWorkspace;
    use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
    let refused = |connection: serde_json::Value, auth_type: AuthType, auth: serde_json::Value| {
        let settings = Settings { connection, auth_type, auth };
        let opened = ConnectorFactory::of::<GoogleWorkspace>().open(settings, super::scene::context());
        opened.err().map(|error| error.to_string()).unwrap_or_default()
    };
    let token = json!({ "token": "x" });
    let with_token = |connection| refused(connection, AuthType::Token, token.clone());
    assert_eq!(
        with_token(json!({ "services": [] })),
        "connectionConfig.services: is empty; name drive, sheets, docs, gmail or calendar"
    );
    assert!(with_token(json!({ "spreadsheet_ids": ["https://docs.google.com/x"] })).contains("behind /d/"));
    assert!(
        with_token(json!({ "sheets": { "chunk_rows": 0 } })).contains("sheets.chunk_rows: must be between 1 and 50000")
    );
    assert!(with_token(json!({ "quotas": { "sheets_per_minute": 0 } })).contains("quotas.sheets_per_minute"));
    assert!(refused(json!({}), AuthType::Oauth2, json!({})).contains("client_id: is missing"));
}

#[tokio::test]
async fn all_of_an_account_is_read_while_it_fails() {
    use dataweaver::connectors::google_workspace::simulator::Fault;
    let scene = Scene::new().await;
    scene.simulator.fail(Fault::Backend, 5);
    let connector = scene.connector(&json!({ "http": { "attempts": 6 }, "page_size": 20 }));
    let mail = read_all(connector.as_ref(), "gmail/messages").await;
    assert!(mail.error.is_none(), "{:?}", mail.error);
    assert_eq!(mail.keys(), scene.simulator.message_ids());
}
