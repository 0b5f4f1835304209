//! A schedule that two processes on one PostgreSQL see in the same moment fires once.

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};

use crate::gate::{OPEN, shut_at};
use crate::harness::PATIENCE;
use crate::installation::{Installation, Server};
use crate::servers;

/// Waits until so many sessions of a database wait for a lock.
async fn until_wait_for_locks(database: &mut PgConnection, count: i64) {
    let waiting = "SELECT count(*) AS waiting FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let wait = async {
        while database.fetch_one(waiting).await.unwrap().get::<i64, _>("waiting") != count {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap_or_else(|_| panic!("{count} sessions wait in time"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_that_see_a_schedule_due_fire_it_once() {
    let Some(own) = servers::postgres() else { return };
    let lake = tempfile::tempdir().unwrap();
    let replica = || Installation::replica(own.url(), lake.path());
    let (here, there) = (replica(), replica());
    let (one, other) = (Server::start(&here), Server::start(&there));
    let connector = one.database_connector("Shop", &here.shop()).await;
    let far = (Utc::now() + TimeDelta::hours(12)).format("0 %H * * *").to_string();
    let update = "mutation($input: UpdateConnectorInput!) { updateConnector(input: $input) { connector { id } } }";
    let input = json!({ "id": connector, "syncEnabled": true, "syncSchedule": far, "timezone": "UTC" });
    one.gql(update, json!({ "input": input })).await;

    // Whoever moves the time on waits at a gate, with the row in its hands, until the other one wants to do so, too.
    let mut database = PgConnection::connect(own.url()).await.unwrap();
    let gate = "CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        PERFORM gate(1); RETURN NEW; END $$";
    let due = "UPDATE connectors SET next_sync_at = now();
        CREATE TRIGGER waits BEFORE UPDATE OF next_sync_at ON connectors
          FOR EACH ROW EXECUTE FUNCTION wait_at_the_gate()";
    let statements = format!("{}; {due}", shut_at(1, gate));
    database.execute(AssertSqlSafe(statements)).await.unwrap();
    until_wait_for_locks(&mut database, 2).await;
    database.execute(OPEN).await.unwrap();
    until_wait_for_locks(&mut database, 0).await;

    let ask =
        "query($id: ID!) { connector(id: $id) { syncLogs { totalCount nodes { id trigger events(kinds: [STATE, LOG]) {
        nodes { status message } } } } } }";
    let synced = async {
        loop {
            let syncs = other.gql(ask, json!({ "id": connector })).await["connector"]["syncLogs"].take();
            if let Some(sync) = syncs["nodes"][0]["id"].as_str() {
                assert_eq!(other.sync_end(sync).await["status"], "SUCCEEDED");
                return other.gql(ask, json!({ "id": connector })).await["connector"]["syncLogs"].take();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let syncs = tokio::time::timeout(PATIENCE, synced).await.expect("the schedule fires");
    assert_eq!((&syncs["totalCount"], &syncs["nodes"][0]["trigger"]), (&json!(1), &json!("SCHEDULED")), "{syncs:#}");
    let facts = syncs["nodes"][0]["events"]["nodes"].as_array().unwrap();
    let of_schedules = facts.iter().filter(|fact| fact["message"].as_str().unwrap().contains("schedule")).count();
    assert_eq!(of_schedules, 1, "the other one did not fire, nor tell that it was late: {facts:#?}");
}
