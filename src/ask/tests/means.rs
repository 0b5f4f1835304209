//! Means over something, such as what customers bring on average.

use super::answered;
use super::world::World;
use crate::ask::Measure;

#[tokio::test]
async fn a_mean_per_something_is_taken_over_what_each_of_it_has() {
    answered(&[
        ("average revenue per customer", "13882.5"),
        ("average number of orders per customer", "12.0"),
        ("average monthly revenue", "3085.0"),
        ("What is the average revenue per month?", "3085.0"),
        ("How many orders per month on average?", "2.6666666666666665"),
        ("average revenue per customer by region", "EMEA 26235.0; APAC 2700.0; AMER 360.0"),
        ("average monthly revenue by region", "EMEA 2915.0; APAC 300.0; AMER 120.0"),
        // A mean of means is none.
        ("average resolution time per month", "2025-10-01 16.0; 2025-11-01 27.5; 2025-12-01 35.5"),
        ("What is the average revenue per order?", "1156.875"),
    ])
    .await;
}

#[tokio::test]
async fn a_unit_of_time_in_front_of_a_measure_is_a_group_of_its_own() {
    answered(&[(
        "quarterly revenue per customer in 2024",
        "2024-07-01 C1 Acme Ltd 3300.0; 2024-07-01 C2 Globex Corporation 5670.0; 2024-07-01 C3 Initech 600.0; \
         2024-07-01 C4 Umbrella Group 120.0; 2024-10-01 C1 Acme Ltd 4200.0; 2024-10-01 C2 Globex Corporation 4680.0; \
         2024-10-01 C3 Initech 300.0",
    )])
    .await;
}

#[tokio::test]
async fn behind_a_mean_a_name_is_said_as_it_is() {
    let world = World::with(|mut bound| {
        let orders = &mut bound.model.datasets[1];
        orders.measures[0].synonyms.push("sales volume".to_owned());
        orders.measures.push(Measure {
            name: "average_order".to_owned(),
            expression: "avg(amount)".to_owned(),
            value: Some("amount".to_owned()),
            label: "average sales".to_owned(),
            ..Measure::default()
        });
        bound
    })
    .await;
    assert_eq!(world.rows("average sales volume per customer").await, "13882.5");
}
