//! A server killed at any moment of a sync, while the source changes: each row stands once, and none is missing.

use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};

use super::busy_shop::{BusyShop, Snapshots, assert_equal_rows, assert_true_copy, lake_rows};
use super::gate::Gate;
use crate::cluster::Cluster;
use crate::installation::{Installation, Server};

/// Kills of one test; `just soak` wants more.
fn kills() -> u32 {
    std::env::var("DATAWEAVER_TEST_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(20)
}

/// The moments at which the server is killed, counted from the start of the process or of the sync.
const MOMENTS: std::ops::Range<u64> = 20..1200;

/// One installation that is killed again and again.
struct Victim {
    here: Installation,
    server: Server,
    connector: String,
}

impl Victim {
    async fn connected_to(shop: &BusyShop) -> Self {
        Self::connected_by(shop.url()).await
    }

    async fn connected_by(url: &str) -> Self {
        // Each checkpoint is made durable, so that there are many moments between two of them. A server that is killed
        // too soon to get any further may be so as often as it likes.
        let here = Installation::new().with("ENGINE__CHECKPOINT_SECONDS", 0).with("ENGINE__MOST_TAKE_OVERS", 1000);
        let server = Server::start(&here);
        let connector = server.database_connector("Shop", url).await;
        Self { here, server, connector }
    }

    /// Lets a sync run, and kills the server at a random moment; gives the sync's record if it ended before that.
    async fn run_for_a_while(self, sync: &str) -> (Self, Option<Value>) {
        let moment = Duration::from_millis(rand::rng().random_range(MOMENTS));
        match tokio::time::timeout(moment, self.server.sync_end(sync)).await {
            Ok(end) => (self, Some(end)),
            Err(_) => {
                let Self { here, server, connector } = self;
                server.kill();
                let server = Server::start(&here);
                (Self { here, server, connector }, None)
            }
        }
    }

    /// Kills the server again and again in the middle of syncs, then lets the last one succeed. `ended` looks at each sync
    /// that was done before its kill.
    async fn survive_kills(mut self, mut ended: impl AsyncFnMut(&Self, &Value)) -> Self {
        let mut sync = self.server.start_sync(&self.connector, None).await;
        let mut killed = 0;
        while killed < kills() {
            let (next, end) = self.run_for_a_while(&sync).await;
            self = next;
            let Some(end) = end else {
                killed += 1;
                continue;
            };
            assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
            ended(&self, &end).await;
            sync = self.server.start_sync(&self.connector, None).await;
        }
        self.succeeds(&sync).await;
        self
    }

    /// The end of a sync that must succeed.
    async fn succeeds(&self, sync: &str) -> Value {
        let end = self.server.sync_end(sync).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
        end
    }

    /// Starts one more sync and sees it succeed.
    async fn sync(&self) {
        let sync = self.server.start_sync(&self.connector, None).await;
        self.succeeds(&sync).await;
    }

    /// Has the orders read incrementally, and what is gone at the source deleted.
    async fn merges_news_and_finds_deletes(&self) {
        let source = self.server.only_source(&self.connector).await;
        let settings = json!({ "id": source, "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"],
            "cursorField": "updated_at", "lookbackSeconds": 2, "detectDeletes": true });
        self.server.update_source(settings).await;
    }

    /// Every id stands once in the lake.
    async fn assert_no_row_twice(&self) -> i64 {
        let sql = "query { sql(query: \"SELECT count(*), count(DISTINCT id) FROM shop.orders\") { rows } }";
        let data = self.server.gql(sql, json!({})).await;
        let counted = &data["sql"]["rows"][0];
        assert_eq!(counted[0], counted[1], "a row stands twice");
        counted[0].as_i64().expect("a count")
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_load_survives_kills_while_the_source_changes() {
    let Some(mut shop) = BusyShop::with_orders(150_000).await else { return };
    let victim = Victim::connected_to(&shop).await;
    let traffic = shop.begin_traffic().await;
    let mut since = shop.moment().await;
    let mut in_several_snapshots = 0;
    let counts = async |victim: &Victim, end: &Value| {
        let rows = victim.assert_no_row_twice().await;
        assert_eq!(end["recordsProcessed"], rows, "the record counts what was read, across the kills: {end:#}");
        assert_eq!(end["recordsAdded"], rows, "{end:#}");
        let snapshots = assert_true_copy(&victim.server, &shop, since).await;
        in_several_snapshots += usize::from(snapshots == Snapshots::Several);
        since = shop.moment().await;
    };
    let victim = victim.survive_kills(counts).await;
    let snapshots = assert_true_copy(&victim.server, &shop, since).await;
    in_several_snapshots += usize::from(snapshots == Snapshots::Several);
    assert!(in_several_snapshots > 0, "of {} killed loads none went on from a checkpoint in a new snapshot", kills());
    traffic.stop().await;
    victim.sync().await;
    assert_equal_rows(&lake_rows(&victim.server).await, &shop.rows().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incremental_merge_survives_kills_while_the_source_changes() {
    let Some(mut shop) = BusyShop::with_orders(60_000).await else { return };
    let victim = Victim::connected_to(&shop).await;
    victim.merges_news_and_finds_deletes().await;
    let traffic = shop.begin_traffic().await;
    let mut since = shop.moment().await;
    let changes = async |victim: &Victim, _end: &Value| {
        shop.assert_are_of_moments_since(since, &lake_rows(&victim.server).await).await;
        since = shop.moment().await;
        shop.change_one_in(5).await;
    };
    let victim = victim.survive_kills(changes).await;
    shop.assert_are_of_moments_since(since, &lake_rows(&victim.server).await).await;
    traffic.stop().await;
    victim.sync().await;
    assert_equal_rows(&lake_rows(&victim.server).await, &shop.rows().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_is_killed_while_it_compares_keys_compares_them_when_it_goes_on() {
    let Some(cluster) = Cluster::start() else { return };
    let mut shop = BusyShop::at(&cluster.url(), 120_000).await;
    Gate::build(&cluster.url()).await;
    let victim = Victim::connected_by(&cluster.url().replace("postgres@", "reader@")).await;
    victim.merges_news_and_finds_deletes().await;
    victim.sync().await;
    shop.run("DELETE FROM orders WHERE id IN (7, 8)").await;
    shop.run("UPDATE orders SET total = total + 1, updated_at = clock_timestamp() WHERE id = 5").await;
    // Of the rows at the gate nothing is new, so that whoever comes there lists keys.
    let mut gate = Gate::shut(&cluster.url()).await;
    let sync = victim.server.start_sync(&victim.connector, None).await;
    gate.somebody_waits().await;
    let Victim { here, server, connector } = victim;
    let counts = "{ sql(query: \"SELECT count(*), count(CASE WHEN id = 5 AND total = 1.05 THEN 1 END) FROM shop.orders\") { rows } }";
    assert_eq!(server.gql(counts, json!({})).await["sql"]["rows"], json!([[120_000, 1]]), "the news are there");
    server.kill();
    let victim = Victim { server: Server::start(&here), here, connector };
    gate.open().await;
    let end = victim.succeeds(&sync).await;
    assert_eq!((&end["recordsAdded"], &end["recordsUpdated"]), (&json!(0), &json!(1)), "{end:#}");
    assert_eq!(end["recordsDeleted"], 2, "{end:#}");
    assert_equal_rows(&lake_rows(&victim.server).await, &shop.rows().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_that_gets_another_type_while_nobody_reads_has_it_in_all_rows() {
    let Some(mut shop) = BusyShop::with_orders(120_000).await else { return };
    let Victim { here, server, connector } = Victim::connected_to(&shop).await;
    let mut events = server.events_of(&connector).await;
    let sync = server.start_sync(&connector, None).await;
    events.wait_for(|event| event["kind"] == "CHECKPOINT" && event["details"]["staged"] == true).await;
    server.kill();
    shop.run("ALTER TABLE orders ALTER COLUMN total TYPE text").await;
    let server = Server::start(&here);
    let end = server.sync_end(&sync).await;
    assert_eq!((&end["status"], &end["recordsProcessed"]), (&json!("SUCCEEDED"), &json!(120_000)), "{end:#}");
    assert_equal_rows(&lake_rows(&server).await, &shop.rows().await);
    // By a value of a row that was staged as a number, and of one that came as text.
    let sql = "{ sql(query: \"SELECT id FROM shop.orders WHERE total IN ('0.01', '1200.00') ORDER BY id\") { rows } }";
    assert_eq!(server.gql(sql, json!({})).await["sql"]["rows"], json!([[1], [120_000]]));
}
