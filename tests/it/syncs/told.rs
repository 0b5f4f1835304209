//! What a sync tells of rows that do not come into the lake table as they are at the source.

use serde_json::{Value, json};

use super::table::Table;
use crate::gate::{CUT, OPEN, shut_at};

const TOTALS: &str = "CREATE TABLE t (id int PRIMARY KEY, total numeric(10,2));
    INSERT INTO t SELECT n, n FROM generate_series(1, 5) n";

/// Syncs, with another extract type than the source's own where one is given; gives the warnings and the sync log's id.
async fn warnings(table: &Table, extract_type: Option<&str>) -> (Vec<Value>, String) {
    let log = table.app.start_sync(&table.connector, extract_type).await;
    let end = table.app.sync_end(&log).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    let ask = "query($id: ID!) { syncLog(id: $id) { events(first: 500) { nodes { kind level message details } } } }";
    let told = table.app.gql(ask, json!({ "id": log })).await;
    let events = told["syncLog"]["events"]["nodes"].as_array().unwrap().iter();
    (events.filter(|event| event["level"] == "WARNING").cloned().collect(), log)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejected_rows_are_counted_and_their_table_is_named() {
    let Some(mut table) = Table::with(TOTALS).await else { return };
    table.set(json!({ "writeMode": "MERGE", "primaryKey": ["id"], "schemaPolicy": "DISCARD" })).await;
    let (none, log) = warnings(&table, None).await;
    let ask = "query($id: ID!) { syncLog(id: $id) { recordsRejected sources { rejected } } }";
    let counted = table.app.gql(ask, json!({ "id": log })).await;
    assert_eq!(counted["syncLog"], json!({ "recordsRejected": 0, "sources": [{ "rejected": 0 }] }));
    assert!(none.is_empty(), "{none:#?}");

    table.run("ALTER TABLE t ALTER COLUMN total TYPE text; UPDATE t SET total = 'many' WHERE id IN (2, 4)").await;
    let (told, log) = warnings(&table, None).await;
    let words =
        "t: 2 rows were rejected (the first: total (text) does not fit decimal(10,2)) and are kept in shop.t_rejected";
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["message"], words);
    assert_eq!(told[0]["details"]["rejectedRows"], 2);
    let counted = table.app.gql(ask, json!({ "id": log })).await;
    assert_eq!(counted["syncLog"], json!({ "recordsRejected": 2, "sources": [{ "rejected": 2 }] }));
    assert_eq!(table.lake("SELECT count(*) FROM shop.t_rejected").await, ["2"], "the table that is named is there");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_the_lake_cannot_hold_are_told_with_what_helps() {
    let Some(table) = Table::with(
        "CREATE TABLE t (id int, until date, PRIMARY KEY (id, until));
         INSERT INTO t VALUES (1, 'infinity'), (1, '-infinity'), (1, '2024-01-01'), (2, 'infinity')",
    )
    .await
    else {
        return;
    };
    table.set(json!({ "writeMode": "MERGE", "primaryKey": ["id", "until"] })).await;
    let (told, _) = warnings(&table, None).await;
    let merged = told.iter().find(|fact| fact["details"]["rowsLeftOut"] == 1).expect("a word of the merge");
    let message = merged["message"].as_str().unwrap();
    assert!(message.contains("have the values of until that the lake cannot hold"), "{message}");
    assert_eq!(table.lake("SELECT count(*) FROM shop.t").await, ["3"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_a_merge_takes_for_one_are_counted() {
    let Some(mut table) = Table::with(
        "CREATE TABLE t (id int, v text); INSERT INTO t VALUES (1, 'a'), (1, 'b'), (NULL, 'c'), (NULL, 'd'), (2, 'e')",
    )
    .await
    else {
        return;
    };
    table.set(json!({ "writeMode": "MERGE", "primaryKey": ["id"] })).await;
    let (told, _) = warnings(&table, None).await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(
        told[0]["message"],
        "t: 2 of 5 rows were left out, since later ones have the same key (id); 2 of 5 rows have NULL in their key (id), \
         which is a value like any other: those with the same key are one row; if they are different rows, set \
         primaryKey to columns that identify them"
    );
    assert_eq!(told[0]["details"], json!({ "rowsLeftOut": 2, "rowsWithNullKey": 2, "rows": 5 }));
    assert_eq!(table.lake("SELECT count(*) FROM shop.t").await, ["3"]);

    table.run("DELETE FROM t WHERE v IN ('a', 'c', 'd')").await;
    assert_eq!(warnings(&table, None).await.0, Vec::<Value>::new(), "each row has a key of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_column_that_comes_while_only_news_are_read_leaves_gaps_and_says_so() {
    let Some(mut table) = Table::with(
        "CREATE TABLE t (id int PRIMARY KEY, changed timestamptz NOT NULL DEFAULT clock_timestamp());
         INSERT INTO t SELECT n FROM generate_series(1, 3) n",
    )
    .await
    else {
        return;
    };
    let settings = json!({ "writeMode": "MERGE", "primaryKey": ["id"], "cursorField": "changed",
        "extractType": "INCREMENTAL", "lookbackSeconds": 0 });
    table.set(settings).await;
    assert_eq!(warnings(&table, None).await.0, Vec::<Value>::new());
    table.run("ALTER TABLE t ADD COLUMN note text DEFAULT 'dflt'; INSERT INTO t VALUES (4)").await;
    let (told, _) = warnings(&table, None).await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert_eq!(told[0]["kind"], "SCHEMA_CHANGE");
    assert_eq!(
        told[0]["message"],
        "t: added note text; rows that are in the lake table already hold NULL in it until they change at the source: \
         sync once with --full (extractType FULL) to fill it"
    );
    let gaps = "SELECT count(*) FROM shop.t WHERE note IS NULL";
    assert_eq!(table.lake(gaps).await, ["2"], "the last row of the sync before is read again");
    assert_eq!(warnings(&table, Some("FULL")).await.0, Vec::<Value>::new());
    assert_eq!(table.lake(gaps).await, ["0"], "what the warning says to do helps");

    // Where everything is read, nothing is missing.
    table.run("ALTER TABLE t ADD COLUMN more int DEFAULT 7").await;
    assert_eq!(warnings(&table, Some("FULL")).await.0, Vec::<Value>::new());
    assert_eq!(table.lake("SELECT count(*) FROM shop.t WHERE more = 7").await, ["4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_without_columns_is_left_out_also_where_it_has_rows() {
    let Some(table) =
        Table::with("CREATE TABLE t (); INSERT INTO t DEFAULT VALUES; INSERT INTO t DEFAULT VALUES").await
    else {
        return;
    };
    for write_mode in ["OVERWRITE", "APPEND"] {
        table.set(json!({ "writeMode": write_mode })).await;
        let (told, log) = warnings(&table, None).await;
        assert_eq!(told, Vec::<Value>::new());
        let ask = "query($id: ID!) { syncLog(id: $id) { events(first: 500, kinds: [LOG]) { nodes { message } } } }";
        let events = table.app.gql(ask, json!({ "id": log })).await["syncLog"]["events"]["nodes"].take();
        assert_eq!(events, json!([{ "message": "t has no columns: nothing to keep" }]), "{write_mode}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_lake_keeps_in_another_form_is_told_once_in_a_sync() {
    let view = "CREATE VIEW t AS SELECT n AS id, gen_random_uuid() AS tag, interval '1 hour' AS pause, 'a' AS name,
        gate(n) AS passed FROM generate_series(1, 2000) n";
    let Some(mut table) = Table::with(&shut_at(1000, view)).await else { return };
    let mut events = table.app.events_of(&table.connector).await;
    table.app.start_sync(&table.connector, None).await;
    let mut mapped = Vec::new();
    let mut is_cut_short = false;
    loop {
        let event = events
            .wait_for(|event| event["kind"] != "PROGRESS" || event["progress"]["rows"].as_i64() > Some(300))
            .await;
        if event["details"]["mapped"].is_array() {
            mapped.push(event);
        } else if event["kind"] == "PROGRESS" && !is_cut_short {
            // It reads all of it again.
            table.run(&format!("{CUT}; {OPEN}")).await;
            is_cut_short = true;
        } else if event["dataSourceId"].is_null() && event["status"] == "SUCCEEDED" {
            break;
        }
    }
    assert!(is_cut_short);
    let [told] = mapped.as_slice() else { panic!("it is told once: {mapped:#?}") };
    assert_eq!(
        (&told["kind"], &told["level"], &told["dataSourceId"]),
        (&json!("LOG"), &json!("INFO"), &json!(table.source))
    );
    assert_eq!(told["details"]["mapped"], json!(["tag: uuid is kept as text", "pause: interval is kept as text"]));
    assert_eq!(told["message"], "t: tag: uuid is kept as text; pause: interval is kept as text");
}
