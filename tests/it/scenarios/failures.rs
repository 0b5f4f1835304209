//! Set-ups that fail leave a clear state, from which one goes on or back.

use serde_json::json;

use super::scene::{self, ORDER_BOOK, SMALL, called};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_fails_says_why_and_the_rest_is_skipped() {
    let pack = scene::example().replacen("discovered: customer-support", "discovered: customer-suport", 1);
    let (app, _packs) = scene::app_with(&pack, |_| {}).await;
    let end = scene::end_of_set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    assert_eq!(end["status"], "FAILED");
    let statuses = scene::each(&end["steps"], "status");
    assert_eq!(statuses, ["SUCCEEDED", "SUCCEEDED", "FAILED", "SKIPPED", "SKIPPED", "SKIPPED", "SKIPPED"]);
    let detail = called(&end["steps"], "discover")["detail"].as_str().unwrap();
    let expected = "Order Talk has no data source customer-suport (it has customer-support";
    assert!(detail.starts_with(expected) && detail.ends_with("correct `discovered` in the pack"), "{detail}");
    // Followed again it says the same, and ends.
    assert_eq!(scene::states(&app, ORDER_BOOK).await.len(), 1);
    let gone = scene::tear_down(&app, ORDER_BOOK).await;
    assert_eq!((&gone["status"], &gone["connectors"]), (&json!("NOT_SET_UP"), &json!([])));
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workflow_that_fails_names_its_step() {
    let pack = scene::example().replacen("sum(o.sales_amount)", "sum(CAST(c.company AS BIGINT))", 1);
    let (app, _packs) = scene::app_with(&pack, |_| {}).await;
    let end = scene::end_of_set_up(&app, ORDER_BOOK, Some(SMALL)).await;
    assert_eq!(end["status"], "FAILED", "{end:#}");
    let step = called(&end["steps"], "run");
    let detail = step["detail"].as_str().unwrap();
    assert!(step["status"] == "FAILED" && detail.starts_with("Order report failed at revenue: "), "{step:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_size_that_no_world_has_is_refused() {
    let (app, _packs) = scene::app().await;
    let begin = "mutation($size: Float) { setupScenario(input: { scenarioId: \"order_book\", sizeFactor: $size }) {
        scenario { status } } }";
    for size in [0.0, -1.0, 1e9] {
        let answer = app.try_gql(begin, json!({ "size": size })).await;
        let extensions = &answer["errors"][0]["extensions"];
        assert_eq!(
            (&extensions["code"], &extensions["field"]),
            (&json!("BAD_USER_INPUT"), &json!("sizeFactor")),
            "{answer}"
        );
    }
    assert_eq!(scene::get(&app, ORDER_BOOK).await["status"], "NOT_SET_UP");
    let unknown = "mutation { setupScenario(input: { scenarioId: \"order_boook\" }) { scenario { status } } }";
    let answer = app.try_gql(unknown, json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "NOT_FOUND");
    assert_eq!(answer["errors"][0]["extensions"]["hint"], "did you mean order_book?", "{answer}");
    app.stop().await;
}
