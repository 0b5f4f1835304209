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

/// A database with one table `t` of so many rows, which nobody gets to see before it is opened.
struct Shop {
    database: TestDatabase,
    connection: PgConnection,
}

impl Shop {
    async fn of(rows: i64) -> Option<Self> {
        let database = servers::postgres()?;
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        let view = format!(
            "CREATE VIEW t AS SELECT n AS id, repeat(md5(n::text), 48) AS text, gate(n) AS passed
               FROM generate_series(1, {rows}) n"
        );
        connection.execute(AssertSqlSafe(shut_at(1, &view))).await.unwrap();
        Some(Self { database, connection })
    }

    async fn open(&mut self) {
        self.connection.execute(OPEN).await.unwrap();
    }
}

/// Makes the connectors, starts a sync of each, and gives the events from there on.
async fn start_all(server: &Server, shop: &Shop) -> Socket {
    let mut connectors = Vec::new();
    for n in 0..CONNECTORS {
        connectors.push(server.database_connector(&format!("Shop {n}"), shop.database.url()).await);
    }
    let events = server.all_events().await;
    for connector in &connectors {
        server.start_sync(connector, None).await;
    }
    events
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

async fn assert_all_read(server: &Server, rows: i64) {
    let ask = "{ syncLogs(first: 100) { nodes { status recordsProcessed connector { slug } } } }";
    let counted = server.gql(ask, json!({})).await;
    let logs = counted["syncLogs"]["nodes"].as_array().unwrap().iter();
    let logs: Vec<_> = logs.filter(|log| text(&log["connector"]["slug"]).starts_with("shop_")).collect();
    assert_eq!(logs.len(), CONNECTORS);
    for log in logs {
        assert_eq!((&log["status"], &log["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(rows)), "{log:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_dozen_connectors_at_once_have_each_their_share() {
    const ROWS: i64 = 12_000;
    // A source of the least share of memory gives its rows in batches of 1 MiB.
    const BATCH_ROWS: f64 = 1_048_576.0 / ROW_BYTES as f64;
    const FEW_BATCHES: f64 = 8.0;
    let Some(mut shop) = Shop::of(ROWS).await else { return };
    // Enough for all of them at once; but for the first few each has the least share.
    let here = Installation::new().with("ENGINE__MEMORY_MIB", 256);
    let server = Server::start(&here);
    let mut events = start_all(&server, &shop).await;
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
        // From the moment on in which the first one has all its rows, the others have more than their share.
        if read < ROWS as f64 && !rows.values().any(|read| *read >= ROWS as f64) {
            let share = rows.values().sum::<f64>() / CONNECTORS as f64;
            let slowest = if rows.len() < CONNECTORS { 0.0 } else { rows.values().copied().fold(share, f64::min) };
            furthest_behind = furthest_behind.max((share - slowest) / BATCH_ROWS);
            compared += 1;
        }
    }
    println!("{compared} comparisons; the slowest was {furthest_behind:.1} batches behind its share");
    assert!(compared >= CONNECTORS / 2, "all ended before they could be compared");
    assert!(furthest_behind <= FEW_BATCHES, "one was {furthest_behind:.1} batches behind its share");
    assert_all_read(&server, ROWS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_dozen_connectors_take_no_more_memory_than_they_may() {
    const ROWS: i64 = 12_000;
    /// The engine's memory, in MiB.
    const MEMORY: i64 = 64;
    /// What the allocator keeps, and what plans, commits and the events of two dozen syncs take, in MiB.
    const MARGIN: i64 = 40;
    assert!(CONNECTORS as i64 * ROWS * ROW_BYTES > 6 * MEMORY * 1024 * 1024, "what is read would fit into memory");
    let Some(mut shop) = Shop::of(ROWS).await else { return };
    let here = Installation::new().with("ENGINE__MEMORY_MIB", MEMORY);
    let server = Server::start(&here);
    // What the program takes by itself, once it has synced something.
    let warm = server.database_connector("Warm", &here.shop()).await;
    assert_eq!(server.sync_and_wait(&warm).await["status"], "SUCCEEDED");
    let idle = i64::try_from(server.peak_memory_mib()).unwrap();
    shop.open().await;
    let mut events = start_all(&server, &shop).await;
    let mut ended = 0;
    while ended < CONNECTORS {
        events.wait_for(is_end).await;
        ended += 1;
    }
    let peak = i64::try_from(server.peak_memory_mib()).unwrap();
    println!("idle {idle} MiB, peak {peak} MiB");
    assert!(peak - idle < MEMORY + MARGIN, "{} MiB more than the {idle} of an idle server", peak - idle);
    assert_all_read(&server, ROWS).await;
}
