//! A cursor field that becomes another type: the value that a sync ended at says nothing of it any more, and no row is lost.

use serde_json::{Value, json};

use super::deletes::told;
use super::table::{Table, lines, sync};
use crate::harness::TestApp;
use crate::mysql::Source;

/// The type, two values, how it changes, and the value of a row that comes then: one that the old text would leave out.
const CHANGES: [(&str, [&str; 2], &str, &str); 3] = [
    ("timestamp", ["2026-01-01 10:00", "2026-01-01 12:00"], "timestamptz", "2026-01-01 12:30"),
    ("int", ["8", "9"], "text", "10"),
    ("timestamp", ["2026-01-01", "2026-01-02"], "bigint USING extract(epoch FROM changed)::bigint", "2000000000"),
];

const ALL: &str = "SELECT id, n FROM shop.t ORDER BY id";

fn incremental(write_mode: &str, key: &[&str]) -> Value {
    json!({ "extractType": "INCREMENTAL", "writeMode": write_mode, "primaryKey": key, "cursorField": "changed",
        "lookbackSeconds": 0 })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_new_is_read_all_the_same_and_the_log_says_that_everything_is() {
    for (before, [first, second], after, later) in CHANGES {
        let ways: [(&str, &[&str]); 4] =
            [("MERGE", &["id"]), ("OVERWRITE", &["id"]), ("OVERWRITE", &[]), ("APPEND", &[])];
        for (write_mode, key) in ways {
            let context = format!("{before} to {after}, {write_mode} by {key:?}");
            let rows = format!(
                "SET TimeZone = 'Europe/Berlin'; CREATE TABLE t (id int PRIMARY KEY, n int, changed {before} NOT NULL);
                 INSERT INTO t VALUES (1, 1, '{first}'), (2, 2, '{second}')"
            );
            let Some(mut table) = Table::with(&rows).await else { return };
            table.set(incremental(write_mode, key)).await;
            table.sync().await;
            table
                .run(&format!("ALTER TABLE t ALTER changed TYPE {after}; INSERT INTO t VALUES (3, 3, '{later}')"))
                .await;
            let log = table.app.sync_and_wait(&table.connector).await;
            assert_eq!(log["status"], "SUCCEEDED", "{context}: {log:#}");
            assert_eq!(table.lake(ALL).await, ["1|1", "2|2", "3|3"], "{context}");
            let told = told(&table.app, &log).await;
            let says = |line: &String| line.starts_with("WARNING changed has another type than when it was last read");
            assert!(told.iter().any(says), "{context}: {told:?}");
            // Of that type, the value at which it ended is of use again.
            assert_eq!(table.sync().await, [1, 0, 0, 0], "{context}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_mariadb_where_times_become_moments_of_another_zone() {
    for (before, [first, second], after, later) in [
        ("datetime", ["2026-01-01 10:00", "2026-01-01 12:00"], "timestamp", "2026-01-01 12:30"),
        ("int", ["8", "9"], "varchar(20)", "10"),
    ] {
        let rows = format!(
            "CREATE TABLE t (id int PRIMARY KEY, n int, changed {before} NOT NULL);
             INSERT INTO t VALUES (1, 1, '{first}'), (2, 2, '{second}')"
        );
        let Some(source) = Source::with(&rows).await else { return };
        let app = TestApp::new().await;
        let connector = app.database_connector("Shop", source.url()).await;
        let mut settings = incremental("MERGE", &["id"]);
        settings["id"] = json!(app.only_source(&connector).await);
        app.update_source(settings.clone()).await;
        sync(&app, &connector).await;
        let change = format!(
            "SET time_zone = '+02:00'; ALTER TABLE t MODIFY changed {after} NOT NULL; INSERT INTO t VALUES (3, 3, '{later}')"
        );
        source.run(&change).await;
        let log = app.sync_and_wait(&connector).await;
        assert_eq!(log["status"], "SUCCEEDED", "{log:#}");
        let ask = "query($id: ID!) { dataSource(id: $id) { tableName } }";
        let data = app.gql(ask, json!({ "id": settings["id"] })).await;
        let lake_table = data["dataSource"]["tableName"].as_str().unwrap();
        let all = lines(&app, &format!("SELECT id, n FROM {lake_table} ORDER BY id")).await;
        assert_eq!(all, ["1|1", "2|2", "3|3"], "{before} to {after}");
        let told = told(&app, &log).await;
        let says = |line: &String| line.starts_with("WARNING changed has another type than when it was last read");
        assert!(told.iter().any(says), "{told:?}");
        assert_eq!(sync(&app, &connector).await, [1, 0, 0, 0], "{before} to {after}");
    }
}
