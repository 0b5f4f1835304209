//! Equal subscriptions are executed once, and each subscriber is told all the same.

use std::collections::{HashMap, HashSet};

use futures::future::join_all;
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use super::raw::RawSocket;
use crate::client::Client;
use crate::harness::{PATIENCE, TestApp};
use crate::installation::{Installation, Server};
use crate::servers;

/// The facts of all syncs since a cursor.
pub const FACTS: &str =
    "subscription($after: String) { syncEvents(after: $after) { id cursor kind syncLogId dataSourceId status } }";
const STATES: &str = "subscription($id: ID!) { syncLog(id: $id) { status recordsProcessed sources { rows percent } } }";
const SHOP: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)";

/// A view of 30,000 rows that comes bit by bit, for two seconds or longer, and not before nobody holds [`HOLD`].
pub const SLOW: &str = "CREATE VIEW slow AS SELECT n AS id, repeat('x', 500) AS text,
    CASE WHEN n = 1 THEN pg_advisory_lock_shared(1) IS NOT NULL WHEN n % 500 = 0 THEN pg_sleep(0.04) IS NOT NULL END
    AS rested FROM generate_series(1, 30000) n";
const HOLD: &str = "SELECT pg_advisory_lock(1)";
const LET_GO: &str = "SELECT pg_advisory_unlock(1)";

/// The facts that a subscriber is told until a sync has ended, in the order in which they come.
pub async fn facts_until_end(client: &Client, after: Option<&str>, sync: &str) -> Vec<Value> {
    let mut socket = RawSocket::begun(client.address()).await;
    socket.subscribe("1", FACTS, json!({ "after": after })).await;
    told_until_end(&mut socket, sync).await
}

/// The facts that come over a socket whose only operation they are, until a sync has ended.
pub async fn told_until_end(socket: &mut RawSocket, sync: &str) -> Vec<Value> {
    let mut facts = Vec::new();
    loop {
        let message = socket.message().await;
        if message["type"] == "ping" {
            continue;
        }
        let event = message["payload"]["data"]["syncEvents"].clone();
        assert!(event.is_object(), "{message:#}");
        let is_end = event["syncLogId"] == sync && event["dataSourceId"].is_null() && event["status"] == "SUCCEEDED";
        if !event["id"].is_null() {
            facts.push(event);
        }
        if is_end {
            return facts;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_subscriber_is_told_every_fact_since_its_own_place() {
    let app = TestApp::new().await;
    let connector = app.sqlite_connector("Shop", SHOP).await;
    let first = app.sync_and_wait(&connector).await;
    let log = facts_until_end(&app, Some(&beginning()), first["id"].as_str().unwrap()).await;
    assert!(log.len() > 4, "{log:#?}");
    // From the beginning, and from each fact of the first sync on, twice; while the second one runs.
    let places: Vec<Option<String>> = log.iter().map(|fact| fact["cursor"].as_str().map(str::to_owned)).collect();
    let second = app.start_sync(&connector, None).await;
    let told = places.iter().chain(&places).map(|place| facts_until_end(&app, place.as_deref(), &second));
    let told = join_all(told).await;
    let whole = facts_until_end(&app, Some(&beginning()), &second).await;
    for (place, told) in places.iter().chain(&places).zip(told) {
        let missing = whole.iter().position(|fact| fact["cursor"].as_str() == place.as_deref()).unwrap() + 1;
        assert_eq!(told, whole[missing..], "after {place:?}");
    }
    app.stop().await;
}

/// The cursor before every fact, as a client would have it that has seen none.
pub fn beginning() -> String {
    dataweaver::events::EventCursor(0).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_of_one_sync_share_its_states_and_its_end() {
    let Some(database) = servers::postgres() else { return };
    let mut source = PgConnection::connect(database.url()).await.unwrap();
    source.execute(SLOW).await.unwrap();
    source.execute(HOLD).await.unwrap();
    // A process of its own, of which the metrics are its own.
    let here = Installation::new();
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", database.url()).await;
    let mut connectors = RawSocket::begun(server.address()).await;
    connectors.subscribe("1", "subscription { connectorChanged { status } }", json!({})).await;
    server.shows("dataweaver_live_shared_operations 1").await;
    let sync = server.start_sync(&connector, None).await;
    for status in ["SYNCING", "CONNECTED"] {
        // What it is doing is told, too, and not only what is changed of it.
        while connectors.message().await["payload"]["data"]["connectorChanged"]["status"] != status {}
        if status == "SYNCING" {
            follow_to_the_end(&server, &sync, &mut source).await;
        }
    }
    connectors.say(json!({ "type": "complete", "id": "1" })).await;
    server.shows("dataweaver_live_shared_operations 0").await;
    server.shows("dataweaver_live_shared_listeners 0").await;
    server.shows("dataweaver_live_operations 0").await;
}

/// Many subscribers of a sync that begins to read once all of them are there, and goes on for a while.
async fn follow_to_the_end(server: &Server, sync: &str, source: &mut PgConnection) {
    let shared = async {
        server.shows("dataweaver_live_shared_operations 2").await;
        server.shows("dataweaver_live_operations 13").await;
        // All of them, while it goes on: those of the sync on one execution, and one of the connectors on the other.
        server.shows("dataweaver_live_shared_listeners 13").await;
        source.execute(LET_GO).await.unwrap();
    };
    let (states, ()) = tokio::join!(join_all((0..12).map(|_| states_until_end(server, sync))), shared);
    for states in states {
        let rows: Vec<i64> = states.iter().filter_map(|state| state["sources"][0]["rows"].as_i64()).collect();
        assert!(rows.is_sorted(), "figures go back: {rows:?}");
        assert!(rows.len() > 4, "a long sync shows how far it is: {rows:?}");
        let end = states.last().unwrap();
        assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(30_000)), "{end:#}");
    }
}

/// The states that a subscriber of a sync is told, up to the completion of its stream.
async fn states_until_end(client: &Client, sync: &str) -> Vec<Value> {
    let mut socket = RawSocket::begun(client.address()).await;
    socket.subscribe("1", STATES, json!({ "id": sync })).await;
    let mut states = Vec::new();
    loop {
        let message = socket.message().await;
        match message["type"].as_str() {
            Some("next") => states.push(message["payload"]["data"]["syncLog"].clone()),
            Some("complete") => return states,
            Some("ping") => {}
            _ => panic!("{message:#}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_of_one_scenario_share_its_states() {
    let here = Installation::new();
    let server = Server::start(&here);
    let follow = "subscription { scenarioProgress(scenarioId: \"customer_intelligence\") { status } }";
    let (mut one, mut other) = (RawSocket::begun(server.address()).await, RawSocket::begun(server.address()).await);
    let status = |message: &Value| message["payload"]["data"]["scenarioProgress"]["status"].clone();
    for socket in [&mut one, &mut other] {
        socket.subscribe("1", follow, json!({})).await;
        assert_eq!(status(&socket.message().await), "NOT_SET_UP");
    }
    server.shows("dataweaver_live_shared_operations 1").await;
    server.shows("dataweaver_live_shared_listeners 2").await;
    let set_up = "mutation { setupScenario(input: { scenarioId: \"customer_intelligence\", sizeFactor: 0.01 }) {
        scenario { id } } }";
    server.gql(set_up, json!({})).await;
    for socket in [&mut one, &mut other] {
        assert_eq!(status(&socket.message().await), "SETTING_UP");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_equal_subscriptions_of_equal_rights_are_shared_and_the_last_one_stops_the_work() {
    let here = Installation::new();
    let server = Server::start(&here);
    let changed = "subscription { connectorChanged { id } }";
    let mut sockets = Vec::new();
    for (query, variables) in [
        // One, whatever their places are.
        (FACTS, json!({})),
        (FACTS, json!({ "after": beginning() })),
        // Another one of the same text.
        (
            "subscription($after: String, $kinds: [SyncEventKind!]) { syncEvents(after: $after, kinds: $kinds) { id } }",
            json!({ "kinds": ["STATE"] }),
        ),
        (
            "subscription($after: String, $kinds: [SyncEventKind!]) { syncEvents(after: $after, kinds: $kinds) { id } }",
            json!({ "kinds": ["LOG"] }),
        ),
        (changed, json!({})),
        (changed, json!({})),
    ] {
        let mut socket = RawSocket::begun(server.address()).await;
        socket.subscribe("1", query, variables).await;
        sockets.push(socket);
    }
    server.shows("dataweaver_live_operations 6").await;
    server.shows("dataweaver_live_shared_operations 4").await;
    server.shows("dataweaver_live_shared_listeners 6").await;
    // All of them hear of a connector.
    let connector = server.database_connector("Shop", &here.shop()).await;
    let told = tokio::time::timeout(PATIENCE, async {
        let [.., one, other] = sockets.as_mut_slice() else { unreachable!("there are six") };
        (one.message().await, other.message().await)
    });
    let (one, other) = told.await.expect("both are told");
    assert_eq!(one, other);
    assert_eq!(one["payload"]["data"]["connectorChanged"]["id"], connector);
    // One of two goes, and then the other.
    sockets[5].say(json!({ "type": "complete", "id": "1" })).await;
    server.shows("dataweaver_live_operations 5").await;
    server.shows("dataweaver_live_shared_operations 4").await;
    server.shows("dataweaver_live_shared_listeners 5").await;
    sockets[4].say(json!({ "type": "complete", "id": "1" })).await;
    server.shows("dataweaver_live_shared_operations 3").await;
    drop(sockets);
    server.shows("dataweaver_live_shared_operations 0").await;
    server.shows("dataweaver_live_shared_listeners 0").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_behind_is_told_those_connectors_that_have_changed_meanwhile() {
    let here = Installation::new()
        .with("LIVE__QUEUE_KIB", 1)
        .with("LIVE__SLOW_SECONDS", 45)
        .with("LIVE__KEEP_ALIVE_SECONDS", 600);
    let server = Server::start(&here);
    let (shop, mut connectors) = (here.shop(), Vec::new());
    for n in 0..8 {
        connectors.push(server.database_connector(&format!("Shop {n}"), &shop).await);
    }
    let describe = async |connector: &String, words: String| {
        let update = "mutation($id: ID!, $words: String!) {
            updateConnector(input: { id: $id, description: $words }) { connector { id } } }";
        server.gql(update, json!({ "id": connector, "words": words })).await;
    };
    let large: String = (0..30).map(|n| format!("d{n}: description ")).collect();
    let mut slow = RawSocket::narrow(server.address()).await;
    slow.say(json!({ "type": "connection_init" })).await;
    slow.subscribe("1", &format!("subscription {{ connectorChanged {{ id {large} }} }}"), json!({})).await;
    server.shows("dataweaver_live_shared_listeners 1").await;
    // Until it does not fit any more what is told of these three.
    let mut round = 0;
    while server.metric("dataweaver_live_lags_total").await == 0.0 {
        describe(&connectors[round % 3], format!("{round} {}", "x".repeat(900))).await;
        round += 1;
        assert!(round < 1000, "a client that reads nothing takes everything");
    }
    describe(&connectors[7], "the last one".to_owned()).await;
    let mut newest = HashMap::new();
    while !newest.contains_key(&connectors[7]) {
        let message = slow.message().await;
        let changed = &message["payload"]["data"]["connectorChanged"];
        if let Some(id) = changed["id"].as_str() {
            newest.insert(id.to_owned(), changed["d0"].as_str().unwrap_or_default().to_owned());
        }
    }
    let told: HashSet<&String> = newest.keys().collect();
    let expected: HashSet<&String> = connectors[..3].iter().chain([&connectors[7]]).collect();
    assert_eq!(told, expected, "the others have not changed");
    for last in round.saturating_sub(3)..round {
        let words = &newest[&connectors[last % 3]];
        assert!(words.starts_with(&format!("{last} ")), "the last that was said of {}: {words:.10}", last % 3);
    }
}
