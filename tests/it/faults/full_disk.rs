//! Disks that get full in the middle of a sync: the old version stays readable, and all is well once there is room.

use serde_json::{Value, json};

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

async fn rows(server: &Server) -> Value {
    let data = server.gql("{ sql(query: \"SELECT count(*) FROM shop.orders\") { rows } }", json!({})).await;
    data["sql"]["rows"][0][0].clone()
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
    let filler = disk.fill();
    // Nothing can be recorded now: the server says so where it can, and what it has is still there to be read.
    let refused = server
        .try_gql(
            "mutation($id: ID!) { cancelSync(input: { syncLogId: $id }) { syncLog { status } } }",
            json!({ "id": "log_00000000000000000000000000" }),
        )
        .await;
    assert!(refused["errors"].is_array(), "{refused:#}");
    assert_eq!(rows(&server).await, 20_000);

    std::fs::remove_file(filler).unwrap();
    let end = server.sync_end(&sync).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    assert_eq!(end["recordsProcessed"], 150_000, "{end:#}");
    assert_eq!(rows(&server).await, 150_000);
}
