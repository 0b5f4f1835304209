//! What a chain of syncs remembers of a file whose values have no fixed types.

use arrow::datatypes::DataType;
use dataweaver::sdk::Cursor;

use super::File;
use crate::postgres::reading::{Read, full};

fn type_of(read: &Read, column: &str) -> DataType {
    read.schema().field_with_name(column).expect("the column is there").data_type().clone()
}

#[tokio::test]
async fn a_column_keeps_its_type_from_sync_to_sync() {
    let file = File::with(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, at DATETIME, code INTEGER, flag BOOLEAN, late DATE);
        INSERT INTO t VALUES (1, 1700000000, 'A1', 1, NULL), (2, 1700000001, 2, 7, NULL)",
    );
    let first = file.since("t", "id", None).await;
    let types = |read: &Read| ["at", "code", "flag"].map(|column| type_of(read, column));
    assert_eq!(types(&first), [DataType::Int64, DataType::Utf8, DataType::Int64]);
    // Each of these alone looks like what is declared.
    file.run("INSERT INTO t VALUES (3, NULL, 3, 0, '2024-01-01')");
    let second = file.since("t", "id", Some(first.end())).await;
    assert_eq!(types(&second), types(&first));
    assert_eq!(type_of(&second, "late"), DataType::Date32);
    // A value that the type cannot hold moves it on, and it stays there.
    file.run("INSERT INTO t VALUES (4, '2024-01-01', 4, 1, 'someday')");
    let third = file.since("t", "id", Some(second.end())).await;
    assert_eq!((type_of(&third, "at"), type_of(&third, "late")), (DataType::Utf8, DataType::Utf8));
    file.run("INSERT INTO t VALUES (5, '2024-01-01 10:00', 5, 1, '2024-01-02')");
    let fourth = file.since("t", "id", Some(third.end())).await;
    assert_eq!((type_of(&fourth, "at"), type_of(&fourth, "late")), (DataType::Utf8, DataType::Utf8));
    // A column that is declared anew is looked at anew.
    file.run(
        "ALTER TABLE t DROP COLUMN late; ALTER TABLE t ADD COLUMN late INTEGER; UPDATE t SET late = 5 WHERE id = 5",
    );
    let fifth = file.since("t", "id", Some(fourth.end())).await;
    assert_eq!(type_of(&fifth, "late"), DataType::Int64);
}

#[tokio::test]
async fn a_full_read_looks_at_everything_anew() {
    let file = File::with("CREATE TABLE t (id INTEGER PRIMARY KEY, at DATE); INSERT INTO t VALUES (1, 'someday')");
    assert_eq!(type_of(&file.read(full("t")).await, "at"), DataType::Utf8);
    file.run("UPDATE t SET at = '2024-01-01'");
    assert_eq!(type_of(&file.read(full("t")).await, "at"), DataType::Date32);
}

/// Syncs twice with `row` inserted between, and tells whether the second sync read it.
async fn is_read_later(file: &File, row: &str) -> (bool, Vec<String>, Cursor) {
    let first = file.since("t", "at", None).await;
    file.run(&format!("INSERT INTO t VALUES (99, {row})"));
    let second = file.since("t", "at", Some(first.end())).await;
    (second.column("id").contains(&"99".to_owned()), second.logs(), second.end())
}

#[tokio::test]
async fn a_text_among_numbers_does_not_end_a_chain_of_syncs() {
    let file = File::with(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, at); INSERT INTO t VALUES (1, 5), (2, 'never'), (3, 9e999)",
    );
    let (is_read, logs, cursor) = is_read_later(&file, "6").await;
    assert!(is_read, "{logs:?} {}", cursor.0);
    assert!(logs.iter().any(|message| message.starts_with("2 rows have texts or bytes among numbers")), "{logs:?}");
    // Nor do numbers that come where there were texts.
    let file = File::with("CREATE TABLE t (id INTEGER PRIMARY KEY, at); INSERT INTO t VALUES (1, 'a'), (2, 'b')");
    let (is_read, _, cursor) = is_read_later(&file, "7").await;
    assert!(is_read, "{}", cursor.0);
    assert_eq!(cursor.0["cursor"], 7);
}

#[tokio::test]
async fn times_of_several_zones_are_warned_of() {
    let table =
        "CREATE TABLE t (id INTEGER PRIMARY KEY, at TEXT); INSERT INTO t VALUES (1, '2024-01-01T10:00:00+02:00')";
    let (_, logs, _) = is_read_later(&File::with(table), "'2024-01-01T11:00:00Z'").await;
    assert!(logs.iter().any(|message| message.contains("times of several zones")), "{logs:?}");
    let (_, logs, _) = is_read_later(&File::with(table), "'2024-01-01T11:00:00+02:00'").await;
    assert!(!logs.iter().any(|message| message.contains("zones")), "{logs:?}");
}

#[tokio::test]
async fn flags_are_not_proposed_as_cursors() {
    let file = File::with(
        "CREATE TABLE a (id INTEGER PRIMARY KEY, modified TINYINT, is_updated INTEGER, row_updated_at TEXT);
        CREATE TABLE b (id INTEGER PRIMARY KEY, updated BOOLEAN, has_modified INT)",
    );
    let catalog = file.connector.discover().await.unwrap();
    let cursors: Vec<_> = catalog.sources.iter().map(|source| source.cursor_field.as_deref()).collect();
    assert_eq!(cursors, [Some("row_updated_at"), None]);
}

#[tokio::test]
async fn a_primary_key_that_holds_null_identifies_nothing() {
    let file = File::with(
        "CREATE TABLE good (code TEXT PRIMARY KEY); INSERT INTO good VALUES ('a'), ('b');
        CREATE TABLE odd (code TEXT PRIMARY KEY, n INT); INSERT INTO odd VALUES ('a', 1), (NULL, 2), (NULL, 3)",
    );
    let catalog = file.connector.discover().await.unwrap();
    let keys: Vec<_> = catalog.sources.iter().map(|source| source.primary_key.clone()).collect();
    assert_eq!(keys, [vec!["code".to_owned()], vec![]]);
}
