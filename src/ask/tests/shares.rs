//! Shares: of what, and of whom together.

use super::answered;
use super::world::World;
use crate::ask::{Bound, Measure};

#[tokio::test]
async fn the_first_few_have_a_share_together() {
    answered(&[
        ("What share of revenue comes from the top 2 customers?", "52470.0 55530.0 94.48946515397083"),
        ("How much of our revenue comes from our two biggest customers?", "52470.0 55530.0 94.48946515397083"),
    ])
    .await;
}

#[tokio::test]
async fn what_one_measure_is_per_another_stands_last() {
    answered(&[("revenue per ticket", "55530.0 6 9255.0")]).await;
}

#[tokio::test]
async fn a_mean_is_not_shared_out() {
    let reply = World::new().await.ask("share of the resolution time by priority").await;
    assert!(reply.needs_clarification, "{}", reply.interpretation);
}

#[tokio::test]
async fn a_name_in_a_sentence_is_said_in_its_own_words() {
    let world = World::with(|mut bound| {
        let revenue = &mut bound.model.datasets[1].measures[0];
        revenue.synonyms.extend(["customer attrition".to_owned(), "churned by".to_owned()]);
        bound
    })
    .await;
    for question in
        ["What share of customers was churned, by region?", "share of customers that were churned by region"]
    {
        assert_eq!(world.rows(question).await, "EMEA 50.0; AMER 0.0; APAC 0.0", "{question}");
    }
}

#[tokio::test]
async fn what_a_verb_tells_makes_the_part() {
    let world = World::with(|mut bound| {
        bound.model.datasets[1].measures[0].synonyms.push("churned".to_owned());
        bound
    })
    .await;
    assert_eq!(world.rows("What share of customers is churned?").await, "1 5 20.0");
    assert_eq!(world.rows("What share of our customers is not churned?").await, "4 5 80.0");
}

#[tokio::test]
async fn a_singular_behind_a_plural_is_a_verb() {
    let question = "What percentage of gadgets fail?";
    let failing = |mut bound: Bound| {
        bound.model.datasets[2].synonyms.push("fail".to_owned());
        bound
    };
    let rate = Measure {
        name: "fail_rate".to_owned(),
        expression: "100.0 * avg(CASE WHEN amount < 1100 THEN 1.0 ELSE 0.0 END)".to_owned(),
        label: "fail rate".to_owned(),
        unit: Some("%".to_owned()),
        ..Measure::default()
    };
    let rated = World::with(|bound| {
        let mut bound = failing(bound);
        bound.model.datasets[1].measures.push(rate);
        bound
    });
    assert_eq!(rated.await.rows(question).await, "50.0");
    // Where no rate is known, tickets that fail are no gadgets.
    let reply = World::with(failing).await.ask(question).await;
    assert!(reply.needs_clarification, "{}", reply.interpretation);
}

#[tokio::test]
async fn a_share_of_rows_that_are_summed_up_is_the_rate_of_them() {
    let world = World::with(|mut bound| {
        let small = "CASE WHEN amount < 1100 THEN 1 ELSE 0 END";
        let measure = |name: &str, label: &str, expression: String, unit: Option<&str>| Measure {
            name: name.to_owned(),
            expression,
            label: label.to_owned(),
            unit: unit.map(str::to_owned),
            ..Measure::default()
        };
        let orders = &mut bound.model.datasets[1];
        orders.label = "sales orders".to_owned();
        orders.measures.push(measure("too_small", "orders too small", format!("sum({small})"), None));
        orders.measures.push(measure("small_rate", "smallness", format!("100.0 * avg({small})"), Some("%")));
        bound
    })
    .await;
    let rows = "Gizmo 100.0; Gadget 50.0; Widget 37.03703703703704";
    assert_eq!(world.rows("share of orders too small by product").await, rows);
    assert_eq!(world.rows("What share of orders is too small, by product?").await, rows);
}
