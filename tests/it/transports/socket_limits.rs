//! What a socket may cost: silent, slow, greedy and gone clients, and a server that stops.

use serde_json::{Value, json};

use super::raw::{Heard, RawSocket};
use crate::harness::{PATIENCE, TestApp};
use crate::installation::{Installation, Server};

const COUNT: &str = "{ connectors { totalCount } }";
const CHANGED: &str = "subscription { connectorChanged { id } }";

#[tokio::test]
async fn a_message_that_is_too_large_is_not_read() {
    let app = TestApp::with(|config| config.live.message_bytes = 1000).await;
    let mut socket = RawSocket::begun(app.address()).await;
    socket.subscribe("1", COUNT, json!({ "a": "x".repeat(900) })).await;
    let (code, reason) = socket.closed().await;
    assert_eq!(code, 1009);
    assert!(reason.contains("live.message_bytes"), "{reason}");
    app.stop().await;
}

#[tokio::test]
async fn who_has_not_begun_may_say_little() {
    let app = TestApp::new().await;
    let ping = json!({ "type": "ping", "payload": { "sent": "x".repeat(20_000) } });
    let mut begun = RawSocket::begun(app.address()).await;
    begun.say(ping.clone()).await;
    assert_eq!(begun.message().await["type"], "pong");
    let mut unbegun = RawSocket::open(app.address()).await;
    unbegun.say(ping).await;
    assert_eq!(unbegun.closed().await.0, 1009);
    app.stop().await;
}

#[tokio::test]
async fn a_socket_has_so_many_operations_at_once() {
    let app = TestApp::with(|config| config.live.operations = 2).await;
    let mut socket = RawSocket::begun(app.address()).await;
    for id in ["1", "2", "3"] {
        socket.subscribe(id, CHANGED, json!({})).await;
    }
    let refused = socket.message().await;
    assert_eq!((&refused["type"], &refused["id"]), (&json!("error"), &json!("3")), "{refused}");
    assert_eq!(refused["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED", "{refused}");
    // The others go on, and make room when they end.
    socket.say(json!({ "type": "complete", "id": "1" })).await;
    socket.subscribe("3", COUNT, json!({})).await;
    assert_eq!(socket.message().await["type"], "next");
    assert_eq!(socket.message().await["type"], "complete");
    // That an id is taken is told before that there are too many.
    socket.subscribe("3", CHANGED, json!({})).await;
    socket.subscribe("2", CHANGED, json!({})).await;
    assert_eq!(socket.closed().await.0, 4409);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_beyond_those_that_run_at_once_wait_for_their_turn() {
    const AT_ONCE: f64 = 4.0;
    const ASKED: usize = 80;
    let here = Installation::new().with("LIVE__QUEUE_KIB", 1);
    // A process of its own, of which the metrics are its own.
    let server = Server::start(&here);
    let mut socket = RawSocket::begun(server.address()).await;
    let large = "{ sql(query: \"SELECT repeat('x', 60000)\") { rows } }";
    for id in 0..ASKED {
        socket.subscribe(&id.to_string(), large, json!({})).await;
    }
    socket.subscribe("wrong", "{ nothing }", json!({})).await;
    let (mut ended, mut most) = (Vec::new(), 0.0_f64);
    while ended.len() <= ASKED {
        most = most.max(server.metric("dataweaver_live_operations").await);
        let message = socket.message().await;
        if message["type"] != "next" {
            ended.push((message["id"] == "wrong", message["type"].as_str().unwrap().to_owned()));
        }
    }
    assert!(ended.iter().all(|(is_wrong, kind)| kind == if *is_wrong { "error" } else { "complete" }), "{ended:?}");
    assert!((1.0..=AT_ONCE).contains(&most), "{most} ran at once");
}

#[tokio::test]
async fn a_client_is_asked_whether_it_is_there_and_closed_when_it_is_not() {
    let app = TestApp::with(|config| config.live.keep_alive_seconds = 1).await;
    let mut there = RawSocket::begun(app.address()).await;
    let mut gone = RawSocket::begun(app.address()).await;
    // Whoever reads answers the WebSocket's own pings without knowing.
    for _ in 0..4 {
        assert_eq!(there.hear().await, Heard::Message(json!({ "type": "ping" })));
        there.say(json!({ "type": "pong" })).await;
    }
    let (code, reason) = gone.closed().await;
    assert_eq!(code, 1013);
    assert!(reason.contains("pings"), "{reason}");
    there.subscribe("1", COUNT, json!({})).await;
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_takes_nothing_is_sent_away_and_delays_nobody() {
    let here =
        Installation::new().with("LIVE__SLOW_SECONDS", 1).with("LIVE__QUEUE_KIB", 1).with("LIVE__OPERATIONS", 200);
    // A process of its own, of which the metrics are its own.
    let server = Server::start(&here);
    let mut stuck = RawSocket::narrow(server.address()).await;
    stuck.say(json!({ "type": "connection_init" })).await;
    // More than the buffers between us hold.
    for id in 0..200 {
        stuck.subscribe(&id.to_string(), "{ sql(query: \"SELECT repeat('x', 60000)\") { rows } }", json!({})).await;
    }
    let mut other = RawSocket::begun(server.address()).await;
    other.subscribe("1", COUNT, json!({})).await;
    assert_eq!(other.message().await["type"], "next");
    server.shows("dataweaver_live_sockets_closed_total{code=\"1013\"}").await;
    let closed = loop {
        if let Heard::Close(why) = stuck.hear().await {
            break why;
        }
    };
    // The connection may break before the close frame has found its way through what was not taken.
    if let Some((code, reason)) = closed {
        assert_eq!((code, reason.as_str()), (1013, "Try again later: what waits for you was not taken in time"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_is_drained_before_a_server_stops() {
    let app = TestApp::new().await;
    let mut socket = RawSocket::begun(app.address()).await;
    socket.subscribe("follows", CHANGED, json!({})).await;
    let slow = "SELECT count(*) FROM generate_series(1, 300000) a WHERE a.value % 7 = 1";
    socket.subscribe("asks", "query($q: String!) { sql(query: $q) { rows } }", json!({ "q": slow })).await;
    socket.say(json!({ "type": "ping" })).await;
    let mut told = Vec::new();
    loop {
        let message = socket.message().await;
        if message["type"] == "pong" {
            break;
        }
        told.push(message);
    }
    // Everything before was taken up.
    let stopped = tokio::spawn(app.stop());
    let closed = loop {
        match socket.hear().await {
            Heard::Message(message) => told.push(message),
            Heard::Close(why) => break why,
        }
    };
    let kinds: Vec<(&Value, &Value)> = told.iter().map(|message| (&message["type"], &message["id"])).collect();
    assert_eq!(kinds, [(&json!("next"), &json!("asks")), (&json!("complete"), &json!("asks"))], "{told:#?}");
    assert_eq!(closed, Some((1012, "Service restart".to_owned())));
    stopped.await.unwrap();
}

#[tokio::test]
async fn an_idle_socket_does_not_hold_up_a_server_that_stops() {
    let app = TestApp::new().await;
    let mut idle = RawSocket::begun(app.address()).await;
    let mut unbegun = RawSocket::open(app.address()).await;
    let stopped = tokio::spawn(app.stop());
    assert_eq!(idle.closed().await.0, 1012);
    assert_eq!(unbegun.closed().await.0, 1012);
    tokio::time::timeout(PATIENCE, stopped).await.expect("the sockets are gone").unwrap();
}
