//! Two processes on one PostgreSQL, one of them frozen past its lease and continued: no row is doubled.

use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};

use super::busy_shop::{BusyShop, assert_equal_rows, lake_rows_of};
use super::gate::Gate;
use crate::cluster::Cluster;
use crate::harness::PATIENCE;
use crate::installation::{Installation, Server};
use crate::servers;

/// An owner that freezes after its sync, or while it writes to our own database, proves nothing: so often another sync is
/// tried.
const TRIES: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_that_is_frozen_past_its_lease_and_continues_doubles_no_row() {
    let (Some(own), Some(cluster)) = (servers::postgres(), Cluster::start()) else { return };
    let mut shop = BusyShop::at(&cluster.url(), 120_000).await;
    Gate::build(&cluster.url()).await;
    let lake = tempfile::tempdir().unwrap();
    let replica = || {
        Installation::replica(own.url(), lake.path())
            .with("ENGINE__LEASE_SECONDS", 2)
            .with("ENGINE__CHECKPOINT_SECONDS", 0)
    };
    let (here, there) = (replica(), replica());
    let first = Server::start(&here);
    let rows = shop.rows().await;
    for (round, mode) in ["APPEND", "OVERWRITE", "MERGE", "APPEND"].into_iter().enumerate() {
        let mut is_proven = false;
        for attempt in 0..TRIES {
            let name = format!("shop{round}{attempt}");
            let freeze = Freeze { first: &first, here: &here, there: &there, mode };
            // The first time at any moment from the middle of the read on, and then there for certain.
            let moment = if attempt == 0 { Moment::Any } else { Moment::WithinTheRead };
            is_proven = freeze.in_the_middle(&name, shop.url(), moment).await;
            assert_equal_rows(&lake_rows_of(&first, &format!("{name}.orders")).await, &rows);
            if is_proven {
                break;
            }
        }
        assert!(is_proven, "{mode}: each sync had ended before its owner froze");
    }
}

/// When the first server freezes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Moment {
    Any,
    WithinTheRead,
}

/// Who freezes, who takes over, and how the rows are written.
struct Freeze<'a> {
    first: &'a Server,
    here: &'a Installation,
    there: &'a Installation,
    mode: &'a str,
}

impl Freeze<'_> {
    /// Freezes the first server in the middle of a sync of `shop`, lets a second one end it and the first one continue, and syncs
    /// once more. Gives whether the second one took the sync over and the first one was refused.
    async fn in_the_middle(&self, name: &str, shop: &str, moment: Moment) -> bool {
        let Self { first, here, there, mode } = self;
        let connector = first.database_connector(name, &shop.replace("postgres@", "reader@")).await;
        let source = first.only_source(&connector).await;
        let keyed = json!({ "id": source, "writeMode": mode, "primaryKey": ["id"], "cursorField": "updated_at",
            "extractType": if *mode == "MERGE" { "INCREMENTAL" } else { "FULL" } });
        first.update_source(keyed).await;
        let mut gate = Gate::shut(shop).await;
        let sync = first.start_sync(&connector, None).await;
        gate.somebody_waits().await;
        if moment == Moment::Any {
            gate.open().await;
            tokio::time::sleep(Duration::from_millis(rand::rng().random_range(0..300))).await;
            first.signal("STOP");
        } else {
            first.signal("STOP");
            gate.open().await;
        }
        let second = Server::start(there);
        let end = second.sync_end(&sync).await;
        assert_eq!(end["status"], "SUCCEEDED", "{mode}: {end:#}\n{}", there.log());
        first.signal("CONT");
        let is_proven = was_taken_over(&second, &sync).await && was_refused(here, &sync).await;
        drop(second);
        let again = first.start_sync(&connector, Some("INCREMENTAL")).await;
        let end = first.sync_end(&again).await;
        assert_eq!(end["status"], "SUCCEEDED", "{mode}: {end:#}\n{}", here.log());
        is_proven
    }
}

/// Whether a sync has had two owners, the second of whom names the first.
async fn was_taken_over(server: &Server, sync: &str) -> bool {
    let ask = "query($id: ID!) { syncLog(id: $id) { attempt events(first: 500, kinds: [STATE]) { nodes {
        status dataSourceId details } } } }";
    let log = server.gql(ask, json!({ "id": sync })).await["syncLog"].take();
    let facts = log["events"]["nodes"].as_array().unwrap();
    let begins: Vec<&Value> =
        facts.iter().filter(|fact| fact["status"] == "RUNNING" && fact["dataSourceId"].is_null()).collect();
    assert_eq!(log["attempt"], begins.len(), "{log:#}");
    if begins.len() == 1 {
        return false;
    }
    assert_eq!(begins.len(), 2, "{log:#}");
    assert_eq!(begins[0]["details"], json!({ "attempt": 1, "takenOverFrom": null }));
    assert!(begins[1]["details"]["attempt"] == 2 && begins[1]["details"]["takenOverFrom"].is_string(), "{log:#}");
    true
}

/// Waits until a server's log says that the server has left a sync. Gives whether it was told that the sync is another's:
/// one that froze inside a transaction has lost its session, too.
async fn was_refused(server: &Installation, sync: &str) -> bool {
    let said = format!("sync {sync} is left");
    let left = async {
        loop {
            if let Some(line) = server.log().lines().find(|line| line.contains(&said)) {
                return line.contains("another process has taken over this sync");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, left).await.expect("the first server notices that the sync is another's")
}
