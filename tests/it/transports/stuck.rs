//! Clients that stop reading: what they cost is bounded, nobody else waits for them, and it is counted.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::raw::{RawSocket, Unread};
use crate::client::Client;
use crate::harness::PATIENCE;
use crate::installation::{Installation, Server};

const EVENT_STREAM: &str = "text/event-stream";
const MULTIPART: &str = "multipart/mixed;subscriptionSpec=1.0";
const LARGE: &str = "{ sql(query: \"SELECT repeat('x', 60000)\") { rows } }";

/// WebSockets that nobody reads; with them an event stream and a multipart answer.
const SOCKETS: usize = 8;
const STUCK: f64 = SOCKETS as f64 + 2.0;
/// What may wait for one of them.
const QUEUE_KIB: f64 = 256.0;
/// How often a fact's message is asked for.
const TIMES: usize = 30;
/// The longest message of a fact, which names a file by a path of this length.
const PATH: usize = 3_900;
/// A message of a subscription, in KiB.
const MESSAGE_KIB: f64 = (TIMES * (PATH + 100)) as f64 / 1024.0;
/// Messages of one connection that are on their way besides its queue: one that waits for room in it, one that was taken
/// out and is written down, and what the transport keeps of both.
const ON_THEIR_WAY: f64 = 5.0;
/// Queries with large answers that jam a socket.
const ASKED: usize = 200;
/// What the allocator keeps, and what twice as much of the same work takes, in MiB.
const ALLOWANCE_MIB: f64 = 24.0;

/// A subscription whose text no other one has, so that nothing of it is shared.
fn large_events(name: &str) -> String {
    let messages: String = (0..TIMES).map(|n| format!("m{n}: message ")).collect();
    format!("subscription {name} {{ syncEvents {{ id {messages} }} }}")
}

/// Connectors to files that are not there: their syncs fail at once, with the whole path in their words.
async fn lost_connectors(server: &Server) -> Vec<String> {
    let mut connectors = Vec::new();
    for n in 0..10 {
        let path = format!("/{n}/{}", format!("{}/", "x".repeat(199)).repeat(PATH / 200));
        connectors.push(server.database_connector(&format!("Lost {n}"), &format!("sqlite://{path}lost.db")).await);
    }
    connectors
}

/// What a subscriber is told of a number of syncs of each connector, and how late.
struct Round {
    /// The ids of the facts.
    told: Vec<Value>,
    /// Until the last of them was told.
    took: Duration,
    /// From the moment of a fact to the one in which its subscriber has it; the mean.
    delay: Duration,
}

impl Round {
    async fn of(syncs: usize, server: &Client, socket: &mut RawSocket, connectors: &[String]) -> Self {
        let began = Instant::now();
        let (mut told, mut delays) = (Vec::new(), Vec::new());
        for _ in 0..syncs {
            for connector in connectors {
                server.start_sync(connector, None).await;
            }
            let mut ended = 0;
            while ended < connectors.len() {
                let message = socket.message().await;
                let event = &message["payload"]["data"]["syncEvents"];
                if !event["id"].is_string() {
                    continue;
                }
                ended += usize::from(event["status"] == "FAILED" && event["dataSourceId"].is_null());
                let at: DateTime<Utc> = event["at"].as_str().and_then(|at| at.parse().ok()).expect("a time");
                delays.push((Utc::now() - at).to_std().unwrap_or_default());
                told.push(event["id"].clone());
            }
        }
        let delay = delays.iter().sum::<Duration>() / u32::try_from(delays.len()).unwrap();
        Self { told, took: began.elapsed(), delay }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_read_nothing_cost_no_more_than_their_queues_and_delay_nobody() {
    // Nobody is sent away meanwhile.
    let here = Installation::new().with("LIVE__QUEUE_KIB", QUEUE_KIB).with("LIVE__SLOW_SECONDS", 45);
    let server = Server::start(&here);
    let connectors = lost_connectors(&server).await;
    let mut socket = RawSocket::begun(server.address()).await;
    let events = "subscription { syncEvents { id at status dataSourceId } }";
    socket.subscribe("1", events, json!({})).await;
    server.shows("dataweaver_live_shared_listeners 1").await;
    let alone = Round::of(3, &server, &mut socket, &connectors).await;
    let before = server.peak_memory_mib() as f64;

    let mut sockets = Vec::new();
    for n in 0..SOCKETS {
        let mut socket = RawSocket::narrow(server.address()).await;
        socket.say(json!({ "type": "connection_init" })).await;
        socket.subscribe("1", &large_events(&format!("Stuck{n}")), json!({})).await;
        sockets.push(socket);
    }
    let events = Unread::begun(server.address(), EVENT_STREAM, &large_events("StuckEvents")).await;
    let parts = Unread::begun(server.address(), MULTIPART, &large_events("StuckParts")).await;
    server.shows(&format!("dataweaver_live_connections{{transport=\"websocket\"}} {}", SOCKETS + 1)).await;
    server.shows("dataweaver_live_connections{transport=\"event stream\"} 1").await;
    server.shows("dataweaver_live_connections{transport=\"multipart\"} 1").await;
    server.shows(&format!("dataweaver_live_shared_listeners {}", STUCK + 1.0)).await;
    // Until nothing moves any more, and then on.
    let filling = Round::of(8, &server, &mut socket, &connectors).await;
    let crowded = Round::of(3, &server, &mut socket, &connectors).await;
    let grown = server.peak_memory_mib() as f64 - before;

    let told = [alone.told, filling.told, crowded.told].concat();
    assert_eq!(told, written(&server, &told[0], told.len()).await, "a fact was not told, or twice");
    assert!(crowded.took < alone.took * 3 + Duration::from_secs(2), "{:?} alone, {:?} now", alone.took, crowded.took);
    assert!(crowded.delay < alone.delay * 3 + Duration::from_millis(500), "{:?}, {:?}", alone.delay, crowded.delay);

    // They are stuck: each has something that waits, and none more than it may.
    let queued = server.metric("dataweaver_live_queued_bytes").await / 1024.0;
    let whole = MESSAGE_KIB * (told.len() / 3) as f64 / 1024.0 * STUCK;
    println!("{grown} MiB more, {queued} KiB wait; told in all {whole} MiB; {:?} and {:?}", alone.delay, crowded.delay);
    assert!(queued >= STUCK * MESSAGE_KIB * 0.9, "only {queued} KiB wait: somebody reads");
    assert!(queued <= STUCK * QUEUE_KIB, "{queued} KiB wait");
    assert!(server.metric("dataweaver_live_lags_total").await >= STUCK, "each has left its tail");
    let bound = STUCK * (QUEUE_KIB + ON_THEIR_WAY * MESSAGE_KIB) / 1024.0 + ALLOWANCE_MIB;
    assert!(whole > 2.0 * bound, "{whole} MiB would be no fault");
    assert!(grown < bound, "{grown} MiB more, of {bound} that are allowed");

    // What waits is forgotten with them.
    drop((sockets, events, parts));
    server.shows("dataweaver_live_connections{transport=\"websocket\"} 1").await;
    server.shows("dataweaver_live_queued_bytes 0").await;
}

/// The ids of so many facts of the log, from one on.
async fn written(server: &Client, first: &Value, count: usize) -> Vec<Value> {
    let beginning = dataweaver::events::EventCursor(0).to_string();
    let mut socket = RawSocket::begun(server.address()).await;
    let query = "subscription($after: String) { syncEvents(after: $after) { id } }";
    socket.subscribe("1", query, json!({ "after": beginning })).await;
    let mut ids = Vec::new();
    while ids.len() < count {
        let message = socket.message().await;
        let id = &message["payload"]["data"]["syncEvents"]["id"];
        if id.is_string() && (!ids.is_empty() || id == first) {
            ids.push(id.clone());
        }
    }
    ids
}

/// A socket on which nothing moves any more, and that follows all facts.
async fn jammed(server: &Server) -> RawSocket {
    let mut socket = RawSocket::narrow(server.address()).await;
    socket.say(json!({ "type": "connection_init" })).await;
    socket.subscribe("follows", "subscription { syncEvents { id message } }", json!({})).await;
    server.shows("dataweaver_live_shared_listeners 1").await;
    // More than the buffers between us hold.
    for id in 0..ASKED {
        socket.subscribe(&id.to_string(), LARGE, json!({})).await;
    }
    socket
}

/// Waits until nothing moves any more; gives the most bytes that waited meanwhile.
async fn stands_still(server: &Server) -> f64 {
    let still = async {
        let (mut most, mut before, mut alike) = (0.0_f64, 0.0, 0);
        while alike < 10 {
            let queued = server.metric("dataweaver_live_queued_bytes").await;
            alike = if queued > 0.0 && queued == before { alike + 1 } else { 0 };
            (most, before) = (most.max(queued), queued);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        most
    };
    tokio::time::timeout(PATIENCE, still).await.expect("something waits, and does not move")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_reads_wait_one_after_another() {
    const ANSWERS: usize = 100;
    const BYTES: f64 = 1_000_000.0;
    let here = Installation::new().with("LIVE__QUEUE_KIB", QUEUE_KIB).with("LIVE__SLOW_SECONDS", 45);
    // A process of its own, of which the metrics are its own.
    let server = Server::start(&here);
    let mut stuck = RawSocket::narrow(server.address()).await;
    stuck.say(json!({ "type": "connection_init" })).await;
    for id in 0..ANSWERS {
        let query = format!("{{ sql(query: \"SELECT repeat('x', 1000000) AS t{id}\") {{ rows }} }}");
        stuck.subscribe(&id.to_string(), &query, json!({})).await;
    }
    let queued = stands_still(&server).await;
    assert!(queued <= QUEUE_KIB * 1024.0 + BYTES * 1.01, "{queued} bytes waited");
    let mut other = RawSocket::begun(server.address()).await;
    other.subscribe("1", "{ connectors { totalCount } }", json!({})).await;
    assert_eq!(other.message().await["type"], "next", "others are served meanwhile");
    let (mut answered, mut complete) = (vec![0; ANSWERS], 0);
    while complete < ANSWERS {
        let message = stuck.message().await;
        let id: Option<usize> = message["id"].as_str().and_then(|id| id.parse().ok());
        match (id, message["type"].as_str()) {
            (Some(id), Some("next")) => answered[id] += 1,
            (Some(id), Some("complete")) => {
                assert_eq!(answered[id], 1, "of {id}");
                complete += 1;
            }
            _ => assert!(["ping", "connection_ack"].contains(&message["type"].as_str().unwrap()), "{message}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_events_of_many_subscriptions_of_a_stuck_client_wait_in_the_log() {
    const SUBSCRIPTIONS: usize = 40;
    let here = Installation::new().with("LIVE__QUEUE_KIB", QUEUE_KIB).with("LIVE__SLOW_SECONDS", 45);
    // A process of its own, of which the metrics are its own.
    let server = Server::start(&here);
    let connectors = lost_connectors(&server).await;
    let mut stuck = RawSocket::narrow(server.address()).await;
    stuck.say(json!({ "type": "connection_init" })).await;
    for n in 0..SUBSCRIPTIONS {
        stuck.subscribe(&n.to_string(), &large_events(&format!("Many{n}")), json!({})).await;
    }
    server.shows(&format!("dataweaver_live_shared_listeners {SUBSCRIPTIONS}")).await;
    let mut facts = Vec::new();
    for connector in &connectors[..3] {
        let sync = server.sync_and_wait(connector).await["id"].clone();
        let list = "query($id: ID!) { syncLog(id: $id) { events(first: 500) { nodes { id } } } }";
        let data = server.gql(list, json!({ "id": sync })).await;
        facts.extend(data["syncLog"]["events"]["nodes"].as_array().unwrap().iter().map(|fact| fact["id"].clone()));
    }
    let queued = stands_still(&server).await / 1024.0;
    let whole = MESSAGE_KIB * (facts.len() * SUBSCRIPTIONS) as f64 / 3.0;
    assert!(whole > 4.0 * (QUEUE_KIB + MESSAGE_KIB), "{whole} KiB would be no fault");
    assert!(queued <= QUEUE_KIB + MESSAGE_KIB, "{queued} KiB waited");
    let mut told = vec![Vec::new(); SUBSCRIPTIONS];
    while told.iter().any(|told| told.len() < facts.len()) {
        let message = stuck.message().await;
        let event = &message["payload"]["data"]["syncEvents"];
        if event["id"].is_string() {
            let id: usize = message["id"].as_str().and_then(|id| id.parse().ok()).expect("one of ours");
            told[id].push(event["id"].clone());
        }
    }
    assert!(told.iter().all(|told| *told == facts), "a fact was not told, twice, or in another order");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_stuck_client_misses_is_counted() {
    let here =
        Installation::new().with("LIVE__QUEUE_KIB", 1).with("LIVE__OPERATIONS", 300).with("LIVE__SLOW_SECONDS", 45);
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", &here.shop()).await;
    let mut socket = jammed(&server).await;
    stands_still(&server).await;
    assert_eq!(server.metric("dataweaver_live_lags_total").await, 0.0);
    // What is on its way stays there, and leaves its room in the queue to others.
    for id in 0..ASKED {
        socket.say(json!({ "type": "complete", "id": id.to_string() })).await;
    }
    let counted = async {
        let states = "subscription($id: ID!) { syncLog(id: $id) { status sources { phase rows } } }";
        let mut number = 0;
        loop {
            let sync = server.start_sync(&connector, None).await;
            socket.subscribe(&format!("state {number}"), states, json!({ "id": sync })).await;
            assert_eq!(server.sync_end(&sync).await["status"], "SUCCEEDED");
            let lags = server.metric("dataweaver_live_lags_total").await;
            if lags > 0.0 && server.metric("dataweaver_live_conflated_total").await > 0.0 {
                return;
            }
            // It leaves its room to the next one.
            socket.say(json!({ "type": "complete", "id": format!("state {number}") })).await;
            number += 1;
        }
    };
    tokio::time::timeout(PATIENCE, counted).await.expect("lags and conflated states are counted");
    assert!(server.metric("dataweaver_live_queued_bytes").await > 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stops_waits_for_no_client_that_reads_nothing() {
    /// What a server gives to all connections together, in seconds, and to the rest of its end.
    const LONGEST: Duration = Duration::from_secs(10 + 5);
    let here = Installation::new()
        .with("LIVE__QUEUE_KIB", 1)
        .with("LIVE__OPERATIONS", 300)
        .with("LIVE__DRAIN_SECONDS", 1)
        .with("LIVE__SLOW_SECONDS", 45);
    let mut server = Server::start(&here);
    let mut reads = RawSocket::begun(server.address()).await;
    let _reads_nothing = jammed(&server).await;
    let rows = "{ sql(query: \"SELECT repeat('x', 60000) FROM generate_series(1, 100)\") { rows } }";
    let _unread = Unread::begun(server.address(), EVENT_STREAM, rows).await;
    // More is asked for than is taken.
    server.shows("dataweaver_live_operations 5").await;
    let began = Instant::now();
    server.signal("TERM");
    assert_eq!(reads.closed().await.0, 1012);
    let told = began.elapsed();
    let ended = tokio::task::spawn_blocking(move || server.wait());
    let ended = tokio::time::timeout(PATIENCE, ended).await.expect("the server ends").unwrap();
    assert_eq!(ended, Some(0));
    let took = began.elapsed();
    println!("whoever reads was told after {told:?}, the server has ended after {took:?}");
    assert!(told < Duration::from_secs(5), "whoever reads was told after {told:?}");
    assert!(took < LONGEST, "the server has ended after {took:?}");
}
