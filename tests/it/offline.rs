//! No network at all: everything works, and nothing even tries to reach beyond the machine.

use std::collections::HashMap;
use std::process::Command;

use serde_json::Value;

use crate::installation::{Installation, said};
use crate::servers;

/// What is run where there is only the loopback interface: the demo, the check-up, and a server with its pages.
const VISIT: &str = r#"
set -e
ip link set lo up
"$0" demo shop --no-serve --json
"$0" doctor --connectors --json
mkfifo said
"$0" serve --listen 127.0.0.1:0 --json >said &
read -r line <said
address=$(printf %s "$line" | sed 's/.*"listening":"\([^"]*\)".*/\1/')
for path in / /graphiql /health/ready /metrics; do curl -sf -o /dev/null "$address$path"; done
kill $! && wait $!
grep ^Ip: /proc/net/snmp >counted
"#;

#[test]
fn nothing_tries_to_reach_beyond_the_machine() {
    let there = Command::new("unshare").args(["-rn", "sh", "-c", "ip link set lo up && command -v curl"]).output();
    if !there.is_ok_and(|output| output.status.success()) {
        servers::missed("a network namespace", "have unshare, ip and curl, and let users make namespaces (root may)");
        return;
    }
    let here = Installation::new();
    // The environment that the program's own calls get, around the whole visit.
    let program = here.command(&[]);
    let mut visit = Command::new("unshare");
    visit.args(["-rn", "sh", "-c", VISIT]).arg(program.get_program()).current_dir(here.path());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => visit.env(name, value),
            None => visit.env_remove(name),
        };
    }
    let said = said(visit.output().unwrap());
    assert_eq!(said.status, 0, "{said:?}");
    let told: Vec<Value> =
        serde_json::Deserializer::from_str(&said.stdout).into_iter().collect::<Result<_, _>>().unwrap();
    assert_eq!(told[0]["syncLog"]["status"], "SUCCEEDED", "{told:?}");
    assert_eq!(told[1]["ok"], true, "{told:?}");
    // The kernel counts each attempt for which there is no way, DNS included.
    let counted = std::fs::read_to_string(here.path().join("counted")).unwrap();
    let rows: Vec<Vec<&str>> = counted.lines().map(|line| line.split_whitespace().skip(1).collect()).collect();
    let counted: HashMap<_, _> = rows[0].iter().copied().zip(rows[1].iter().copied()).collect();
    assert_eq!(counted["OutNoRoutes"], "0", "{counted:?}");
}
