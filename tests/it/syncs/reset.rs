//! A data source that was reset: its next sync reads everything, and what is gone at the source goes where that is wanted.

use serde_json::{Value, json};

use super::table::{Table, lines, sync};
use crate::harness::TestApp;

const ORDERS: &str = "CREATE TABLE t (id int PRIMARY KEY, total int, changed timestamptz NOT NULL);
    INSERT INTO t SELECT n, n, timestamptz '2026-01-01 10:00Z' + n * interval '1 hour' FROM generate_series(1, 4) n";

/// What no incremental sync sees: a row that is gone, and a change that did not move the cursor.
const UNSEEN: &str = "DELETE FROM t WHERE id = 1; UPDATE t SET total = 20 WHERE id = 2";

const ALL: &str = "SELECT id, total FROM shop.t ORDER BY id, total";

async fn reset(app: &TestApp, source: &str) {
    let reset = "mutation($id: ID!) { resetDataSource(input: { id: $id }) { dataSource { id } } }";
    app.gql(reset, json!({ "id": source })).await;
}

/// Resets a source with these settings after changes that only a read of everything sees; gives the table, and what the sync
/// did to it.
async fn after_a_reset(settings: Value) -> Option<(Table, [i64; 4])> {
    let mut table = Table::with(ORDERS).await?;
    table.set(json!({ "extractType": "INCREMENTAL", "cursorField": "changed", "lookbackSeconds": 0 })).await;
    table.set(settings).await;
    table.sync().await;
    table.run(UNSEEN).await;
    assert_eq!(table.sync().await, [1, 0, 0, 0], "there are no news");
    assert_eq!(table.lake(ALL).await, ["1|1", "2|2", "3|3", "4|4"]);
    reset(&table.app, &table.source).await;
    let counts = table.sync().await;
    assert_eq!(counts[0], 3, "everything is read");
    let held = table.lake(ALL).await;
    assert_eq!(table.sync().await, [1, 0, 0, 0], "from there on it reads the news again");
    assert_eq!(table.lake(ALL).await, held);
    Some((table, counts))
}

const AS_AT_THE_SOURCE: [&str; 3] = ["2|20", "3|3", "4|4"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_overwritten_is_replaced() {
    let Some((table, _)) = after_a_reset(json!({ "writeMode": "OVERWRITE", "primaryKey": [] })).await else { return };
    assert_eq!(table.lake(ALL).await, AS_AT_THE_SOURCE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_is_one_with_a_key() {
    let settings = json!({ "writeMode": "OVERWRITE", "primaryKey": ["id"] });
    let Some((table, _)) = after_a_reset(settings).await else { return };
    assert_eq!(table.lake(ALL).await, AS_AT_THE_SOURCE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_merged_stays_though_it_is_gone() {
    let settings = json!({ "writeMode": "MERGE", "primaryKey": ["id"], "detectDeletes": false });
    let Some((table, counts)) = after_a_reset(settings).await else { return };
    assert_eq!(counts[1..], [0, 1, 0]);
    assert_eq!(table.lake(ALL).await, ["1|1", "2|20", "3|3", "4|4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_appended_stays_and_only_what_differs_is_added() {
    let Some((table, counts)) = after_a_reset(json!({ "writeMode": "APPEND" })).await else { return };
    assert_eq!(counts[1..], [1, 0, 0]);
    assert_eq!(table.lake(ALL).await, ["1|1", "2|2", "2|20", "3|3", "4|4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_merged_goes_where_deletes_are_to_be_found() {
    // Of files nobody lists keys, so that only a read of everything finds them.
    let app = TestApp::new().await;
    let folder = app.folder().join("files");
    std::fs::create_dir(&folder).unwrap();
    let write = |text: &str| std::fs::write(folder.join("orders.csv"), text).unwrap();
    write("id,total\n1,1\n2,2\n3,3\n");
    let connector = app.folder_connector("Files", &folder).await;
    let source = app.only_source(&connector).await;
    let settings = json!({ "id": source, "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"],
        "detectDeletes": true });
    app.update_source(settings).await;
    assert_eq!(sync(&app, &connector).await, [3, 3, 0, 0]);
    write("id,total\n2,20\n3,3\n");
    assert_eq!(sync(&app, &connector).await, [2, 0, 1, 0]);
    reset(&app, &source).await;
    assert_eq!(sync(&app, &connector).await, [2, 0, 0, 1]);
    assert_eq!(lines(&app, "SELECT id, total FROM files.orders ORDER BY id").await, ["2|20", "3|3"]);
}
