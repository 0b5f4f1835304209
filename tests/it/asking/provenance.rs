//! Where answers come from: the data sources that were read, through the tables that workflows make of them, too.

use std::collections::BTreeSet;

use serde_json::Value;

use super::scene;
use crate::harness::TestApp;
use crate::workflows::scene::{assert_succeeded, id, made, run, transform};

/// The names of the data sources of an answer that was given.
fn sources(answer: &Value) -> BTreeSet<&str> {
    let answer = &answer["data"]["ask"];
    assert_eq!(answer["needsClarification"], false, "{answer:#}");
    answer["sources"].as_array().expect("sources").iter().filter_map(|source| source["name"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_over_a_workflows_table_names_the_sources_that_it_was_made_of() {
    let app = TestApp::new().await;
    scene::shop(&app).await;
    let steps = vec![
        transform(
            "parcels",
            "parcels",
            "SELECT id AS parcel_id, customer_id, total AS weight FROM {{ source('orders') }}",
        ),
        // One table of another one, and of a data source that it names without a placeholder.
        transform(
            "shipments",
            "shipments",
            "WITH p AS (SELECT * FROM {{ ref('parcels') }}) SELECT p.parcel_id AS shipment_id, c.name AS addressee \
             FROM p JOIN shop.customers c ON c.id = p.customer_id",
        ),
        transform("labels", "stickers", "SELECT 1 AS sticker_id, 'red' AS colour"),
    ];
    let workflow = made(&app, "Depot", steps).await;
    assert_succeeded(&run(&app, &id(&workflow), None).await);

    let parcels = scene::ask(&app, "How many parcels are there?", None).await;
    assert_eq!(sources(&parcels), BTreeSet::from(["orders"]), "{parcels:#}");
    let shipments = scene::ask(&app, "How many shipments are there?", None).await;
    assert_eq!(sources(&shipments), BTreeSet::from(["customers", "orders"]), "{shipments:#}");
    let stickers = scene::ask(&app, "How many stickers are there?", None).await;
    assert_eq!(sources(&stickers), BTreeSet::new(), "{stickers:#}");
    let orders = scene::ask(&app, "How many orders are there?", None).await;
    assert_eq!(sources(&orders), BTreeSet::from(["orders"]), "{orders:#}");

    // Another workflow reads what the first one made.
    let steps = vec![transform("freight", "freights", "SELECT shipment_id AS freight_id FROM depot.shipments")];
    let workflow = made(&app, "Harbour", steps).await;
    assert_succeeded(&run(&app, &id(&workflow), None).await);
    let freights = scene::ask(&app, "How many freights are there?", None).await;
    assert_eq!(sources(&freights), BTreeSet::from(["customers", "orders"]), "{freights:#}");
    app.stop().await;
}
