//! Refresh tokens that may be used once: each comes with the next one, which all data sources and later syncs go on with.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::command_line;
use crate::harness::TestApp;
use crate::simulated::Served;

/// The number of the refresh token that is good, and how often another one was used.
#[derive(Clone, Default)]
struct Vendor(Arc<Mutex<(usize, usize)>>);

/// A vendor whose access tokens run out at once, so that each request takes a refresh token.
async fn served(vendor: &Vendor) -> Served {
    async fn token(
        State(vendor): State<Vendor>,
        Form(form): Form<HashMap<String, String>>,
    ) -> (StatusCode, Json<Value>) {
        let mut known = vendor.0.lock().unwrap();
        if form["refresh_token"] != format!("refresh-{}", known.0) {
            known.1 += 1;
            return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" })));
        }
        known.0 += 1;
        let (access, refresh) = (format!("access-{}", known.0), format!("refresh-{}", known.0));
        (StatusCode::OK, Json(json!({ "access_token": access, "refresh_token": refresh, "expires_in": -1 })))
    }
    async fn items(headers: HeaderMap) -> (StatusCode, Json<Value>) {
        let is_signed = headers["authorization"].to_str().unwrap().starts_with("Bearer access-");
        (if is_signed { StatusCode::OK } else { StatusCode::UNAUTHORIZED }, Json(json!([{ "id": 1 }])))
    }
    let router = Router::new().route("/token", post(token)).route("/items", get(items)).with_state(vendor.clone());
    Served::on_a_port(router).await
}

/// Three streams, signed in alike.
fn manifest(base: &str) -> Value {
    let authenticator = json!({
        "type": "OAuthAuthenticator", "token_refresh_endpoint": format!("{base}/token"), "client_id": "me",
        "client_secret": "{{ config['secret'] }}", "refresh_token_updater": { "refresh_token_name": "refresh_token" },
    });
    let streams = ["one", "two", "three"].map(|name| {
        json!({
            "type": "DeclarativeStream", "name": name,
            "schema_loader": {
                "type": "InlineSchemaLoader",
                "schema": { "type": "object", "properties": { "id": { "type": "integer" } } },
            },
            "retriever": {
                "type": "SimpleRetriever",
                "requester": {
                    "type": "HttpRequester", "url_base": base, "path": "items", "authenticator": authenticator,
                },
                "record_selector": { "type": "RecordSelector", "extractor": { "type": "DpathExtractor", "field_path": [] } },
            },
        })
    });
    json!({
        "type": "DeclarativeSource", "check": { "type": "CheckStream", "stream_names": ["one"] }, "streams": streams,
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_refresh_token_is_used_once_by_all_data_sources_and_syncs() {
    let (app, vendor) = (TestApp::new().await, Vendor::default());
    let served = served(&vendor).await;
    let config = json!({ "secret": "of this one", "credentials": { "refresh_token": "refresh-0" } });
    let connection = json!({ "manifest": manifest(&served.url), "config": config });
    let id = app.connector(json!({ "name": "Items", "type": "API", "connectionConfig": connection })).await;
    for _ in 0..2 {
        let synced = app.sync_and_wait(&id).await;
        assert_eq!(synced["status"], "SUCCEEDED", "{synced:#}");
        assert!(!synced.to_string().contains("refresh-"), "{synced:#}");
    }
    let (used, refused) = *vendor.0.lock().unwrap();
    assert_eq!(refused, 0, "no token was used again");
    assert!(used >= 6, "each request took one: {used}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connectors_read_tells_the_configuration_to_go_on_with() {
    let vendor = Vendor::default();
    let served = served(&vendor).await;
    let manifest = manifest(&served.url).to_string();
    let mut config = json!({ "secret": "of this one", "credentials": { "refresh_token": "refresh-0", "tenant": 7 } });
    for _ in 0..2 {
        let said = command_line::read(&manifest, &config).await;
        assert!(said.is_whole, "{:?}", said.failures());
        assert_eq!(said.records().len(), 3);
        config = said.configuration().expect("tokens were replaced").clone();
    }
    let (used, refused) = *vendor.0.lock().unwrap();
    assert_eq!((used, refused), (6, 0), "each stream has used one, and none was used again");
    let credentials = &config["credentials"];
    assert_eq!((&credentials["refresh_token"], &credentials["tenant"]), (&json!("refresh-6"), &json!(7)));
    assert!(credentials["token_expiry_date"].is_string() && config["secret"] == "of this one", "{config:#}");
}
