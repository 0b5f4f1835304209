//! Settings that are changed while a sync runs count from the next one, whoever ends this one.

use serde_json::{Value, json};

use super::busy_shop::{BusyShop, assert_equal_rows, lake_rows};
use super::gate::Gate;
use crate::cluster::Cluster;
use crate::installation::{Installation, Server};

/// Has whoever reads the news of the orders do so by an index, row by row, so that those before the gate come.
const IN_ORDER: &str = "ALTER ROLE reader SET enable_seqscan = off; ALTER ROLE reader SET enable_bitmapscan = off;
    ALTER ROLE reader SET enable_sort = off; ALTER ROLE reader SET enable_incremental_sort = off";

const ORDERS: u32 = 150_000;

fn stopped(mut server: Server) {
    server.signal("TERM");
    assert_eq!(server.wait(), Some(0));
}

/// A first sync by some settings that are others when the next process goes on with it: each order stands once. Gives how many
/// rows there are after one more sync, by those others.
async fn rows_after_the_next_sync(mut settings: Value, mut others: Value, ends: impl FnOnce(Server)) -> Option<Value> {
    let cluster = Cluster::start()?;
    let mut shop = BusyShop::at(&cluster.url(), ORDERS).await;
    Gate::build(&cluster.url()).await;
    shop.run(IN_ORDER).await;
    let here = Installation::new().with("ENGINE__CHECKPOINT_SECONDS", 0);
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", &cluster.url().replace("postgres@", "reader@")).await;
    let source = server.only_source(&connector).await;
    settings["id"] = json!(source);
    server.update_source(settings).await;
    let mut events = server.events_of(&connector).await;
    let mut gate = Gate::shut(&cluster.url()).await;
    let sync = server.start_sync(&connector, None).await;
    gate.somebody_waits().await;
    events.wait_for(|event| event["kind"] == "CHECKPOINT").await;
    others["id"] = json!(source);
    server.update_source(others).await;
    ends(server);
    let server = Server::start(&here);
    gate.open().await;
    let end = server.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(ORDERS)), "{end:#}");
    assert_equal_rows(&lake_rows(&server).await, &shop.rows().await);
    let end = server.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let count = server.gql("{ sql(query: \"SELECT count(*) FROM shop.orders\") { rows } }", json!({})).await;
    Some(count["sql"]["rows"][0][0].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_of_news_that_was_handed_back_at_a_shutdown_goes_on_as_it_began() {
    let settings = json!({ "extractType": "INCREMENTAL", "writeMode": "OVERWRITE", "cursorField": "updated_at",
        "primaryKey": [], "lookbackSeconds": 0 });
    let others = json!({ "writeMode": "APPEND", "lookbackSeconds": 1 });
    let rows = rows_after_the_next_sync(settings, others, stopped).await;
    assert!(rows.is_none_or(|rows| rows == ORDERS), "no order is new, and none is added again");
}
