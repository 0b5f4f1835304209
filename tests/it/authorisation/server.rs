//! npm `oidc-provider` as a vendor's authorisation server, with a ledger behind it; see `server/server.mjs`.

use std::process::Stdio;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Child;

use crate::client::Client;
use crate::harness::PATIENCE;
use crate::node::Scripts;

static SCRIPTS: LazyLock<Scripts> =
    LazyLock::new(|| Scripts::of("tests/it/authorisation/server", "the authorisation server"));

const CLIENT_ID: &str = "dataweaver";
const CLIENT_SECRET: &str = "the client's own secret";

/// A running server; it ends with this value.
pub struct Server {
    issuer: String,
    http: reqwest::Client,
    _process: Child,
    _workshop: TempDir,
}

impl Server {
    /// One that sends people back to these products, and whose access tokens are good for so long; none where Node is
    /// missing.
    pub async fn start(apps: &[&Client], access_seconds: u32) -> Option<Self> {
        let redirect_uris: Vec<String> = apps.iter().map(|app| app.url("/oauth/callback")).collect();
        Self::start_for(&redirect_uris, access_seconds).await
    }

    async fn start_for(redirect_uris: &[String], access_seconds: u32) -> Option<Self> {
        let workshop = SCRIPTS.workshop().await?;
        let settings = json!({ "clientId": CLIENT_ID, "clientSecret": CLIENT_SECRET, "redirectUris": redirect_uris,
            "accessSeconds": access_seconds });
        let mut command = tokio::process::Command::new("node");
        command.arg(workshop.path().join("server.mjs")).arg(settings.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn().expect("node can be started");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("the server starts in time");
        let line = line.unwrap().expect("the server says where it is");
        let said: Value = serde_json::from_str(&line).unwrap();
        let issuer = said["issuer"].as_str().unwrap().to_owned();
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        Some(Self { issuer, http, _process: process, _workshop: workshop })
    }

    /// Where it is, which is its issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The registered client: its id and its secret.
    pub fn client() -> (&'static str, &'static str) {
        (CLIENT_ID, CLIENT_SECRET)
    }

    /// The input of a connector to its ledger.
    pub fn connector(&self) -> Value {
        json!({ "name": "Ledger", "type": "CLINICAL", "authType": "OAUTH2",
            "connectionConfig": { "base_url": self.issuer },
            "authConfig": { "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET } })
    }

    async fn ask(&self, path: &str) -> Value {
        let answer = self.http.get(format!("{}{path}", self.issuer)).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        answer.json().await.unwrap()
    }

    /// What has happened: `tokens`, `reads`, `refusals`.
    pub async fn seen(&self) -> Value {
        self.ask("/seen").await
    }

    /// How often tokens were given, or refused, for a grant.
    pub async fn grants(&self, grant_type: &str, outcome: &str) -> u64 {
        self.seen().await["grants"][grant_type][outcome].as_u64().unwrap_or(0)
    }

    /// How often tokens were renewed.
    pub async fn renewals(&self) -> u64 {
        self.grants("refresh_token", "good").await
    }

    /// Every token that it gave.
    pub async fn tokens(&self) -> Vec<String> {
        serde_json::from_value(self.seen().await["tokens"].take()).unwrap()
    }

    /// Sets `denies`, `locked` or `slowMilliseconds`.
    pub async fn want(&self, name: &str, value: Value) {
        self.ask(&format!("/want?{name}={value}")).await;
    }

    /// Takes none of the access tokens any more that it gave, as when they are stolen.
    pub async fn forget_access_tokens(&self) {
        self.ask("/forget-access").await;
    }

    /// Takes back all that people have consented to.
    pub async fn revoke(&self) {
        self.ask("/revoke").await;
    }
}
