//! The guide's example is sound, and each way to spoil it is refused by its path.

use super::*;
use crate::scenario::{read_pack, read_yaml};

pub(in crate::scenario) fn example() -> &'static str {
    let guide = include_str!("../../../docs/scenario-guide.md");
    let (_, rest) = guide.split_once("```yaml\n").expect("the guide has an example");
    rest.split_once("```\n").expect("the example has an end").0
}

/// What is refused where `from` is written as `to`.
fn refusals(from: &str, to: &str) -> Vec<String> {
    assert!(example().contains(from), "{from:?} is in the example");
    let spoiled = example().replacen(from, to, 1);
    let pack: Pack = read_yaml(&spoiled).unwrap_or_else(|error| panic!("{to:?} makes it unreadable: {error}"));
    check_pack(&pack).iter().map(ToString::to_string).collect()
}

#[test]
fn the_example_of_the_guide_is_sound() {
    let pack = read_pack(example()).unwrap_or_else(|fault| panic!("{fault}"));
    assert_eq!((pack.id.as_str(), pack.connectors.len(), pack.checks.len()), ("order_book", 2, 2));
}

#[test]
fn what_makes_no_sense_is_refused_by_its_path() {
    for (from, to, refusal) in [
        ("id: order_book", "id: Order Book", "id: \"Order Book\" is no id"),
        ("name: Order book", "name: ' '", "name: must not be empty"),
        ("name: Order Talk", "name: order-drive", "connectors[1].name: another connector's name is the same in SQL"),
        (
            "      - name: Customers\n",
            "      - name: Orders\n",
            "connectors[0].sources[1].name: Orders stands here twice",
        ),
        ("Customer Database / Sheet1", "Sales Report / Sheet1", "connectors[0].sources[1].discovered: Sales Report"),
        ("columns: [timestamp,", "columns: [user,", "connectors[1].sources[0].columns[1]: user stands here twice"),
        (
            "      source: Orders",
            "      source: Odrers",
            "model.datasets[0].source: there is no data source Odrers (known: Orders",
        ),
        (
            "      source: Orders",
            "      source: Orders\n      ref: customer_revenue",
            "model.datasets[0]: has source and ref",
        ),
        (
            "      ref: customer_revenue",
            "      ref: scores",
            "model.datasets[2].ref: there is no table of a TRANSFORM step scores",
        ),
        ("    - name: customers\n", "    - name: orders\n", "model.datasets[1].name: orders stands here twice"),
        (
            "        - name: region\n",
            "        - name: the region\n",
            "model.datasets[0].dimensions[0].name: \"the region\" is no word",
        ),
        (
            "right: customers.customer_id",
            "right: clients.customer_id",
            "model.joins[0].right: there is no dataset clients",
        ),
        (
            "right: customers.customer_id",
            "right: customers",
            "model.joins[0].right: customers has to be dataset.column",
        ),
        (
            "      dataset: customers",
            "      dataset: clients",
            "model.entities[0].dataset: there is no dataset clients",
        ),
        ("      entity: customer\n", "      entity: client\n", "model.segments[0].entity: there is no entity client"),
        ("measure: orders.revenue", "measure: orders.profit", "model.segments[0].measure: there is no measure profit"),
        ("measure: orders.revenue", "measure: revenue", "model.segments[0].measure: revenue has to be dataset.measure"),
        ("      top_share: 0.1\n", "", "model.segments[0]: says nothing of the measure"),
        ("top_share: 0.1", "top_share: 10", "model.segments[0].top_share: 10 is no share"),
        (
            "depends_on: [revenue]",
            "depends_on: [revenues]",
            "workflow.steps[1].depends_on[0]: there is no step revenues",
        ),
        (
            "      depends_on: [revenue]\n",
            "",
            "workflow.steps[1].config.sql: customer_revenue is made by the step revenue; add it",
        ),
        ("    - name: file\n", "    - name: revenue\n", "workflow.steps[1].name: revenue stands here twice"),
        ("        table: customer_revenue\n", "", "workflow.steps[0].config.table: is missing"),
        (
            "ref('customer_revenue')",
            "ref('revenue')",
            "workflow.steps[1].config.sql: there is no table of a TRANSFORM step revenue",
        ),
        (
            "FROM {{ source('Customers') }} c",
            "FROM {{ source('Clients') }} c",
            "workflow.steps[0].config.sql: there is no data source Clients",
        ),
        (
            "  - name: Regions earn what they earn",
            "  - name: All revenue is there",
            "checks[1].name: All revenue is there stands",
        ),
        (
            "FROM {{ source('Orders') }}\n    truth",
            "FROM {{ source('Odrers') }}\n    truth",
            "checks[0].sql: there is no data source Odrers",
        ),
        (
            "    truth: total_revenue",
            "    question: How much?\n    truth: total_revenue",
            "checks[0]: has question and sql",
        ),
        ("tolerance: 0.0001", "tolerance: 5", "checks[0].compare.tolerance: 5 is no share"),
    ] {
        let refused = refusals(from, to);
        assert!(refused.iter().any(|told| told.starts_with(refusal)), "{to:?} is refused as {refusal:?}: {refused:#?}");
    }
}

#[test]
fn a_pack_without_a_check_that_asks_something_is_refused() {
    let spoiled =
        example().replacen("    sql: SELECT sum(sales_amount) AS revenue FROM {{ source('Orders') }}\n", "", 1);
    let refused = read_pack(&spoiled).unwrap_err().problems();
    assert_eq!(refused, ["checks[0]: asks nothing; it needs question or sql"]);
}

#[test]
fn what_is_not_true_in_the_world_is_refused() {
    let refused = |from: &str, to: &str| read_pack(&example().replacen(from, to, 1)).unwrap_err().to_string();
    let told = refused("truth: total_revenue", "truth: all_revenue");
    assert!(
        told.starts_with("checks[0].truth: there is no fact of the world customer_intelligence all_revenue"),
        "{told}"
    );
    let told = refused("world: customer_intelligence", "world: moon");
    assert!(told.starts_with("world: there is no demo world moon (known: customer_intelligence"), "{told}");
}

#[test]
fn an_unknown_key_is_refused_with_its_place() {
    let told = read_pack(&example().replacen("        rows: 500", "        row: 500", 1)).unwrap_err().to_string();
    assert!(
        told.starts_with("line 16, column 9: connectors[0].sources[0].row: unknown key row (known: name, "),
        "{told}"
    );
    let told = read_pack(&example().replacen("by: rows", "by: row", 1)).unwrap_err().to_string();
    assert!(told.contains("checks[1].compare") && told.contains("unknown word row (known: value, rows"), "{told}");
    let told = read_pack(&example().replacen("type: SLACK", "type: SLAK", 1)).unwrap_err().to_string();
    assert!(told.contains("connectors[1].type: unknown word SLAK (known: GOOGLE_WORKSPACE"), "{told}");
}

#[test]
fn steps_in_a_circle_are_refused() {
    let (before, rest) = example().split_once("  steps:\n").unwrap();
    let (_, after) = rest.split_once("\nchecks:").unwrap();
    let step = |name: &str, needs: &str| {
        format!("    - {{ name: {name}, kind: ANALYSE, depends_on: [{needs}], config: {{ question: How many? }} }}\n")
    };
    let refused = |steps: &str| {
        let pack: Pack = read_yaml(&format!("{before}  steps:\n{steps}\nchecks:{after}")).unwrap();
        check_pack(&pack).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let told = refused(&[step("a", "c"), step("b", "a"), step("c", "b"), step("d", "a")].concat());
    assert!(told.contains(&"workflow.steps: wait for each other in a circle: a -> c -> b -> a".to_owned()), "{told:?}");
    let told = refused(&step("a", "a"));
    assert!(told.contains(&"workflow.steps: wait for each other in a circle: a -> a".to_owned()), "{told:?}");
}
