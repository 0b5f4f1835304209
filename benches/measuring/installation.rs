//! The real program with an installation of its own, and what is asked of it while a benchmark is prepared.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::{Database, Program};

/// The key of the secrets; there are none.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
/// How long a sync of a few rows may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// The time between two looks at a sync.
const PAUSE: Duration = Duration::from_millis(50);

/// A server of an installation that nobody has used before.
pub(crate) struct Installation {
    folder: TempDir,
    database: Option<Database>,
    /// The server.
    pub(crate) program: Program,
    client: reqwest::Client,
}

impl Installation {
    /// Starts it, on a database of its own of the PostgreSQL server at a URL, or else on SQLite.
    pub(crate) async fn start(postgres: Option<&str>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let database = match postgres {
            Some(server) => Some(Database::create(server).await?),
            None => None,
        };
        let mut command = Command::new(env!("CARGO_BIN_EXE_dataweaver"));
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("DATAWEAVER_")) {
            command.env_remove(name);
        }
        command.args(["serve", "--listen", "127.0.0.1:0", "--json"]).current_dir(folder.path());
        command.env("DATAWEAVER_SECRET_KEY", KEY).stdin(Stdio::null());
        command.stderr(File::create(folder.path().join("serve.log"))?);
        if let Some(database) = &database {
            command.args(["--database-url", &database.url]);
        }
        let program = Program::start(command, listening).await;
        let program =
            program.with_context(|| fs::read_to_string(folder.path().join("serve.log")).unwrap_or_default())?;
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        Ok(Self { folder, database, program, client })
    }

    /// The URL of its database.
    pub(crate) fn database_url(&self) -> String {
        match &self.database {
            Some(database) => database.url.clone(),
            None => format!("sqlite://{}", self.folder.path().join(".dataweaver/dataweaver.db").display()),
        }
    }

    /// Makes a connector to a folder with so many small files, and syncs it.
    pub(crate) async fn synced_folder(&self, name: &str, files: usize) -> Result<()> {
        let root = self.folder_of_files(name, files)?;
        let create = "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id } } }";
        let input = json!({ "name": name, "type": "FILE_SYSTEM", "connectionConfig": { "root": root } });
        let created = self.ask(create, json!({ "input": input })).await?;
        let id = &created["createConnector"]["connector"]["id"];
        let start = "mutation($input: SyncConnectorInput!) { syncConnector(input: $input) { syncLog { id } } }";
        self.ask(start, json!({ "input": { "connectorId": id } })).await?;
        let began = Instant::now();
        loop {
            let look = "query($id: ID!) { connector(id: $id) { latestSync { status errorMessage } } }";
            let seen = self.ask(look, json!({ "id": id })).await?;
            let sync = &seen["connector"]["latestSync"];
            match sync["status"].as_str() {
                Some("SUCCEEDED") => return Ok(()),
                Some("QUEUED" | "RUNNING") if began.elapsed() < PATIENCE => sleep(PAUSE).await,
                _ => anyhow::bail!("the sync of {name} does not succeed: {sync}"),
            }
        }
    }

    fn folder_of_files(&self, name: &str, files: usize) -> Result<PathBuf> {
        let root = self.folder.path().join(Path::new(name));
        fs::create_dir(&root)?;
        for number in 0..files {
            fs::write(root.join(format!("table_{number}.csv")), "month,target\nJan 2025,450000\nFeb 2025,430000\n")?;
        }
        Ok(root)
    }

    /// The data of an operation that succeeds.
    pub(crate) async fn ask(&self, query: &str, variables: Value) -> Result<Value> {
        let request = self.client.post(format!("http://{}/graphql", self.program.address));
        let mut answer: Value =
            request.json(&json!({ "query": query, "variables": variables })).send().await?.json().await?;
        ensure!(answer.get("errors").is_none(), "{query} is answered with {answer}");
        Ok(answer["data"].take())
    }

    /// Ends it, and nothing of it is left.
    pub(crate) async fn end(self) -> Result<()> {
        self.program.end().await?;
        match self.database {
            Some(database) => database.drop().await,
            None => Ok(()),
        }
    }
}

/// Where the program says that it listens.
fn listening(line: &str) -> Option<SocketAddr> {
    let said: Value = serde_json::from_str(line).ok()?;
    said["listening"].as_str()?.strip_prefix("http://")?.parse().ok()
}
