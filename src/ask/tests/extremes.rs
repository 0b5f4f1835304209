//! What is largest, slowest or most frequent.

use super::answered;
use super::world::World;
use crate::ask::Dimension;

#[tokio::test]
async fn what_is_done_most_often_is_counted_and_the_slowest_takes_the_longest() {
    answered(&[
        ("Which region is churned most often?", "EMEA 1"),
        ("Which priority is the slowest?", "high 50.0"),
        ("largest order of each rep", "Ann Lee 2700.0; Bob Ray 2000.0; Cid Fox 120.0"),
        ("Which rep has the largest order?", "Ann Lee 2700.0"),
        ("smallest order of each product", "Gizmo 120.0; Gadget 130.0; Widget 300.0"),
    ])
    .await;
}

#[tokio::test]
async fn an_extreme_without_a_group_is_that_of_a_row() {
    let world = World::new().await;
    for question in ["highest resolution time ever", "What was the longest resolution time?"] {
        let reply = world.ask(question).await;
        let rows = reply.result.unwrap().rows;
        assert_eq!((rows.len(), rows[0][0].as_str()), (1, Some("T5")), "{question}: {}", reply.interpretation);
        assert_eq!(reply.summary, "The highest resolution time is 70 h, of T5.");
    }
    // The revenue of what?
    assert!(world.ask("highest revenue").await.needs_clarification);
}

#[tokio::test]
async fn the_first_few_rows_of_each_group_are_asked_back() {
    let reply = World::new().await.ask("3 largest order of each rep").await;
    assert!(reply.needs_clarification, "{}", reply.interpretation);
}

#[tokio::test]
async fn days_to_come_are_told_where_a_table_has_them() {
    let world = World::with(|mut bound| {
        let synonyms = vec!["completed".to_owned(), "renewed".to_owned()];
        bound.model.datasets[0].dimensions.push(Dimension {
            name: "since".to_owned(),
            synonyms,
            ..Dimension::default()
        });
        bound
    })
    .await;
    assert_eq!(world.rows("When will Acme be completed?").await, "C1 Acme Ltd 2024-01-10");
    for question in [
        // They are no days of tickets.
        "When will the tickets be completed?",
        "When will the largest customer be completed?",
        "When will the newest customers be completed?",
    ] {
        let reply = world.ask(question).await;
        assert!(reply.needs_clarification, "{question}: {}", reply.interpretation);
    }
}

#[tokio::test]
async fn a_peak_is_the_month_with_the_most() {
    answered(&[("When did orders peak in 2024?", "2024-07-01 4")]).await;
    let world = World::new().await;
    for question in ["When will Acme be done?", "How long since the last order of Acme?"] {
        let reply = world.ask(question).await;
        assert!(reply.needs_clarification, "{question}: {}", reply.interpretation);
    }
}

#[tokio::test]
async fn how_often_and_by_how_many_days_ask_for_counts_and_durations() {
    let world = World::with(|mut bound| {
        let mail = Dimension { name: "mail".to_owned(), expression: Some("email".to_owned()), ..Dimension::default() };
        bound.model.datasets[0].dimensions.push(mail);
        bound.model.datasets[2].measures[0].synonyms.push("tardy".to_owned());
        bound.model.segments[0].name = "tardy".to_owned();
        bound
    })
    .await;
    for (question, expected) in [
        // One customer has none.
        (
            "How often is each mail there?",
            "hi@globex.test 1; info@acme.test 1; mail@hooli.test 1; office@initech.test 1",
        ),
        ("By how many days were tickets tardy for every priority, on average?", "high 50.0; medium 5.0; low 1.5"),
    ] {
        assert_eq!(world.rows(question).await, expected, "{question}");
    }
}
