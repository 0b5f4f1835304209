//! Each word of a question has its part in the answer, or is asked back by its name.

use super::answered;
use super::world::World;

#[tokio::test]
async fn what_was_left_out_has_its_part() {
    answered(&[
        ("revenue over 2025 by product", "Widget 27600.0; Gadget 8820.0; Gizmo 240.0"),
        (
            "revenue by product and year",
            "2024-01-01 Gadget 10350.0; 2024-01-01 Gizmo 120.0; 2024-01-01 Widget 8400.0; \
             2025-01-01 Gadget 8820.0; 2025-01-01 Gizmo 240.0; 2025-01-01 Widget 27600.0",
        ),
        ("How many customers live in EMEA?", "2"),
        ("How many customers are not churned?", "4"),
        ("Which regions have more than 1 churned customer?", ""),
        ("regions with more than 1 customer", "AMER 2; EMEA 2"),
        ("How many tickets had a resolution time above 20 hours?", "3"),
        ("Which customers spend more than the average customer?", "C1 Acme Ltd 33300.0; C2 Globex Corporation 19170.0"),
    ])
    .await;
    let world = World::new().await;
    let total = world.rows("running total of revenue in 2025").await;
    assert!(total.starts_with("2025-01-01 3360.0 3360.0; "), "{total}");
    let valuable = world.ask("Which customers are valuable?").await;
    assert!(valuable.interpretation.contains("high-value"), "{}", valuable.interpretation);
}

#[tokio::test]
async fn what_has_no_part_is_asked_back_by_its_name() {
    let world = World::new().await;
    for (question, named) in [
        ("bitcoin orders", "bitcoin"),
        ("How many customers complained?", "complained"),
        ("which customers smoke", "smoke"),
        ("How many customers began in 2025?", "began"),
        ("How many customers ended?", "ended"),
        ("revenue in dollars", "dollars"),
        ("Which regular customers are there?", "regular"),
        ("Is revenue lower in EMEA?", "lower"),
        ("revenue of the two customers", "two"),
        ("How many orders are there per 100 customers?", "100"),
        ("How many orders were shipped but were not?", "not\u{201d}"),
        ("orders in 2024 but not in 2025", "not\u{201d}"),
        ("How many orders have more than 3 tickets?", "more than 3"),
    ] {
        let reply = world.ask(question).await;
        assert!(reply.needs_clarification, "{question}: {} {:?}", reply.interpretation, reply.sql);
        assert!(reply.interpretation.contains(named), "{question}: {}", reply.interpretation);
    }
}

#[tokio::test]
async fn what_names_all_rows_or_a_group_leaves_none_out() {
    answered(&[("revenue by region of the customer", "EMEA 52470.0; APAC 2700.0; AMER 360.0")]).await;
    // Tickets have no rep.
    let reply = World::new().await.ask("orders by rep of the ticket").await;
    assert!(reply.needs_clarification && reply.interpretation.contains("ticket"), "{}", reply.interpretation);
    let world = World::with(|mut bound| {
        bound.model.joins.clear();
        bound.model.datasets[1].dimensions[0].values.insert("Widget".to_owned(), vec!["support".to_owned()]);
        bound
    });
    // All tickets are support tickets, and no order has to do with them.
    assert_eq!(world.await.rows("average resolution time of support").await, "26.333333333333332");
}

#[tokio::test]
async fn who_is_in_something_is_not_it() {
    let world = World::with(|mut bound| {
        let names = vec!["in town".to_owned(), "praise of customers".to_owned()];
        bound.model.datasets[0].dimensions[0].values.insert("EMEA".to_owned(), names);
        bound
    })
    .await;
    let reply = world.ask("revenue of the town").await;
    assert!(reply.needs_clarification && reply.interpretation.contains("town"), "{}", reply.interpretation);
    assert_eq!(world.rows("total revenue of customers").await, "55530.0");
}

#[tokio::test]
async fn a_value_may_be_part_of_a_name_whose_words_stand_apart() {
    let world = World::with(|mut bound| {
        bound.model.datasets[0].dimensions[1].values.insert("churned".to_owned(), vec!["damaging".to_owned()]);
        bound.model.datasets[1].measures[0].synonyms.extend(["boxes damaged".to_owned(), "damaged boxes".to_owned()]);
        bound
    });
    assert_eq!(world.await.rows("Which rep damaged the most boxes?").await, "Ann Lee 36000.0");
}
