//! Incremental reads and their boundaries.

use std::time::Duration;

use dataweaver::sdk::{ErrorClass, Extract, ReadEvent, ReadRequest};
use serde_json::json;

use super::{Source, last};
use crate::postgres::reading::collect;

#[tokio::test]
async fn the_boundary_is_read_again_and_rows_without_cursor_at_the_end() {
    let Some(source) = Source::with(
        "CREATE TABLE t (id INT PRIMARY KEY, at DATETIME(3));
        INSERT INTO t VALUES (1, '2024-01-01'), (2, '2024-01-02 00:00:00.5'), (3, NULL), (4, '2024-01-02 00:00:00.5'), (5, NULL)",
    )
    .await
    else {
        return;
    };
    let first = source.read(source.incremental("t", "AT", None)).await;
    assert_eq!(first.column("id"), ["1", "2", "4", "3", "5"]);
    let end =
        json!({ "field": "at", "field_type": "datetime(3)", "cursor": "2024-01-02 00:00:00.500000", "end": true });
    assert_eq!(last(&first).0, end);
    assert!(
        first.logs().contains(&"2 rows have no at; they are read whole with every sync".to_owned()),
        "{:?}",
        first.logs()
    );
    source.resumes_from_each_checkpoint(source.incremental("t", "at", None)).await;

    // A lower key with the boundary's cursor, a late row, a new one.
    source
        .run("INSERT INTO t VALUES (0, '2024-01-02 00:00:00.5'), (6, '2024-01-01 23:30:00'), (7, '2024-01-03')")
        .await;
    let second = source.read(source.incremental("t", "at", Some(last(&first)))).await;
    assert_eq!(second.column("id"), ["0", "2", "4", "7", "3", "5"]);
    let extract = Extract::Incremental {
        cursor_field: Some("at".into()),
        since: Some(last(&first)),
        lookback: Duration::from_secs(3600),
    };
    let late = ReadRequest { extract, ..source.full("t") };
    assert_eq!(source.read(late.clone()).await.column("id"), ["6", "0", "2", "4", "7", "3", "5"]);
    source.resumes_from_each_checkpoint(late).await;

    // Nothing new: the cursor stays.
    source.run("DELETE FROM t").await;
    let third = source.read(source.incremental("t", "at", Some(last(&second)))).await;
    assert_eq!(last(&third), last(&second));
    let missing = collect(&*source.connector, source.incremental("t", "nope", None)).await.unwrap_err();
    assert_eq!(missing.to_string(), format!("cursorField: {} has no column nope (known: id, at)", source.path("t")));
}

#[tokio::test]
async fn a_checkpoint_is_of_no_use_where_the_cursor_field_has_another_type() {
    let Some(source) =
        Source::with("CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 8), (2, 9)").await
    else {
        return;
    };
    let request = ReadRequest { batch_bytes: 1, ..source.incremental("t", "n", None) };
    let first = source.read(request.clone()).await;
    let middle = first.checkpoints().remove(0).0;
    source.run("ALTER TABLE t MODIFY n VARCHAR(20); INSERT INTO t VALUES (3, '10')").await;
    let resumed = ReadRequest { resume: Some(middle), ..request };
    assert_eq!(collect(&*source.connector, resumed).await.unwrap_err().class(), ErrorClass::Data);
    let next = source.read(source.incremental("t", "n", Some(last(&first)))).await;
    assert!(matches!(next.events[..2], [ReadEvent::Log { .. }, ReadEvent::Whole]), "{:?}", next.logs());
    assert_eq!(next.rows().num_rows(), 3);
    // What an earlier version has stored does not say the type.
    let mut earlier = last(&next);
    earlier.0.as_object_mut().unwrap().remove("field_type").unwrap();
    assert_eq!(source.read(source.incremental("t", "n", Some(earlier))).await.column("id"), ["2"]);
}

#[tokio::test]
async fn cursors_of_every_ordered_type_resume() {
    let Some(source) = Source::with(
        "CREATE TABLE t (id INT PRIMARY KEY, n BIGINT UNSIGNED, d DECIMAL(20,3), day DATE, ts TIMESTAMP(6) NULL, txt VARCHAR(10), f DOUBLE, tm TIME);
        INSERT INTO t VALUES
            (1, 18446744073709551615, 9007199254740993.001, '2024-01-01', '2024-01-01 00:00:00.000001', 'b', 0.1, '10:00:00'),
            (2, 5, 9007199254740993.002, '2024-01-01', '2024-01-01 00:00:00.000002', 'A', 0.30000000000000004, '-10:00:00'),
            (3, 5, NULL, NULL, NULL, 'a', NULL, NULL), (4, NULL, -1, '2023-12-31', '2024-01-01', NULL, -1e300, '00:00:00')",
    )
    .await
    else {
        return;
    };
    for field in ["n", "d", "day", "ts", "txt", "f", "tm"] {
        assert_eq!(source.resumes_from_each_checkpoint(source.incremental("t", field, None)).await, 5, "{field}");
        let first = source.read(source.incremental("t", field, None)).await;
        let again = source.read(source.incremental("t", field, Some(last(&first)))).await;
        assert!(!again.lines().is_empty() && again.lines().len() < 4, "{field}: {:?}", again.lines());
        assert_eq!(last(&again), last(&first), "{field}");
    }
}

#[tokio::test]
async fn without_a_key_no_cursor_value_is_parted() {
    let Some(source) =
        Source::with("CREATE TABLE t (n INT, s VARCHAR(5)); INSERT INTO t VALUES (1, 'a'), (1, 'A'), (2, 'b'), (2, 'b'), (3, 'c'), (NULL, NULL), (NULL, 'x')")
            .await
    else {
        return;
    };
    let request = ReadRequest { batch_bytes: 1, ..source.incremental("t", "n", None) };
    let read = source.read(request.clone()).await;
    let rows: Vec<usize> = read.checkpoints().iter().map(|(_, before)| before.len()).collect();
    assert_eq!(rows, [2, 4, 5, 7]);
    assert_eq!(source.resumes_from_each_checkpoint(source.incremental("t", "n", None)).await, 4);
    // Texts that differ may be equal in their collation.
    assert_eq!(source.resumes_from_each_checkpoint(source.incremental("t", "s", None)).await, 2);
}

#[tokio::test]
async fn every_incremental_read_has_an_estimate_of_what_is_new() {
    let Some(source) = Source::with(
        "CREATE TABLE log (id INT PRIMARY KEY, note TEXT); INSERT INTO log SELECT seq, 'x' FROM seq_1_to_20000",
    )
    .await
    else {
        return;
    };
    let first = source.read(source.incremental("log", "id", None)).await;
    source.run("INSERT INTO log SELECT seq, 'x' FROM seq_20001_to_25000; ANALYZE TABLE log").await;
    let read = source.read(source.incremental("log", "id", Some(super::last(&first)))).await;
    let estimate = read.events.iter().find_map(|event| match event {
        dataweaver::sdk::ReadEvent::Estimate(estimate) => estimate.rows,
        _ => None,
    });
    assert!(estimate.is_some_and(|rows| (2_000..10_000).contains(&rows)), "{estimate:?}");
}
