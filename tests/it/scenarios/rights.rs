//! Who may do what with scenarios.

use dataweaver::services::Role;
use serde_json::json;

use super::scene::{self, ORDER_BOOK};
use crate::harness::token;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_only_look_may_only_look() {
    let (app, _packs) =
        scene::app_with(scene::example(), |config| config.auth.tokens = vec![token("reads", Role::Viewer)]).await;
    let list = app.gql_as(Some("reads"), "{ scenarios { id status } brokenScenarios { file } }", json!({})).await;
    assert!(
        list["data"]["scenarios"].as_array().unwrap().iter().any(|scenario| scenario["id"] == ORDER_BOOK),
        "{list}"
    );
    for (field, selected) in [
        ("setupScenario", "scenario { id }"),
        ("validateScenario", "validation { passed }"),
        ("teardownScenario", "scenario { id }"),
    ] {
        let mutation = format!("mutation {{ {field}(input: {{ scenarioId: \"{ORDER_BOOK}\" }}) {{ {selected} }} }}");
        let refused = app.gql_as(Some("reads"), &mutation, json!({})).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "FORBIDDEN", "{field}: {refused}");
        let refused = app.try_gql(&mutation, json!({})).await;
        assert_eq!(refused["errors"][0]["extensions"]["code"], "UNAUTHENTICATED", "{field}: {refused}");
    }
    let mut socket = app.socket(json!({ "authorization": "Bearer reads" })).await;
    socket.subscribe("subscription { scenarioProgress(scenarioId: \"order_book\") { status } }", json!({})).await;
    assert_eq!(socket.next().await.unwrap()["data"]["scenarioProgress"]["status"], "NOT_SET_UP");
    let mut socket = app.socket(json!({ "authorization": "Bearer reads" })).await;
    socket.subscribe("subscription { scenarioProgress(scenarioId: \"nowhere\") { status } }", json!({})).await;
    assert_eq!(socket.next().await.unwrap()["errors"][0]["extensions"]["code"], "NOT_FOUND");
    app.stop().await;
}
