//! Secrets stay where they are kept: a canary in every secret place, and a look at everything that can be seen.
//!
//! A real server at `-vv` and a real command line beside it: what they answer, write and log is searched for the canary,
//! as it is and in disguise.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use futures::{SinkExt, StreamExt};
use reqwest::header::HeaderValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::servers;

/// What every canary begins with. Letters and digits look the same in a URL, in a form, in JSON and in SQL.
const CORE: &str = "Kanarie7f3d9Qgeheim";
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(90);

const CONNECTOR: &str = "id name slug description type status statusMessage authType connectionConfig
    latestSync { status errorMessage errorDetails }";

/// A secret that is looked for wherever something can be seen.
pub fn canary(place: &str) -> String {
    format!("{CORE}/+{place}")
}

/// As it stands in a URL.
pub fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The canary as it is, in hexadecimal, and in Base64 from each of the three places where it may begin.
fn disguises() -> Vec<Vec<u8>> {
    let mut found = vec![CORE.as_bytes().to_vec(), hex::encode(CORE).into_bytes()];
    for lead in 0..3 {
        let bytes = [&b"   "[..lead], CORE.as_bytes()].concat();
        let (from, to) = ((lead * 8).div_ceil(6), bytes.len() * 8 / 6);
        for alphabet in [&STANDARD, &URL_SAFE] {
            found.push(alphabet.encode(&bytes).as_bytes()[from..to].to_vec());
        }
    }
    // A group without + and / looks the same in both alphabets.
    found.sort();
    found.dedup();
    found
}

/// Everything that somebody could see, by where it was seen.
#[derive(Default)]
pub struct Seen(Vec<(String, Vec<u8>)>);

impl Seen {
    pub fn add(&mut self, place: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.0.push((place.into(), bytes.into()));
    }

    pub fn add_folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => self.add_folder(&path),
                false => self.add(path.display().to_string(), fs::read(&path).unwrap()),
            }
        }
    }

    /// The places where a canary sits, each with what is around it.
    pub fn canaries(&self) -> Vec<String> {
        let disguises = disguises();
        let mut found = Vec::new();
        for (place, bytes) in &self.0 {
            for disguise in &disguises {
                if let Some(at) = bytes.windows(disguise.len()).position(|window| window == disguise) {
                    let around = &bytes[at.saturating_sub(100)..(at + 120).min(bytes.len())];
                    found.push(format!("{place}: …{}…", String::from_utf8_lossy(around)));
                }
            }
        }
        found
    }
}

#[test]
fn a_canary_is_found_in_every_disguise() {
    let secret = canary("x");
    for text in [
        secret.clone(),
        encoded(&secret),
        json!({ "a": secret }).to_string(),
        STANDARD.encode(format!("a{secret}")),
        STANDARD.encode(format!("user:{secret}")),
        URL_SAFE.encode(format!("ab{secret}")),
        hex::encode(&secret),
    ] {
        let mut seen = Seen::default();
        seen.add("here", text.clone());
        assert_eq!(seen.canaries().len(), 1, "{text}");
    }
}

/// The program in a folder of its own, with a server that runs.
struct Installation {
    folder: TempDir,
    server: Child,
    address: String,
    token: String,
    client: reqwest::Client,
    seen: Seen,
}

fn program(folder: &Path, token: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dataweaver"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("DATAWEAVER_") {
            command.env_remove(name);
        }
    }
    let tokens = json!([{ "name": "ci", "role": "admin", "sha256": hex::encode(Sha256::digest(token)) }]);
    command
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .env("DATAWEAVER_AUTH__TOKENS", tokens.to_string())
        .env("DATAWEAVER_NETWORK__ALLOW_PRIVATE", "true")
        .env("DATAWEAVER_ENGINE__RETRIES", "1")
        .env("DATAWEAVER_ENGINE__RETRY_SECONDS", "1")
        .env("DATAWEAVER_ENGINE__RETRY_MAX_SECONDS", "1");
    command
}

impl Installation {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = canary("token").replace(['/', '+'], "-");
        let log = fs::File::create(folder.path().join("stderr.log")).unwrap();
        let mut server = program(folder.path(), &token, &["serve", "--listen", "127.0.0.1:0", "--json", "-vv"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let address = said["listening"].as_str().unwrap().replace("http://", "");
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap();
        let mut seen = Seen::default();
        seen.add("stdout of the server", line);
        Self { folder, server, address, token, client, seen }
    }

    async fn ask(&mut self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let request = self.client.post(format!("http://{}/graphql", self.address)).bearer_auth(&self.token);
        let answer = request.json(&body).send().await.unwrap();
        let headers = format!("{:?}", answer.headers());
        let text = answer.text().await.unwrap();
        let name: String = query.chars().take(60).collect();
        self.seen.add(format!("headers of {name}"), headers);
        self.seen.add(format!("answer to {name}"), text.clone());
        serde_json::from_str(&text).unwrap()
    }

    async fn get(&mut self, path: &str) {
        let request = self.client.get(format!("http://{}{path}", self.address)).bearer_auth(&self.token);
        let text = request.send().await.unwrap().text().await.unwrap();
        self.seen.add(path, text);
    }

    /// Runs the command line beside the server, with a line for its stdin.
    fn run(&mut self, arguments: &[&str], stdin: &str) {
        let mut command = program(self.folder.path(), &self.token, arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Most verbs do not read it.
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).ok();
        let said = child.wait_with_output().unwrap();
        self.seen.add(format!("stdout of {}", arguments[..2].join(" ")), said.stdout);
        self.seen.add(format!("stderr of {}", arguments[..2].join(" ")), said.stderr);
    }

    /// Follows all events until these syncs have ended.
    async fn follow(&mut self, syncs: Vec<String>) {
        let mut request = format!("ws://{}/graphql", self.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("graphql-transport-ws"));
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
        let changed = format!("subscription {{ connectorChanged {{ {CONNECTOR} }} }}");
        let mut messages = vec![
            json!({ "type": "connection_init", "payload": { "Authorization": format!("Bearer {}", self.token) } }),
            json!({ "type": "subscribe", "id": "changed", "payload": { "query": changed } }),
        ];
        for id in &syncs {
            let query = "subscription($id: ID!) { syncLog(id: $id) { status errorMessage errorDetails
                sources { errorMessage waitingReason } events(first: 500) { nodes { message details } } } }";
            let payload = json!({ "query": query, "variables": { "id": id } });
            messages.push(json!({ "type": "subscribe", "id": id, "payload": payload }));
        }
        for message in messages {
            socket.send(Message::text(message.to_string())).await.unwrap();
        }
        let mut running = syncs;
        while !running.is_empty() {
            let message = tokio::time::timeout(PATIENCE, socket.next()).await.expect("a sync ends");
            let text = message.unwrap().unwrap().into_text().unwrap();
            self.seen.add("WebSocket", text.as_bytes());
            let message: Value = serde_json::from_str(&text).unwrap();
            assert_ne!(message["type"], "error", "{message}");
            if message["type"] == "complete" {
                running.retain(|id| message["id"] != **id);
            }
        }
    }

    /// Runs a workflow that opens a door with a canary, and writes files of what it sees.
    async fn run_workflow(&mut self) {
        let create = "mutation($input: CreateWorkflowInput!) { createWorkflow(input: $input) { workflow { id steps { config } } } }";
        let output = |format: &str| {
            let sql = "SELECT * FROM system.connectors";
            let sections = json!([{ "title": "Connectors", "sql": sql }]);
            let config = match format {
                "html" => json!({ "file": "seen", "format": format, "sections": sections }),
                _ => json!({ "file": "seen", "format": format, "sql": sql }),
            };
            json!({ "name": format, "kind": "OUTPUT", "config": config, "dependsOn": ["read"] })
        };
        let read = json!({ "name": "read", "kind": "EXTRACT", "config": { "sources": ["birds"] } });
        let input = json!({ "name": "Watched", "steps": [read, output("csv"), output("xlsx"), output("html")] });
        let made = self.ask(create, json!({ "input": input })).await;
        let id =
            made["data"]["createWorkflow"]["workflow"]["id"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
        let slug = "watched";
        self.run(&["workflows", "run", slug, "--json", "-vv"], "");
        self.run(&["workflows", "show", slug, "-vv"], "");
        let show = "query($id: ID!) { workflow(id: $id) { status latestRun { errorMessage }
            steps { config result errorMessage } files { downloadUrl } } }";
        let shown = self.ask(show, json!({ "id": id })).await["data"]["workflow"].take();
        assert_eq!(shown["status"], "SUCCEEDED", "{shown:#}");
        for file in shown["files"].as_array().unwrap() {
            self.get(file["downloadUrl"].as_str().unwrap()).await;
        }
    }

    /// Stops the server, and gives back all that was seen of it and all that it leaves behind.
    fn stop(mut self) -> Seen {
        let status = Command::new("kill").arg(self.server.id().to_string()).status().unwrap();
        assert!(status.success() && self.server.wait().unwrap().success(), "the server stops when asked");
        self.seen.add_folder(self.folder.path());
        self.seen
    }
}

fn database(name: &str, url: &str, auth: Value) -> Value {
    let auth_type = if auth.is_null() { "NONE" } else { "USERNAME_PASSWORD" };
    json!({ "name": name, "type": "DATABASE", "authType": auth_type, "authConfig": auth,
        "connectionConfig": { "url": url, "connect_timeout_seconds": 2 } })
}

fn bucket(name: &str, connection: Value) -> Value {
    json!({ "name": name, "type": "FILE_SYSTEM", "authType": "API_KEY", "connectionConfig": connection, "authConfig": {
        "access_key_id": "reader", "secret_access_key": canary("key"), "session_token": canary("session") } })
}

/// Connectors that are made: to hosts that are dead, and with passwords that are wrong or right.
fn connectors(postgres: Option<&str>, mariadb: Option<&MariadbUser>) -> Vec<Value> {
    let (password, in_url) = (canary("password"), encoded(&canary("url")));
    let signed_in = || json!({ "username": "reader", "password": password });
    let mut all = vec![
        database("postgres dead", "postgres://127.0.0.1:1/a", signed_in()),
        database("postgres dead by url", &format!("postgres://reader:{in_url}@127.0.0.1:1/a"), Value::Null),
        database("mysql dead", "mysql://127.0.0.1:1/a", signed_in()),
        database("mysql dead by url", &format!("mysql://reader:{in_url}@127.0.0.1:1/a"), Value::Null),
        bucket("bucket dead", json!({ "root": "s3://reports/a", "endpoint": "http://127.0.0.1:1" })),
    ];
    if let Some(url) = postgres {
        let url = url.replace("postgres@", "");
        let nobody = json!({ "username": "dataweaver_nobody", "password": password });
        all.push(database("postgres unknown user", &url, nobody));
        all.push(database("postgres", &url, json!({ "username": "postgres", "password": password })));
    }
    if let Some(user) = mariadb {
        let wrong = json!({ "username": user.name, "password": canary("wrong") });
        all.push(database("mariadb wrong password", &user.url, wrong));
        all.push(database("mariadb", &user.url, json!({ "username": user.name, "password": user.password })));
    }
    all
}

/// Connectors that are refused, whose secrets must not come back with the reason.
fn refused() -> Vec<Value> {
    let secret = canary("refused");
    let url = "postgres://127.0.0.1:1/a";
    vec![
        database("a", &format!("postgres//reader:{secret}@127.0.0.1/a"), Value::Null),
        database("a", &format!("oracle://reader:{}@127.0.0.1/a", encoded(&secret)), Value::Null),
        database("a", &format!("postgres://127.0.0.1:port/a?password={secret}"), Value::Null),
        database("a", &format!("{url}?user=reader&password={}", encoded(&secret)), Value::Null),
        database("a", &format!("mysql://127.0.0.1:1/a?password={}", encoded(&secret)), Value::Null),
        bucket("a", json!({ "root": format!("s3://reader:{}@reports/a", encoded(&secret)) })),
        bucket(
            "a",
            json!({ "root": "s3://reports", "endpoint": format!("http://a:{}@127.0.0.1:1", encoded(&secret)) }),
        ),
        database("a", url, json!({ "username": "reader", "password": { "is": secret } })),
        database("a", url, json!({ "username": "reader", "password": [secret] })),
        database("a", url, json!({ "username": "reader", "pasword": secret })),
        database("a", url, json!({ "username": { "password": secret } })),
        json!({ "name": 1, "type": "DATABASE", "authConfig": { "password": secret } }),
        json!({ "name": "a", "type": "DATABASE", "authConfig": secret, "connectionConfig": { "url": url } }),
        json!({ "name": "a", "type": "FILE_SYSTEM", "authType": "API_KEY", "connectionConfig": { "root": "s3://a/b" },
            "authConfig": { "access_key_id": "a", "secret_access_key": { "is": secret } } }),
    ]
}

/// A user of the test's MariaDB whose password is a canary; dropped with this value.
struct MariadbUser {
    server_url: String,
    url: String,
    name: String,
    password: String,
}

impl MariadbUser {
    async fn new(database: &servers::TestDatabase) -> Self {
        let mut url = url::Url::parse(database.url()).unwrap();
        let user = Self {
            server_url: database.url().to_owned(),
            url: {
                url.set_username("").unwrap();
                url.set_password(None).unwrap();
                url.to_string()
            },
            name: format!("canary_{}", &database.name()[database.name().len() - 12..]),
            password: canary("right"),
        };
        user.execute(&format!(
            "CREATE TABLE birds (id INT PRIMARY KEY, name VARCHAR(20)); INSERT INTO birds VALUES (1, 'finch');
             CREATE USER '{0}'@'%' IDENTIFIED BY '{1}'; GRANT ALL ON {2}.* TO '{0}'@'%'",
            user.name,
            user.password,
            database.name()
        ))
        .await;
        user
    }

    async fn execute(&self, statements: &str) {
        use sqlx::{AssertSqlSafe, Connection, Executor};
        let mut connection = sqlx::MySqlConnection::connect(&self.server_url).await.unwrap();
        connection.execute(AssertSqlSafe(statements.to_owned())).await.unwrap();
        connection.close().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_is_seen_nowhere() {
    let (postgres, mariadb) = (servers::postgres(), servers::mariadb());
    let user = match &mariadb {
        Some(database) => Some(MariadbUser::new(database).await),
        None => None,
    };
    let mut here = Installation::start();
    let create = format!(
        "mutation($input: CreateConnectorInput!) {{ createConnector(input: $input) {{ connector {{ {CONNECTOR} }} }} }}"
    );
    for input in refused() {
        let answer = here.ask(&create, json!({ "input": input })).await;
        assert!(answer["errors"].is_array(), "{answer}");
    }
    let mut ids: Vec<(String, String)> = Vec::new();
    for input in connectors(postgres.as_ref().map(servers::TestDatabase::url), user.as_ref()) {
        let answer = here.ask(&create, json!({ "input": input })).await;
        let connector = &answer["data"]["createConnector"]["connector"];
        let text = |key: &str| connector[key].as_str().unwrap_or_else(|| panic!("{input}: {answer}")).to_owned();
        ids.push((text("id"), text("slug")));
    }

    let update = format!(
        "mutation($input: UpdateConnectorInput!) {{ updateConnector(input: $input) {{ connector {{ {CONNECTOR} }} }} }}"
    );
    let test = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message details } }";
    let discover = "mutation($id: ID!) { discoverSources(input: { connectorId: $id }) { dataSources { name } } }";
    let sync = "mutation($id: ID!) { syncConnector(input: { connectorId: $id }) { syncLog { id errorMessage } } }";
    let mut syncs = Vec::new();
    for (id, _) in &ids {
        here.ask(&update, json!({ "input": { "id": id, "description": "watched", "authConfig": {} } })).await;
        here.ask(test, json!({ "id": id })).await;
        here.ask(discover, json!({ "id": id })).await;
        let started = here.ask(sync, json!({ "id": id })).await;
        syncs.push(started["data"]["syncConnector"]["syncLog"]["id"].as_str().unwrap().to_owned());
    }
    here.follow(syncs).await;

    let list = format!(
        "{{ connectors(first: 100) {{ nodes {{ {CONNECTOR} dataSources {{ nodes {{ name checkpoint preview {{ rows }} }} }} }} }} }}"
    );
    let listed = here.ask(&list, json!({})).await;
    let status = |name: &str| {
        let nodes = listed["data"]["connectors"]["nodes"].as_array().unwrap();
        nodes.iter().find(|node| node["name"] == name).map(|node| node["latestSync"]["status"].clone())
    };
    assert_eq!(status("postgres dead"), Some(json!("FAILED")), "{listed:#}");
    assert_eq!(status("mariadb"), user.is_some().then(|| json!("SUCCEEDED")), "the canary opens the door: {listed:#}");
    assert_eq!(status("mariadb wrong password"), user.is_some().then(|| json!("FAILED")), "{listed:#}");
    if user.is_some() {
        here.run_workflow().await;
    }
    for table in ["connectors", "data_sources", "data_extracts", "sync_logs", "sync_events"] {
        let statement = format!("SELECT * FROM system.{table}");
        here.ask("query($q: String!) { sql(query: $q) { rows } }", json!({ "q": statement })).await;
    }
    let rotated = json!({ "input": { "id": ids[0].0, "authConfig": { "password": canary("rotated") } } });
    here.ask(&update, rotated).await;
    for path in ["/metrics", "/health/ready", "/nowhere"] {
        here.get(path).await;
    }

    let by_hand = json!({ "username": "reader", "password": canary("by hand") }).to_string();
    let url = "postgres://reader@127.0.0.1:1/a";
    here.run(&["connectors", "add", "Typed", "--url", url, "--auth", &by_hand, "-vv"], "");
    let piped = format!("{}\n", canary("piped"));
    here.run(&["connectors", "add", "Piped", "--url", url, "--password-stdin", "-vv"], &piped);
    here.run(&["connectors", "add", "Broken", "--url", url, "--auth", &by_hand[1..], "-vv"], "");
    here.run(&["connectors", "list", "--json", "-vv"], "");
    here.run(&["doctor", "--connectors", "-vv"], "");
    for (_, slug) in &ids {
        for verb in ["show", "test"] {
            here.run(&["connectors", verb, slug, "-vv"], "");
        }
    }
    here.run(&["sync", "postgres_dead", "-vv"], "");

    let folder: PathBuf = here.folder.path().join(".dataweaver");
    assert!(folder.join("dataweaver.db").is_file() && folder.join("lake").is_dir(), "what is searched is there");
    let log = fs::read_to_string(here.folder.path().join("stderr.log")).unwrap();
    assert!(log.contains("DEBUG") && log.contains("createConnector") || log.contains("/graphql"), "the log says much");
    let seen = here.stop();
    if let Some(user) = &user {
        user.execute(&format!("DROP USER '{}'@'%'", user.name)).await;
    }
    let canaries = seen.canaries();
    assert!(seen.0.len() > 100, "only {} places were looked at", seen.0.len());
    assert!(
        canaries.is_empty(),
        "{} of {} places hold a canary:\n{}",
        canaries.len(),
        seen.0.len(),
        canaries.join("\n")
    );
}
