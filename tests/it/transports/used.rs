//! What the clients that people use make of our transports: npm graphql-ws, graphql-sse, @apollo/client, an EventSource.

use dataweaver::services::Role;
use serde_json::{Value, json};

use super::clients::run;
use crate::harness::{TestApp, token};

const COUNT: &str = "{ connectors { totalCount } }";
const EVENTS: &str = "subscription($after: String) { syncEvents(after: $after) { id cursor kind } }";
const STATES: &str = "subscription($id: ID!) { syncLog(id: $id) { id status } }";
const SHOP: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)";

/// Each client that takes queries and subscriptions alike, and how it is told to.
const CLIENTS: [(&str, Option<&str>); 4] =
    [("ws.mjs", None), ("sse.mjs", Some("distinct")), ("sse.mjs", Some("single")), ("apollo.mjs", None)];

/// A sync that is over: its id, and its facts as the API lists them.
async fn synced(app: &TestApp) -> (String, Vec<Value>) {
    let connector = app.sqlite_connector("Shop", SHOP).await;
    let log = app.sync_and_wait(&connector).await["id"].as_str().unwrap().to_owned();
    let list = "query($id: ID!) { syncLog(id: $id) { events(first: 500) { nodes { id cursor kind } } } }";
    let data = app.gql(list, json!({ "id": log })).await;
    let facts = data["syncLog"]["events"]["nodes"].as_array().unwrap().clone();
    assert!(facts.len() >= 5, "{facts:#?}");
    (log, facts)
}

/// The results among what a client says.
fn results<'a>(said: &'a [Value], field: &str) -> Vec<&'a Value> {
    said.iter().filter_map(|thing| Some(&thing.get("next")?["data"][field])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_gets_answers_and_every_fact_after_a_cursor() {
    let app = TestApp::new().await;
    let (_, facts) = synced(&app).await;
    for (script, mode) in CLIENTS {
        // What gives one answer ends by itself.
        let ask = |query: &str, variables: Value, take: Option<usize>| json!({ "query": query, "variables": variables, "take": take, "mode": mode });
        let url = app.url("/graphql");
        let Some(said) = run(script, &url, &ask(COUNT, json!({}), None)).await else { return };
        assert_eq!(results(&said, "connectors")[0]["totalCount"], 1, "{script} {mode:?}: {said:#?}");

        let after = json!({ "after": facts[1]["cursor"] });
        let said = run(script, &url, &ask(EVENTS, after, Some(facts.len() - 2))).await.unwrap();
        let told: Vec<&Value> = results(&said, "syncEvents").into_iter().map(|event| &event["id"]).collect();
        let expected: Vec<&Value> = facts[2..].iter().map(|fact| &fact["id"]).collect();
        assert_eq!(told, expected, "{script} {mode:?}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_learns_of_the_end_and_of_what_cannot_begin() {
    let app = TestApp::new().await;
    let (log, _) = synced(&app).await;
    for (script, mode) in CLIENTS {
        let url = app.url("/graphql");
        let ask = |query: &str, variables: Value| json!({ "query": query, "variables": variables, "mode": mode });
        let Some(said) = run(script, &url, &ask(STATES, json!({ "id": log }))).await else { return };
        let states = results(&said, "syncLog");
        assert_eq!(states.len(), 1, "{script} {mode:?}: {said:#?}");
        assert_eq!(states[0]["status"], "SUCCEEDED", "{script} {mode:?}");
        assert!(said.contains(&json!({ "complete": true })), "{script} {mode:?}: {said:#?}");

        for (query, variables) in [("subscription { nothing }", json!({})), (EVENTS, json!({ "after": "nonsense" }))] {
            let said = run(script, &url, &ask(query, variables)).await.unwrap();
            let text = Value::from(said.clone()).to_string();
            let is_told = text.contains("nothing") || text.contains("is not the cursor of an event");
            // In its single connection npm graphql-sse tells the status only.
            let is_told = is_told || mode == Some("single") && text.contains("400: Bad Request");
            assert!(is_told, "{script} {mode:?} on {query}: {said:#?}");
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_signs_in() {
    let app = TestApp::with(|config| config.auth.tokens = vec![token("reads", Role::Viewer)]).await;
    for (script, mode) in CLIENTS {
        let url = app.url("/graphql");
        let ask = |token: &str| json!({ "query": COUNT, "mode": mode, "token": token });
        let Some(said) = run(script, &url, &ask("reads")).await else { return };
        assert_eq!(results(&said, "connectors")[0]["totalCount"], 0, "{script} {mode:?}: {said:#?}");
        let said = run(script, &url, &ask("guessed")).await.unwrap();
        assert!(results(&said, "connectors").iter().all(|found| found.is_null()), "{script} {mode:?}: {said:#?}");
        assert!(
            said.iter().any(|thing| thing.get("error").is_some() || thing["next"].get("error").is_some()),
            "{said:#?}"
        );
        if script == "ws.mjs" {
            assert!(said.contains(&json!({ "closed": 4403 })), "{said:#?}");
        }
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_socket_goes_on_where_it_was_cut() {
    let app = TestApp::new().await;
    let (_, facts) = synced(&app).await;
    let after = json!({ "after": facts[0]["cursor"] });
    let asked = json!({ "query": EVENTS, "variables": after, "take": facts.len() - 1, "cutAfter": 2 });
    let Some(said) = run("ws.mjs", &app.url("/graphql"), &asked).await else { return };
    let told: Vec<&Value> = results(&said, "syncEvents").into_iter().map(|event| &event["id"]).collect();
    let expected: Vec<&Value> = facts[1..].iter().map(|fact| &fact["id"]).collect();
    assert_eq!(told, expected, "{said:#?}");
    assert!(said.iter().any(|thing| thing.get("closed").is_some()), "it was cut: {said:#?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn apollo_sends_a_query_once_and_then_its_hash() {
    let app = TestApp::new().await;
    for methods in [&["GET", "POST"][..], &["GET"]] {
        let asked = json!({ "query": COUNT, "mode": "persisted" });
        let Some(said) = run("apollo.mjs", &app.url("/graphql"), &asked).await else { return };
        assert_eq!(results(&said, "connectors")[0]["totalCount"], 0, "{said:#?}");
        let fetched: Vec<&Value> = said.iter().filter_map(|thing| thing.get("fetched")).collect();
        assert_eq!(fetched, methods, "{said:#?}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_source_goes_on_where_its_connection_was_cut() {
    let app = TestApp::new().await;
    let (_, facts) = synced(&app).await;
    let after = json!({ "after": facts[0]["cursor"] });
    let take = facts.len() - 1;
    let asked = json!({ "query": EVENTS, "variables": after, "take": take, "cutAfter": 2 });
    let Some(said) = run("eventsource.mjs", &app.url("/graphql"), &asked).await else { return };
    let told: Vec<&Value> = results(&said, "syncEvents").into_iter().map(|event| &event["id"]).collect();
    let expected: Vec<&Value> = facts[1..].iter().map(|fact| &fact["id"]).collect();
    assert_eq!(told, expected, "{said:#?}");
    let connected = said.iter().filter(|thing| thing.get("connected").is_some()).count();
    assert!(connected > 1, "it was cut: {said:#?}");
    assert!(said.contains(&json!({ "connected": facts[2]["cursor"] })), "{said:#?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_source_that_has_heard_nothing_misses_nothing_while_it_is_away() {
    let app = TestApp::new().await;
    let connector = app.sqlite_connector("Shop", SHOP).await;
    let start = "mutation($id: ID!) { syncConnector(input: { connectorId: $id }) { syncLog { id } } }";
    let away = json!({ "query": start, "variables": { "id": connector } });
    let query = "subscription { syncEvents { id status dataSourceId syncLogId } }";
    let asked = json!({ "query": query, "away": away });
    let Some(said) = run("eventsource.mjs", &app.url("/graphql"), &asked).await else { return };
    let events = results(&said, "syncEvents");
    let list = "query($id: ID!) { syncLog(id: $id) { events(first: 500) { nodes { id } } } }";
    let data = app.gql(list, json!({ "id": events[0]["syncLogId"] })).await;
    let facts = data["syncLog"]["events"]["nodes"].as_array().unwrap();
    let told: Vec<&Value> = events.iter().map(|event| &event["id"]).filter(|id| id.is_string()).collect();
    assert_eq!(told, facts.iter().map(|fact| &fact["id"]).collect::<Vec<_>>(), "{said:#?}");
    let beginning = dataweaver::events::EventCursor(0).to_string();
    let connected: Vec<&Value> = said.iter().filter_map(|thing| thing.get("connected")).collect();
    assert_eq!(connected, [&Value::Null, &json!(beginning)], "{said:#?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operation_of_a_single_connection_that_is_begun_anew_goes_on_where_it_was_cut() {
    let app = TestApp::new().await;
    let (_, facts) = synced(&app).await;
    let after = json!({ "after": facts[0]["cursor"] });
    let asked = json!({ "query": EVENTS, "variables": after, "take": facts.len() - 1, "cutAfter": 2 });
    let Some(said) = run("anew.mjs", &app.url("/graphql"), &asked).await else { return };
    let told: Vec<&Value> = results(&said, "syncEvents").into_iter().map(|event| &event["id"]).collect();
    assert_eq!(told, facts[1..].iter().map(|fact| &fact["id"]).collect::<Vec<_>>(), "{said:#?}");
    assert!(said.contains(&json!({ "cut": true })), "{said:#?}");
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_audits_of_graphql_over_http_find_nothing() {
    let app = TestApp::new().await;
    let Some(said) = run("audit.mjs", &app.url("/graphql"), &json!({})).await else { return };
    assert!(said.len() > 30, "{said:#?}");
    let found: Vec<&Value> = said.iter().filter(|audit| audit["status"] != "ok").collect();
    assert!(found.is_empty(), "{found:#?}");
    app.stop().await;
}
