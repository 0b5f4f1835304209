//! The event log below every transport: what a subscriber is told that comes late, lags, or was away for too long.

use std::pin::Pin;
use std::sync::Arc;

use chrono::{Duration, Utc};
use dataweaver::entity::ids::{ConnectorId, WorkspaceId};
use dataweaver::entity::{connector, stored_time, sync_event};
use dataweaver::events::{EventCursor, EventFilter, FollowError, Followed, SyncEvent};
use dataweaver::services::auth;
use dataweaver::services::upkeep::RetentionSettings;
use dataweaver::vocabulary::{EventLevel, SyncEventKind};
use futures::{Stream, StreamExt};
use sea_orm::EntityTrait;
use sea_orm::sea_query::Expr;
use serde_json::{Value, json};

use crate::harness::{PATIENCE, TestApp};

/// More than the bus holds for a subscriber that does not listen.
const TOO_MANY: usize = 5_000;
const SHOP: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)";

fn workspace() -> WorkspaceId {
    auth::authenticate(&[], None).expect("authentication is off").workspace_id
}

fn everything() -> EventFilter {
    EventFilter { workspace_id: workspace(), connector_id: None, sync_log_id: None, data_source_id: None, kinds: None }
}

/// A gauge of the only source of a sync.
fn gauge(connector: &str, sync: &Value, message: &str) -> SyncEvent {
    SyncEvent {
        id: None,
        cursor: EventCursor(0),
        workspace_id: workspace(),
        connector_id: connector.parse().unwrap(),
        sync_log_id: sync["id"].as_str().unwrap().parse().unwrap(),
        data_source_id: Some(sync["sources"][0]["dataSource"]["id"].as_str().unwrap().parse().unwrap()),
        kind: SyncEventKind::Progress,
        level: EventLevel::Info,
        message: message.to_owned(),
        status: None,
        progress: None,
        details: None,
        at: Utc::now(),
        number: 0,
    }
}

type Told = Result<Arc<SyncEvent>, FollowError>;

async fn next(events: &mut Pin<Box<impl Stream<Item = Result<Followed, FollowError>>>>) -> Told {
    loop {
        let heard = tokio::time::timeout(PATIENCE, events.next()).await.expect("something is told");
        match heard.expect("the log goes on") {
            Ok(Followed::Event(event)) => return Ok(event),
            Ok(Followed::UpTo(_)) => {}
            Err(error) => return Err(error),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gauge_never_leads_back_before_what_was_told() {
    let app = TestApp::new().await;
    let connector = app.sqlite_connector("Shop", SHOP).await;
    let first = app.sync_and_wait(&connector).await;
    let log = app.services().events();
    let mut events = Box::pin(log.subscribe(everything(), Some(EventCursor(0))));
    // It waits while the subscriber reads facts from the table that are newer.
    log.gauge(gauge(&connector, &first, "old"));
    app.sync_and_wait(&connector).await;
    log.gauge(gauge(&connector, &first, "new"));

    let mut seen = EventCursor(0);
    loop {
        let event = next(&mut events).await.unwrap();
        assert!(event.cursor >= seen, "after {seen:?} came {event:#?}");
        assert_ne!(event.message, "old", "it is older than what was read since");
        if event.message == "new" {
            assert_eq!(event.cursor, seen, "a gauge stands where the last fact stood");
            assert_eq!(event.at, stored_time(event.at), "its time is as exact as a fact's");
            break;
        }
        seen = event.cursor;
    }
    drop(events);
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_lags_behind_what_is_kept_is_told_instead_of_given_a_gap() {
    let app = TestApp::new().await;
    let connector = app.sqlite_connector("Shop", SHOP).await;
    let log = app.services().events();
    let mut events = Box::pin(log.subscribe(everything(), None));
    let first = app.sync_and_wait(&connector).await;
    next(&mut events).await.unwrap();
    for _ in 0..TOO_MANY {
        log.gauge(gauge(&connector, &first, "many"));
    }
    app.sync_and_wait(&connector).await;
    // A year goes by, but for the subscriber.
    let then = stored_time(Utc::now() - Duration::days(400));
    let db = app.services().db();
    sync_event::Entity::update_many().col_expr(sync_event::Column::At, Expr::value(then)).exec(db).await.unwrap();
    let round = app.services().upkeep(RetentionSettings::default()).round().await.unwrap();
    assert!(round.events > 3, "{round:?}");

    let told = next(&mut events).await;
    assert!(matches!(told, Err(FollowError::Expired { oldest }) if oldest > EventCursor(3)), "{told:?}");
    drop(events);
    app.stop().await;
}

#[tokio::test]
async fn no_changed_connector_is_forgotten_by_a_lag() {
    let app = TestApp::new().await;
    let (one, other) = (app.sqlite_connector("One", SHOP).await, app.sqlite_connector("Other", SHOP).await);
    let mut socket = app.socket(json!({})).await;
    socket.subscribe("subscription { connectorChanged { id } }", json!({})).await;
    socket.taken_up().await;
    let row = async |id: &str| {
        let id: ConnectorId = id.parse().unwrap();
        connector::Entity::find_by_id(id).one(app.services().db()).await.unwrap().expect("it was made")
    };
    let (one_row, other_row) = (row(&one).await, row(&other).await);
    let log = app.services().events();
    // On this one thread nobody listens meanwhile.
    log.connector_changed(&one_row);
    for _ in 0..TOO_MANY {
        log.connector_changed(&other_row);
    }
    let mut told = Vec::new();
    while !(told.contains(&one) && told.contains(&other)) {
        let payload = socket.next().await.expect("the stream goes on");
        told.push(payload["data"]["connectorChanged"]["id"].as_str().expect("an id").to_owned());
    }
    app.stop().await;
}
