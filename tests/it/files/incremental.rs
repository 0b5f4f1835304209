//! Incremental reading of files: by their version, and by a column.

use std::time::{Duration, SystemTime};

use dataweaver::sdk::{ErrorClass, Extract, ReadRequest};

use super::folder::Folder;

#[tokio::test]
async fn a_file_that_did_not_change_gives_no_rows() {
    let folder = Folder::new().file("a.csv", "id\n1\n2\n");
    let first = folder.incremental("a.csv", None, None).await.whole();
    assert_eq!(first.rows(), 2);
    let (_, cursor) = first.checkpoints.last().unwrap();

    let second = folder.incremental("a.csv", None, Some(cursor)).await.whole();
    assert_eq!((second.rows(), second.columns().as_str()), (0, "id bigint"));
    assert_eq!(&second.checkpoints.last().unwrap().1, cursor);

    // The same size, and another time.
    folder.write("a.csv", "id\n3\n4\n");
    let file = std::fs::File::options().append(true).open(folder.path("a.csv")).unwrap();
    file.set_modified(SystemTime::now() + Duration::from_secs(5)).unwrap();
    let third = folder.incremental("a.csv", None, Some(cursor)).await.whole();
    assert_eq!(third.lines(), ["3", "4"]);
    assert_ne!(&third.checkpoints.last().unwrap().1, cursor);
}

#[tokio::test]
async fn rows_at_or_after_the_last_cursor_are_read() {
    for (before, after, expected) in [
        ("n\n5\n7\n\"\"\n", "n\n5\n7\n\"\"\n7\n9\n", vec!["7", "NULL", "7", "9"]),
        ("n\n0.5\n2.5\n", "n\n0.5\n2.5\n10.5\n", vec!["2.5", "10.5"]),
        ("n\n2024-01-01\n2024-03-01\n", "n\n2024-01-01\n2024-03-02\n", vec!["2024-03-02"]),
        (
            "n\n2024-01-01T00:00:00Z\n2024-03-01T00:00:00.000001Z\n",
            "n\n2024-03-01T00:00:00Z\n2024-03-01T00:00:00.000001Z\n2024-03-01T01:00:00Z\n",
            vec!["2024-03-01T00:00:00.000001Z", "2024-03-01T01:00:00Z"],
        ),
        ("n\nb\nd\n", "n\na\nd\ne\n", vec!["d", "e"]),
    ] {
        let folder = Folder::new().file("a.csv", before);
        let first = folder.incremental("a.csv", Some("n"), None).await.whole();
        assert_eq!(first.rows(), before.lines().count() - 1);
        let (_, cursor) = first.checkpoints.last().unwrap();
        folder.write("a.csv", after);
        let second = folder.incremental("a.csv", Some("n"), Some(cursor)).await.whole();
        assert_eq!(second.lines(), expected, "{after}");
    }
}

#[tokio::test]
async fn the_cursor_is_the_largest_value_wherever_it_stands() {
    // Rows in no order, read in many batches: a checkpoint in the middle must not hide the rows after it.
    let text: String = std::iter::once("id,n\n".into())
        .chain((0..2_000).map(|id| format!("{id},{}\n", (id * 7919) % 2_000)))
        .collect();
    let folder = Folder::new().file("a.csv", &text).batches_of(2_000);
    let first = folder.incremental("a.csv", Some("n"), None).await.whole();
    assert!(first.checkpoints.len() > 5);
    for (_, cursor) in &first.checkpoints[..first.checkpoints.len() - 1] {
        assert_eq!(cursor.0.get("cursor"), None);
    }
    assert_eq!(first.checkpoints.last().unwrap().1.0["cursor"], "1999");
    // Resumed in the middle, it ends at the same cursor.
    let (rows, middle) = &first.checkpoints[3];
    let extract = Extract::Incremental { cursor_field: Some("n".into()), since: None, lookback: Duration::ZERO };
    let resumed =
        folder.read_as(ReadRequest { extract, resume: Some(middle.clone()), ..folder.request("a.csv") }).await.whole();
    assert_eq!(resumed.rows() + rows, 2_000);
    assert_eq!(resumed.checkpoints.last().unwrap().1, first.checkpoints.last().unwrap().1);
}

#[tokio::test]
async fn nan_is_no_cursor() {
    let folder =
        Folder::new().file("a.csv", "n\n1.5\nNaN\n2.5\n").with("column_types", serde_json::json!({ "n": "double" }));
    let first = folder.incremental("a.csv", Some("n"), None).await.whole();
    let (_, cursor) = first.checkpoints.last().unwrap();
    assert_eq!(cursor.0["cursor"], "2.5");
    folder.write("a.csv", "n\n1.5\nNaN\n2.5\n3.5\n");
    let second = folder.incremental("a.csv", Some("n"), Some(cursor)).await.whole();
    assert_eq!(second.lines(), ["NaN", "2.5", "3.5"]);
    // As an older version has left it.
    let mut stuck = cursor.clone();
    stuck.0["cursor"] = "NaN".into();
    let third = folder.incremental("a.csv", Some("n"), Some(&stuck)).await.whole();
    assert_eq!(third.lines(), ["1.5", "NaN", "2.5", "3.5"]);
}

#[tokio::test]
async fn a_sync_that_goes_on_keeps_to_the_cursor_that_it_began_with() {
    let folder = Folder::new().file("a.csv", "n\n1\n500\n").batches_of(2_000);
    let first = folder.incremental("a.csv", Some("n"), None).await.whole();
    let (_, cursor) = first.checkpoints.last().unwrap();
    let text: String = std::iter::once("n\n".into()).chain((0..2_000).map(|n| format!("{n}\n"))).collect();
    folder.write("a.csv", text);
    let second = folder.incremental("a.csv", Some("n"), Some(cursor)).await.whole();
    assert_eq!(second.rows(), 1_500);
    let (rows, middle) = second.checkpoints[1].clone();
    for since in [None, Some(cursor.clone())] {
        let extract = Extract::Incremental { cursor_field: Some("n".into()), since, lookback: Duration::ZERO };
        let request = ReadRequest { extract, resume: Some(middle.clone()), ..folder.request("a.csv") };
        let rest = folder.read_as(request).await.whole();
        assert_eq!(rest.rows() + rows, 1_500);
        assert_eq!(rest.checkpoints.last().unwrap().1, second.checkpoints.last().unwrap().1);
    }
}

#[tokio::test]
async fn late_rows_within_the_lookback_are_read() {
    let folder = Folder::new().file("a.csv", "at\n2024-03-01 12:00:00\n");
    let first = folder.incremental("a.csv", Some("at"), None).await.whole();
    folder.write("a.csv", "at\n2024-03-01 12:00:00\n2024-03-01 11:59:00\n2024-03-01 10:00:00\n");
    let extract = Extract::Incremental {
        cursor_field: Some("at".into()),
        since: Some(first.checkpoints.last().unwrap().1.clone()),
        lookback: Duration::from_secs(600),
    };
    let second = folder.read_as(ReadRequest { extract, ..folder.request("a.csv") }).await.whole();
    assert_eq!(second.lines(), ["2024-03-01T12:00:00", "2024-03-01T11:59:00"]);
}

#[tokio::test]
async fn a_cursor_field_that_is_not_there_is_refused_by_name() {
    let folder = Folder::new().file("a.csv", "id,name\n1,x\n");
    let error = folder.incremental("a.csv", Some("updated"), None).await.error.unwrap();
    assert_eq!(error.class(), ErrorClass::Config);
    assert_eq!(error.to_string(), "cursorField: updated is no column of the file (known: id, name)");
}
