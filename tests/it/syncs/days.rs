//! What the syncs of each of the last days did.

use chrono::{Days, Utc};
use chrono_tz::Tz;
use dataweaver::entity::{stored_time, sync_log};
use dataweaver::vocabulary::SyncStatus;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};

use crate::harness::TestApp;
use crate::servers;

const DAYS: &str = "query($days: Int!, $timezone: String!) { syncDays(days: $days, timezone: $timezone)
    { date syncs failed recordsProcessed bytesProcessed } }";

async fn days(app: &TestApp, number: i32, timezone: &str) -> Vec<Value> {
    let mut answer = app.gql(DAYS, json!({ "days": number, "timezone": timezone })).await;
    answer["syncDays"].as_array_mut().map(std::mem::take).expect("a list of days")
}

/// Three syncs of two rows: one ended just now, one five days ago and badly, one long ago.
async fn synced(app: &TestApp) {
    let shop =
        app.sqlite_connector("Shop", "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2);").await;
    for (ago, status) in [(0, SyncStatus::Succeeded), (5, SyncStatus::Failed), (40, SyncStatus::Succeeded)] {
        let id = app.start_sync(&shop, None).await;
        assert_eq!(app.sync_end(&id).await["status"], "SUCCEEDED");
        let ended = stored_time(Utc::now() - Days::new(ago));
        sync_log::Entity::update_many()
            .col_expr(sync_log::Column::CompletedAt, Expr::value(ended))
            .col_expr(sync_log::Column::Status, Expr::value(status))
            .filter(sync_log::Column::Id.eq(id))
            .exec(app.services().db())
            .await
            .unwrap();
    }
}

async fn counts_each_sync_on_its_day(app: &TestApp) {
    synced(app).await;
    for zone in ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"] {
        let all = days(app, 14, zone).await;
        let today = Utc::now().with_timezone(&zone.parse::<Tz>().unwrap()).date_naive();
        let dates: Vec<_> = (0..14).rev().map(|ago| (today - Days::new(ago)).to_string()).collect();
        assert_eq!(all.iter().map(|day| day["date"].clone()).collect::<Vec<_>>(), dates, "{zone}");
        let figures = |day: &Value| json!([day["syncs"], day["failed"], day["recordsProcessed"]]);
        assert_eq!(figures(&all[13]), json!([1, 0, 2]), "{zone}: {all:#?}");
        assert_eq!(figures(&all[8]), json!([1, 1, 2]), "{zone}: {all:#?}");
        assert!(all[13]["bytesProcessed"].as_i64().unwrap() > 0);
        assert_eq!(all.iter().filter(|day| figures(day) == json!([0, 0, 0])).count(), 12, "{zone}: {all:#?}");
    }
    let year = days(app, 366, "UTC").await;
    assert_eq!(year.iter().map(|day| day["syncs"].as_i64().unwrap()).sum::<i64>(), 3);
    assert_eq!(days(app, 1, "UTC").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_sync_counts_on_the_day_on_which_it_ended() {
    let app = TestApp::new().await;
    counts_each_sync_on_its_day(&app).await;
    for (number, zone, field) in
        [(0, "UTC", "days"), (367, "UTC", "days"), (-1, "UTC", "days"), (7, "Mars", "timezone")]
    {
        let answer = app.try_gql(DAYS, json!({ "days": number, "timezone": zone })).await;
        let error = &answer["errors"][0]["extensions"];
        assert_eq!((&error["code"], &error["field"]), (&json!("BAD_USER_INPUT"), &json!(field)), "{answer:#}");
    }
    app.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_it_does_on_postgresql() {
    let Some(database) = servers::postgres() else { return };
    let app = TestApp::on(database.url()).await;
    counts_each_sync_on_its_day(&app).await;
    app.stop().await;
}
