//! Other processes beside the test's own: the test binary runs itself, with one test that is one.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::{app_in, test};
use crate::harness::PATIENCE;

/// What the process is to do, as JSON.
const VARIABLE: &str = "DATAWEAVER_TEST_AUTHORISATION_PROCESS";

/// A process with a product on the same database.
pub struct Process {
    child: Child,
    stdin: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts it, and waits until it is ready to test a connector so often at once.
    pub async fn start(folder: &Path, database: Option<&str>, connector: &str, times: usize) -> Self {
        let order = json!({ "folder": folder, "database": database, "connector": connector, "times": times });
        let mut command = tokio::process::Command::new(std::env::current_exe().expect("it runs"));
        command.args(["--exact", "authorisation::processes::is_another_process", "--nocapture", "--test-threads=1"]);
        command.env(VARIABLE, order.to_string()).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().expect("the test binary can be started");
        let (stdin, stdout) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let mut process = Self { child, stdin, lines: BufReader::new(stdout).lines() };
        assert_eq!(process.said().await, json!("ready"));
        process
    }

    /// Lets it begin.
    pub async fn begin(&mut self) {
        self.stdin.write_all(b"\n").await.expect("it reads");
    }

    /// What its tests found.
    pub async fn end(mut self) -> Vec<Value> {
        let found = self.said().await;
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends in time").unwrap();
        assert!(status.success(), "{status}");
        serde_json::from_value(found).unwrap()
    }

    /// The next line that is for us; the test harness says something, too.
    async fn said(&mut self) -> Value {
        let said = async {
            loop {
                let line = self.lines.next_line().await.unwrap().expect("it goes on saying something");
                if let Some((_, said)) = line.split_once("SAID ") {
                    return serde_json::from_str(said).unwrap();
                }
            }
        };
        tokio::time::timeout(PATIENCE, said).await.expect("it says something in time")
    }
}

/// Does nothing where the test binary runs all its tests.
#[tokio::test]
async fn is_another_process() {
    let Ok(order) = std::env::var(VARIABLE) else { return };
    let order: Value = serde_json::from_str(&order).unwrap();
    let app = app_in(order["folder"].as_str().unwrap().as_ref(), order["database"].as_str()).await;
    let connector = order["connector"].as_str().unwrap();
    println!("\nSAID {}", json!("ready"));
    let waiting = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    waiting.await.unwrap().unwrap();
    let times = usize::try_from(order["times"].as_u64().unwrap()).unwrap();
    let found = futures::future::join_all((0..times).map(|_| test(&app, connector))).await;
    println!("\nSAID {}", json!(found));
    app.stop().await;
}
