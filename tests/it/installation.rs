//! The real program as its users run it, in a folder of its own.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::client::Client;
use crate::harness::PATIENCE;

/// The key of the tests' secrets: 32 bytes of `k` in base64, since processes on one PostgreSQL must share one.
pub const SECRET_KEY: &str = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";

/// A folder with an installation in it.
pub struct Installation {
    folder: TempDir,
    environment: Vec<(String, String)>,
}

/// What a call said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Installation {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new() }
    }

    /// One of several on one PostgreSQL, with the lake that they share.
    pub fn replica(database_url: &str, lake: &Path) -> Self {
        Self::new().with("DATABASE_URL", database_url).with("LAKE_URL", lake.display()).with("SECRET_KEY", SECRET_KEY)
    }

    /// The same with a setting, by its environment variable without the prefix, for example `ENGINE__RETRIES`.
    pub fn with(self, name: &str, value: impl ToString) -> Self {
        self.with_variable(&format!("DATAWEAVER_{name}"), value)
    }

    /// The same with any environment variable.
    pub fn with_variable(mut self, name: &str, value: impl ToString) -> Self {
        self.environment.push((name.to_owned(), value.to_string()));
        self
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What its servers said of themselves.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("serve.log")).unwrap_or_default()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dataweaver"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null()).env("NO_COLOR", "1");
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DATAWEAVER_") {
                command.env_remove(name);
            }
        }
        command.envs(self.environment.iter().cloned());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        said(self.command(arguments).output().expect("the program can be started"))
    }

    /// The result of a call that must succeed.
    pub fn stdout(&self, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!(said.status, 0, "{arguments:?}: {said:?}");
        said.stdout
    }

    /// The result of a call that must succeed, with `--json`.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let stdout = self.stdout(&[arguments, &["--json"]].concat());
        serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {stdout}"))
    }

    /// What a call says that must fail with this status and without a result.
    pub fn stderr(&self, status: i32, arguments: &[&str]) -> String {
        let said = self.run(arguments);
        assert_eq!((said.status, said.stdout.as_str()), (status, ""), "{arguments:?}: {said:?}");
        said.stderr.replace(&format!("{}/", self.path().canonicalize().unwrap().display()), "")
    }

    /// A SQLite file with two tables; returns its URL.
    pub fn shop(&self) -> String {
        let file = self.path().canonicalize().unwrap().join("shop.db");
        let shop = rusqlite::Connection::open(&file).unwrap();
        shop.execute_batch(
            "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
             CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, total DECIMAL(10,2));
             INSERT INTO customers VALUES (1, 'Ada'), (2, 'Grace');
             INSERT INTO orders VALUES (1, 1, 12.5), (2, 2, NULL), (3, 1, 0.01);",
        )
        .unwrap();
        format!("sqlite://{}", file.display())
    }
}

pub fn said(output: Output) -> Said {
    Said {
        status: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).expect("it prints text"),
        stderr: String::from_utf8(output.stderr).expect("it prints text"),
    }
}

/// A server of an installation, ended with this value.
pub struct Server {
    child: Child,
    client: Client,
}

impl Server {
    /// Starts it, and waits until it listens.
    pub fn start(here: &Installation) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(here.path().join("serve.log")).unwrap();
        Self::start_with(here, &[], log.into())
    }

    /// The same with more arguments, and what it says of itself going to `stderr`.
    pub fn start_with(here: &Installation, more: &[&str], stderr: Stdio) -> Self {
        let mut child = here
            .command(&[&["serve", "--listen", "127.0.0.1:0", "--json"], more].concat())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("the program can be started");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line)
            .unwrap_or_else(|_| panic!("the server does not start: {line:?}\n{}", here.log()));
        let address: SocketAddr = said["listening"].as_str().unwrap().replace("http://", "").parse().unwrap();
        Self { child, client: Client::new(address) }
    }

    /// Reads its piped stderr as far as a line with these words.
    pub fn wait_until_it_says(&mut self, words: &str) {
        let stderr = self.child.stderr.as_mut().expect("stderr is piped");
        let mut lines = BufReader::new(stderr).lines();
        assert!(lines.any(|line| line.expect("it says text").contains(words)), "it ends without {words:?}");
    }

    /// Closes our end of its piped stderr.
    pub fn stop_listening(&mut self) {
        drop(self.child.stderr.take());
    }

    /// Sends it a signal, for example `TERM`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Kills it without any warning.
    pub fn kill(mut self) {
        self.child.kill().expect("it still runs");
        self.child.wait().expect("it ends");
    }

    /// Waits until a line of its metrics begins so.
    pub async fn shows(&self, begins: &str) {
        let look = async {
            while !self.metrics().await.lines().any(|line| line.starts_with(begins)) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("{begins} is told in time"));
    }

    /// What a metric shows now, labels being part of its name; 0 where nothing was counted yet.
    pub async fn metric(&self, name: &str) -> f64 {
        let metrics = self.metrics().await;
        let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok());
        value.unwrap_or(0.0)
    }

    async fn metrics(&self) -> String {
        self.client().get(self.url("/metrics")).send().await.unwrap().text().await.unwrap()
    }

    /// The most memory that it took so far, in MiB, as the kernel counts it.
    pub fn peak_memory_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("Linux tells it");
        let kib: u64 = line.split_whitespace().nth(1).and_then(|text| text.parse().ok()).expect("a number");
        kib / 1024
    }

    /// Waits for its end; gives its exit status.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}
