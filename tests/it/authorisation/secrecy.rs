//! Tokens, codes and what proves them appear nowhere: not in the database, the API, the pages or the log at its loudest.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::RawForm;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use dataweaver::app::App;
use dataweaver::config::Config;
use serde_json::{Value, json};
use tracing::subscriber::set_default;
use tracing_subscriber::fmt::MakeWriter;
use url::Url;

use super::{app, app_in, page_of, status, test};
use crate::canary::{Seen, canary, encoded};

/// A log that is kept.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Log {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

/// A vendor whose tokens are canaries: good ones for the right code, and words that repeat all that it was told otherwise.
async fn vendor() -> String {
    async fn token(RawForm(form): RawForm) -> Response {
        let told = String::from_utf8_lossy(&form).into_owned();
        let form: std::collections::HashMap<String, String> =
            url::form_urlencoded::parse(told.as_bytes()).into_owned().collect();
        if form.get("code") == Some(&canary("code")) || form.get("refresh_token") == Some(&canary("refresh")) {
            return axum::Json(json!({ "access_token": canary("access"), "token_type": "Bearer", "expires_in": 0,
                "refresh_token": canary("refresh") }))
            .into_response();
        }
        let repeated = form.values().cloned().collect::<Vec<_>>().join(" ");
        let refused = json!({ "error": "invalid_grant", "error_description": format!("you said {repeated}") });
        (StatusCode::BAD_REQUEST, axum::Json(refused)).into_response()
    }
    async fn ledger(headers: HeaderMap) -> Response {
        match headers.get("authorization").and_then(|value| value.to_str().ok()) {
            Some(bearer) if bearer == format!("Bearer {}", canary("access")) => {
                axum::Json(json!({ "account": "ada", "entries": [] })).into_response()
            }
            other => (StatusCode::FORBIDDEN, format!("not with {other:?}")).into_response(),
        }
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/token", post(token)).route("/ledger", get(ledger));
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}

// On one thread, so that all that the app does is written to the log.
#[tokio::test(flavor = "current_thread")]
async fn tokens_are_seen_nowhere() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    // Beside only one subscriber, what a thread without any comes to first counts as wanted by nobody.
    let _other = tracing::Dispatch::new(tracing_subscriber::Registry::default());
    let _guard = set_default(subscriber);
    let mut seen = Seen::default();
    let app = app().await;
    let origin = vendor().await;
    let id = app
        .connector(json!({ "name": "Ledger", "type": "CLINICAL", "authType": "OAUTH2",
            "authConfig": { "client_id": "app", "client_secret": canary("client") },
            "connectionConfig": { "base_url": origin } }))
        .await;
    let mut states = Vec::new();
    for (code, expected) in [("wrong", 502), ("code", 200), ("code", 200)] {
        let page = page_of(&app, &id, None).await;
        let url = Url::parse(&page).unwrap();
        let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        let back = app.url(&format!("/oauth/callback?state={state}&code={}", encoded(&canary(code))));
        let answer = app.client().get(back).send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), format!("{:?}", answer.headers()));
        let text = answer.text().await.unwrap();
        assert_eq!(status, expected, "{text}");
        seen.add("the callback's headers", headers);
        seen.add("the callback's page", text);
        states.push(state);
        seen.add("the connector", self::status(&app, &id).await.to_string());
    }
    let found = test(&app, &id).await;
    assert_eq!(found["success"], true, "the canary opens the door: {found}");
    seen.add("the test", found.to_string());
    let synced: Value = app.sync_and_wait(&id).await;
    seen.add("the sync", synced.to_string());
    for table in ["connectors", "sync_logs", "sync_events"] {
        let query = "query($q: String!) { sql(query: $q) { rows } }";
        let rows = app.gql(query, json!({ "q": format!("SELECT * FROM system.{table}") })).await;
        seen.add(format!("system.{table}"), rows.to_string());
    }
    seen.add_folder(app.folder());
    app.stop().await;

    let log = log.0.lock().unwrap().clone();
    let text = String::from_utf8_lossy(&log).into_owned();
    assert!(text.contains("/oauth/callback answered 200") && text.contains("TRACE"), "the log says much");
    for state in &states {
        assert!(!text.contains(state.as_str()), "the log holds a state");
    }
    seen.add("the log", log);
    let canaries = seen.canaries();
    assert!(canaries.is_empty(), "{}", canaries.join("\n"));
}

#[tokio::test]
async fn tokens_need_their_key_as_other_secrets_do() {
    let folder = tempfile::tempdir().unwrap();
    let app = app_in(folder.path(), None).await;
    let origin = vendor().await;
    // A public client: the tokens are all that is encrypted.
    let id = app
        .connector(json!({ "name": "Open Ledger", "type": "CLINICAL", "authType": "OAUTH2",
            "authConfig": { "client_id": "app" }, "connectionConfig": { "base_url": origin } }))
        .await;
    let page = Url::parse(&page_of(&app, &id, None).await).unwrap();
    let state = page.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let back = app.url(&format!("/oauth/callback?state={state}&code={}", encoded(&canary("code"))));
    assert_eq!(app.client().get(back).send().await.unwrap().status(), 200);
    app.stop().await;

    let mut config = Config::default();
    config.storage.data_dir = folder.path().join("data");
    let other_key = STANDARD.encode([7; 32]);
    let started = App::start_with_connectors(config, Some(&other_key), super::ledger::registry()).await;
    let refused = started.err().expect("without the key it does not come up").to_string();
    assert!(refused.contains("the secrets of open_ledger are encrypted with the key"), "{refused}");

    let app = app_in(folder.path(), None).await;
    assert_eq!(test(&app, &id).await["success"], true);
    app.stop().await;
}
