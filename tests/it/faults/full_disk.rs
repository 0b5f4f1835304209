//! Disks that get full in the middle of a sync: the old version stays readable, and all is well once there is room.

use std::path::Path;

use serde_json::{Value, json};

use crate::harness::PATIENCE;
use crate::installation::{Installation, Server};
use crate::small_disk::SmallDisk;

/// A SQLite database with so many rows, each with a text that does not compress.
fn shop(here: &Installation, rows: u32) -> String {
    let file = here.path().join("shop.db");
    let shop = rusqlite::Connection::open(&file).unwrap();
    shop.execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
         DELETE FROM orders;
         WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows})
         INSERT INTO orders SELECT n, hex(randomblob(100)) FROM n;"
    ))
    .unwrap();
    format!("sqlite://{}", file.display())
}

/// SQLite writes for a while into what its log has taken of the disk already: nothing is left of that.
fn start_the_log_anew(file: &Path) {
    let database = rusqlite::Connection::open(file).unwrap();
    database.busy_timeout(PATIENCE).unwrap();
    let is_busy: bool = database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).unwrap();
    assert!(!is_busy, "somebody reads for ever");
}

async fn rows(server: &Server) -> Value {
    let data = server.gql("{ sql(query: \"SELECT count(*) FROM shop.orders\") { rows } }", json!({})).await;
    data["sql"]["rows"][0][0].clone()
}

/// How a connector stands, as its page shows it.
async fn state(server: &Server, connector: &str) -> Value {
    let ask = "query($id: ID!) { connector(id: $id) {
        status statusMessage latestSync { status } dataSources { nodes { rowCount } } } }";
    server.gql(ask, json!({ "id": connector })).await["connector"].take()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_the_lake_fails_the_sync_and_keeps_the_old_version() {
    let Some(disk) = SmallDisk::mount(8) else { return };
    let here = Installation::new()
        .with("LAKE_URL", disk.path().join("lake").display())
        .with("ENGINE__RETRIES", 1)
        .with("ENGINE__RETRY_SECONDS", 0.05);
    let url = shop(&here, 10_000);
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", &url).await;
    let end = server.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");

    // More than the disk holds.
    shop(&here, 150_000);
    let end = server.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "FAILED", "{end:#}");
    let message = end["errorMessage"].as_str().unwrap();
    assert!(message.contains("no space left at") && message.contains("make room there and sync again"), "{message}");
    assert_eq!(rows(&server).await, 10_000);

    // What the failed sync wrote is gone already, so that a smaller one fits.
    shop(&here, 15_000);
    let end = server.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    assert_eq!(rows(&server).await, 15_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn once_there_is_room_under_the_lake_again_the_same_sync_succeeds_and_says_so() {
    let Some(disk) = SmallDisk::mount(16) else { return };
    let here = Installation::new().with("LAKE_URL", disk.path().join("lake").display());
    let url = shop(&here, 10_000);
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", &url).await;
    let end = server.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");

    // The new rows find room for about half of them.
    let filler = disk.take(12);
    shop(&here, 60_000);
    let end = server.sync_and_wait(&connector).await;
    assert_eq!((&end["status"], &end["sources"][0]["status"]), (&json!("FAILED"), &json!("FAILED")), "{end:#}");
    assert_eq!(rows(&server).await, 10_000);
    let failed = state(&server, &connector).await;
    let message = failed["statusMessage"].as_str().unwrap_or_else(|| panic!("{failed:#}"));
    assert!(message.contains("no space left at") && message.contains("make room there and sync again"), "{message}");
    assert_eq!((&failed["status"], &failed["dataSources"]["nodes"][0]["rowCount"]), (&json!("ERROR"), &json!(10_000)));

    std::fs::remove_file(filler).unwrap();
    let end = server.sync_and_wait(&connector).await;
    assert_eq!((&end["status"], &end["errorMessage"]), (&json!("SUCCEEDED"), &Value::Null), "{end:#}");
    assert_eq!(end["recordsProcessed"], 60_000, "{end:#}");
    assert_eq!((&end["sources"][0]["rows"], &end["sources"][0]["percent"]), (&json!(60_000), &json!(100.0)), "{end:#}");
    assert_eq!(rows(&server).await, 60_000);
    let now = json!({ "status": "CONNECTED", "statusMessage": null, "latestSync": { "status": "SUCCEEDED" },
        "dataSources": { "nodes": [{ "rowCount": 60_000 }] } });
    assert_eq!(state(&server, &connector).await, now);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_under_the_database_stops_a_sync_until_there_is_room() {
    let Some(disk) = SmallDisk::mount(8) else { return };
    let here = Installation::new()
        .with("DATABASE_URL", format!("sqlite://{}", disk.path().join("own.db").display()))
        .with("ENGINE__LEASE_SECONDS", 2)
        .with("ENGINE__CHECKPOINT_SECONDS", 0);
    let url = shop(&here, 20_000);
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", &url).await;
    let end = server.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");

    shop(&here, 150_000);
    let mut events = server.events_of(&connector).await;
    let sync = server.start_sync(&connector, None).await;
    events.wait_for(|event| event["kind"] == "CHECKPOINT").await;
    start_the_log_anew(&disk.path().join("own.db"));
    let filler = disk.fill();
    // The sync waits, and says for what.
    let reason = |event: &Value| event["progress"]["waitingReason"].as_str().map(str::to_owned);
    let waits = events.wait_for(|event| reason(event).is_some()).await;
    let reason = reason(&waits).unwrap();
    assert!(reason.contains("database or disk is full") && reason.contains("trying again in"), "{reason}");
    let ask = "query($id: ID!) { syncLog(id: $id) { status completedAt errorMessage } }";
    let log = server.gql(ask, json!({ "id": sync })).await;
    assert_eq!(log["syncLog"], json!({ "status": "RUNNING", "completedAt": null, "errorMessage": null }));
    // Whoever wants to change something is told what is the matter; what there is can still be read.
    let update = "mutation($id: ID!, $text: String) { updateConnector(input: { id: $id, description: $text }) {
        connector { id } } }";
    let answer = server.try_gql(update, json!({ "id": connector, "text": "long ".repeat(2000) })).await;
    let message = answer["errors"][0]["message"].as_str().unwrap_or_else(|| panic!("{answer:#}"));
    assert!(message.contains("no space left for the database of DataWeaver"), "{answer:#}");
    assert_eq!(rows(&server).await, 20_000);

    std::fs::remove_file(filler).unwrap();
    let end = server.sync_end(&sync).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    assert_eq!(end["recordsProcessed"], 150_000, "{end:#}");
    assert_eq!(rows(&server).await, 150_000);
}
