//! The same by the command line: made from a file, run with live lines, retried, listed, and its files saved.

use std::fs;

use serde_json::{Value, json};

use crate::installation::Installation;

const YAML: &str = "name: Large orders
description: Which orders are large
steps:
  - name: read
    kind: EXTRACT
    config: { sources: [orders] }
  - name: pick
    kind: TRANSFORM
    config:
      table: large
      sql: SELECT id, total FROM {{ source('orders') }} WHERE total > 10
  - name: file
    kind: OUTPUT
    config: { file: large, format: csv, sql: \"SELECT id, total FROM {{ ref('large') }}\" }
";

fn shop() -> Installation {
    let here = Installation::new();
    here.stdout(&["connectors", "add", "Shop", "--url", &here.shop()]);
    here.stdout(&["connectors", "discover", "shop"]);
    here
}

#[test]
fn a_workflow_is_made_run_and_read_by_the_command_line() {
    let here = shop();
    fs::write(here.path().join("large.yaml"), YAML).unwrap();
    assert_eq!(
        here.stdout(&["workflows", "create", "large.yaml"]),
        "made Large orders: dataweaver workflows run large_orders\n"
    );
    let said = here.run(&["workflows", "run", "large_orders"]);
    assert_eq!(said.status, 0, "{said:?}");
    for line in ["read: begins", "read: done in", "pick: begins", "file: done in"] {
        assert!(said.stderr.contains(line), "{line}: {}", said.stderr);
    }
    assert!(said.stdout.contains("pick") && said.stdout.contains("SUCCEEDED"), "{}", said.stdout);
    let shown = here.stdout(&["workflows", "show", "large_orders"]);
    assert!(shown.contains("large_orders.large") && shown.contains("large.csv"), "{shown}");
    let listed = here.json(&["workflows", "list"]);
    assert_eq!(
        (&listed["workflows"][0]["slug"], &listed["workflows"][0]["status"]),
        (&json!("large_orders"), &json!("SUCCEEDED"))
    );
    here.stdout(&["workflows", "files", "large_orders", "--save", "saved"]);
    assert_eq!(fs::read_to_string(here.path().join("saved/large.csv")).unwrap(), "id,total\n1,12.50\n");
    let exported = here.stdout(&["workflows", "export", "large_orders"]);
    assert_eq!(here.json(&["workflows", "export", "large_orders"])["yaml"], json!(exported));
    fs::write(here.path().join("less.yaml"), exported.replace("total > 10", "total > 100")).unwrap();
    let read = here.json(&["workflows", "export", "large_orders"])["updatedAt"].take();
    let update = ["workflows", "update", "large_orders", "less.yaml", "--if-updated-at", read.as_str().unwrap()];
    assert_eq!(here.stdout(&update), "changed Large orders: dataweaver workflows run large_orders\n");
    let said = here.stderr(1, &update);
    assert!(said.contains("no more as you have read it") && said.contains("read it again"), "{said}");
    assert_eq!(here.json(&["workflows", "show", "large_orders"])["workflow"]["status"], "DRAFT");
    let said = here.run(&["workflows", "update", "large_order", "less.yaml"]);
    assert!(said.status == 1 && said.stderr.contains("did you mean large_orders?"), "{said:?}");
    here.stdout(&["workflows", "delete", "large_orders"]);
    assert_eq!(here.json(&["workflows", "list"])["workflows"], json!([]));
}

#[test]
fn a_failure_is_the_exit_status_and_retry_goes_on_from_there() {
    let here = shop();
    let yaml = YAML.replace("  - name: read\n    kind: EXTRACT\n    config: { sources: [orders] }\n", "");
    fs::write(here.path().join("large.yaml"), yaml).unwrap();
    let made = here.json(&["workflows", "create", "large.yaml"]);
    assert_eq!(made["workflow"]["status"], "DRAFT");
    let said = here.run(&["workflows", "run", "large_orders", "--json"]);
    assert_eq!(said.status, 1, "{said:?}");
    let states: Vec<Value> = said.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(states.last().unwrap()["workflow"]["status"], "FAILED");
    assert!(said.stderr.contains("there is no table shop.orders"), "{}", said.stderr);
    here.stdout(&["sync", "shop"]);
    let said = here.run(&["workflows", "retry", "large_orders"]);
    assert_eq!(said.status, 0, "{said:?}");
    let said = here.run(&["workflows", "retry", "large_orders"]);
    assert_eq!(said.status, 2, "nothing is left to retry: {said:?}");
    assert_eq!(here.run(&["workflows", "retry", "large_orders", "--from", "file"]).status, 0);
    let said = here.run(&["workflows", "show", "large_order"]);
    assert!(said.status == 1 && said.stderr.contains("did you mean large_orders?"), "{said:?}");
}
