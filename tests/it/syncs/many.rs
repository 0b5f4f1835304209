//! Dozens of connectors at once: each gets its share, and memory stays within its bound.

use std::collections::HashMap;

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::client::Socket;
use crate::gate::{OPEN, shut_at};
use crate::installation::{Installation, Server};
use crate::servers::{self, TestDatabase};

const CONNECTORS: usize = 24;
/// A row has so many bytes in memory, or a few more.
const ROW_BYTES: i64 = 1_540;

/// Waits a tenth of a second at each tenth row.
const PACE: &str = "CREATE FUNCTION pace(n int) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
    IF n % 10 = 0 THEN PERFORM pg_sleep(0.1); END IF; RETURN true; END $$";

/// A database with one view `t`, whose rows nobody gets to see before it is opened.
struct Shop {
    database: TestDatabase,
    connection: PgConnection,
}

impl Shop {
    /// One of so many rows; `paced` is asked for with each of them.
    async fn of(rows: i64, paced: &str) -> Option<Self> {
        let database = servers::postgres()?;
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        let view = format!("{PACE}; {}", view(rows, paced));
        connection.execute(AssertSqlSafe(shut_at(1, &view))).await.unwrap();
        Some(Self { database, connection })
    }

    async fn open(&mut self) {
        self.connection.execute(OPEN).await.unwrap();
    }
}

fn view(rows: i64, paced: &str) -> String {
    format!(
        "CREATE OR REPLACE VIEW t AS SELECT n AS id, repeat(md5(n::text), 48) AS text, gate(n) AS passed, {paced} AS paced
           FROM generate_series(1, {rows}) n"
    )
}

/// Makes the connectors; gives their ids.
async fn connect_all(server: &Server, shop: &Shop) -> Vec<String> {
    let mut connectors = Vec::new();
    for n in 0..CONNECTORS {
        connectors.push(server.database_connector(&format!("Shop {n}"), shop.database.url()).await);
    }
    connectors
}

/// Starts a sync of each; gives the events from there on, and the ids of the syncs.
async fn start_all(server: &Server, connectors: &[String]) -> (Socket, Vec<String>) {
    let events = server.all_events().await;
    let mut syncs = Vec::new();
    for connector in connectors {
        syncs.push(server.start_sync(connector, None).await);
    }
    (events, syncs)
}

/// Whether an event ends a sync, which must have succeeded.
fn is_end(event: &Value) -> bool {
    let is_end =
        event["dataSourceId"].is_null() && ["SUCCEEDED", "FAILED", "PARTIAL"].contains(&text(&event["status"]));
    assert!(!is_end || event["status"] == "SUCCEEDED", "{event:#}");
    is_end
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

async fn assert_all_read(server: &Server, syncs: &[String], rows: i64) {
    assert_eq!(syncs.len(), CONNECTORS);
    let ask = "query($ids: [ID!]!) { nodes(ids: $ids) { ... on SyncLog { status recordsProcessed } } }";
    let counted = server.gql(ask, json!({ "ids": syncs })).await;
    for log in counted["nodes"].as_array().unwrap() {
        assert_eq!(*log, json!({ "status": "SUCCEEDED", "recordsProcessed": rows }));
    }
}

// The sources are slow and not the machine: whoever falls behind was made to wait by us. With sources that are as fast as
// the machine, syncs that run one after the other would look fair: the first ends before the average has had one batch.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_dozen_connectors_at_once_have_each_their_share() {
    const ROWS: i64 = 1_000;
    // What comes in half a second is a batch.
    const BATCH_ROWS: f64 = 50.0;
    // One or two on a machine that has something else to do, too.
    const FEW_BATCHES: f64 = 5.0;
    let Some(mut shop) = Shop::of(ROWS, "pace(n)").await else { return };
    // Enough for all of them at once; but for the first few each has the least share.
    let here = Installation::new().with("ENGINE__MEMORY_MIB", 256).with("ENGINE__RETRY_SECONDS", 0.1);
    let server = Server::start(&here);
    let connectors = connect_all(&server, &shop).await;
    let (mut events, syncs) = start_all(&server, &connectors).await;
    let mut begun = 0;
    while begun < CONNECTORS {
        let event = events.wait_for(|event| event["status"] == "RUNNING" && event["kind"] == "STATE").await;
        begun += usize::from(event["dataSourceId"].is_string());
    }
    shop.open().await;
    let mut rows: HashMap<String, f64> = HashMap::new();
    let (mut ended, mut compared, mut furthest_behind) = (0, 0, 0.0_f64);
    while ended < CONNECTORS {
        let event = events.wait_for(|event| event["progress"].is_object() || event["status"].is_string()).await;
        ended += usize::from(is_end(&event));
        let Some(read) = event["progress"]["rows"].as_f64() else { continue };
        let so_far = rows.insert(text(&event["connectorId"]).to_owned(), read).unwrap_or(0.0);
        assert!(read >= so_far, "a figure fell: {event:#}");
        let share = rows.values().sum::<f64>() / CONNECTORS as f64;
        let slowest = if rows.len() < CONNECTORS { 0.0 } else { rows.values().copied().fold(share, f64::min) };
        furthest_behind = furthest_behind.max((share - slowest) / BATCH_ROWS);
        compared += 1;
    }
    println!("{compared} comparisons; the slowest was {furthest_behind:.1} batches behind its share");
    assert!(compared >= 5 * CONNECTORS, "they told so little that there was nothing to compare: {compared}");
    assert!(furthest_behind <= FEW_BATCHES, "one was {furthest_behind:.1} batches behind its share");
    assert_all_read(&server, &syncs, ROWS).await;
}

/// The engine's memory, in MiB.
const MEMORY: i64 = 64;
/// Many times what the engine's memory holds, all of them together.
const MANY_ROWS: i64 = 12_000;

// What the setting allows for rows on their way, and 40 MiB for what it says nothing of. About 13 of these are the plans,
// commits, connections and events of two dozen syncs; the rest, 25 at times, is what the arenas of glibc's allocator, several a
// core, keep of what was given back to them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_dozen_connectors_take_no_more_memory_than_they_may() {
    let all_bytes = CONNECTORS as i64 * MANY_ROWS * ROW_BYTES;
    assert!(all_bytes > 6 * MEMORY * 1024 * 1024, "what is read would fit into memory");
    let Some(mut shop) = Shop::of(MANY_ROWS, "true").await else { return };
    shop.open().await;
    let here = Installation::new().with("ENGINE__MEMORY_MIB", MEMORY);
    let server = Server::start(&here);
    let warm = server.database_connector("Warm", &here.shop()).await;
    assert_eq!(server.sync_and_wait(&warm).await["status"], "SUCCEEDED");
    let peak = || i64::try_from(server.peak_memory_mib()).unwrap();
    let idle = peak();
    let connectors = connect_all(&server, &shop).await;
    let (mut events, syncs) = start_all(&server, &connectors).await;
    for _ in 0..CONNECTORS {
        events.wait_for(is_end).await;
    }
    assert_all_read(&server, &syncs, MANY_ROWS).await;
    let all = peak() - idle;
    println!("at most {all} MiB more than the {idle} of an idle server");
    assert!(all < MEMORY + 40, "{all} MiB more than the {idle} of an idle server");
}
