//! A full load of a table in which somebody works shows it as it was at one moment.

use super::busy_shop::{BusyShop, Snapshots, assert_true_copy};
use crate::installation::{Installation, Server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_load_that_nobody_disturbs_is_of_one_moment_however_many_connections_read() {
    // Enough for several ranges of the key, which are read side by side.
    let Some(shop) = BusyShop::with_orders(150_000).await else { return };
    let here = Installation::new();
    let server = Server::start(&here);
    let connector = server.database_connector("Shop", shop.url()).await;
    let traffic = shop.begin_traffic().await;
    let moment = shop.moment().await;
    let end = server.sync_and_wait(&connector).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    assert_eq!(assert_true_copy(&server, &shop, moment).await, Snapshots::One);
    traffic.stop().await;
}
