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

/// The policy of the gate as one of which the server does not believe that it keeps most orders back: it would take the table
/// for one that is not worth reading by ranges of its key, and such a load has no place to go on from.
const BY_RANGES: &str = "ALTER POLICY gate ON orders USING (gate(id) IS NOT NULL)";

/// A shop whose orders are read by ranges of their key, and the server that loads them.
struct Load {
    cluster: Cluster,
    shop: BusyShop,
    here: Installation,
    server: Server,
    connector: String,
    source: String,
}

impl Load {
    async fn of(settings: Value) -> Option<Self> {
        let cluster = Cluster::start()?;
        let mut shop = BusyShop::at(&cluster.url(), ORDERS).await;
        Gate::build(&cluster.url()).await;
        shop.run(BY_RANGES).await;
        let here = Installation::new().with("ENGINE__CHECKPOINT_SECONDS", 0);
        let server = Server::start(&here);
        let connector = server.database_connector("Shop", &cluster.url().replace("postgres@", "reader@")).await;
        let source = server.only_source(&connector).await;
        let load = Self { cluster, shop, here, server, connector, source };
        load.set(settings).await;
        Some(load)
    }

    async fn set(&self, mut settings: Value) {
        settings["id"] = json!(self.source);
        self.server.update_source(settings).await;
    }

    /// Starts a load, gives the data source other settings when a part of it is durable, kills the server, and has the next one
    /// go on; gives the end.
    async fn cut(self, others: Value) -> (Self, Value) {
        let mut events = self.server.events_of(&self.connector).await;
        let mut gate = Gate::shut(&self.cluster.url()).await;
        let sync = self.server.start_sync(&self.connector, None).await;
        gate.somebody_waits().await;
        events.wait_for(|event| event["kind"] == "CHECKPOINT").await;
        self.set(others).await;
        let Self { server, here, .. } = self;
        server.kill();
        let server = Server::start(&here);
        gate.open().await;
        let end = server.sync_end(&sync).await;
        assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(ORDERS)), "{end:#}");
        let ask = "query($id: ID!) { syncLog(id: $id) { events(first: 500, kinds: [LOG]) { nodes { message } } } }";
        let told = server.gql(ask, json!({ "id": sync })).await["syncLog"]["events"]["nodes"].take();
        let says = |fact: &Value| fact["message"].as_str().is_some_and(|words| words.contains("in a new snapshot"));
        assert!(told.as_array().expect("facts").iter().any(says), "it did not begin anew: {told:#}");
        (Self { server, here, ..self }, end)
    }

    async fn sync(&self) {
        let end = self.server.sync_and_wait(&self.connector).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    }

    async fn count(&self) -> Value {
        let ask = "{ sql(query: \"SELECT count(*), count(DISTINCT id) FROM shop.orders\") { rows } }";
        self.server.gql(ask, json!({})).await["sql"]["rows"][0].take()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_that_was_to_replace_the_table_does_so_though_rows_are_to_be_added_now() {
    let Some(load) = Load::of(json!({ "extractType": "FULL", "writeMode": "OVERWRITE" })).await else { return };
    let (mut load, end) = load.cut(json!({ "writeMode": "APPEND" })).await;
    assert_eq!(end["recordsAdded"], ORDERS, "{end:#}");
    assert_equal_rows(&lake_rows(&load.server).await, &load.shop.rows().await);
    load.sync().await;
    assert_eq!(load.count().await, json!([2 * ORDERS, ORDERS]), "the next sync adds them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_that_was_to_add_rows_does_so_though_the_table_is_to_be_replaced_now() {
    let Some(load) = Load::of(json!({ "extractType": "FULL", "writeMode": "APPEND" })).await else { return };
    load.sync().await;
    let (load, end) = load.cut(json!({ "writeMode": "OVERWRITE" })).await;
    assert_eq!(end["recordsAdded"], ORDERS, "{end:#}");
    assert_eq!(load.count().await, json!([2 * ORDERS, ORDERS]), "they were added to those of before");
    load.sync().await;
    assert_eq!(load.count().await, json!([ORDERS, ORDERS]), "the next sync replaces them");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_that_was_to_find_deletes_does_so_though_none_are_to_be_found_now() {
    let settings = json!({ "extractType": "FULL", "writeMode": "MERGE", "primaryKey": ["id"], "detectDeletes": true });
    let Some(mut load) = Load::of(settings).await else { return };
    load.sync().await;
    load.shop.run("UPDATE orders SET id = id + 1000000 WHERE id IN (7, 8)").await;
    let (mut load, end) = load.cut(json!({ "detectDeletes": false })).await;
    assert_eq!((&end["recordsAdded"], &end["recordsDeleted"]), (&json!(2), &json!(2)), "{end:#}");
    assert_equal_rows(&lake_rows(&load.server).await, &load.shop.rows().await);
    load.shop.run("DELETE FROM orders WHERE id = 9").await;
    load.sync().await;
    assert_eq!(load.count().await, json!([ORDERS, ORDERS]), "the next sync leaves what is gone");
}
