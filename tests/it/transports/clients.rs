//! The clients that people use, run by Node: `clients/*.mjs`.

use std::process::Stdio;
use std::sync::LazyLock;

use serde_json::Value;

use crate::harness::PATIENCE;
use crate::node::Scripts;

static SCRIPTS: LazyLock<Scripts> = LazyLock::new(|| Scripts::of("tests/it/transports/clients", "the clients"));

/// What a client says, a thing a line, until it ends by itself; none where Node is missing.
///
/// `script` is one of `clients/*.mjs`, `asked` what it is told to ask for at `url`.
pub async fn run(script: &str, url: &str, asked: &Value) -> Option<Vec<Value>> {
    let workshop = SCRIPTS.workshop().await?;
    let mut command = tokio::process::Command::new("node");
    command.arg(workshop.path().join(script)).arg(url).arg(asked.to_string());
    command.stdin(Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.unwrap_or_else(|_| panic!("{script} does not end: {asked}")).expect("node can be started");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script} failed with\n{out}\n{err}");
    Some(out.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect())
}
