//! A sync whose process dies again and again is taken over as long as it gets further; one that is stopped keeps what it
//! has read.

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::busy_shop::{BusyShop, assert_equal_rows, lake_rows};
use crate::gate::{OPEN, shut_at};
use crate::installation::{Installation, Server};
use crate::servers::{self, TestDatabase};

/// The facts of one sync, followed over the restarts of its server.
struct Facts {
    sync: String,
    seen: Option<String>,
}

impl Facts {
    fn of(sync: &str) -> Self {
        Self { sync: sync.to_owned(), seen: None }
    }

    /// The next one that is as wished.
    async fn wait_for(&mut self, server: &Server, is_wished: impl Fn(&Value) -> bool) -> Value {
        let query = "query($id: ID!, $after: String) { syncLog(id: $id) { events(first: 1, after: $after) { edges {
            cursor } } } }";
        if self.seen.is_none() {
            // From the very first one on.
            let data = server.gql(query, json!({ "id": self.sync, "after": null })).await;
            self.seen = data["syncLog"]["events"]["edges"][0]["cursor"].as_str().map(str::to_owned);
        }
        let follow = "subscription($id: ID!, $after: String) { syncEvents(syncLogId: $id, after: $after) {
            cursor kind status dataSourceId message } }";
        let mut socket = server.socket(json!({})).await;
        socket.subscribe(follow, json!({ "id": self.sync, "after": self.seen })).await;
        let fact = socket.wait_for(|event| event["kind"] != "PROGRESS" && is_wished(event)).await;
        self.seen = fact["cursor"].as_str().map(str::to_owned);
        fact
    }
}

/// A table that gives no row before it is opened, so that no owner of a sync gets any further.
async fn closed_shop() -> Option<(TestDatabase, PgConnection)> {
    let database = servers::postgres()?;
    let mut shop = PgConnection::connect(database.url()).await.unwrap();
    let fill = shut_at(1, "CREATE VIEW t AS SELECT 1 AS id, gate(1) AS passed");
    shop.execute(AssertSqlSafe(fill)).await.unwrap();
    Some((database, shop))
}

/// Whether a fact tells that an owner reads the source.
fn is_read(fact: &Value) -> bool {
    fact["status"] == "RUNNING" && fact["dataSourceId"].is_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_ends_every_process_that_runs_it_ends_as_failed_and_says_how_often() {
    let Some((database, mut shop)) = closed_shop().await else { return };
    let here = Installation::new().with("ENGINE__MOST_TAKE_OVERS", 2);
    let mut server = Server::start(&here);
    let connector = server.database_connector("Shop", database.url()).await;
    let sync = server.start_sync(&connector, None).await;
    let mut facts = Facts::of(&sync);
    for _ in 0..3 {
        facts.wait_for(&server, is_read).await;
        server.kill();
        server = Server::start(&here);
    }
    let end = server.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["sources"][0]["status"]), (&json!("FAILED"), &json!("FAILED")), "{end:#}");
    let message = end["errorMessage"].as_str().unwrap();
    for words in ["died or fell silent 3 times", "engine.most_take_overs", "engine.memory_mib", "one at a time"] {
        assert!(message.contains(words), "{message}");
    }
    // It was an end, and not for ever.
    shop.execute(OPEN).await.unwrap();
    let end = server.sync_and_wait(&connector).await;
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(1)), "{end:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_gets_further_each_time_is_taken_over_as_often_as_it_takes() {
    let Some(mut shop) = BusyShop::with_orders(150_000).await else { return };
    let here = Installation::new().with("ENGINE__CHECKPOINT_SECONDS", 0).with("ENGINE__MOST_TAKE_OVERS", 1);
    let mut server = Server::start(&here);
    let connector = server.database_connector("Shop", shop.url()).await;
    let sync = server.start_sync(&connector, None).await;
    let mut facts = Facts::of(&sync);
    for life in 0..3 {
        let fact = facts.wait_for(&server, |fact| fact["kind"] == "CHECKPOINT" || fact["status"] == "SUCCEEDED").await;
        assert_eq!(fact["kind"], "CHECKPOINT", "life {life} was the last one: {fact:#}");
        server.kill();
        server = Server::start(&here);
    }
    let end = server.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(150_000)), "{end:#}");
    assert_equal_rows(&lake_rows(&server).await, &shop.rows().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shutdown_is_no_death() {
    let Some((database, mut shop)) = closed_shop().await else { return };
    let here = Installation::new().with("ENGINE__MOST_TAKE_OVERS", 0);
    let mut server = Server::start(&here);
    let connector = server.database_connector("Shop", database.url()).await;
    let sync = server.start_sync(&connector, None).await;
    let mut facts = Facts::of(&sync);
    for _ in 0..2 {
        facts.wait_for(&server, is_read).await;
        server.signal("TERM");
        assert_eq!(server.wait(), Some(0));
        server = Server::start(&here);
    }
    shop.execute(OPEN).await.unwrap();
    let end = server.sync_end(&sync).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_stopped_makes_durable_what_it_has_read() {
    let Some(mut shop) = BusyShop::with_orders(150_000).await else { return };
    // No checkpoint comes by itself.
    let here = Installation::new().with("ENGINE__CHECKPOINT_SECONDS", 3600);
    let mut server = Server::start(&here);
    let connector = server.database_connector("Shop", shop.url()).await;
    let mut events = server.events_of(&connector).await;
    let sync = server.start_sync(&connector, None).await;
    let mut facts = Facts::of(&sync);
    events.wait_for(|event| event["progress"]["rows"].as_i64() > Some(40_000)).await;
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let server = Server::start(&here);
    let is_told =
        |fact: &Value| fact["kind"] == "CHECKPOINT" || fact["message"].as_str().unwrap().contains("handed back");
    let fact = facts.wait_for(&server, is_told).await;
    assert_eq!(fact["kind"], "CHECKPOINT", "{fact:#}");
    let handed_back = facts.wait_for(&server, is_told).await;
    assert_eq!(handed_back["kind"], "LOG", "one is enough: {handed_back:#}");
    let end = server.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(150_000)), "{end:#}");
    assert_equal_rows(&lake_rows(&server).await, &shop.rows().await);
}
