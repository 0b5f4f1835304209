//! graphql-sse, byte by byte: an event stream for one operation, and one for many.

use std::time::Duration;

use dataweaver::services::Role;
use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::body::Body;
use crate::harness::{PATIENCE, TestApp, token};

const COUNT: &str = "{ connectors { totalCount } }";
const CHANGED: &str = "subscription { connectorChanged { name } }";
const EVENTS: &str = "subscription($after: String) { syncEvents(after: $after) { cursor } }";
const SHOP: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)";
const TOKEN: &str = "x-graphql-event-stream-token";

/// Asks for events of an operation.
fn ask(app: &TestApp, query: &str, variables: &Value) -> reqwest::RequestBuilder {
    let request = app.client().post(app.url("/graphql")).header("accept", "text/event-stream");
    request.json(&json!({ "query": query, "variables": variables }))
}

/// The cursors of a sync's facts.
async fn cursors(app: &TestApp) -> Vec<String> {
    let connector = app.sqlite_connector("Shop", SHOP).await;
    let log = app.sync_and_wait(&connector).await["id"].clone();
    let list = "query($id: ID!) { syncLog(id: $id) { events(first: 500) { nodes { cursor } } } }";
    let data = app.gql(list, json!({ "id": log })).await;
    let nodes = data["syncLog"]["events"]["nodes"].as_array().unwrap();
    nodes.iter().map(|node| node["cursor"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn one_answer_is_two_events() {
    let app = TestApp::new().await;
    let answer = ask(&app, COUNT, &json!({})).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/event-stream; charset=utf-8");
    assert_eq!(
        Body::of(answer).rest().await,
        ":\n\nevent: next\ndata: {\"data\":{\"connectors\":{\"totalCount\":0}}}\n\nevent: complete\ndata: \n\n"
    );
    let refused = ask(&app, "{ nothing }", &json!({})).send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::OK, "an EventSource sees events only");
    let events = Body::of(refused).rest().await;
    assert!(events.starts_with("event: next\ndata: {\"errors\":[{\"message\":"), "{events}");
    assert!(events.ends_with("event: complete\ndata: \n\n"), "{events}");
    let no_query = app.client().post(app.url("/graphql")).header("accept", "text/event-stream").json(&json!({}));
    assert_eq!(no_query.send().await.unwrap().status(), StatusCode::BAD_REQUEST);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_carry_their_cursors_and_go_on_after_the_last_that_was_seen() {
    let app = TestApp::new().await;
    let cursors = cursors(&app).await;
    let first = json!({ "after": cursors[0] });
    // The id of the last event goes over the variable, which an EventSource cannot change.
    for (last_seen, next) in [(None, 1), (Some(&cursors[1]), 2), (Some(&cursors[2]), 3)] {
        let mut request = ask(&app, EVENTS, &first);
        if let Some(id) = last_seen {
            request = request.header("last-event-id", id);
        }
        let mut events = Body::of(request.send().await.unwrap());
        events.up_to(":\n\n").await;
        for cursor in &cursors[next..] {
            let expected = format!(
                "event: next\nid: {cursor}\ndata: {{\"data\":{{\"syncEvents\":{{\"cursor\":\"{cursor}\"}}}}}}\n\n"
            );
            assert_eq!(events.up_to("\n\n").await, expected);
        }
    }
    app.stop().await;
}

#[tokio::test]
async fn a_get_may_subscribe_and_never_changes_anything() {
    let app = TestApp::new().await;
    let get = |query: &str| {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        app.client().get(app.url(&format!("/graphql?query={query}"))).header("accept", "text/event-stream").send()
    };
    let mut events = Body::of(get(CHANGED).await.unwrap());
    events.up_to(":\n\n").await;
    app.database_connector("A", "postgres://reader@db.example.com/a").await;
    let changed = "event: next\ndata: {\"data\":{\"connectorChanged\":{\"name\":\"A\"}}}\n\n";
    assert_eq!(events.up_to("\n\n").await, changed);
    let create = "mutation { createConnector(input: { name: \"B\", type: DATABASE }) { connector { id } } }";
    let refused = get(create).await.unwrap();
    assert_eq!(
        (refused.status(), &refused.headers()["allow"]),
        (StatusCode::METHOD_NOT_ALLOWED, &"POST".parse().unwrap())
    );
    assert_eq!(app.gql(COUNT, json!({})).await["connectors"]["totalCount"], 1);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_source_is_told_where_it_is_though_nothing_happens_that_it_wants() {
    let app = TestApp::with(|config| config.live.keep_alive_seconds = 1).await;
    let quiet = app.url("/graphql?query=subscription%20%7BsyncEvents(kinds:%5BRETRY%5D)%7Bid%7D%7D");
    let answer = app.client().get(quiet).header("accept", "text/event-stream").send().await.unwrap();
    let mut events = Body::of(answer);
    events.up_to(":\n\n").await;
    let at = |cursor: &str| format!("event: at\nid: {cursor}\ndata: \n\n");
    let beginning = dataweaver::events::EventCursor(0).to_string();
    assert_eq!(events.up_to("\n\n").await, at(&beginning));
    let newest = at(cursors(&app).await.last().unwrap());
    let moves_on = async {
        loop {
            let event = events.up_to("\n\n").await;
            assert!(event.starts_with("event: at\n"), "{event}");
            if event == newest {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, moves_on).await.expect("it is told how far the log is");
    app.stop().await;
}

#[tokio::test]
async fn a_comment_shows_that_a_silent_stream_lives_and_a_stop_ends_it() {
    let app = TestApp::with(|config| config.live.keep_alive_seconds = 1).await;
    let mut events = Body::of(ask(&app, CHANGED, &json!({})).send().await.unwrap());
    for _ in 0..3 {
        assert_eq!(events.up_to("\n\n").await, ":\n\n");
    }
    let stopped = tokio::spawn(app.stop());
    let rest = events.rest().await;
    assert!(!rest.contains("complete"), "the client has to connect again: {rest:?}");
    stopped.await.unwrap();
}

#[tokio::test]
async fn who_asks_otherwise_than_we_answer_is_told_how_to_ask() {
    let app = TestApp::new().await;
    let post = |accept: &'static str, query: &str| {
        let request = app.client().post(app.url("/graphql")).header("accept", accept);
        request.json(&json!({ "query": query })).send()
    };
    for accept in ["*/*", "application/json", "application/graphql-response+json"] {
        let body = post(accept, CHANGED).await.unwrap().text().await.unwrap();
        assert!(body.contains("Accept: text/event-stream"), "{accept}: {body}");
    }
    let get = app.client().get(app.url("/graphql?query=subscription%20%7BconnectorChanged%7Bid%7D%7D"));
    let refused = get.header("accept", "*/*").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert!(refused.text().await.unwrap().contains("Accept: text/event-stream"));
    let events = post("text/*", CHANGED).await.unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream; charset=utf-8");
    assert_eq!(post("", COUNT).await.unwrap().headers()["content-type"], "application/json; charset=utf-8");
    let ours = ask(&app, EVENTS, &json!({})).header("last-event-id", HeaderValue::from_bytes(b"\xfc").unwrap());
    assert_eq!(ours.send().await.unwrap().status(), StatusCode::BAD_REQUEST, "what was missed cannot be known");
    app.stop().await;
}

/// Speaks the single-connection mode.
struct Stream<'a> {
    app: &'a TestApp,
    bearer: &'static str,
    token: String,
}

impl<'a> Stream<'a> {
    async fn reserved(app: &'a TestApp, bearer: &'static str) -> Self {
        let mut stream = Self { app, bearer, token: String::new() };
        let reserved = stream.request(Method::PUT, "").send().await.unwrap();
        assert_eq!(reserved.status(), StatusCode::CREATED);
        stream.token = reserved.text().await.unwrap();
        stream
    }

    fn request(&self, method: Method, query: &str) -> reqwest::RequestBuilder {
        let request = self.app.client().request(method, self.app.url(&format!("/graphql/stream{query}")));
        request.bearer_auth(self.bearer).header(TOKEN, &self.token)
    }

    async fn begin(&self, id: &str, query: &str) -> StatusCode {
        let body = json!({ "query": query, "extensions": { "operationId": id } });
        self.request(Method::POST, "").json(&body).send().await.unwrap().status()
    }

    /// Waits until the server knows nothing of the stream.
    async fn is_gone(&self) {
        let look = async {
            while self.stop("1").await != StatusCode::NOT_FOUND {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, look).await.expect("the stream is forgotten in time");
    }

    async fn stop(&self, id: &str) -> StatusCode {
        self.request(Method::DELETE, &format!("?operationId={id}")).send().await.unwrap().status()
    }

    /// Opens it as an `EventSource` does: with the token in the URL, and nothing else.
    async fn open(&self) -> reqwest::Response {
        let url = self.app.url(&format!("/graphql/stream?token={}", self.token));
        self.app.client().get(url).header("accept", "text/event-stream").send().await.unwrap()
    }
}

#[tokio::test]
async fn one_stream_carries_many_operations() {
    let app = TestApp::new().await;
    let stream = Stream::reserved(&app, "none").await;
    // What was begun before it is open waits.
    assert_eq!(stream.begin("ask", COUNT).await, StatusCode::ACCEPTED);
    let opened = stream.open().await;
    assert_eq!(opened.headers()["content-type"], "text/event-stream; charset=utf-8");
    let mut events = Body::of(opened);
    events.up_to(":\n\n").await;
    assert_eq!(
        events.up_to("\n\n").await,
        "event: next\ndata: {\"id\":\"ask\",\"payload\":{\"data\":{\"connectors\":{\"totalCount\":0}}}}\n\n"
    );
    assert_eq!(events.up_to("\n\n").await, "event: complete\ndata: {\"id\":\"ask\"}\n\n");

    assert_eq!(stream.begin("follow", CHANGED).await, StatusCode::ACCEPTED);
    assert_eq!(stream.begin("follow", CHANGED).await, StatusCode::CONFLICT);
    assert_eq!(stream.begin("wrong", "{ nothing }").await, StatusCode::BAD_REQUEST);
    assert_eq!(stream.begin("", COUNT).await, StatusCode::BAD_REQUEST);
    assert_eq!(stream.stop("follow").await, StatusCode::OK);
    assert_eq!(stream.begin("follow", COUNT).await, StatusCode::ACCEPTED, "its id is free again");
    assert!(events.up_to("\n\n").await.contains("\"id\":\"follow\""));
    assert_eq!(stream.open().await.status(), StatusCode::CONFLICT, "only one may listen");
    app.stop().await;
}

#[tokio::test]
async fn a_stream_belongs_to_whoever_reserved_it_and_ends_with_its_connection() {
    let tokens = vec![token("reads", Role::Viewer), token("writes", Role::Editor)];
    let app = TestApp::with(|config| config.auth.tokens = tokens).await;
    let nobody = app.client().put(app.url("/graphql/stream")).send().await.unwrap();
    assert_eq!(nobody.status(), StatusCode::UNAUTHORIZED);
    let stream = Stream::reserved(&app, "reads").await;
    let events = stream.open().await;
    assert_eq!(events.status(), StatusCode::OK);
    let other = Stream { app: &app, bearer: "writes", token: stream.token.clone() };
    assert_eq!(other.begin("1", COUNT).await, StatusCode::NOT_FOUND);
    assert_eq!(other.stop("1").await, StatusCode::NOT_FOUND);
    let stranger = Stream { app: &app, bearer: "guessed", token: stream.token.clone() };
    assert_eq!(stranger.begin("1", COUNT).await, StatusCode::UNAUTHORIZED);
    assert_eq!(stream.begin("1", COUNT).await, StatusCode::ACCEPTED);
    drop(events);
    // The server notices a broken connection when it looks at it.
    stream.is_gone().await;
    app.stop().await;
}

#[tokio::test]
async fn a_stream_that_nobody_opens_is_forgotten() {
    let app = TestApp::with(|config| config.live.init_seconds = 1).await;
    let stream = Stream::reserved(&app, "none").await;
    stream.is_gone().await;
    assert_eq!(stream.open().await.status(), StatusCode::NOT_FOUND);
    app.stop().await;
}

#[tokio::test]
async fn so_many_streams_may_wait_to_be_opened() {
    let app = TestApp::with(|config| config.live.init_seconds = 60).await;
    let first = Stream::reserved(&app, "none").await;
    for _ in 1..1000 {
        Stream::reserved(&app, "none").await;
    }
    let reserve = || async { app.client().put(app.url("/graphql/stream")).send().await.unwrap() };
    let refused = reserve().await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED", "{body}");
    let _events = first.open().await;
    assert_eq!(reserve().await.status(), StatusCode::CREATED, "one that is open is none of them");
    app.stop().await;
}
