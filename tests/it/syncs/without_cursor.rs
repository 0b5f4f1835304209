//! Rows whose cursor is NULL: whether they are new cannot be seen, so every sync reads them, and says so.

use serde_json::json;

use super::table::Table;

/// Syncs; gives rows read, added, updated and deleted, and what the sync says of rows without a cursor.
async fn sync(table: &Table) -> ([i64; 4], String) {
    let mut events = table.app.events_of(&table.connector).await;
    let counts = table.sync().await;
    let told =
        events.wait_for(|event| event["message"].as_str().is_some_and(|message| message.contains("have no"))).await;
    assert_eq!((&told["kind"], &told["level"]), (&json!("LOG"), &json!("INFO")), "{told:#}");
    (counts, told["message"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_without_a_cursor_are_merged_with_every_sync_and_stand_once() {
    let Some(mut table) = Table::with(
        "CREATE TABLE t (id int PRIMARY KEY, total numeric(10,2), changed timestamptz);
         INSERT INTO t SELECT n, n, CASE n % 2 WHEN 1 THEN timestamptz '2026-01-01 10:00Z' + n * interval '1 minute' END
           FROM generate_series(1, 5) n",
    )
    .await
    else {
        return;
    };
    let settings = json!({ "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["id"],
        "cursorField": "changed", "lookbackSeconds": 0 });
    table.set(settings).await;
    let (counts, told) = sync(&table).await;
    assert_eq!((counts, told.as_str()), ([5, 5, 0, 0], "2 rows have no changed: they are read with every sync"));

    // One changes without a cursor, one is given one, one loses the highest of all, one is new without, one is new with.
    table
        .run(
            "UPDATE t SET total = 99 WHERE id = 2; UPDATE t SET changed = '2026-01-02 10:00Z' WHERE id = 4;
             UPDATE t SET changed = NULL WHERE id = 5; INSERT INTO t VALUES (6, 6, NULL), (7, 7, '2026-01-02 09:00Z')",
        )
        .await;
    let (counts, told) = sync(&table).await;
    assert_eq!((counts, told.as_str()), ([5, 2, 3, 0], "3 rows have no changed: they are read with every sync"));
    let expected = [
        "1|1.00|2026-01-01T10:01:00Z",
        "2|99.00|null",
        "3|3.00|2026-01-01T10:03:00Z",
        "4|4.00|2026-01-02T10:00:00Z",
        "5|5.00|null",
        "6|6.00|null",
        "7|7.00|2026-01-02T09:00:00Z",
    ];
    let all = "SELECT id, total, changed FROM shop.t ORDER BY id";
    assert_eq!(table.lake(all).await, expected);

    // Nothing has changed: the three are read, and the row of the highest cursor.
    assert_eq!(sync(&table).await.0, [4, 0, 0, 0]);
    assert_eq!(table.lake(all).await, expected);

    // The place to go on from outlives a time in which no row has one.
    table.run("UPDATE t SET changed = NULL; UPDATE t SET total = 0 WHERE id = 1").await;
    let (counts, told) = sync(&table).await;
    assert_eq!((counts, told.as_str()), ([7, 0, 4, 0], "7 rows have no changed: they are read with every sync"));
    table.run("UPDATE t SET total = 1, changed = '2026-01-02 10:00Z' WHERE id = 1").await;
    assert_eq!(sync(&table).await.0, [7, 0, 1, 0]);
    let cursorless: Vec<_> = (2..8).map(|id| format!("{id}|{}.00|null", if id == 2 { 99 } else { id })).collect();
    assert_eq!(table.lake(all).await, [vec!["1|1.00|2026-01-02T10:00:00Z".to_owned()], cursorless].concat());
}
