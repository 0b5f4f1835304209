//! Secrets that are got or made while a connector reads: an API that repeats them in its errors gives none of them away.

use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{TEST, manifest_of_items};
use crate::harness::TestApp;
use crate::simulated::Served;

const ACCESS: &str = "Kanarie/+access";
const SESSION: &str = "Kanarie/+session";

/// What requests for items were signed with.
type Proofs = Arc<Mutex<Vec<String>>>;

/// An API that gives tokens, and says in its refusals what it was sent.
async fn served(proofs: &Proofs) -> Served {
    async fn given(Path(kind): Path<String>) -> Json<Value> {
        Json(if kind == "token" {
            json!({ "access_token": ACCESS, "expires_in": 3600 })
        } else {
            json!({ "id": SESSION })
        })
    }
    async fn refused(State(proofs): State<Proofs>, headers: HeaderMap) -> (StatusCode, Json<Value>) {
        let sent = headers.get("authorization").or(headers.get("x-session")).expect("it is signed").to_str().unwrap();
        proofs.lock().unwrap().push(sent.rsplit(' ').next().unwrap().to_owned());
        (StatusCode::UNAUTHORIZED, Json(json!({ "echo": format!("you sent {sent}") })))
    }
    let router = Router::new().route("/get/{kind}", post(given)).route("/items", get(refused));
    Served::on_a_port(router.with_state(Arc::clone(proofs))).await
}

fn manifest(base: &str, authenticator: &str) -> String {
    manifest_of_items(&format!(
        r#"
      record_selector: {{type: RecordSelector, extractor: {{type: DpathExtractor, field_path: []}}}}
      requester:
        type: HttpRequester
        url_base: {base}
        path: items
        error_handler:
          type: DefaultErrorHandler
          response_filters:
            - {{type: HttpResponseFilter, http_codes: [401], action: FAIL, error_message: "it says {{{{ response['echo'] }}}}"}}
        authenticator: {authenticator}
"#
    ))
}

/// Tests a connector and syncs it; whatever is told, and what its requests were signed with.
async fn told(kind: &str, authenticator: impl Fn(&str) -> String) -> (String, Vec<String>) {
    let (app, proofs) = (TestApp::new().await, Proofs::default());
    let served = served(&proofs).await;
    let config = json!({ "manifest": manifest(&served.url, &authenticator(&served.url)), "config": { "secret": "of this one" } });
    let id = app.connector(json!({ "name": kind, "type": "API", "connectionConfig": config })).await;
    let tested = app.gql(TEST, json!({ "id": id })).await;
    assert_eq!(tested["testConnection"]["success"], false, "{tested:#}");
    let words = tested["testConnection"]["message"].as_str().unwrap();
    assert!(words.contains("it says you sent") && words.contains("***"), "{words}");
    let synced = app.sync_and_wait(&id).await;
    assert_eq!(synced["status"], "FAILED", "{synced:#}");
    let kept = app.gql("query($id: ID!) { connector(id: $id) { statusMessage } }", json!({ "id": id })).await;
    let log = "query($id: ID!) { syncLog(id: $id) { errorDetails events(first: 500) { nodes { message details } } } }";
    let events = app.gql(log, json!({ "id": synced["id"] })).await;
    let proofs = proofs.lock().unwrap().clone();
    assert!(proofs.len() >= 2, "both have asked: {proofs:?}");
    (format!("{tested} {synced} {kept} {events}"), proofs)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_access_token_is_shown_nowhere_whatever_the_api_says() {
    let authenticator = |base: &str| {
        format!(
            "{{type: OAuthAuthenticator, token_refresh_endpoint: \"{base}/get/token\", grant_type: client_credentials, \
             client_id: me, client_secret: \"{{{{ config['secret'] }}}}\"}}"
        )
    };
    let (told, proofs) = told("oauth", authenticator).await;
    assert!(proofs.iter().all(|proof| proof == ACCESS), "{proofs:?}");
    assert!(!told.contains("Kanarie"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_token_is_shown_nowhere_whatever_the_api_says() {
    let authenticator = |base: &str| {
        format!(
            "{{type: SessionTokenAuthenticator, session_token_path: [id], expiration_duration: PT1H, \
             login_requester: {{type: HttpRequester, url_base: \"{base}\", path: get/login, http_method: POST, \
             request_body_json: {{password: \"{{{{ config['secret'] }}}}\"}}}}, \
             request_authentication: {{type: ApiKey, inject_into: {{type: RequestOption, inject_into: header, field_name: X-Session}}}}}}"
        )
    };
    let (told, proofs) = told("session", authenticator).await;
    assert!(proofs.iter().all(|proof| proof == SESSION), "{proofs:?}");
    assert!(!told.contains("Kanarie"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_of_a_secret_is_shown_nowhere_whatever_the_api_says() {
    let jwt =
        "{type: JwtAuthenticator, algorithm: HS256, header_prefix: Bearer, secret_key: \"{{ config['secret'] }}\"}";
    let basic = "{type: BasicHttpAuthenticator, username: me, password: \"{{ config['secret'] }}\"}";
    for (kind, authenticator) in [("jwt", jwt), ("basic", basic)] {
        let (told, proofs) = told(kind, |_| authenticator.to_owned()).await;
        for proof in proofs {
            assert!(!told.contains(&proof), "{proof}: {told}");
        }
    }
}
