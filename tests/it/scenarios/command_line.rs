//! Scenarios by the command line alone.

use serde_json::{Value, json};

use super::scene::{self, ORDER_BOOK, each};
use crate::installation::{Installation, Server};

/// An installation that knows the guide's example.
fn installation() -> (Installation, tempfile::TempDir) {
    let packs = scene::folder(&[("pack.yaml", scene::example())]);
    let (name, value) = scene::setting(packs.path());
    (Installation::new().with(name, value), packs)
}

#[test]
fn a_scenario_is_listed_set_up_validated_and_torn_down() {
    let (here, _packs) = installation();
    let listed = here.json(&["scenarios", "list"]);
    assert!(each(&listed["scenarios"], "id").contains(&ORDER_BOOK.to_owned()), "{listed:#}");
    let set_up = here.run(&["scenarios", "setup", ORDER_BOOK, "--size-factor", "0.2"]);
    assert_eq!(set_up.status, 0, "{set_up:?}");
    for step in ["connectors", "test", "discover", "sync", "workflow", "run", "validate"] {
        assert!(set_up.stderr.lines().any(|line| line.starts_with(&format!("✓ {step}"))), "{step}: {}", set_up.stderr);
    }
    assert!(set_up.stdout.starts_with("Order book is ready, after "), "{}", set_up.stdout);
    let again = here.json(&["scenarios", "setup", ORDER_BOOK]);
    assert_eq!((&again["scenario"]["status"], &again["scenario"]["sizeFactor"]), (&json!("READY"), &json!(0.2)));
    assert_eq!(here.json(&["connectors", "list"])["connectors"].as_array().unwrap().len(), 2);
    let validated = here.stdout(&["scenarios", "validate", ORDER_BOOK]);
    assert!(validated.contains("✓ data source Orders\n  expected 100 rows at least"), "{validated}");
    assert!(validated.ends_with("all 8 checks passed\n"), "{validated}");
    let table = here.stdout(&["scenarios", "list"]);
    let line = table.lines().find(|line| line.starts_with(ORDER_BOOK)).unwrap();
    assert!(line.contains("READY") && line.contains("8 of 8"), "{table}");
    let gone = here.stdout(&["scenarios", "teardown", ORDER_BOOK]);
    assert_eq!(gone, "nothing is left of Order book\n");
    assert_eq!(here.json(&["connectors", "list"])["connectors"], json!([]));
}

#[test]
fn what_goes_wrong_is_told_with_what_to_do() {
    let (here, _packs) = installation();
    let unknown = here.stderr(1, &["scenarios", "setup", "order_boook"]);
    assert!(
        unknown.contains("there is no scenario order_boook") && unknown.contains("did you mean order_book?"),
        "{unknown}"
    );
    let not_there = here.stderr(1, &["scenarios", "validate", ORDER_BOOK]);
    assert!(
        not_there.contains("Order book is not set up") && not_there.contains("scenarios setup order_book"),
        "{not_there}"
    );
    assert_eq!(here.stdout(&["scenarios", "teardown", ORDER_BOOK]), "nothing is left of Order book\n");
    here.stdout(&["scenarios", "setup", ORDER_BOOK, "--size-factor", "0.2", "--quiet"]);
    here.stdout(&["connectors", "remove", "order_talk"]);
    let failed = here.run(&["scenarios", "validate", ORDER_BOOK]);
    assert_eq!(failed.status, 1, "{failed:?}");
    assert!(
        failed.stdout.contains("✗ connection Order Talk\n  expected the connector, found none"),
        "{}",
        failed.stdout
    );
    assert!(failed.stderr.contains("checks failed") && failed.stderr.contains("setup order_book"), "{}", failed.stderr);
    let failed = here.run(&["scenarios", "validate", ORDER_BOOK, "--json"]);
    let told: Value = serde_json::from_str(&failed.stdout).unwrap();
    assert_eq!((failed.status, &told["validation"]["passed"]), (1, &json!(false)));
}

#[test]
fn a_pack_is_looked_through_all_at_once() {
    let (here, packs) = installation();
    let sound = packs.path().join("pack.yaml").display().to_string();
    assert!(here.stdout(&["scenarios", "lint", &sound]).contains("is sound: the scenario order_book"));
    let senseless =
        scene::example().replacen("source: Orders", "source: Odrers", 1).replacen("total_revenue", "nothing", 1);
    std::fs::write(here.path().join("bad.yaml"), senseless).unwrap();
    let told = here.stderr(1, &["scenarios", "lint", "bad.yaml"]);
    assert!(told.starts_with("error: bad.yaml is no scenario pack\n"), "{told}");
    assert!(told.contains("model.datasets[0].source: there is no data source Odrers"), "{told}");
    let told = here.run(&["scenarios", "lint", "bad.yaml", "--json"]);
    let problems: Value = serde_json::from_str(&told.stdout).unwrap();
    assert!(told.status == 1 && !problems["problems"].as_array().unwrap().is_empty(), "{told:?}");
    let missing = here.stderr(1, &["scenarios", "lint", "nowhere.yaml"]);
    assert!(missing.contains("it cannot be read"), "{missing}");
}

#[test]
fn the_demo_sets_a_scenario_up_and_asks_it() {
    let (here, _packs) = installation();
    let demo = here.json(&["demo", ORDER_BOOK, "--no-serve", "--size-factor", "0.2"]);
    assert_eq!(
        (&demo["scenario"]["status"], &demo["scenario"]["validation"]["passed"]),
        (&json!("READY"), &json!(true))
    );
    let questions = each(&demo["answers"], "question");
    assert_eq!(questions, ["What is the revenue by region?", "Who are the top 5 customers by revenue?"]);
    for answer in demo["answers"].as_array().unwrap() {
        assert_eq!(answer["needsClarification"], false, "{answer:#}");
        assert!(!answer["summary"].as_str().unwrap().is_empty(), "{answer:#}");
    }
    assert_eq!(demo["answers"][1]["result"]["rows"].as_array().unwrap().len(), 5, "{:#}", demo["answers"][1]);
    let said = here.stdout(&["demo", ORDER_BOOK, "--no-serve", "--quiet"]);
    assert!(said.contains("What is the revenue by region?\n"), "{said}");
    let unknown = here.stderr(1, &["demo", "order_boook", "--no-serve"]);
    assert!(unknown.contains("did you mean order_book?"), "{unknown}");
}

#[cfg(unix)]
#[test]
fn a_server_sets_up_what_the_command_line_beside_it_asks_for() {
    let (here, _packs) = installation();
    let mut server = Server::start(&here);
    let set_up = here.json(&["scenarios", "setup", ORDER_BOOK, "--size-factor", "0.2"]);
    assert_eq!(set_up["scenario"]["status"], "READY", "{set_up:#}");
    assert_eq!(here.json(&["scenarios", "validate", ORDER_BOOK])["validation"]["passed"], true);
    let gone = here.json(&["scenarios", "teardown", ORDER_BOOK]);
    assert_eq!(gone["scenario"]["status"], "NOT_SET_UP");
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0), "it stops when asked");
}
