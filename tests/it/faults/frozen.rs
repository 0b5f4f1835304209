//! Two processes on one PostgreSQL, one of them frozen past its lease and continued: no row is doubled.

use std::time::Duration;

use rand::RngExt;
use serde_json::json;

use super::busy_shop::{BusyShop, assert_equal_rows, lake_rows_of};
use crate::installation::{Installation, Server};
use crate::servers;

/// The tests' key: 32 bytes of `k` in base64, since processes on one PostgreSQL must share one.
const SECRET_KEY: &str = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_that_is_frozen_past_its_lease_and_continues_doubles_no_row() {
    let Some(mut shop) = BusyShop::with_orders(60_000).await else { return };
    let Some(own) = servers::postgres() else { return };
    let lake = tempfile::tempdir().unwrap();
    let replica = || {
        Installation::new()
            .with("DATABASE_URL", own.url())
            .with("LAKE_URL", lake.path().display())
            .with("SECRET_KEY", SECRET_KEY)
            .with("ENGINE__LEASE_SECONDS", 2)
            .with("ENGINE__CHECKPOINT_SECONDS", 0)
    };
    let (here, there) = (replica(), replica());
    let first = Server::start(&here);
    let rows = shop.rows().await;
    for (round, mode) in ["APPEND", "OVERWRITE", "MERGE", "APPEND"].into_iter().enumerate() {
        let name = format!("shop{round}");
        let connector = first.database_connector(&name, shop.url()).await;
        let source = first.only_source(&connector).await;
        let keyed = json!({ "id": source, "writeMode": mode, "primaryKey": ["id"], "cursorField": "updated_at",
            "extractType": if mode == "MERGE" { "INCREMENTAL" } else { "FULL" } });
        first.update_source(keyed).await;

        let mut events = first.events_of(&connector).await;
        let sync = first.start_sync(&connector, None).await;
        events.wait_for(|event| event["kind"] == "CHECKPOINT").await;
        tokio::time::sleep(Duration::from_millis(rand::rng().random_range(0..200))).await;
        first.signal("STOP");
        let second = Server::start(&there);
        let end = second.sync_end(&sync).await;
        assert_eq!(end["status"], "SUCCEEDED", "{mode}: {end:#}");
        first.signal("CONT");
        // What the first one still wanted to do, it has tried before it ends another sync of the same source.
        let again = first.start_sync(&connector, Some("INCREMENTAL")).await;
        let end = first.sync_end(&again).await;
        assert_eq!(end["status"], "SUCCEEDED", "{mode}: {end:#}");
        assert_equal_rows(&lake_rows_of(&first, &format!("{name}.orders")).await, &rows);
    }
}
