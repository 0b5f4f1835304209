//! A process that is late to prolong the lease of a sync goes on with it.

use dataweaver::entity::sync_log;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::gate::{OPEN, shut_at};
use crate::harness::TestApp;
use crate::late_lease::be_late;
use crate::servers;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_late_to_prolong_its_lease_does_not_take_over_from_itself() {
    let Some(database) = servers::postgres() else { return };
    let mut shop = PgConnection::connect(database.url()).await.unwrap();
    let fill = shut_at(1, "CREATE VIEW t AS SELECT 1 AS id, gate(1) AS passed");
    shop.execute(AssertSqlSafe(fill)).await.unwrap();
    // The first take-over would be its end.
    let app = TestApp::with(|config| config.engine.most_take_overs = 0).await;
    let connector = app.database_connector("Shop", database.url()).await;
    let mut events = app.events_of(&connector).await;
    let sync = app.start_sync(&connector, None).await;
    events.wait_for(|event| event["status"] == "RUNNING" && event["dataSourceId"].is_string()).await;
    be_late::<sync_log::Entity>(&app, sync_log::Column::LeaseExpiresAt).await;
    shop.execute(OPEN).await.unwrap();
    let end = app.sync_end(&sync).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    app.stop().await;
}
