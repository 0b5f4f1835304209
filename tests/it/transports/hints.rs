//! A server is told what another one did by hints of PostgreSQL, and where there are none by looking: each is enough.

use serde_json::json;
use sqlx::postgres::PgListener;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use super::raw::RawSocket;
use super::shared::{FACTS, beginning, facts_until_end, told_until_end};
use crate::installation::{Installation, Server};
use crate::servers::{self, TestDatabase};

/// An hour: nothing is ever found by looking.
const NEVER: u64 = 3_600_000;
/// A sync that the wrong server has claimed proves nothing: so often another one is tried.
const TRIES: usize = 10;

/// Two servers on one PostgreSQL; the second one looks by itself every so many milliseconds. A subscriber of the second one
/// must be told every fact of a sync that the first one runs.
async fn assert_the_second_is_told(own: &TestDatabase, every: u64) {
    let lake = tempfile::tempdir().unwrap();
    let replica = || Installation::replica(own.url(), lake.path());
    let (here, there) = (replica(), replica().with("LIVE__POLL_MILLISECONDS", every));
    let (one, other) = (Server::start(&here), Server::start(&there));
    let connector = one.database_connector("Shop", &here.shop()).await;
    for _ in 0..TRIES {
        let mut socket = RawSocket::begun(other.address()).await;
        socket.subscribe("1", FACTS, json!({})).await;
        socket.say(json!({ "type": "ping" })).await;
        assert_eq!(socket.message().await["type"], "pong");
        let sync = one.start_sync(&connector, None).await;
        let mut told = told_until_end(&mut socket, &sync).await;
        let mut written = facts_until_end(&one, Some(&beginning()), &sync).await;
        for facts in [&mut told, &mut written] {
            facts.retain(|fact| fact["syncLogId"] == sync);
        }
        assert_eq!(told, written);
        if !there.log().contains(&format!("sync {sync} begins")) {
            return;
        }
    }
    panic!("the first server never runs the syncs that it queues");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hint_is_enough() {
    let Some(own) = servers::postgres() else { return };
    assert_the_second_is_told(&own, NEVER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_hints_looking_is_enough() {
    let Some(own) = servers::postgres() else { return };
    // Whoever gives a hint finds this function first, and nobody hears of it.
    let deafen = format!(
        "CREATE FUNCTION pg_notify(text, text) RETURNS void LANGUAGE sql AS ''; \
         ALTER DATABASE \"{}\" SET search_path = public, pg_catalog",
        own.name()
    );
    let mut database = PgConnection::connect(own.url()).await.unwrap();
    database.execute(AssertSqlSafe(deafen)).await.unwrap();
    let channel = dataweaver::entity::sync_event::CHANNEL;
    let mut hints = PgListener::connect(own.url()).await.unwrap();
    hints.listen(channel).await.unwrap();
    assert_the_second_is_told(&own, 100).await;
    // The only hint that anybody can have heard is this one.
    let hint = format!("SELECT pg_catalog.pg_notify('{channel}', 'the first')");
    database.execute(AssertSqlSafe(hint)).await.unwrap();
    assert_eq!(hints.recv().await.unwrap().payload(), "the first");
}
