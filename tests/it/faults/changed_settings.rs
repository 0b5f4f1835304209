//! Settings that are changed while a sync runs count from the next one, whoever ends this one.

use serde_json::json;

use super::busy_shop::{BusyShop, assert_equal_rows, lake_rows};
use super::gate::Gate;
use crate::cluster::Cluster;
use crate::installation::{Installation, Server};

/// Has whoever reads the news of the orders do so by an index, row by row, so that those before the gate come.
const IN_ORDER: &str = "ALTER ROLE reader SET enable_seqscan = off; ALTER ROLE reader SET enable_bitmapscan = off;
    ALTER ROLE reader SET enable_sort = off; ALTER ROLE reader SET enable_incremental_sort = off";

const ORDERS: u32 = 150_000;

/// A first sync by some settings that are others when the next process goes on with it: each order stands once, and no order is
/// new to one more sync, by those others.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_of_news_that_was_handed_back_at_a_shutdown_goes_on_as_it_began() {
    let Some(cluster) = Cluster::start() else { return };
    let mut shop = BusyShop::at(&cluster.url(), ORDERS).await;
    Gate::build(&cluster.url()).await;
    shop.run(IN_ORDER).await;
    let here = Installation::new().with("ENGINE__CHECKPOINT_SECONDS", 0);
    let mut server = Server::start(&here);
    let connector = server.database_connector("Shop", &cluster.url().replace("postgres@", "reader@")).await;
    let source = server.only_source(&connector).await;
    let settings = json!({ "id": source, "extractType": "INCREMENTAL", "writeMode": "OVERWRITE",
        "cursorField": "updated_at", "primaryKey": [], "lookbackSeconds": 0 });
    server.update_source(settings).await;
    let mut events = server.events_of(&connector).await;
    let mut gate = Gate::shut(&cluster.url()).await;
    let sync = server.start_sync(&connector, None).await;
    gate.somebody_waits().await;
    events.wait_for(|event| event["kind"] == "CHECKPOINT").await;
    server.update_source(json!({ "id": source, "writeMode": "APPEND", "lookbackSeconds": 1 })).await;
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
    let server = Server::start(&here);
    gate.open().await;
    let end = server.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(ORDERS)), "{end:#}");
    assert_equal_rows(&lake_rows(&server).await, &shop.rows().await);
    let end = server.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let count = server.gql("{ sql(query: \"SELECT count(*) FROM shop.orders\") { rows } }", json!({})).await;
    assert_eq!(count["sql"]["rows"][0][0], ORDERS, "none is added again");
}
