//! Deleting rows of lake tables by the keys of those that stay: no more files touched than need be, memory bounded.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::record_batch::RecordBatch;
use dataweaver::lake::merge::{MergePlan, PruneRequest, prune};
use dataweaver::lake::{CommitMode, WriterOptions};

use crate::lake_merge::{Merging, WAYS, padded};

/// Deletes the rows whose keys are not these; gives what was planned.
async fn keep(merging: &mut Merging, keys: RecordBatch, memory_bytes: usize) -> MergePlan {
    let input = merging.stage([keys.clone()]).await;
    let request = PruneRequest {
        keys: keys.schema(),
        input: input.clone(),
        memory_bytes,
        spill_folder: None,
        writer: WriterOptions::default(),
    };
    let table = merging.table.clone();
    let plan = tokio::spawn(async move { prune(&table, request).await }).await.unwrap().unwrap();
    let mode = CommitMode::Replace { removed: plan.removed.clone() };
    let schema = merging.table.snapshot().await.unwrap().unwrap().schema;
    merging.commit(mode, schema, plan.added.clone()).await;
    merging.table.delete_staged(&input).await.unwrap();
    plan
}

fn ids(ids: &[i64]) -> RecordBatch {
    let ids = Int64Array::from_iter_values(ids.iter().copied());
    RecordBatch::try_from_iter_with_nullable([("id", Arc::new(ids) as ArrayRef, true)]).unwrap()
}

const MEMORY: usize = 64 * 1024 * 1024;

#[tokio::test]
async fn only_files_with_rows_that_are_gone_are_rewritten() {
    let mut merging = Merging::new();
    merging.append(&[(Some(1), Some("a"), None), (Some(2), Some("b"), None)]).await;
    let untouched = merging.files().await;
    merging.append(&[(Some(3), Some("c"), None), (Some(4), Some("d"), Some(4.0)), (None, Some("n"), None)]).await;
    merging.append(&[(Some(5), Some("e"), None)]).await;
    // A key that the table does not have adds no row.
    let plan = keep(&mut merging, ids(&[1, 2, 4, 9]), MEMORY).await;
    assert_eq!((plan.rows_deleted, plan.rows_added, plan.removed.len()), (2, 0, 2));
    assert_eq!(merging.rows().await, ["- n -", "1 a -", "2 b -", "4 d 4.0"]);
    assert!(merging.files().await.contains(&untouched[0]));
    assert_eq!(keep(&mut merging, ids(&[1, 2, 4]), MEMORY).await, MergePlan::default());
}

#[tokio::test]
async fn without_keys_only_rows_stay_that_have_none() {
    let mut merging = Merging::new();
    merging.append(&[(Some(1), Some("a"), None), (None, Some("n"), None)]).await;
    merging.append(&[(Some(2), Some("b"), None)]).await;
    assert_eq!(keep(&mut merging, ids(&[]), MEMORY).await.rows_deleted, 2);
    assert_eq!(merging.rows().await, ["- n -"]);
}

#[tokio::test]
async fn a_table_without_a_column_of_the_key_stays_as_it_is() {
    let mut merging = Merging::new();
    merging.append(&[(Some(1), Some("a"), None)]).await;
    let codes = StringArray::from(vec!["x"]);
    let keys = RecordBatch::try_from_iter_with_nullable([("code", Arc::new(codes) as ArrayRef, true)]).unwrap();
    assert_eq!(keep(&mut merging, keys, MEMORY).await, MergePlan::default());
    assert_eq!(merging.rows().await, ["1 a -"]);
}

#[tokio::test]
async fn keys_of_several_columns_are_compared_together_however_many_there_are() {
    for (memory, length) in WAYS {
        let keys = |keys: &[(i64, &str)]| {
            let ids = Int64Array::from_iter_values(keys.iter().map(|key| key.0));
            let names = StringArray::from_iter_values(keys.iter().map(|key| padded(key.1, length)));
            let columns = [("id", Arc::new(ids) as ArrayRef, true), ("name", Arc::new(names) as ArrayRef, true)];
            RecordBatch::try_from_iter_with_nullable(columns).unwrap()
        };
        let mut merging = Merging::new();
        let nameless = RecordBatch::try_from_iter_with_nullable([
            ("id", Arc::new(Int64Array::from(vec![1, 7])) as ArrayRef, true),
            ("name", Arc::new(StringArray::from(vec![None::<&str>, None])) as ArrayRef, true),
        ])
        .unwrap();
        // A key that the table holds twice stays twice.
        let first = keys(&[(1, "a"), (1, "b"), (2, "a"), (2, "a")]);
        for part in [first, keys(&[(3, "a"), (3, "c")]), keys(&[(4, "d")]), nameless] {
            let files = merging.stage([part.clone()]).await;
            merging.commit(CommitMode::Append, part.schema(), files).await;
        }
        let kept = keys(&[(4, "d"), (3, "a"), (1, "b"), (2, "a"), (3, "b"), (4, "d")]);
        let plan = keep(&mut merging, kept, memory).await;
        assert_eq!((plan.rows_deleted, plan.removed.len()), (2, 2), "{memory}");
        let found: Vec<_> = merging.rows().await.iter().map(|row| row.trim_end().to_owned()).collect();
        assert_eq!(found, ["1 -", "1 b", "2 a", "2 a", "3 a", "4 d", "7 -"], "{memory}");
    }
}
