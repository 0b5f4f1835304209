//! `dataweaver scenarios lint`: each kind of mistake in a pack is told by its place, once, and the product's packs have none.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use serde_json::Value;

use super::scene;
use crate::installation::Installation;

/// Packs that are looked through at the same time.
const AT_ONCE: usize = 2;

/// An installation with the guide's example as `pack.yaml`, changed in these places.
fn installation(changes: &[(&str, &str)]) -> Installation {
    let here = Installation::new();
    let changed = changes.iter().fold(scene::example().to_owned(), |pack, (from, to)| {
        assert!(pack.contains(from), "the example has no {from}");
        pack.replacen(from, to, 1)
    });
    fs::write(here.path().join("pack.yaml"), changed).unwrap();
    here
}

/// Whether just these problems are told of the example with these changes, in this order, each given by how it begins; and
/// whether its questions were asked.
fn told(changes: &[(&str, &str)], wanted: &[&str]) -> bool {
    let said = installation(changes).run(&["scenarios", "lint", "pack.yaml", "--json"]);
    assert_eq!(said.status, 1, "{said:?}");
    let report: Value = serde_json::from_str(&said.stdout).unwrap();
    let problems: Vec<&str> =
        report["problems"].as_array().unwrap().iter().map(|told| told.as_str().unwrap()).collect();
    let are_these =
        problems.len() == wanted.len() && problems.iter().zip(wanted).all(|(told, wanted)| told.starts_with(*wanted));
    assert!(are_these, "wanted {wanted:#?}, told {problems:#?}");
    report["questionsAsked"].as_bool().unwrap()
}

#[test]
fn what_cannot_be_run_or_asked_is_told_by_its_place() {
    let steps = "    - name: speak
      kind: LINK
      config:
        left: { source: Support Messages, key: timestamp, text: mesage }
        right: { source: Customers, key: customer_id, email: email }
    - name: speak again
      kind: LINK
      config:
        left: { source: Support Messages, key: timestamp, text: message }
        right: { source: Customers, key: customer_id, emial: email }
    - name: look
      kind: ANALYSE
      config: { question: Show the weather by month }
    - name: file
";
    let changes = [
        ("What is the revenue by region?", "What is the weather by region?"),
        ("    - name: file\n", steps),
        ("ORDER BY revenue DESC", "ORDER BY revnue DESC"),
        ("SELECT sum(sales_amount)", "SELECT sum(product)"),
        ("SELECT region, sum", "SELECT regin, sum"),
    ];
    let asked = told(
        &changes,
        &[
            "workflow.steps[1].config.left.text: Support Messages has no column mesage, did you mean message",
            "workflow.steps[2].config.right.emial: unknown field `emial`",
            "workflow.steps[4].config.sql: there is no column revnue, did you mean ",
            "checks[0].sql: function 'sum'",
            "checks[1].sql: there is no column regin, did you mean order_drive.sales_report.region",
            "sample_questions[0]: would be asked back. Some words were not understood: \u{201c}weather\u{201d}.",
            "workflow.steps[3].config.question: would be asked back. ",
        ],
    );
    assert!(asked, "no table is missing");
}

#[test]
fn what_needs_a_table_that_cannot_be_made_is_not_told_of() {
    let changes = [("c.company, sum(", "c.compny, sum(")];
    let reason = "workflow.steps[0].config.sql: there is no column c.compny, did you mean c.company";
    assert!(!told(&changes, &[reason]), "its questions wait for the table");
    let words = installation(&changes).stderr(1, &["scenarios", "lint", "pack.yaml"]);
    assert!(words.starts_with("error: pack.yaml cannot be run as it is\n"), "{words}");
    assert!(words.contains(reason) && words.contains("its questions are asked when every table is made"), "{words}");
}

#[test]
fn what_the_world_does_not_have_is_told() {
    let changes = [
        ("email, company, status]", "email, compnay, status]"),
        ("        rows: 1000\n", "        rows: 100000\n"),
        ("discovered: customer-support", "discovered: custmer-support"),
    ];
    told(
        &changes,
        &[
            "connectors[0].sources[1].columns[3]: Customers has no column compnay, did you mean company",
            "connectors[0].sources[1].rows: Customers has 1000 rows in the world customer_intelligence at size 1, not 100000",
            "connectors[1].sources[0].discovered: Order Talk has no data source custmer-support (it has customer-support)",
        ],
    );
}

#[test]
fn a_model_that_does_not_fit_its_tables_is_told() {
    let changes = [
        ("- name: sales_rep\n", "- name: sales_repp\n"),
        ("expression: sum(sales_amount)", "expression: sum(sales_amout)"),
        ("value: sales_amount", "value: sales_amount + region"),
        ("right: customers.customer_id", "right: customers.customer_idd"),
        ("label: company", "label: compani"),
    ];
    let asked = told(
        &changes,
        &[
            "model.datasets[0].dimensions[2].name: Orders has no column sales_repp, did you mean sales_rep",
            "model.datasets[0].measures[0].expression: there is no column sales_amout, did you mean ",
            "model.datasets[0].measures[0].value: ",
            "model.joins[0].right: Customers has no column customer_idd, did you mean customer_id",
            "model.entities[0].label: Customers has no column compani, did you mean company",
        ],
    );
    assert!(!asked, "the planner would misread its questions");
    let changes = [("time: date", "time: sales_amount"), ("expression: sum(sales_amount)", "expression: sales_amount")];
    told(
        &changes,
        &[
            "model.datasets[0].time: sales_amount of Orders is decimal",
            "model.datasets[0].measures[0].expression: has to be an aggregate, such as sum(…): ",
        ],
    );
    told(&[("top_share: 0.1", "is: more than 5")], &["model.segments[0].is: syntax error"]);
}

#[test]
fn the_packs_of_the_product_are_sound() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/scenario/packs");
    let packs: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(packs.len(), 8);
    for some in packs.chunks(AT_ONCE) {
        thread::scope(|scope| {
            for pack in some {
                scope.spawn(move || {
                    let said = Installation::new().stdout(&["scenarios", "lint", &pack.display().to_string()]);
                    assert!(said.contains(" is sound: the scenario "), "{said}");
                });
            }
        });
    }
}
