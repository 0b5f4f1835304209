//! Values beside each other, and changes of each group.

use super::answered;
use super::world::World;

#[tokio::test]
async fn two_values_of_which_one_is_ahead_stand_beside_each_other() {
    answered(&[
        ("Is revenue higher in EMEA or in APAC?", "EMEA 52470.0; APAC 2700.0"),
        ("Is revenue higher in EMEA than in APAC?", "EMEA 52470.0; APAC 2700.0"),
        ("Was revenue better in AMER or in APAC in 2025?", "APAC 1800.0; AMER 240.0"),
        ("Does EMEA bring more revenue than APAC?", "EMEA 52470.0; APAC 2700.0"),
        ("Does APAC have less revenue than EMEA?", "EMEA 52470.0; APAC 2700.0"),
    ])
    .await;
}

#[tokio::test]
async fn of_values_that_and_joins_each_is_told() {
    answered(&[
        ("revenue of EMEA and APAC", "EMEA 52470.0; APAC 2700.0"),
        ("customers of EMEA and AMER", "AMER 2; EMEA 2"),
        ("total revenue of EMEA and APAC", "55170.0"),
        ("revenue of EMEA or APAC", "55170.0"),
    ])
    .await;
    let talked = World::new().await.talk(&["revenue by region", "and in EMEA and AMER?"]).await;
    assert_eq!(talked, "EMEA 52470.0; AMER 360.0");
    // What stands in a list of values is one, though it may be a measure as well.
    let world = World::with(|mut bound| {
        bound.model.datasets[1].measures[0].synonyms.push("gadgets".to_owned());
        bound
    });
    let rows = world.await.rows("How many orders are there of widgets, gadgets and gizmos?").await;
    assert_eq!(rows, "Widget 27; Gadget 18; Gizmo 3");
}

#[tokio::test]
async fn a_change_is_that_of_each_group() {
    answered(&[
        (
            "year over year growth of revenue by rep in 2025",
            "Ann Lee 8400.0 27600.0 19200.0 228.57142857142858; Cid Fox 120.0 240.0 120.0 100.0; \
             Bob Ray 10350.0 8820.0 -1530.0 -14.782608695652174",
        ),
        ("revenue in Q4 2025 vs the same quarter a year ago", "9180.0 8820.0 -360.0 -3.9215686274509802"),
    ])
    .await;
}

#[tokio::test]
async fn more_of_one_and_more_of_another_may_go_together() {
    let reply = World::new().await.ask("Do more orders mean more revenue?").await;
    let columns: Vec<&str> =
        reply.result.iter().flat_map(|rows| &rows.columns).map(|column| column.name.as_str()).collect();
    assert_eq!(columns, ["customer_id", "name", "revenue", "count"], "{}", reply.interpretation);
}
