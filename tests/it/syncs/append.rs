//! APPEND and incremental reads: nothing is lost at the boundary, and nothing is added twice.

use serde_json::json;

use super::table::Table;

const EVENTS: &str = "CREATE TABLE t (at timestamptz, what text);
    INSERT INTO t VALUES ('2026-01-01 10:00Z', 'a'), ('2026-01-01 10:00Z', 'a'), ('2026-01-01 11:00Z', 'b'), (NULL, 'n')";

async fn events() -> Option<Table> {
    let table = Table::with(EVENTS).await?;
    table.set(json!({ "extractType": "INCREMENTAL", "writeMode": "APPEND", "cursorField": "at" })).await;
    Some(table)
}

const ALL: &str = "SELECT at, what FROM shop.t ORDER BY what, at";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_with_the_last_cursor_are_neither_lost_nor_doubled() {
    let Some(mut table) = events().await else { return };
    assert_eq!(table.sync().await[1], 4);
    assert_eq!(table.sync().await[1], 0, "nothing is new");
    // Two more of the last moment, one of them with the content of a row that is there.
    table
        .run("INSERT INTO t VALUES ('2026-01-01 11:00Z', 'b'), ('2026-01-01 11:00Z', 'c'), (NULL, 'n'), (NULL, 'm')")
        .await;
    assert_eq!(table.sync().await[1], 4);
    assert_eq!(table.sync().await[1], 0);
    assert_eq!(
        table.lake("SELECT what, count(*) FROM shop.t GROUP BY what ORDER BY what").await,
        ["a|2", "b|2", "c|1", "m|1", "n|2"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_rows_are_found_within_the_look_back_only() {
    let Some(mut table) = events().await else { return };
    table.set(json!({ "lookbackSeconds": 1800 })).await;
    table.sync().await;
    table.run("INSERT INTO t VALUES ('2026-01-01 10:45Z', 'late'), ('2026-01-01 10:15Z', 'too late')").await;
    assert_eq!(table.sync().await[1], 1);
    assert_eq!(table.lake("SELECT count(*) FROM shop.t WHERE what = 'late'").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_that_is_added_with_a_default_does_not_make_known_rows_new() {
    let Some(mut table) = events().await else { return };
    table.sync().await;
    table
        .run("ALTER TABLE t ADD COLUMN note text DEFAULT 'x'; INSERT INTO t VALUES ('2026-01-01 12:00Z', 'd', 'y')")
        .await;
    assert_eq!(table.sync().await[1], 1);
    assert_eq!(table.sync().await[1], 0, "rows from before the column are still known");
    table.run("ALTER TABLE t DROP COLUMN note").await;
    assert_eq!(table.sync().await[1], 0);
    assert_eq!(table.lake(ALL).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_key_an_incremental_source_begins_with_all_and_goes_on_with_news() {
    let Some(mut table) = Table::with(EVENTS).await else { return };
    table.sync().await;
    // OVERWRITE, as discovery leaves it: rows that are new join those that are there.
    table.set(json!({ "extractType": "INCREMENTAL", "cursorField": "at" })).await;
    assert_eq!(table.sync().await[1], 4, "the cursor of a full read says nothing: all is read, and replaces the table");
    table.run("INSERT INTO t VALUES ('2026-01-01 12:00Z', 'd')").await;
    assert_eq!(table.sync().await[1], 1);
    table.set(json!({ "cursorField": "what" })).await;
    assert_eq!(table.sync().await[1], 5, "another cursor field begins again");
    assert_eq!(table.lake("SELECT count(*) FROM shop.t").await, ["5"]);
}
