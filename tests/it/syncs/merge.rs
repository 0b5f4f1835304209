//! MERGE: by primary key, with deletes where they are asked for, and never on a key that is not there.

use dataweaver::entity::data_source;
use dataweaver::lake::Retention;
use sea_orm::EntityTrait;
use serde_json::json;

use super::table::Table;

const ORDERS: &str = "CREATE TABLE t (id int PRIMARY KEY, total numeric(10,2), changed timestamptz NOT NULL);
    INSERT INTO t SELECT n, n, timestamptz '2026-01-01 10:00Z' + n * interval '1 minute' FROM generate_series(1, 5) n";

async fn orders() -> Option<Table> {
    let table = Table::with(ORDERS).await?;
    table.set(json!({ "writeMode": "MERGE", "primaryKey": ["id"], "cursorField": "changed" })).await;
    Some(table)
}

const ALL: &str = "SELECT id, total FROM shop.t ORDER BY id";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_with_the_cursor_of_the_boundary_and_a_lower_key_is_seen() {
    let Some(mut table) = orders().await else { return };
    table.set(json!({ "extractType": "INCREMENTAL" })).await;
    assert_eq!(table.sync().await, [5, 5, 0, 0]);
    table.run("UPDATE t SET total = 99, changed = '2026-01-01 10:05Z' WHERE id = 2").await;
    let [_, added, updated, deleted] = table.sync().await;
    assert_eq!([added, updated, deleted], [0, 1, 0], "only what differs counts as updated");
    assert_eq!(table.lake(ALL).await, ["1|1.00", "2|99.00", "3|3.00", "4|4.00", "5|5.00"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn deletes_are_found_by_a_full_load_that_is_asked_to() {
    let Some(mut table) = orders().await else { return };
    table.sync().await;
    table.run("DELETE FROM t WHERE id IN (1, 4); INSERT INTO t VALUES (6, 6, '2026-01-02'); UPDATE t SET total = 7 WHERE id = 2").await;
    assert_eq!(table.sync().await, [4, 1, 1, 0]);
    assert_eq!(table.lake(ALL).await.len(), 6);
    table.set(json!({ "detectDeletes": true })).await;
    assert_eq!(table.sync().await, [4, 0, 0, 2]);
    assert_eq!(table.lake(ALL).await, ["2|7.00", "3|3.00", "5|5.00", "6|6.00"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_the_source_has_no_more_is_refused_and_the_table_stays() {
    let Some(mut table) = orders().await else { return };
    table.set(json!({ "detectDeletes": true })).await;
    table.sync().await;
    table.run("ALTER TABLE t RENAME COLUMN id TO order_id").await;
    let message = table.failure().await;
    assert!(message.contains("primaryKey: names id, which") && message.contains("order_id"), "{message}");
    assert_eq!(table.lake(ALL).await.len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_is_rejected_is_not_deleted_as_missing() {
    let Some(mut table) = orders().await else { return };
    table.set(json!({ "detectDeletes": true, "schemaPolicy": "DISCARD" })).await;
    table.sync().await;
    // The column becomes text, which DISCARD fits to decimals: one value does not fit.
    table.run("ALTER TABLE t ALTER COLUMN total TYPE text; UPDATE t SET total = 'many' WHERE id = 3; DELETE FROM t WHERE id = 5").await;
    let [_, added, updated, deleted] = table.sync().await;
    assert_eq!([added, updated, deleted], [0, 0, 0]);
    assert_eq!(table.lake(ALL).await.len(), 5, "the good version of row 3 stays, and so does what may be missing");
    let rejected = table.lake("SELECT reason, \"row\" FROM shop.t_rejected").await;
    assert!(rejected.len() == 1 && rejected[0].contains("total") && rejected[0].contains("many"), "{rejected:?}");

    table.run("UPDATE t SET total = '3.00' WHERE id = 3").await;
    assert_eq!(table.sync().await[3], 1, "now the missing row goes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_rejected_rows_fail_the_source_and_keep_the_table() {
    let Some(mut table) = orders().await else { return };
    table.set(json!({ "schemaPolicy": "DISCARD", "rejectLimit": 1 })).await;
    table.sync().await;
    table.run("ALTER TABLE t ALTER COLUMN total TYPE text; UPDATE t SET total = 'many'").await;
    let message = table.failure().await;
    assert!(message.contains("5 rows were rejected, more than rejectLimit 1 allows"), "{message}");
    assert_eq!(table.lake(ALL).await.len(), 5);
}

// Keys and the numbers of rows take more memory than such rows themselves, while they are sorted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn narrow_rows_and_their_keys_are_sorted_in_the_least_memory() {
    let rows = "CREATE TABLE t (code uuid PRIMARY KEY, n int, changed int NOT NULL);
        INSERT INTO t SELECT md5(n::text)::uuid, n, n FROM generate_series(1, 100000) n";
    let Some(mut table) = Table::in_app(rows, |config| config.engine.memory_mib = 8).await else { return };
    let settings = json!({ "extractType": "INCREMENTAL", "writeMode": "MERGE", "primaryKey": ["code"],
        "cursorField": "changed", "detectDeletes": true });
    table.set(settings).await;
    assert_eq!(table.sync().await, [100_000, 100_000, 0, 0]);
    table.run("DELETE FROM t WHERE n % 1000 = 1; UPDATE t SET n = -n, changed = 200000 WHERE n % 1000 = 2").await;
    let [_, added, updated, deleted] = table.sync().await;
    assert_eq!([added, updated, deleted], [0, 100, 100]);
    let counted = table.lake("SELECT count(*), count(DISTINCT code), count(*) FILTER (WHERE n < 0) FROM shop.t").await;
    assert_eq!(counted, ["99900|99900|100"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_is_put_together_while_rows_are_merged_into_it_is_merged_into_again_without_a_second_read() {
    let Some(mut table) = orders().await else { return };
    table.set(json!({ "extractType": "INCREMENTAL" })).await;
    table.sync().await;
    for n in 6..12 {
        table.run(&format!("INSERT INTO t VALUES ({n}, {n}, now())")).await;
        table.sync().await;
    }
    // One row of each file changes, and enough rows come for a merge that takes longer than putting the files together.
    table
        .run(
            "UPDATE t SET total = total + 1, changed = now();
              INSERT INTO t SELECT n, n, now() FROM generate_series(100, 100000) n",
        )
        .await;
    let source = data_source::Entity::find().one(table.app.services().db()).await.unwrap().unwrap();
    let lake_table = table.app.services().lake().table(&source.lake_path);
    let mut events = table.app.events_of(&table.connector).await;
    let sync = table.app.start_sync(&table.connector, None).await;
    events.wait_for(|event| event["message"] == "merging").await;
    // As the upkeep of another process, which has not heard of the sync.
    let policy = Retention { compact_from_files: 2, ..Retention::default() };
    let maintained = lake_table.maintain(&policy).await.unwrap();
    assert!(maintained.compacted_files >= 7, "the merge was first: {maintained:?}");
    let again = events.wait_for(|event| event["kind"] == "RETRY" || event["kind"] == "LOG").await;
    assert!(again["message"].as_str().unwrap().contains("the merge is planned again"), "{again:#}");
    let end = table.app.sync_end(&sync).await;
    assert_eq!(end["status"], "SUCCEEDED", "{end:#}");
    assert_eq!((&end["recordsAdded"], &end["recordsUpdated"]), (&json!(99_901), &json!(11)), "{end:#}");
    let counted = table.lake("SELECT count(*), count(DISTINCT id), sum(total) FROM shop.t").await;
    let expected = (1..12).map(|n| n + 1).sum::<i64>() + (100..=100_000).sum::<i64>();
    assert_eq!(counted, [format!("99912|99912|{expected}.00")]);
}
