//! Columns that change at the source: added, widened, dropped, renamed, incompatible; under each schema policy.

use serde_json::json;

use super::table::Table;

const TABLE: &str = "CREATE TABLE t (id int PRIMARY KEY, small smallint, name text);
    INSERT INTO t VALUES (1, 1, 'one'), (2, 2, 'two')";

async fn merged(policy: &str) -> Option<Table> {
    let table = Table::with(TABLE).await?;
    table.set(json!({ "writeMode": "MERGE", "primaryKey": ["id"], "schemaPolicy": policy })).await;
    table.sync().await;
    Some(table)
}

const CHANGES: &str = "ALTER TABLE t ADD COLUMN note text; ALTER TABLE t ALTER COLUMN small TYPE bigint;
    ALTER TABLE t DROP COLUMN name; UPDATE t SET note = 'new', small = 5000000000 WHERE id = 2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evolve_takes_what_comes_and_keeps_what_was() {
    let Some(mut table) = merged("EVOLVE").await else { return };
    table.run(CHANGES).await;
    table.sync().await;
    assert_eq!(table.columns().await, ["id integer", "small bigint", "note text", "name text"]);
    assert_eq!(
        table.lake("SELECT id, small, note, name FROM shop.t ORDER BY id").await,
        ["1|1|null|null", "2|5000000000|new|null"]
    );
    let (version, changes) = table.newest_schema().await;
    assert_eq!(version, 2);
    assert_eq!(changes, ["widened small from smallint to bigint", "added note text", "removed name text"]);
    // Told once, not at every sync.
    table.sync().await;
    assert_eq!(table.newest_schema().await.0, 2);
    table.run("ALTER TABLE t ADD COLUMN name text; UPDATE t SET name = 'again' WHERE id = 1").await;
    table.sync().await;
    assert_eq!(table.lake("SELECT id, name FROM shop.t ORDER BY id").await, ["1|again", "2|null"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn freeze_fails_with_the_changes_named_until_they_are_allowed() {
    let Some(mut table) = merged("FREEZE").await else { return };
    table.run(CHANGES).await;
    let message = table.failure().await;
    for change in ["widened small from smallint to bigint", "added note text", "removed name text", "EVOLVE or DISCARD"]
    {
        assert!(message.contains(change), "{message}");
    }
    assert_eq!(table.columns().await, ["id integer", "small smallint", "name text"]);
    table.set(json!({ "schemaPolicy": "EVOLVE" })).await;
    table.sync().await;
    table.set(json!({ "schemaPolicy": "FREEZE" })).await;
    table.sync().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn discard_keeps_the_columns_as_they_are() {
    let Some(mut table) = merged("DISCARD").await else { return };
    table.run(CHANGES).await;
    table.sync().await;
    assert_eq!(table.columns().await, ["id integer", "small smallint", "name text"]);
    // The row whose number does not fit any more stays as it was, and is kept among the rejected.
    assert_eq!(table.lake("SELECT id, small FROM shop.t ORDER BY id").await, ["1|1", "2|2"]);
    assert_eq!(table.lake("SELECT count(*) FROM shop.t_rejected").await, ["1"]);
    let version = table.newest_schema().await.0;
    table.run("UPDATE t SET small = 7").await;
    table.sync().await;
    assert_eq!(table.newest_schema().await.0, version, "told once");
    // What was left out is taken once it is allowed.
    table.set(json!({ "schemaPolicy": "EVOLVE" })).await;
    table.sync().await;
    assert_eq!(table.lake("SELECT id, small, note FROM shop.t ORDER BY id").await, ["1|7|null", "2|7|new"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_incompatible_type_becomes_text_that_holds_the_values_of_both() {
    let Some(mut table) = merged("EVOLVE").await else { return };
    table.run("ALTER TABLE t ALTER COLUMN small TYPE timestamptz USING timestamptz '2026-01-01Z' + small * interval '1 day'").await;
    table.run("DELETE FROM t WHERE id = 1").await;
    table.sync().await;
    assert_eq!(table.columns().await[1], "small text");
    let rows = table.lake("SELECT id, small FROM shop.t ORDER BY id").await;
    assert!(rows[0] == "1|1" && rows[1].starts_with("2|2026-01-03"), "{rows:?}");
    assert_eq!(table.newest_schema().await.1, ["changed small from smallint to timestamp with time zone"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_renamed_column_is_one_that_goes_and_one_that_comes() {
    let Some(mut table) = merged("EVOLVE").await else { return };
    table.run("ALTER TABLE t RENAME COLUMN name TO title").await;
    table.sync().await;
    assert_eq!(table.lake("SELECT id, title, name FROM shop.t ORDER BY id").await, ["1|one|null", "2|two|null"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replaced_table_has_the_columns_of_the_source_and_lists_stay_lists() {
    let Some(mut table) = Table::with("CREATE TABLE t (id int, tags text[]); INSERT INTO t VALUES (1, '{a,b}')").await
    else {
        return;
    };
    table.sync().await;
    table.sync().await;
    assert_eq!(table.newest_schema().await.0, 1, "a list is the same list at the next sync");
    table.run("ALTER TABLE t DROP COLUMN tags; ALTER TABLE t ADD COLUMN other int").await;
    table.sync().await;
    assert_eq!(table.columns().await, ["id integer", "other integer"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_is_merged_stays_a_list() {
    let Some(table) =
        Table::with("CREATE TABLE t (id int PRIMARY KEY, tags text[]); INSERT INTO t VALUES (1, '{a,b}')").await
    else {
        return;
    };
    table.set(json!({ "writeMode": "MERGE", "primaryKey": ["id"], "schemaPolicy": "FREEZE" })).await;
    table.sync().await;
    assert_eq!(table.sync().await, [1, 0, 0, 0]);
    assert_eq!(table.lake("SELECT tags[2] FROM shop.t").await, ["b"]);
}
