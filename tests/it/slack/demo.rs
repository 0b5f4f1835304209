//! Demo mode through the public door: no account, no settings, the connector's own code.

use dataweaver::services::Role;
use serde_json::{Value, json};

use crate::harness::{TestApp, token};
use crate::syncs::table::lines;

const CREATE: &str =
    "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { id demoMode } } }";
const UPDATE: &str =
    "mutation($input: UpdateConnectorInput!) { updateConnector(input: $input) { connector { demoMode authType } } }";

fn chat(more: Value) -> Value {
    let mut input = json!({ "name": "Chat", "type": "SLACK", "demoMode": true });
    input.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    input
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_demo_connector_is_tested_discovered_synced_and_asked() {
    let app = TestApp::new().await;
    let catalogue = app.gql("{ connectorTypes { type supportsDemo } }", json!({})).await;
    let slack = catalogue["connectorTypes"].as_array().unwrap().iter().find(|info| info["type"] == "SLACK").unwrap();
    assert_eq!(slack["supportsDemo"], true);
    let connector = app.connector(chat(json!({ "connectionConfig": { "world": "customer_intelligence" } }))).await;
    let test = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message } }";
    let tested = app.gql(test, json!({ "id": connector })).await["testConnection"].take();
    assert_eq!(tested, json!({ "success": true, "message": "Slack workspace Fernweh Goods as shopbot" }));
    let log = app.sync_and_wait(&connector).await;
    assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
    let people = "SELECT count(DISTINCT u.name) > 3 FROM chat.orders m JOIN chat.users u ON u.id = m.\"user\"";
    assert_eq!(lines(&app, people).await, ["true"]);
    let threads = "SELECT count(*) > 20 FROM chat.orders a JOIN chat.orders q ON q.ts = a.thread_ts
        WHERE a.ts <> q.ts AND q.reply_count > 0 AND a.timestamp > q.timestamp";
    assert_eq!(lines(&app, threads).await, ["true"]);
    let counted = "SELECT count(*) FROM chat.orders q LEFT JOIN
        (SELECT thread_ts, count(*) AS answers FROM chat.orders WHERE thread_ts <> ts GROUP BY thread_ts) a
        ON a.thread_ts = q.ts WHERE q.reply_count <> coalesce(a.answers, 0)";
    assert_eq!(lines(&app, counted).await, ["0"], "every thread is whole");
    let exact = "SELECT count(*) FROM chat.general WHERE ts <> CAST(CAST(to_unixtime(timestamp) AS BIGINT) AS VARCHAR)
        || substr(ts, strpos(ts, '.'))";
    assert_eq!(lines(&app, exact).await, ["0"]);
    // A second sync finds the same world.
    let again = app.sync_and_wait(&connector).await;
    assert_eq!(again["recordsProcessed"], log["recordsProcessed"], "{again:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_simulator_is_reached_where_private_networks_are_not() {
    let app = TestApp::with(|config| config.auth.tokens = vec![token("writes", Role::Editor)]).await;
    let input = json!({ "input": chat(json!({})) });
    let made = app.gql_as(Some("writes"), CREATE, input).await["data"]["createConnector"]["connector"].take();
    let test = "mutation($id: ID!) { testConnection(input: { connectorId: $id }) { success message } }";
    let tested = app.gql_as(Some("writes"), test, json!({ "id": made["id"] })).await;
    assert_eq!(tested["data"]["testConnection"]["success"], true, "{tested:#}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn increments_of_a_demo_add_nothing_twice() {
    let app = TestApp::new().await;
    let connector = app.connector(chat(json!({}))).await;
    app.sync_and_wait(&connector).await;
    let before = lines(&app, "SELECT count(*), max(ts) FROM chat.orders").await;
    let ask = "query($id: ID!) { dataSources(connectorId: $id, first: 100) { nodes { id tableName } } }";
    let sources = app.gql(ask, json!({ "id": connector })).await["dataSources"]["nodes"].take();
    for source in sources.as_array().unwrap() {
        app.update_source(json!({ "id": source["id"], "extractType": "INCREMENTAL" })).await;
    }
    for _ in 0..2 {
        let log = app.sync_and_wait(&connector).await;
        assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
        assert_eq!(lines(&app, "SELECT count(*), max(ts) FROM chat.orders").await, before);
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn demo_mode_takes_a_known_world_and_no_credentials() {
    let app = TestApp::new().await;
    let id = app.connector(chat(json!({}))).await;
    let real = json!({ "name": "Real", "type": "SLACK", "authType": "TOKEN", "authConfig": { "token": "xoxb-1" } });
    let real = app.connector(real).await;
    for (operation, input, field, says) in [
        (
            CREATE,
            chat(json!({ "connectionConfig": { "world": "moon" } })),
            "connectionConfig.world",
            "known: customer_in",
        ),
        (CREATE, chat(json!({ "connectionConfig": { "planet": "x" } })), "connectionConfig.planet", "expected `world`"),
        (CREATE, chat(json!({ "authConfig": { "token": "xoxb-1" } })), "authConfig", "no credentials"),
        (CREATE, chat(json!({ "authType": "USERNAME_PASSWORD" })), "authType", "is not taken"),
        (
            UPDATE,
            json!({ "id": id, "connectionConfig": { "world": "mars" } }),
            "connectionConfig.world",
            "no demo world",
        ),
        (UPDATE, json!({ "id": real, "demoMode": true }), "authConfig", "no credentials"),
    ] {
        let answer = app.try_gql(operation, json!({ "input": input })).await;
        let told = &answer["errors"][0];
        let facts = (&told["extensions"]["code"], &told["extensions"]["field"]);
        assert_eq!(facts, (&json!("BAD_USER_INPUT"), &json!(field)), "{input}: {answer}");
        assert!(told["message"].as_str().unwrap().contains(says), "{input}: {answer}");
    }
    let there = json!({ "id": real, "demoMode": true, "authType": "NONE", "authConfig": null });
    let there = app.gql(UPDATE, json!({ "input": there })).await["updateConnector"]["connector"].take();
    assert_eq!(there, json!({ "demoMode": true, "authType": "NONE" }));
    let back = json!({ "id": real, "demoMode": false, "authType": "TOKEN", "authConfig": { "token": "xoxb-2" } });
    let back = app.gql(UPDATE, json!({ "input": back })).await["updateConnector"]["connector"].take();
    assert_eq!(back, json!({ "demoMode": false, "authType": "TOKEN" }));
    app.stop().await;
}
