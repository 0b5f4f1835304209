//! Failures are told in words that say what to do.

use dataweaver::connectors::slack::Slack;
use dataweaver::sdk::{ConnectorFactory, DynConnector, ErrorClass, Settings};
use serde_json::json;

use super::scene::{Scene, context, open, read, request, source};
use crate::simulated::{Served, assert_circle, in_time, leading_in_a_circle};

async fn refusal(connector: &dyn DynConnector) -> (ErrorClass, String) {
    let error = connector.check().await.unwrap_err();
    (error.class(), error.to_string())
}

#[tokio::test]
async fn a_token_that_is_refused_is_told_with_the_reason() {
    let scene = Scene::new().await;
    let revoked = scene.simulator.token_with(&["channels:read"]);
    scene.simulator.revoke(&revoked);
    let narrow = scene.simulator.token_with(&["channels:read", "channels:history"]);
    for (token, class, words) in [
        ("xoxb-nobody", ErrorClass::Auth, "invalid_auth: Slack does not know the token"),
        (revoked.as_str(), ErrorClass::Auth, "token_revoked: the token was revoked"),
        (narrow.as_str(), ErrorClass::Permission, "missing_scope: add the scope groups:read to the app"),
    ] {
        let told = refusal(open(scene.settings_with(token, &json!({}))).as_ref()).await;
        assert_eq!(told.0, class, "{}", told.1);
        assert!(told.1.contains(words), "{}", told.1);
        assert!(!told.1.contains(token), "{}", told.1);
    }
    let public = json!({ "conversation_types": ["public_channel"] });
    let reachable = open(scene.settings_with(&narrow, &public)).check().await.unwrap();
    assert_eq!(
        reachable.message,
        "Slack workspace Fernweh Goods as shopbot; to read all of it, add the scopes users:read, files:read and install \
         the app again"
    );
}

#[tokio::test]
async fn a_channel_that_cannot_be_read_is_told_with_the_way_out() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({}));
    let general = source(connector.as_ref(), &scene.path("general")).await;
    let random = source(connector.as_ref(), &scene.path("random")).await;
    scene.simulator.kick_bot("general");
    scene.simulator.remove_channel("random");
    let outside = read(connector.as_ref(), request(&general, None)).await.error.unwrap();
    assert_eq!(outside.class(), ErrorClass::Permission, "{outside}");
    assert!(outside.to_string().contains("invite it there with /invite @app"), "{outside}");
    let gone = read(connector.as_ref(), request(&random, None)).await.error.unwrap();
    assert_eq!(gone.class(), ErrorClass::NotFound, "{gone}");
}

#[tokio::test]
async fn settings_that_make_no_sense_are_refused() {
    let scene = Scene::new().await;
    let factory = ConnectorFactory::of::<Slack>();
    let refused = |settings: Settings| factory.open(settings, context()).err().unwrap().to_string();
    for (more, words) in [
        (json!({ "page_size": 1000 }), "connectionConfig.page_size: must be between 1 and 999"),
        (json!({ "conversation_types": [] }), "connectionConfig.conversation_types: is empty"),
        (json!({ "channels": ["a{"] }), "connectionConfig.channels: is no pattern"),
        (json!({ "base_url": "slack.com" }), "connectionConfig.base_url: is no URL"),
    ] {
        let told = refused(scene.settings(&more));
        assert!(told.starts_with(words), "{told}");
    }
}

#[tokio::test]
async fn lists_that_lead_in_a_circle_are_not_followed() {
    let scene = Scene::new().await;
    let circle =
        Served::on_a_port(leading_in_a_circle(scene.simulator.router(), "conversations.history", "cursor")).await;
    let straight = scene.connector(&json!({}));
    let round = scene.connector(&json!({ "base_url": circle.url, "page_size": 3 }));
    let orders = source(straight.as_ref(), &scene.path("orders")).await;
    let told = in_time(read(round.as_ref(), request(&orders, None))).await;
    told.unique();
    assert_circle(told.error, "the cursor of conversations.history");
}

#[tokio::test]
async fn another_server_than_slack_is_told() {
    let scene = Scene::new().await;
    let connector = scene.connector(&json!({ "base_url": format!("{}/elsewhere", scene.url) }));
    let (class, words) = refusal(connector.as_ref()).await;
    assert_eq!(class, ErrorClass::NotFound, "{words}");
}
