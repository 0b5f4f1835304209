//! The source's server is restarted in the middle of a sync, while somebody works in it: the sync tells that it waits, and
//! goes on.

use serde_json::json;

use super::busy_shop::{BusyShop, assert_equal_rows, assert_true_copy, lake_rows};
use super::gate::Gate;
use crate::cluster::Cluster;
use crate::installation::{Installation, Server};

/// A shop in a cluster of its own, and a server that reads it.
struct Scene {
    cluster: Cluster,
    shop: BusyShop,
    server: Server,
    connector: String,
    source: String,
    _here: Installation,
}

impl Scene {
    async fn set() -> Option<Self> {
        let cluster = Cluster::start()?;
        let shop = BusyShop::at(&cluster.url(), 150_000).await;
        Gate::build(&cluster.url()).await;
        let here = Installation::new().with("ENGINE__CHECKPOINT_SECONDS", 0).with("ENGINE__RETRY_SECONDS", 0.2);
        let server = Server::start(&here);
        let connector = server.database_connector("Shop", &cluster.url().replace("postgres@", "reader@")).await;
        let source = server.only_source(&connector).await;
        Some(Self { cluster, shop, server, connector, source, _here: here })
    }

    /// Syncs, and restarts the source's server while the read stands in the middle of the table.
    async fn sync_with_restart(&self) {
        let mut gate = Gate::shut(&self.cluster.url()).await;
        let mut events = self.server.events_of(&self.connector).await;
        let sync = self.server.start_sync(&self.connector, None).await;
        gate.somebody_waits().await;
        self.cluster.restart();
        let is_end = |status: &serde_json::Value| status == "SUCCEEDED" || status == "FAILED";
        let told = events.wait_for(|event| event["kind"] == "RETRY" || is_end(&event["status"])).await;
        assert_eq!((&told["kind"], &told["dataSourceId"]), (&json!("RETRY"), &json!(self.source)), "{told:#}");
        assert_eq!((&told["level"], &told["details"]["code"]), (&json!("WARNING"), &json!("UPSTREAM_UNAVAILABLE")));
        assert!(told["message"].as_str().unwrap().contains("trying again in"), "{told:#}");
        let end = self.server.sync_end(&sync).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    }

    /// Syncs once more with a quiet source.
    async fn sync(&self) {
        let sync = self.server.start_sync(&self.connector, None).await;
        let end = self.server.sync_end(&sync).await;
        assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_postgres_in_the_middle_of_a_load_is_survived_and_told() {
    let Some(mut scene) = Scene::set().await else { return };
    let traffic = scene.shop.begin_traffic().await;
    for _ in 0..2 {
        let since = scene.shop.moment().await;
        scene.sync_with_restart().await;
        assert_true_copy(&scene.server, &scene.shop, since).await;
    }
    traffic.stop().await;
    scene.sync().await;
    assert_equal_rows(&lake_rows(&scene.server).await, &scene.shop.rows().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_is_one_in_the_middle_of_an_incremental_merge() {
    let Some(mut scene) = Scene::set().await else { return };
    let settings = json!({ "id": scene.source, "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"],
        "cursorField": "updated_at", "lookbackSeconds": 2, "detectDeletes": true });
    scene.server.update_source(settings).await;
    scene.sync().await;
    let traffic = scene.shop.begin_traffic().await;
    for _ in 0..2 {
        scene.shop.change_one_in(5).await;
        let since = scene.shop.moment().await;
        scene.sync_with_restart().await;
        scene.shop.assert_are_of_moments_since(since, &lake_rows(&scene.server).await).await;
    }
    traffic.stop().await;
    scene.sync().await;
    assert_equal_rows(&lake_rows(&scene.server).await, &scene.shop.rows().await);
}
