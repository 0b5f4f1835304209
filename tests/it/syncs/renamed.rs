//! Columns of the settings that get another name at the source: what the sync asks for can be set, and no row stands twice.

use serde_json::json;

use super::table::Table;

const ROWS: &str = "CREATE TABLE t (id int PRIMARY KEY, n int, changed int NOT NULL);
    INSERT INTO t SELECT n, n, n FROM generate_series(1, 3) n";

/// Of which a sync reads the news.
async fn numbers() -> Option<Table> {
    let table = Table::with(ROWS).await?;
    let settings = json!({ "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"],
        "cursorField": "changed", "lookbackSeconds": 0 });
    table.set(settings).await;
    table.sync().await;
    Some(table)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_the_rows_which_are_there_do_not_have_has_everything_read_anew() {
    let Some(mut table) = numbers().await else { return };
    table.run("ALTER TABLE t ADD code text; UPDATE t SET code = 'c' || id").await;
    table.sync().await;
    assert_eq!(table.lake("SELECT count(code) FROM shop.t").await, ["1"], "only of the row that came again");
    table.set(json!({ "primaryKey": ["code"] })).await;
    table.run("UPDATE t SET n = 20, changed = 9 WHERE id = 2").await;
    let mut events = table.app.events_of(&table.connector).await;
    table.sync().await;
    let told = events.wait_for(|event| event["kind"] == "SCHEMA_CHANGE").await;
    let message = told["message"].as_str().unwrap();
    assert!(message.contains("code, which is of the key, came to the lake table when that had rows"), "{message}");
    assert_eq!(table.lake("SELECT code, n FROM shop.t ORDER BY 1").await, ["c1|1", "c2|20", "c3|3"]);
    table.run("UPDATE t SET n = 30, changed = 10 WHERE id = 3").await;
    assert_eq!(table.sync().await, [2, 0, 1, 0]);
    assert_eq!(table.lake("SELECT code, n FROM shop.t ORDER BY 1").await, ["c1|1", "c2|20", "c3|30"]);
}
