//! Verbs that tell who came, and of whom.

use super::world::World;
use crate::ask::{Bound, Measure};

/// Customers that are there since some time.
fn dated(mut bound: Bound) -> Bound {
    let customers = &mut bound.model.datasets[0];
    customers.time = Some("since".to_owned());
    customers.measures.push(Measure {
        name: "new_customers".to_owned(),
        expression: "count(*)".to_owned(),
        label: "new customers".to_owned(),
        synonyms: vec!["customers who joined".to_owned()],
        ..Measure::default()
    });
    bound
}

#[tokio::test]
async fn who_is_won_is_there_since_then() {
    let world = World::with(dated).await;
    for (question, expected) in [
        ("Which region won the most customers in 2024?", "EMEA 2"),
        ("Which region gained the most new customers in 2024?", "EMEA 2"),
        ("Rank regions by customers who joined in 2024", "EMEA 2; AMER 1; APAC 1"),
        ("Whose customers brought the most revenue?", "Ann Lee 36000.0"),
    ] {
        assert_eq!(world.rows(question).await, expected, "{question}");
    }
}

#[tokio::test]
async fn what_is_won_of_what_has_no_time_is_asked_back() {
    let world = World::new().await;
    let reply = world.ask("Which region won the most customers?").await;
    assert!(reply.needs_clarification && reply.interpretation.contains("won"), "{}", reply.interpretation);
}

#[tokio::test]
async fn between_a_measure_and_a_verb_stand_those_who_do_it() {
    let world = World::with(|mut bound| {
        bound.model.datasets[1].measures.push(Measure {
            name: "buyers".to_owned(),
            expression: "count(DISTINCT customer_id)".to_owned(),
            label: "customers".to_owned(),
            ..Measure::default()
        });
        bound
    })
    .await;
    assert_eq!(world.rows("sum of the revenue customers ordered").await, "55530.0");
    assert_eq!(world.rows("Who is the best rep, measured in revenue?").await, "Ann Lee 36000.0");
}
