//! Lakes in awkward places: on a disk that gets full, and on an S3 server.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int64Array};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use dataweaver::lake::{
    Commit, CommitMode, Committed, FileCompression, Lake, LakeError, LakeTable, Retention, StagedFile, WriterOptions,
};
use futures::TryStreamExt;
use uuid::Uuid;

use crate::servers;
use crate::small_disk::SmallDisk;

fn numbers(ids: std::ops::Range<i64>) -> RecordBatch {
    let ids = Int64Array::from_iter_values(ids.map(|id| id.wrapping_mul(0x9E37_79B9_7F4A_7C15_u64 as i64)));
    RecordBatch::try_from_iter_with_nullable([("id", Arc::new(ids) as ArrayRef, true)]).unwrap()
}

async fn stage(table: &LakeTable, rows: i64) -> Result<Vec<StagedFile>, LakeError> {
    let options = WriterOptions { compression: FileCompression::Uncompressed, ..WriterOptions::default() };
    let mut writer = table.writer(numbers(0..0).schema(), options)?;
    for start in (0..rows).step_by(100_000) {
        writer.write(numbers(start..rows.min(start + 100_000))).await?;
    }
    writer.close().await
}

async fn commit(
    table: &LakeTable,
    sequence: i64,
    mode: CommitMode,
    added: Vec<StagedFile>,
) -> Result<Committed, LakeError> {
    let commit = Commit {
        app_id: "src_1".to_owned(),
        sequence,
        expected_sequence: (sequence > 1).then_some(sequence - 1),
        mode,
        schema: numbers(0..0).schema(),
        added,
        details: serde_json::Map::new(),
    };
    table.commit(commit).await
}

async fn sum_of_rows(table: &LakeTable) -> (usize, i64) {
    let batches: Vec<RecordBatch> = table.read_all(None).await.unwrap().try_collect().await.unwrap();
    let values = batches.iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec());
    values.fold((0, 0_i64), |(count, sum), value| (count + 1, sum.wrapping_add(value)))
}

#[tokio::test]
async fn a_full_disk_while_writing_leaves_no_file_and_the_old_rows() {
    let Some(disk) = SmallDisk::mount(4) else { return };
    let lake = Lake::open(disk.path().to_str().unwrap(), HashMap::new()).unwrap();
    let table = lake.table("shop/orders");
    let added = stage(&table, 1000).await.unwrap();
    commit(&table, 1, CommitMode::Overwrite, added).await.unwrap();
    let before = sum_of_rows(&table).await;

    let error = stage(&table, 3_000_000).await.unwrap_err();
    assert!(matches!(error, LakeError::Full { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("no space left at {}, make room there and sync again", lake.location("shop/orders"))
    );
    let files = std::fs::read_dir(disk.path().join("shop/orders")).unwrap();
    assert_eq!(files.filter(|file| file.as_ref().unwrap().path().is_file()).count(), 1);
    assert_eq!(sum_of_rows(&table).await, before);

    let added = stage(&table, 2000).await.unwrap();
    commit(&table, 2, CommitMode::Overwrite, added).await.unwrap();
    assert_eq!(sum_of_rows(&table).await.0, 2000);
}

#[tokio::test]
async fn a_full_disk_in_the_commit_leaves_the_old_version() {
    let Some(disk) = SmallDisk::mount(4) else { return };
    let lake = Lake::open(disk.path().to_str().unwrap(), HashMap::new()).unwrap();
    let table = lake.table("shop/orders");
    for sequence in 1..=9 {
        let added = stage(&table, 1000 * sequence).await.unwrap();
        commit(&table, sequence, CommitMode::Overwrite, added).await.unwrap();
    }
    let added = stage(&table, 10_000).await.unwrap();
    let filler = disk.fill();
    let error = commit(&table, 10, CommitMode::Overwrite, added.clone()).await.unwrap_err();
    assert!(matches!(error, LakeError::Full { .. }), "{error:?}");
    assert!(matches!(lake.check().await, Err(LakeError::Full { .. })));
    assert_eq!(sum_of_rows(&table).await.0, 9000);
    assert_eq!(table.snapshot().await.unwrap().unwrap().sequence("src_1").await.unwrap(), Some(9));

    std::fs::remove_file(filler).unwrap();
    lake.check().await.unwrap();
    commit(&table, 10, CommitMode::Overwrite, added).await.unwrap();
    assert_eq!(sum_of_rows(&table).await.0, 10_000);
}

/// An S3 lake in a bucket of its own.
async fn s3_lake() -> Option<Lake> {
    let endpoint = std::env::var("DATAWEAVER_TEST_S3_ENDPOINT").unwrap_or_else(|_| "http://127.0.0.1:5566".to_owned());
    let bucket = format!("lake-{}", Uuid::now_v7());
    let made = reqwest::Client::new().put(format!("{endpoint}/{bucket}")).send().await;
    if !made.is_ok_and(|answer| answer.status().is_success()) {
        let how = "pip install 'moto[server]' and run moto_server -p 5566, or set DATAWEAVER_TEST_S3_ENDPOINT";
        servers::missed("an S3 server", how);
        return None;
    }
    let options = [
        ("aws_endpoint", endpoint.as_str()),
        ("aws_allow_http", "true"),
        ("aws_region", "us-east-1"),
        ("aws_access_key_id", "test"),
        ("aws_secret_access_key", "test"),
    ];
    let options = options.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    Some(Lake::open(&format!("s3://{bucket}/some/lake"), options).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lake_on_s3_behaves_like_a_local_one() {
    let Some(lake) = s3_lake().await else { return };
    lake.check().await.unwrap();
    let table = lake.table("shop/orders");
    assert!(table.snapshot().await.unwrap().is_none());
    // More than one part of a multipart upload.
    let added = stage(&table, 1_200_000).await.unwrap();
    assert!(added[0].bytes > 8 * 1024 * 1024);
    commit(&table, 1, CommitMode::Overwrite, added).await.unwrap();
    assert_eq!(sum_of_rows(&table).await.0, 1_200_000);

    for sequence in 2..=4 {
        let added = stage(&table, 10).await.unwrap();
        commit(&table, sequence, CommitMode::Append, added).await.unwrap();
    }
    let snapshot = table.snapshot().await.unwrap().unwrap();
    assert_eq!((snapshot.rows, snapshot.sequence("src_1").await.unwrap()), (Some(1_200_030), Some(4)));
    let added = stage(&table, 10).await.unwrap();
    let error = commit(&table, 4, CommitMode::Append, added.clone()).await.unwrap_err();
    assert!(matches!(error, LakeError::LeaseLost { .. }), "{error:?}");
    table.delete_staged(&added).await.unwrap();

    let racers = (0..3).map(|_| async {
        let added = stage(&table, 10).await.unwrap();
        commit(&table, 5, CommitMode::Append, added).await
    });
    let results = futures::future::join_all(racers).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");

    let maintained = table.maintain(&Retention { compact_from_files: 4, ..Retention::default() }).await.unwrap();
    assert_eq!(maintained.compacted_into, 1);
    assert_eq!(sum_of_rows(&table).await.0, 1_200_040);
    table.drop_table().await.unwrap();
    assert!(table.snapshot().await.unwrap().is_none());
}
