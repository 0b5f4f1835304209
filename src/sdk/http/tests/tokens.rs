//! Access tokens: fetched when they must be, once for all, and never lost.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::Process;
use super::vendor::{Seen, Vendor, ok, status};
use crate::sdk::http::{Authorisation, ClientAuth, HttpClient, LockedTokens, OAuth2, TokenSource, TokenStore, Tokens};
use crate::sdk::{ConnectorError, ConnectorType, ErrorClass, OpenContext, SecretString};

/// An authorisation server that rotates refresh tokens, and an API that takes the newest access token only.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    issued: u32,
    spent: Vec<String>,
    expires_in: u64,
}

impl Server {
    async fn new(expires_in: u64) -> (Self, Vendor) {
        let server = Self::default();
        server.0.lock().unwrap().expires_in = expires_in;
        let script = server.clone();
        let vendor = Vendor::new(move |seen| script.answer(seen)).await;
        (server, vendor)
    }

    fn answer(&self, seen: &Seen) -> Response {
        let mut state = self.0.lock().unwrap();
        if seen.path() != "/token" {
            let expected = format!("Bearer access-{}", state.issued);
            return match seen.header("authorization") == Some(&expected) {
                true => ok(),
                false => status(401, &[], "expired"),
            };
        }
        let form: std::collections::HashMap<String, String> =
            url::form_urlencoded::parse(&seen.body).into_owned().collect();
        if form["grant_type"] == "refresh_token" {
            let token = form["refresh_token"].clone();
            if token != format!("refresh-{}", state.issued) || state.spent.contains(&token) {
                let body = json!({ "error": "invalid_grant", "error_description": "Token has been revoked." });
                return (axum::http::StatusCode::BAD_REQUEST, axum::Json(body)).into_response();
            }
            state.spent.push(token);
        }
        state.issued += 1;
        let issued = state.issued;
        axum::Json(json!({
            "access_token": format!("access-{issued}"), "token_type": "bearer",
            "expires_in": state.expires_in, "refresh_token": format!("refresh-{issued}"),
        }))
        .into_response()
    }

    /// Makes the newest access token expire before its time.
    fn revoke(&self, vendor: &Vendor) {
        let mut state = self.0.lock().unwrap();
        state.issued += 1;
        drop(vendor.seen());
    }
}

fn source(context: &OpenContext, vendor: &Vendor) -> Arc<OAuth2> {
    OAuth2::builder(context, ConnectorType::Slack, &format!("{}/token", vendor.url))
        .client("app", Some(SecretString::new("app-secret")))
        .refresh_token(SecretString::new("refresh-0"))
        .build()
        .unwrap()
}

fn client(process: &Process, vendor: &Vendor, source: Arc<OAuth2>) -> HttpClient {
    process.client(vendor).authorisation(Authorisation::tokens(source)).build().unwrap()
}

fn refreshes(vendor: &Vendor) -> usize {
    vendor.seen().iter().filter(|seen| seen.path() == "/token").count()
}

#[tokio::test]
async fn many_requests_of_many_connectors_cause_one_refresh() {
    let process = Process::new();
    let (_, vendor) = Server::new(3600).await;
    // Each sync opens the connector anew; the rotated token goes on in the process.
    let clients = [(); 3].map(|()| client(&process, &vendor, source(&process.context, &vendor)));
    let requests = (0..30).map(|index| clients[index % 3].get("x").send());
    for response in futures::future::join_all(requests).await {
        response.unwrap();
    }
    assert_eq!(refreshes(&vendor), 1);
    client(&process, &vendor, source(&process.context, &vendor)).get("x").send().await.unwrap();
    assert_eq!(refreshes(&vendor), 1);
}

#[tokio::test]
async fn a_token_is_replaced_ahead_of_its_expiry() {
    let process = Process::new();
    // It has less than a minute left, and its life is known to be short: for all who find it, it is good for three quarters.
    let (_, vendor) = Server::new(40).await;
    let client = client(&process, &vendor, source(&process.context, &vendor));
    client.get("x").send().await.unwrap();
    client.get("x").send().await.unwrap();
    self::client(&process, &vendor, source(&process.context, &vendor)).get("x").send().await.unwrap();
    assert_eq!(refreshes(&vendor), 1);

    let (_, vendor) = Server::new(0).await;
    let client = self::client(&process, &vendor, source(&process.context, &vendor));
    for _ in 0..3 {
        client.get("x").send().await.unwrap();
    }
    assert_eq!(refreshes(&vendor), 3);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let process = Process::new();
    let (server, vendor) = Server::new(3600).await;
    let client = client(&process, &vendor, source(&process.context, &vendor));
    client.get("x").send().await.unwrap();
    // The API asks for a newer one than was given out: every request is refused.
    server.revoke(&vendor);
    let error = client.post("x").send().await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Auth, "{error}");
    assert!(error.to_string().contains("authorise the account again"), "{error}");
    assert!(error.to_string().contains("Token has been revoked."), "{error}");
}

#[tokio::test]
async fn requests_that_were_refused_together_cause_one_refresh() {
    let process = Process::new();
    let revoked = Arc::new(Mutex::new(false));
    let script = Arc::clone(&revoked);
    let vendor = Vendor::new(move |seen| {
        let is_revoked = *script.lock().unwrap();
        match (seen.path(), is_revoked, seen.header("authorization")) {
            ("/token", false, _) => {
                axum::Json(json!({ "access_token": "old-one", "expires_in": "3600" })).into_response()
            }
            ("/token", true, _) => axum::Json(json!({ "access_token": "new-one" })).into_response(),
            (_, true, Some("Bearer old-one")) => status(401, &[], "expired"),
            _ => ok(),
        }
    })
    .await;
    let tokens = OAuth2::builder(&process.context, ConnectorType::Slack, &format!("{}/token", vendor.url))
        .client("app id", Some(SecretString::new("s:cret")))
        .client_auth(ClientAuth::Basic)
        .scope("read write")
        .parameter("audience", "api")
        .build()
        .unwrap();
    let client = client(&process, &vendor, tokens);
    client.get("x").send().await.unwrap();
    *revoked.lock().unwrap() = true;
    for response in futures::future::join_all((0..10).map(|_| client.get("x").send())).await {
        response.unwrap();
    }
    assert_eq!(refreshes(&vendor), 2);
    let asked = vendor.seen().into_iter().find(|seen| seen.path() == "/token").unwrap();
    assert_eq!(asked.body, "grant_type=client_credentials&scope=read+write&audience=api");
    assert_eq!(asked.header("authorization"), Some("Basic YXBwK2lkOnMlM0FjcmV0"));
}

/// A store that records what is done with it, and fails when it is told to.
#[derive(Clone, Debug, Default)]
struct Recorded(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    tokens: Option<Tokens>,
    saves: usize,
    fails: bool,
}

#[async_trait]
impl TokenStore for Recorded {
    async fn load(&self) -> Result<Option<Tokens>, ConnectorError> {
        Ok(self.0.lock().unwrap().tokens.clone())
    }

    async fn lock(&self) -> Result<Box<dyn LockedTokens>, ConnectorError> {
        Ok(Box::new(self.clone()))
    }
}

#[async_trait]
impl LockedTokens for Recorded {
    async fn load(&mut self) -> Result<Option<Tokens>, ConnectorError> {
        TokenStore::load(self).await
    }

    async fn save(&mut self, tokens: &Tokens) -> Result<(), ConnectorError> {
        let mut record = self.0.lock().unwrap();
        if record.fails {
            return Err(ConnectorError::unreachable("the database is away", "cut"));
        }
        record.saves += 1;
        record.tokens = Some(tokens.clone());
        Ok(())
    }
}

#[tokio::test]
async fn a_rotated_token_is_stored_before_it_is_used() {
    let process = Process::new();
    let store = Recorded::default();
    let context = OpenContext { tokens: Some(Arc::new(store.clone())), ..process.context.clone() };
    let (_, vendor) = Server::new(3600).await;
    store.0.lock().unwrap().fails = true;
    let client = client(&process, &vendor, source(&context, &vendor));
    let error = client.get("x").send().await.unwrap_err();
    assert_eq!(error.to_string(), "the database is away");
    assert_eq!((vendor.seen().len(), refreshes(&vendor)), (1, 1), "nothing is sent with what is not stored");
    // The vendor takes the spent one no more: what it gave is not lost.
    store.0.lock().unwrap().fails = false;
    client.get("x").send().await.unwrap();
    assert_eq!((refreshes(&vendor), store.0.lock().unwrap().saves), (1, 1));
    *store.0.lock().unwrap() = Record::default();

    let (_, vendor) = Server::new(3600).await;
    self::client(&process, &vendor, source(&context, &vendor)).get("x").send().await.unwrap();
    let stored = store.0.lock().unwrap().tokens.clone().unwrap();
    assert_eq!(stored.refresh_token.unwrap().expose(), "refresh-1");
    let left = stored.expires_at.unwrap() - chrono::Utc::now();
    assert!(left.num_seconds() > 3500 && left.num_seconds() <= 3600);
    // Another process has put a fresh one there.
    self::client(&process, &vendor, source(&context, &vendor)).get("x").send().await.unwrap();
    assert_eq!((refreshes(&vendor), store.0.lock().unwrap().saves), (1, 1));
}

#[tokio::test]
async fn a_refresh_is_finished_even_if_nobody_waits_for_it() {
    let process = Process::new();
    let store = Recorded::default();
    let context = OpenContext { tokens: Some(Arc::new(store.clone())), ..process.context.clone() };
    let (_, vendor) = Server::new(3600).await;
    let source = source(&context, &vendor);
    {
        let asking = source.token();
        futures::pin_mut!(asking);
        assert!(futures::poll!(&mut asking).is_pending());
    }
    let stored = async {
        while store.0.lock().unwrap().saves == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), stored).await.unwrap();
    assert_eq!(source.token().await.unwrap().expose(), "access-1");
}
