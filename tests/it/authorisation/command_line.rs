//! `dataweaver connectors authorize`: the program as its users run it, and a person with a browser beside it.

use std::process::Stdio;

use dataweaver::services::Role;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use super::browser;
use crate::harness::{PATIENCE, token};
use crate::installation::{Installation, Server};
use crate::simulated::Served;
use crate::slack::scene::Scene;

/// Makes a connector to a Slack workspace that is to be installed on its page.
fn chat(here: &Installation, workspace: &Scene) {
    let (client_id, client_secret, _) = workspace.simulator.app();
    let auth = json!({ "client_id": client_id, "client_secret": client_secret });
    std::fs::write(here.path().join("app.json"), auth.to_string()).unwrap();
    let settings = json!({ "base_url": workspace.url, "channels": ["general"] }).to_string();
    let add = ["connectors", "add", "Chat", "--type", "SLACK", "--settings", &settings];
    let said = here.run(&[&add[..], &["--auth-type", "OAUTH2", "--auth", "@app.json"]].concat());
    let next = "connect the account with: dataweaver connectors authorize chat";
    assert!(said.status == 1 && said.stderr.contains(next), "{said:?}");
}

/// The command, which waits.
struct Waiting {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Waiting {
    /// Starts it; gives what it says first.
    async fn start(here: &Installation, more: &[&str]) -> (Self, Value) {
        let mut command = Command::from(here.command(&[&["connectors", "authorize", "chat", "--json"], more].concat()));
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("the program can be started");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut waiting = Self { child, lines };
        let first = waiting.next().await;
        match first {
            Some(first) => (waiting, first),
            None => panic!("it says nothing: {:?}", waiting.end().await),
        }
    }

    async fn next(&mut self) -> Option<Value> {
        let line = tokio::time::timeout(PATIENCE, self.lines.next_line()).await.expect("it says something in time");
        line.unwrap().map(|line| serde_json::from_str(&line).unwrap())
    }

    /// Its exit status, the last thing that it says, and what it says of its failure.
    async fn end(mut self) -> (Option<i32>, Option<Value>, String) {
        let last = self.next().await;
        let mut stderr = String::new();
        self.child.stderr.take().expect("it is piped").read_to_string(&mut stderr).await.unwrap();
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").unwrap();
        (status.code(), last, stderr)
    }
}

/// Consents, and gives the page that the browser is shown in the end.
async fn consent(first: &Value) -> (u16, String) {
    let callback = browser::consent(first["authorizationUrl"].as_str().unwrap()).await;
    assert!(callback.starts_with(first["redirectUri"].as_str().unwrap()), "{callback}");
    let answer = reqwest::Client::builder().no_proxy().build().unwrap().get(callback).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_server_the_command_takes_who_comes_back() {
    let workspace = Scene::new().await;
    let here = Installation::new();
    chat(&here, &workspace);
    let (waiting, first) = Waiting::start(&here, &["--listen", "127.0.0.1:0"]).await;
    assert!(first["expiresAt"].is_string(), "{first}");
    // Nothing else of the product is served by it.
    let origin = first["redirectUri"].as_str().unwrap().strip_suffix("/oauth/callback").unwrap().to_owned();
    let asked = reqwest::get(format!("{origin}/graphql?query=%7B__typename%7D")).await.unwrap();
    assert_eq!(asked.status(), 404, "{}", asked.text().await.unwrap());

    let (status, page) = consent(&first).await;
    assert!(status == 200 && page.contains("Chat is connected. You can close this window."), "{status} {page}");
    let (status, last, stderr) = waiting.end().await;
    assert_eq!((status, &last.unwrap()["connector"]["status"]), (Some(0), &json!("CONNECTED")), "{stderr}");
    assert_eq!(here.json(&["connectors", "test", "chat"])["success"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_refused_is_told_why() {
    let workspace = Scene::new().await;
    let here = Installation::new();
    chat(&here, &workspace);
    workspace.simulator.refuse_installation(true);
    let (waiting, first) = Waiting::start(&here, &["--listen", "127.0.0.1:0"]).await;
    assert_eq!(consent(&first).await.0, 403);
    let (status, last, stderr) = waiting.end().await;
    let told: Value = serde_json::from_str(&stderr).unwrap();
    assert_eq!((status, last), (Some(1), None), "{stderr}");
    assert_eq!(told["error"]["message"], "Chat is not connected");
    assert_eq!(told["error"]["causes"], json!(["access to Chat was not allowed: access_denied"]));
    assert_eq!(here.json(&["connectors", "show", "chat"])["connector"]["status"], "ERROR");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_waited_for_longer_than_the_page_is_good() {
    let workspace = Scene::new().await;
    let here = Installation::new();
    chat(&here, &workspace);
    for (statement, words) in [
        (
            "UPDATE pending_authorisations SET expires_at = created_at",
            "nobody came back within 10 minutes (authorisation.consent_minutes)",
        ),
        ("DELETE FROM pending_authorisations", "the connector was removed or given other credentials meanwhile"),
    ] {
        let (waiting, first) = Waiting::start(&here, &["--listen", "127.0.0.1:0"]).await;
        let database = rusqlite::Connection::open(here.path().join(".dataweaver/dataweaver.db")).unwrap();
        database.busy_timeout(PATIENCE).unwrap();
        database.execute(statement, []).unwrap();
        let (status, last, stderr) = waiting.end().await;
        let told: Value = serde_json::from_str(&stderr).unwrap();
        assert_eq!((status, last), (Some(1), None), "{stderr}");
        assert_eq!(told["error"]["causes"], json!([words]), "{first}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_runs_takes_who_comes_back() {
    let workspace = Scene::new().await;
    let tokens = json!([token("reads", Role::Viewer)]).to_string();
    let here = Installation::new().with("AUTH__TOKENS", tokens).with("NETWORK__ALLOW_PRIVATE", true);
    chat(&here, &workspace);
    let server = Server::start(&here);
    // Where the server listens is a setting to both, as a rule.
    let here = here.with("LISTEN", server.address());
    let (waiting, first) = Waiting::start(&here, &[]).await;
    assert_eq!(first["redirectUri"], server.url("/oauth/callback"));
    let (status, page) = consent(&first).await;
    assert_eq!(status, 200, "whoever may use the command line needs no token: {page}");
    let (status, last, stderr) = waiting.end().await;
    assert_eq!((status, &last.unwrap()["connector"]["status"]), (Some(0), &json!("CONNECTED")), "{stderr}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_sent_to_another_program() {
    let workspace = Scene::new().await;
    let stranger = Served::on_a_port(axum::Router::new()).await;
    let here = Installation::new().with("LISTEN", stranger.url.strip_prefix("http://").unwrap());
    chat(&here, &workspace);
    let stderr =
        tokio::task::spawn_blocking(move || here.stderr(1, &["connectors", "authorize", "chat"])).await.unwrap();
    assert!(stderr.contains("another program listens on 127.0.0.1:"), "{stderr}");
    assert!(stderr.contains("--listen"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_no_consent_is_told_so() {
    let here = Installation::new();
    here.json(&["connectors", "add", "Chat", "--type", "SLACK", "--demo"]);
    let stderr = here.stderr(1, &["connectors", "authorize", "chat", "--listen", "127.0.0.1:0"]);
    assert!(stderr.contains("only OAUTH2 has a page to consent on"), "{stderr}");
    let stderr = here.stderr(1, &["connectors", "authorize", "chats"]);
    assert!(stderr.contains("did you mean chat?"), "{stderr}");
}
