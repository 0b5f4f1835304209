//! Validations: what is right passes, and what was tampered with is named.

use serde_json::json;

use super::scene::{self, ORDER_BOOK, SMALL, called, failed_checks};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_tampered_with_is_named() {
    let (app, _packs) = scene::app().await;
    let whole = scene::set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    let drive = called(&whole["connectors"], "Order Drive")["id"].as_str().unwrap().to_owned();
    let orders = called(&whole["dataSources"], "Orders")["id"].clone();
    let passed = scene::validate(&app, ORDER_BOOK).await;
    assert_eq!(passed["passed"], true, "{passed:#}");
    let details: Vec<String> = scene::each(&passed["checks"], "detail");
    assert!(details.iter().all(|detail| detail.contains("expected") && detail.contains("found")), "{details:#?}");

    // Somebody calls it something else.
    app.update_source(json!({ "id": orders, "name": "Purchases" })).await;
    let failed = failed_checks(&scene::validate(&app, ORDER_BOOK).await);
    assert!(failed.iter().any(|(name, _)| name == "data source Orders"), "{failed:#?}");
    app.update_source(json!({ "id": orders, "name": "Orders" })).await;
    assert_eq!(scene::validate(&app, ORDER_BOOK).await["passed"], true);

    // Somebody has it read another world of the same shape: a larger one.
    let larger = "mutation($id: ID!, $config: JSON!) { updateConnector(input: { id: $id, connectionConfig: $config }) {
        connector { id } } }";
    let config = json!({ "world": "customer_intelligence", "size_factor": 2.0 * SMALL });
    app.gql(larger, json!({ "id": drive, "config": config })).await;
    assert_eq!(app.sync_and_wait(&drive).await["status"], "SUCCEEDED");
    let failed = failed_checks(&scene::validate(&app, ORDER_BOOK).await);
    let names: Vec<&str> = failed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["connection Order Drive", "All revenue is there", "Regions earn what they earn"], "{failed:#?}");
    let (_, detail) = &failed[1];
    assert!(detail.starts_with("expected ") && detail.contains("; found "), "{detail}");
    // The scenario keeps what was found, and a set-up makes it right again.
    let kept = scene::get(&app, ORDER_BOOK).await;
    assert_eq!((&kept["status"], &kept["validation"]["passed"]), (&json!("READY"), &json!(false)));
    scene::set_up(&app, ORDER_BOOK, None).await;
    assert_eq!(scene::validate(&app, ORDER_BOOK).await["passed"], true);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_lost_rows_or_columns_is_named() {
    let pack = scene::example()
        .replacen("columns: [customer_id, name, email, company, status]", "columns: [customer_id, shoe_size]", 1)
        .replacen("rows: 5000", "rows: 5000000", 1);
    let (app, _packs) = scene::app_with(&pack, |_| {}).await;
    let end = scene::end_of_set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    assert_eq!(end["status"], "FAILED");
    let failed = failed_checks(&end["validation"]);
    let names: Vec<&str> = failed.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["data source Customers", "data source Support Messages"], "{failed:#?}");
    assert!(failed[0].1.ends_with("found no column shoe_size"), "{failed:#?}");
    assert!(failed[1].1.contains("expected 1,000,000 rows at least"), "{failed:#?}");
    let step = called(&end["steps"], "validate");
    let detail = step["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("2 of 8 checks failed: data source Customers, data source Support Messages"),
        "{detail}"
    );
    app.stop().await;
}

#[tokio::test]
async fn nothing_can_be_validated_that_is_not_there() {
    let (app, _packs) = scene::app().await;
    let validate = "mutation($id: ID!) { validateScenario(input: { scenarioId: $id }) { validation { passed } } }";
    assert_eq!(app.error_code(validate, json!({ "id": ORDER_BOOK })).await, "CONFLICT");
    assert_eq!(app.error_code(validate, json!({ "id": "order_boook" })).await, "NOT_FOUND");
    app.stop().await;
}
