//! Servers on a PostgreSQL: each tells what the others did, and outlives a restart of the database.

use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use super::raw::RawSocket;
use super::shared::{FACTS, SLOW, beginning, facts_until_end};
use crate::cluster::Cluster;
use crate::harness::PATIENCE;
use crate::installation::{Installation, SECRET_KEY, Server};
use crate::servers;

const CHANGED: &str = "subscription { connectorChanged { id name } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_of_one_server_are_told_what_another_one_did() {
    let Some(own) = servers::postgres() else { return };
    let lake = tempfile::tempdir().unwrap();
    let replica = || Installation::replica(own.url(), lake.path());
    let (here, there) = (replica(), replica());
    let (one, other) = (Server::start(&here), Server::start(&there));

    let mut changes = RawSocket::begun(other.address()).await;
    changes.subscribe("1", CHANGED, json!({})).await;
    // A query beside it is answered when the subscription listens.
    changes.subscribe("2", "{ __typename }", json!({})).await;
    assert_eq!(changes.message().await["type"], "next");
    assert_eq!(changes.message().await["type"], "complete");
    let connector = one.database_connector("Shop", &here.shop()).await;
    let change = changes.message().await;
    assert_eq!(change["payload"]["data"]["connectorChanged"], json!({ "id": connector, "name": "Shop" }), "{change:#}");

    // Whichever of the two runs it.
    let sync = one.start_sync(&connector, None).await;
    let start = beginning();
    let (by_one, by_other) =
        tokio::join!(facts_until_end(&one, Some(&start), &sync), facts_until_end(&other, Some(&start), &sync));
    assert!(by_one.len() > 4, "{by_one:#?}");
    assert_eq!(by_one, by_other);
    // From one to the other, in the middle.
    let middle = by_one[1]["cursor"].as_str();
    assert_eq!(facts_until_end(&other, middle, &sync).await, by_one[2..]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_of_either_server_see_how_far_a_sync_is() {
    let (Some(own), Some(source)) = (servers::postgres(), servers::postgres()) else { return };
    PgConnection::connect(source.url()).await.unwrap().execute(SLOW).await.unwrap();
    let lake = tempfile::tempdir().unwrap();
    let replica = || Installation::replica(own.url(), lake.path());
    let (here, there) = (replica(), replica());
    let (one, other) = (Server::start(&here), Server::start(&there));
    let connector = one.database_connector("Shop", source.url()).await;
    let (mut by_one, mut by_other) = (gauges(&one).await, gauges(&other).await);
    // Whichever of the two runs it.
    one.start_sync(&connector, None).await;
    for seen in [seen_until_end(&mut by_one).await, seen_until_end(&mut by_other).await] {
        let rows: Vec<i64> = seen.iter().filter_map(|progress| progress["rows"].as_i64()).collect();
        assert!(rows.is_sorted(), "figures go back: {rows:?}");
        assert!(rows.iter().any(|rows| (1..30_000).contains(rows)), "it shows how far it is: {rows:?}");
        assert!(seen.iter().any(|progress| progress["rowsPerSecond"].as_f64() > Some(0.0)), "{seen:#?}");
    }
}

/// A socket that listens to the gauges of all syncs, and to how they end.
async fn gauges(server: &Server) -> RawSocket {
    let query = "subscription { syncEvents(kinds: [PROGRESS, STATE]) { dataSourceId status progress { rows rowsPerSecond waitingReason } } }";
    let mut socket = RawSocket::begun(server.address()).await;
    socket.subscribe("1", query, json!({})).await;
    // A query beside it is answered when the subscription listens.
    socket.subscribe("2", "{ __typename }", json!({})).await;
    while socket.message().await["type"] != "complete" {}
    socket
}

/// The progress that a socket is told until a sync has ended.
async fn seen_until_end(socket: &mut RawSocket) -> Vec<Value> {
    let mut seen = Vec::new();
    loop {
        let event = socket.message().await["payload"]["data"]["syncEvents"].take();
        if event["dataSourceId"].is_null() && event["status"] == "SUCCEEDED" {
            return seen;
        }
        seen.extend(event["progress"].is_object().then(|| event["progress"].clone()));
    }
}

/// The same as [`SLOW`], for longer than any test waits.
const ENDLESS: &str = "CREATE VIEW endless AS SELECT n AS id, repeat('x', 500) AS text,
    CASE WHEN n % 500 = 0 THEN pg_sleep(0.04) IS NOT NULL END AS rested FROM generate_series(1, 3000000) n";

/// Two processes on one database, of which the first runs an endless sync. Nobody takes it over for as long as a test goes on.
struct Two {
    runs: Server,
    other: Server,
    sync: String,
    _kept: (servers::TestDatabase, servers::TestDatabase, tempfile::TempDir, [Installation; 2]),
}

impl Two {
    async fn start() -> Option<Self> {
        let (own, source) = (servers::postgres()?, servers::postgres()?);
        PgConnection::connect(source.url()).await.unwrap().execute(ENDLESS).await.unwrap();
        let lake = tempfile::tempdir().unwrap();
        let replica = || Installation::replica(own.url(), lake.path()).with("ENGINE__LEASE_SECONDS", 600);
        let (here, there) = (replica(), replica());
        let runs = Server::start(&here);
        let connector = runs.database_connector("Shop", source.url()).await;
        let sync = runs.start_sync(&connector, None).await;
        runs.shows("dataweaver_syncs_of_this_process 1").await;
        let other = Server::start(&there);
        Some(Self { runs, other, sync, _kept: (own, source, lake, [here, there]) })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_whose_process_has_died_shows_no_rate_and_what_it_waits_for() {
    let Some(Two { _kept, runs, other, sync }) = Two::start().await else { return };
    let mut live = gauges(&other).await;
    let figures = "{ rows rowsPerSecond etaSeconds waitingReason }";
    let mut states = RawSocket::begun(other.address()).await;
    let follow = format!("subscription($id: ID!) {{ syncLog(id: $id) {{ sources {figures} }} }}");
    states.subscribe("1", &follow, json!({ "id": sync })).await;
    let has_rate = |progress: &Value| progress["rowsPerSecond"].as_f64().is_some_and(|rate| rate > 0.0);
    while !has_rate(&gauge(&mut live).await) {}
    while !has_rate(&state(&mut states).await) {}
    runs.kill();
    let waits = |progress: &Value| progress["waitingReason"].as_str().is_some_and(|reason| reason.contains("process"));
    let last = loop {
        let progress = gauge(&mut live).await;
        if waits(&progress) {
            break progress;
        }
    };
    assert!(last["rowsPerSecond"].is_null() && last["rows"].as_i64() > Some(0), "{last:#}");
    let last = loop {
        let progress = state(&mut states).await;
        if waits(&progress) {
            break progress;
        }
    };
    assert!(last["rowsPerSecond"].is_null() && last["etaSeconds"].is_null(), "{last:#}");
    let ask = format!("query($id: ID!) {{ syncLog(id: $id) {{ sources {figures} }} }}");
    assert_eq!(other.gql(&ask, json!({ "id": sync })).await["syncLog"]["sources"][0], last);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_whose_process_has_died_is_cancelled_before_its_lease_ends() {
    let Some(Two { _kept, runs, other, sync }) = Two::start().await else { return };
    runs.kill();
    let cancel = "mutation($id: ID!) { cancelSync(input: { syncLogId: $id }) { syncLog { id } } }";
    other.gql(cancel, json!({ "id": sync })).await;
    let ended = tokio::time::timeout(PATIENCE, other.sync_end(&sync)).await.expect("nobody waits for the lease");
    assert_eq!(ended["status"], "CANCELLED", "{ended:#}");
}

/// What the next event says of how far its data source is.
async fn gauge(socket: &mut RawSocket) -> Value {
    socket.message().await["payload"]["data"]["syncEvents"]["progress"].take()
}

/// How far the only data source is, in the next state of the sync that a socket follows.
async fn state(socket: &mut RawSocket) -> Value {
    socket.message().await["payload"]["data"]["syncLog"]["sources"][0].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_restarted_ends_no_subscription() {
    let Some(own) = Cluster::start() else { return };
    let here = Installation::new().with("DATABASE_URL", own.url()).with("SECRET_KEY", SECRET_KEY);
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", &here.shop()).await;
    let mut facts = RawSocket::begun(server.address()).await;
    // One that is alone, and two that share.
    for (id, query) in [("1", FACTS), ("2", FACTS), ("3", CHANGED)] {
        facts.subscribe(id, query, json!({})).await;
    }
    server.shows("dataweaver_live_shared_operations 2").await;
    own.restart();
    // As soon as the server has a connection again.
    let renamed = async {
        let rename = "mutation($id: ID!) { updateConnector(input: { id: $id, name: \"New\" }) { connector { id } } }";
        while server.try_gql(rename, json!({ "id": connector })).await["errors"].is_array() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, renamed).await.expect("the server has a connection again");
    let sync = server.start_sync(&connector, None).await;
    let mut ended = Vec::new();
    let mut changed = false;
    while ended.len() < 2 || !changed {
        let message = facts.message().await;
        assert!(["next", "ping"].contains(&message["type"].as_str().unwrap()), "{message:#}");
        let event = &message["payload"]["data"]["syncEvents"];
        if event["syncLogId"] == sync && event["dataSourceId"].is_null() && event["status"] == "SUCCEEDED" {
            ended.push(message["id"].clone());
        }
        changed |= message["payload"]["data"]["connectorChanged"]["name"] == "New";
    }
    assert_ne!(ended[0], ended[1]);
}
