//! graphql-transport-ws to the letter: each message and each close code, over a raw socket.

use dataweaver::services::Role;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::raw::{Heard, PROTOCOL, RawSocket};
use crate::harness::{TestApp, token};

const COUNT: &str = "{ connectors { totalCount } }";
const CHANGED: &str = "subscription { connectorChanged { name } }";
const EVENTS: &str = "subscription($after: String) { syncEvents(after: $after) { id } }";
const CREATE: &str =
    "mutation($input: CreateConnectorInput!) { createConnector(input: $input) { connector { name } } }";

fn connector(name: &str) -> Value {
    let config = json!({ "url": "postgres://reader@db.example.com/a" });
    json!({ "input": { "name": name, "type": "DATABASE", "connectionConfig": config } })
}

fn code(payload: &Value) -> &str {
    payload["extensions"]["code"].as_str().unwrap_or("none")
}

#[tokio::test]
async fn a_socket_speaks_this_protocol_or_is_closed() {
    let app = TestApp::new().await;
    let expected = (4406, "Subprotocol not acceptable".to_owned());
    for protocol in [None, Some("graphql-ws"), Some("soap, wamp")] {
        let mut socket = RawSocket::speaking(app.address(), protocol).await;
        assert_eq!(socket.closed().await, expected, "{protocol:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn an_upgrade_to_something_else_is_answered_as_if_it_were_none() {
    let app = TestApp::new().await;
    let request = app.client().get(app.url("/graphql?query=%7B__typename%7D"));
    let answer = request.header("connection", "upgrade").header("upgrade", "h2c").send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "data": { "__typename": "Query" } }));
    app.stop().await;
}

#[tokio::test]
async fn a_connection_begins_once_and_in_time() {
    let impatient = TestApp::with(|config| config.live.init_seconds = 1).await;
    let mut silent = RawSocket::open(impatient.address()).await;
    assert_eq!(silent.closed().await, (4408, "Connection initialisation timeout".to_owned()));
    impatient.stop().await;
    let app = TestApp::new().await;
    let mut hasty = RawSocket::open(app.address()).await;
    hasty.subscribe("1", COUNT, json!({})).await;
    assert_eq!(hasty.closed().await, (4401, "Unauthorized".to_owned()));
    let mut twice = RawSocket::begun(app.address()).await;
    twice.say(json!({ "type": "connection_init" })).await;
    assert_eq!(twice.closed().await, (4429, "Too many initialisation requests".to_owned()));
    app.stop().await;
}

#[tokio::test]
async fn who_may_not_come_in_is_told_so() {
    let app = TestApp::with(|config| config.auth.tokens = vec![token("reads", Role::Viewer)]).await;
    for init in [json!({}), json!({ "Authorization": "Bearer guessed" }), json!({ "Authorization": "reads" })] {
        let mut socket = RawSocket::open(app.address()).await;
        socket.say(json!({ "type": "connection_init", "payload": init })).await;
        assert_eq!(socket.closed().await, (4403, "Forbidden".to_owned()), "{init}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_message_that_the_protocol_does_not_know_closes_the_socket() {
    let app = TestApp::new().await;
    let text = |text: &str| Message::Text(text.into());
    for frame in [
        text("{"),
        text("[]"),
        text(r#"{"type":"start"}"#),
        text(r#"{"type":"connection_ack"}"#),
        text(r#"{"type":"subscribe","payload":{"query":"{ __typename }"}}"#),
        text(r#"{"type":"subscribe","id":"1","payload":{}}"#),
        text(r#"{"type":"subscribe","id":"1","payload":{"query":"{ __typename }","variables":[]}}"#),
        text(r#"{"type":"complete"}"#),
        Message::Binary(r#"{"type":"ping"}"#.into()),
    ] {
        let mut socket = RawSocket::begun(app.address()).await;
        socket.say_frame(frame.clone()).await;
        let (code, reason) = socket.closed().await;
        assert_eq!(code, 4400, "{frame:?}");
        assert!(reason.starts_with("Invalid message: "), "{reason}");
    }
    app.stop().await;
}

#[tokio::test]
async fn what_is_no_frame_or_no_text_closes_the_socket() {
    let app = TestApp::new().await;
    let no_text = &[0x81, 0x83, 0, 0, 0, 0, 0xff, 0xfe, 0xfd][..];
    let unmasked = &[0x81, 2, b'{', b'}'][..];
    let compressed = &[0xc1, 0x82, 0, 0, 0, 0, b'{', b'}'][..];
    for (bytes, code) in [(no_text, 1007), (unmasked, 1002), (compressed, 1002)] {
        let mut socket = RawSocket::begun(app.address()).await;
        socket.say_bytes(bytes).await;
        assert_eq!(socket.closed().await.0, code, "{bytes:?}");
    }
    app.stop().await;
}

#[tokio::test]
async fn a_page_of_another_site_gets_no_socket() {
    let app = TestApp::new().await;
    let upgrade = |origin: String| {
        let request = app.client().get(app.url("/graphql"));
        let request = request.header("connection", "upgrade").header("upgrade", "websocket").header("origin", origin);
        let request = request.header("sec-websocket-version", "13").header("sec-websocket-protocol", PROTOCOL);
        request.header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==").send()
    };
    assert_eq!(upgrade(app.url("")).await.unwrap().status(), 101, "our own pages may");
    for origin in ["https://evil.example", "null"] {
        assert_eq!(upgrade(origin.to_owned()).await.unwrap().status(), 403, "{origin}");
    }
    app.stop().await;
}

#[tokio::test]
async fn queries_and_mutations_give_one_result_and_are_complete() {
    let app = TestApp::new().await;
    let mut socket = RawSocket::begun(app.address()).await;
    socket.subscribe("make", CREATE, connector("A")).await;
    let payload = json!({ "data": { "createConnector": { "connector": { "name": "A" } } } });
    assert_eq!(socket.message().await, json!({ "type": "next", "id": "make", "payload": payload }));
    assert_eq!(socket.message().await, json!({ "type": "complete", "id": "make" }));
    // An id that is free again may be used again.
    socket.subscribe("make", COUNT, json!({})).await;
    assert_eq!(socket.message().await["payload"], json!({ "data": { "connectors": { "totalCount": 1 } } }));
    assert_eq!(socket.message().await, json!({ "type": "complete", "id": "make" }));
    app.stop().await;
}

#[tokio::test]
async fn an_operation_that_cannot_begin_is_an_error_and_nothing_else() {
    let app = TestApp::new().await;
    let mut socket = RawSocket::begun(app.address()).await;
    for (query, variables) in [
        ("{ nothing }", json!({})),
        ("{", json!({})),
        ("query A { __typename } query B { __typename }", json!({})),
        ("subscription { syncEvents { id } connectorChanged { id } }", json!({})),
        ("subscription { syncEvents { id } syncEvents { cursor } }", json!({})),
        ("subscription { ...F } fragment F on Subscription { syncEvents { id } }", json!({})),
        ("subscription { ... { syncEvents { id } } }", json!({})),
        ("subscription { syncEvents @include(if: true) { id } }", json!({})),
        ("subscription($id: ID!) { syncLog(id: $id) { id } }", json!({})),
        (EVENTS, json!({ "after": "nonsense" })),
    ] {
        socket.subscribe("1", query, variables).await;
        let message = socket.message().await;
        assert_eq!((&message["type"], &message["id"]), (&json!("error"), &json!("1")), "{query}: {message}");
        assert_eq!(code(&message["payload"][0]), "BAD_USER_INPUT", "{query}: {message}");
    }
    let missing = json!({ "id": "log_00000000000000000000000000000000" });
    socket.subscribe("1", "subscription($id: ID!) { syncLog(id: $id) { id } }", missing.clone()).await;
    assert_eq!(code(&socket.message().await["payload"][0]), "NOT_FOUND");
    // A field that fails is a result like any other.
    socket.subscribe("1", "query($id: ID!) { a: __typename syncLog(id: $id) { id } }", missing).await;
    let message = socket.message().await;
    assert_eq!(message["type"], "next", "{message}");
    assert_eq!(socket.message().await["type"], "complete", "no complete came after an error");
    app.stop().await;
}

#[tokio::test]
async fn an_id_that_is_taken_closes_the_socket() {
    let app = TestApp::new().await;
    let mut socket = RawSocket::begun(app.address()).await;
    socket.subscribe("mine", CHANGED, json!({})).await;
    socket.subscribe("mine", CHANGED, json!({})).await;
    assert_eq!(socket.closed().await, (4409, "Subscriber for mine already exists".to_owned()));
    app.stop().await;
}

#[tokio::test]
async fn a_client_completes_what_it_wants_no_more_of() {
    let app = TestApp::new().await;
    let id = app.connector(connector("A")["input"].clone()).await;
    let rename = "mutation($id: ID!, $name: String!) {
        updateConnector(input: { id: $id, name: $name }) { connector { id } } }";
    let mut socket = RawSocket::begun(app.address()).await;
    socket.subscribe("1", CHANGED, json!({})).await;
    socket.subscribe("2", CHANGED, json!({})).await;
    socket.say(json!({ "type": "complete", "id": "1" })).await;
    socket.say(json!({ "type": "complete", "id": "never begun" })).await;
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.message().await, json!({ "type": "pong" }));
    app.gql(rename, json!({ "id": id, "name": "B" })).await;
    let message = socket.message().await;
    assert_eq!(message["id"], "2", "nothing comes of what was completed: {message}");
    assert_eq!(message["payload"]["data"]["connectorChanged"]["name"], "B");
    // Its id is free at once.
    socket.subscribe("1", COUNT, json!({})).await;
    assert_eq!(socket.message().await["id"], "1");
    app.stop().await;
}

#[tokio::test]
async fn pings_are_answered_before_and_after_the_beginning() {
    let app = TestApp::new().await;
    let mut socket = RawSocket::open(app.address()).await;
    socket.say(json!({ "type": "ping", "payload": { "sent": 1 } })).await;
    assert_eq!(socket.message().await, json!({ "type": "pong", "payload": { "sent": 1 } }));
    socket.say(json!({ "type": "pong" })).await;
    socket.say(json!({ "type": "connection_init", "payload": {} })).await;
    assert_eq!(socket.message().await, json!({ "type": "connection_ack" }));
    socket.say(json!({ "type": "ping" })).await;
    assert_eq!(socket.message().await, json!({ "type": "pong" }));
    app.stop().await;
}

#[tokio::test]
async fn a_normal_close_of_the_client_is_answered() {
    let app = TestApp::new().await;
    let mut socket = RawSocket::begun(app.address()).await;
    socket.subscribe("1", CHANGED, json!({})).await;
    socket.say_frame(Message::Close(None)).await;
    assert!(matches!(socket.hear().await, Heard::Close(_)));
    app.stop().await;
}
