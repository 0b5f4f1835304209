//! Lake tables: what is committed is there once, and what is not committed is not there at all.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float32Array, Float64Array,
    Int8Array, Int16Array, Int32Array, Int64Array, ListArray, MapArray, StringArray, StructArray,
    TimestampMicrosecondArray, UInt32Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Field, Fields, Int32Type, Int64Type, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::execution::context::SessionContext;
use dataweaver::lake::{
    Commit, CommitMode, Committed, FileCompression, Lake, LakeError, LakeTable, Retention, StagedFile, WriterOptions,
};
use futures::TryStreamExt;
use tempfile::TempDir;

use crate::lake_places::mixed;

struct TestLake {
    lake: Lake,
    folder: TempDir,
}

impl TestLake {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap(), HashMap::new()).unwrap();
        Self { lake, folder }
    }

    fn table(&self) -> LakeTable {
        self.lake.table("shop/orders")
    }

    fn data_files(&self) -> usize {
        let folder = self.folder.path().join("shop/orders");
        let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
        entries.filter(|entry| entry.as_ref().unwrap().file_name().to_str().unwrap().contains(".parquet")).count()
    }
}

fn numbers(ids: impl IntoIterator<Item = i64>) -> RecordBatch {
    let ids = Int64Array::from_iter_values(ids);
    let names = StringArray::from_iter_values(ids.values().iter().map(|id| format!("name {id}")));
    RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(ids) as ArrayRef, true),
        ("name", Arc::new(names) as ArrayRef, true),
    ])
    .unwrap()
}

async fn stage(table: &LakeTable, batch: RecordBatch) -> Vec<StagedFile> {
    let mut writer = table.writer(batch.schema(), WriterOptions::default()).unwrap();
    writer.write(batch).await.unwrap();
    writer.close().await.unwrap()
}

fn change(sequence: i64, mode: CommitMode, schema: SchemaRef, added: Vec<StagedFile>) -> Commit {
    Commit {
        app_id: "src_1".to_owned(),
        sequence,
        expected_sequence: (sequence > 1).then_some(sequence - 1),
        mode,
        schema,
        added,
        statistics_columns: Vec::new(),
        details: serde_json::Map::new(),
    }
}

async fn put(table: &LakeTable, sequence: i64, mode: CommitMode, batch: RecordBatch) -> Result<Committed, LakeError> {
    let schema = batch.schema();
    let added = stage(table, batch).await;
    table.commit(change(sequence, mode, schema, added)).await
}

async fn rows(table: &LakeTable) -> RecordBatch {
    let stream = table.read_all(None).await.unwrap();
    let schema = stream.schema();
    concat_batches(&schema, &stream.try_collect::<Vec<_>>().await.unwrap()).unwrap()
}

async fn ids(table: &LakeTable) -> Vec<i64> {
    let rows = rows(table).await;
    let mut ids = rows.column_by_name("id").unwrap().as_primitive::<Int64Type>().values().to_vec();
    ids.sort_unstable();
    ids
}

fn retention() -> Retention {
    Retention {
        keep_versions: Duration::ZERO,
        keep_orphans: Duration::ZERO,
        compact_from_files: 0,
        ..Retention::default()
    }
}

#[tokio::test]
async fn every_supported_type_comes_back_exactly() {
    let lake = TestLake::new();
    let table = lake.table();
    let item = |name: &str, data_type| Field::new(name, data_type, true);
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(i32::MIN), None, Some(i32::MAX)]),
        Some(vec![]),
        None,
    ]);
    let structs = StructArray::from(vec![
        (Arc::new(item("x", DataType::Int64)), Arc::new(Int64Array::from(vec![Some(1), None, Some(3)])) as ArrayRef),
        (Arc::new(item("y", DataType::Utf8)), Arc::new(StringArray::from(vec![Some("a"), Some(""), None])) as ArrayRef),
    ]);
    let entries = Fields::from(vec![Field::new("key", DataType::Utf8, false), item("value", DataType::Float64)]);
    let map = MapArray::new(
        Arc::new(Field::new("key_value", DataType::Struct(entries.clone()), false)),
        OffsetBuffer::new(vec![0, 2, 2, 3].into()),
        StructArray::new(
            entries,
            vec![
                Arc::new(StringArray::from(vec!["a", "b", "c"])),
                Arc::new(Float64Array::from(vec![Some(1.5), None, Some(-0.0)])),
            ],
            None,
        ),
        None,
        false,
    );
    let timestamps =
        || TimestampMicrosecondArray::from(vec![Some(-62_135_596_800_000_000), Some(1_700_000_000_123_456), None]);
    let wide = 10_i128.pow(38) - 1;
    let batch = RecordBatch::try_from_iter_with_nullable([
        ("i8", Arc::new(Int8Array::from(vec![Some(i8::MIN), Some(i8::MAX), None])) as ArrayRef, true),
        ("i16", Arc::new(Int16Array::from(vec![Some(i16::MIN), Some(i16::MAX), None])), true),
        ("i32", Arc::new(Int32Array::from(vec![Some(i32::MIN), Some(i32::MAX), None])), true),
        ("i64", Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(i64::MAX), None])), true),
        ("f32", Arc::new(Float32Array::from(vec![Some(f32::MIN_POSITIVE), Some(f32::NAN), None])), true),
        ("f64", Arc::new(Float64Array::from(vec![Some(f64::INFINITY), Some(f64::NAN), None])), true),
        ("flag", Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])), true),
        ("text", Arc::new(StringArray::from(vec![Some("žluťoučký 🐎\u{0}"), Some(""), None])), true),
        ("bytes", Arc::new(BinaryArray::from(vec![Some(&[0_u8, 255, 0][..]), Some(&[]), None])), true),
        ("day", Arc::new(Date32Array::from(vec![Some(-719_162), Some(2_932_896), None])), true),
        ("at", Arc::new(timestamps().with_timezone("UTC")), true),
        ("local", Arc::new(timestamps()), true),
        (
            "amount",
            Arc::new(
                Decimal128Array::from(vec![Some(-1), Some(123_456), None]).with_precision_and_scale(12, 2).unwrap(),
            ),
            true,
        ),
        (
            "wide",
            Arc::new(
                Decimal128Array::from(vec![Some(-wide), Some(wide), None]).with_precision_and_scale(38, 10).unwrap(),
            ),
            true,
        ),
        ("list", Arc::new(list), true),
        ("struct", Arc::new(structs), true),
        ("map", Arc::new(map), true),
    ])
    .unwrap();

    put(&table, 1, CommitMode::Append, batch.clone()).await.unwrap();

    let read = rows(&table).await;
    assert_eq!(read.num_rows(), 3);
    for field in batch.schema().fields() {
        let expected = batch.column_by_name(field.name()).unwrap();
        let found = read.column_by_name(field.name()).unwrap();
        if !field.data_type().is_nested() {
            assert_eq!(found.data_type(), field.data_type(), "{}", field.name());
        }
        let text = |array: &ArrayRef| {
            (0..3).map(|row| arrow::util::display::array_value_to_string(array, row).unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(text(found), text(expected), "{}", field.name());
        assert_eq!(found.null_count(), expected.null_count(), "{}", field.name());
    }
}

#[tokio::test]
async fn a_type_that_the_table_cannot_hold_is_named_with_its_column() {
    let lake = TestLake::new();
    let schema = Arc::new(Schema::new(vec![Field::new("size", DataType::UInt32, true)]));
    let error = lake.table().writer(schema, WriterOptions::default()).map(drop).unwrap_err();
    assert_eq!(error.to_string(), "column size is UInt32, which a lake table cannot hold, convert it first");
}

#[tokio::test]
async fn a_batch_of_another_type_is_refused_by_the_writer() {
    let lake = TestLake::new();
    let table = lake.table();
    let mut writer = table.writer(numbers([1]).schema(), WriterOptions::default()).unwrap();
    let other = RecordBatch::try_from_iter([
        ("id", Arc::new(UInt32Array::from(vec![1])) as ArrayRef),
        ("name", Arc::new(StringArray::from(vec!["a"])) as ArrayRef),
    ])
    .unwrap();
    let error = writer.write(other).await.unwrap_err();
    assert_eq!(error.to_string(), "column id of shop/orders is Int64, the rows say UInt32");
}

#[tokio::test]
async fn a_table_that_was_never_written_is_none() {
    let lake = TestLake::new();
    assert!(lake.table().snapshot().await.unwrap().is_none());
    let error = lake.table().provider().await.unwrap_err();
    assert_eq!(error.to_string(), "lake table shop/orders does not exist yet, sync its source first");
}

#[tokio::test]
async fn the_first_commit_makes_the_table_in_version_0() {
    let lake = TestLake::new();
    let table = lake.table();
    let committed = put(&table, 1, CommitMode::Overwrite, numbers(0..100)).await.unwrap();
    assert_eq!((committed.version, committed.rows, committed.files), (0, Some(100), 1));
    let snapshot = table.snapshot().await.unwrap().unwrap();
    assert_eq!(snapshot.sequence("src_1").await.unwrap(), Some(1));
    assert_eq!(snapshot.sequence("src_2").await.unwrap(), None);
    assert_eq!(ids(&table).await, (0..100).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_empty_source_makes_an_empty_table() {
    let lake = TestLake::new();
    let table = lake.table();
    let schema = numbers([]).schema();
    let committed = table.commit(change(1, CommitMode::Overwrite, schema.clone(), vec![])).await.unwrap();
    assert_eq!((committed.version, committed.rows), (0, Some(0)));
    assert_eq!(rows(&table).await.num_rows(), 0);
    put(&table, 2, CommitMode::Overwrite, numbers([1, 2])).await.unwrap();
    let committed = table.commit(change(3, CommitMode::Overwrite, schema, vec![])).await.unwrap();
    assert_eq!((committed.version, committed.rows, committed.files), (2, Some(0), 0));
    assert_eq!(rows(&table).await.num_rows(), 0);
}

#[tokio::test]
async fn the_same_sequence_is_not_committed_twice() {
    let lake = TestLake::new();
    let table = lake.table();
    put(&table, 1, CommitMode::Append, numbers([1])).await.unwrap();
    put(&table, 2, CommitMode::Append, numbers([2])).await.unwrap();
    let error = put(&table, 2, CommitMode::Append, numbers([2])).await.unwrap_err();
    assert!(matches!(error, LakeError::LeaseLost { expected: Some(1), found: Some(2), .. }), "{error:?}");
    assert_eq!(ids(&table).await, [1, 2]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_writers_that_race_exactly_one_wins() {
    let lake = TestLake::new();
    for round in 1..=10 {
        let mut racers = tokio::task::JoinSet::new();
        for racer in 0..4 {
            let table = lake.table();
            let added = stage(&table, numbers([round * 10 + racer])).await;
            let commit = change(round, CommitMode::Append, numbers([]).schema(), added);
            racers.spawn(async move { table.commit(commit).await });
        }
        let results = racers.join_all().await;
        let won = results.iter().filter(|result| result.is_ok()).count();
        let lost = results.iter().filter(|result| matches!(result, Err(LakeError::LeaseLost { .. }))).count();
        assert_eq!((won, lost), (1, 3), "round {round}: {results:?}");
    }
    assert_eq!(ids(&lake.table()).await.len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_with_different_ids_all_get_in() {
    let lake = TestLake::new();
    put(&lake.table(), 1, CommitMode::Append, numbers([0])).await.unwrap();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 1..=5 {
        let table = lake.table();
        let added = stage(&table, numbers([writer])).await;
        let mut commit = change(1, CommitMode::Append, numbers([]).schema(), added);
        commit.app_id = format!("writer {writer}");
        writers.spawn(async move { table.commit(commit).await.unwrap() });
    }
    writers.join_all().await;
    assert_eq!(ids(&lake.table()).await, [0, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn staged_files_are_not_in_the_table_and_are_collected() {
    let lake = TestLake::new();
    let table = lake.table();
    put(&table, 1, CommitMode::Append, numbers([1])).await.unwrap();
    let staged = stage(&table, numbers([2])).await;
    let remembered = serde_json::to_string(&staged).unwrap();
    assert_eq!(ids(&table).await, [1]);
    assert_eq!(lake.data_files(), 2);

    let staged: Vec<StagedFile> = serde_json::from_str(&remembered).unwrap();
    let table = lake.table();
    table.delete_staged(&staged).await.unwrap();
    assert_eq!(lake.data_files(), 1);
    let error = table.commit(change(2, CommitMode::Append, numbers([]).schema(), staged)).await.unwrap_err();
    assert!(matches!(error, LakeError::StagedFileLost { .. }), "{error:?}");
    assert_eq!(ids(&table).await, [1]);
}

#[tokio::test]
async fn a_committed_file_is_not_deleted_as_staged() {
    let lake = TestLake::new();
    let table = lake.table();
    let staged = stage(&table, numbers([1])).await;
    table.commit(change(1, CommitMode::Append, numbers([]).schema(), staged.clone())).await.unwrap();
    table.delete_staged(&staged).await.unwrap();
    assert_eq!(ids(&table).await, [1]);
}

#[tokio::test]
async fn a_writer_rolls_files_and_hands_them_out_while_it_runs() {
    let lake = TestLake::new();
    let table = lake.table();
    let options = WriterOptions {
        target_file_bytes: 64 * 1024,
        buffer_bytes: 32 * 1024,
        compression: FileCompression::Uncompressed,
        ..WriterOptions::default()
    };
    let mut writer = table.writer(numbers([]).schema(), options).unwrap();
    let mut files = Vec::new();
    for batch in 0..50 {
        writer.write(numbers(batch * 1000..(batch + 1) * 1000)).await.unwrap();
        files.extend(writer.take_finished());
        assert!(writer.buffered_bytes() < 2 * 1024 * 1024);
    }
    assert!(files.len() > 3, "{}", files.len());
    files.extend(writer.close().await.unwrap());
    assert_eq!(files.iter().map(|file| file.rows).sum::<i64>(), 50_000);
    let committed = table.commit(change(1, CommitMode::Append, numbers([]).schema(), files)).await.unwrap();
    assert_eq!(committed.rows, Some(50_000));
    assert_eq!(ids(&table).await, (0..50_000).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_aborted_writer_leaves_no_file() {
    let lake = TestLake::new();
    let table = lake.table();
    let options = WriterOptions { target_file_bytes: 10_000, ..WriterOptions::default() };
    let mut writer = table.writer(numbers([]).schema(), options).unwrap();
    for batch in 0..5 {
        writer.write(numbers(batch * 10_000..(batch + 1) * 10_000)).await.unwrap();
    }
    writer.abort().await;
    assert_eq!(lake.data_files(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_sees_the_old_or_the_new_rows_of_an_overwrite_and_nothing_else() {
    let lake = TestLake::new();
    let table = lake.table();
    put(&table, 1, CommitMode::Overwrite, numbers(0..1000)).await.unwrap();
    let reader = tokio::spawn({
        let table = lake.table();
        async move {
            let mut seen = Vec::new();
            while seen.last() != Some(&20) {
                let ids = ids(&table).await;
                assert_eq!(ids.len(), 1000);
                let generation = ids[0] / 1000;
                assert_eq!(ids, (generation * 1000..(generation + 1) * 1000).collect::<Vec<_>>());
                seen.push(generation);
            }
            assert!(seen.is_sorted());
        }
    });
    for generation in 1..=20 {
        put(&table, generation + 1, CommitMode::Overwrite, numbers(generation * 1000..(generation + 1) * 1000))
            .await
            .unwrap();
    }
    tokio::time::timeout(Duration::from_secs(60), reader).await.unwrap().unwrap();
}

#[tokio::test]
async fn the_sequence_survives_log_checkpoints() {
    let lake = TestLake::new();
    for sequence in 1..=25 {
        put(&lake.table(), sequence, CommitMode::Append, numbers([sequence])).await.unwrap();
    }
    let log = lake.folder.path().join("shop/orders/_delta_log");
    let names = |ending: &str| {
        let entries = std::fs::read_dir(&log).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.to_str().unwrap().ends_with(ending)).collect::<Vec<_>>()
    };
    assert!(!names(".checkpoint.parquet").is_empty());
    // As after log clean-up: what is older than the newest checkpoint is gone.
    for path in
        names(".json").into_iter().filter(|path| path.file_name().unwrap().to_str().unwrap() < "00000000000000000019")
    {
        std::fs::remove_file(path).unwrap();
    }
    let table = lake.table();
    let snapshot = table.snapshot().await.unwrap().unwrap();
    assert_eq!((snapshot.version, snapshot.rows), (24, Some(25)));
    assert_eq!(snapshot.sequence("src_1").await.unwrap(), Some(25));
    assert!(matches!(put(&table, 25, CommitMode::Append, numbers([0])).await, Err(LakeError::LeaseLost { .. })));
    put(&table, 26, CommitMode::Append, numbers([26])).await.unwrap();
    assert_eq!(ids(&table).await, (1..=26).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_new_column_is_null_in_old_rows_and_a_missing_one_in_new_rows() {
    let lake = TestLake::new();
    let table = lake.table();
    put(&table, 1, CommitMode::Append, numbers([1])).await.unwrap();
    let wider = RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(Int64Array::from(vec![2])) as ArrayRef, true),
        ("seen_at", Arc::new(TimestampMicrosecondArray::from(vec![5])) as ArrayRef, false),
    ])
    .unwrap();
    put(&table, 2, CommitMode::Append, wider).await.unwrap();
    let session = SessionContext::new();
    session.register_table("orders", table.provider().await.unwrap()).unwrap();
    let found = session.sql("SELECT id, name, seen_at FROM orders ORDER BY id").await.unwrap().collect().await.unwrap();
    insta::assert_snapshot!(arrow::util::pretty::pretty_format_batches(&found).unwrap(), @r"
    +----+--------+----------------------------+
    | id | name   | seen_at                    |
    +----+--------+----------------------------+
    | 1  | name 1 |                            |
    | 2  |        | 1970-01-01T00:00:00.000005 |
    +----+--------+----------------------------+
    ");
}

#[tokio::test]
async fn a_changed_type_is_refused_by_append_and_taken_by_overwrite() {
    let lake = TestLake::new();
    let table = lake.table();
    put(&table, 1, CommitMode::Append, numbers([1])).await.unwrap();
    let changed = RecordBatch::try_from_iter([("id", Arc::new(StringArray::from(vec!["one"])) as ArrayRef)]).unwrap();
    let error = put(&table, 2, CommitMode::Append, changed.clone()).await.unwrap_err();
    assert_eq!(error.to_string(), "column id of shop/orders is long, the rows say string");
    assert_eq!(ids(&table).await, [1]);
    put(&table, 2, CommitMode::Overwrite, changed).await.unwrap();
    let read = rows(&table).await;
    assert_eq!(read.num_columns(), 1);
    assert_eq!(read.column(0).as_string::<i32>().value(0), "one");
}

#[tokio::test]
async fn the_name_of_a_column_in_its_source_is_kept() {
    let lake = TestLake::new();
    let table = lake.table();
    let metadata = HashMap::from([("dataweaver.source_name".to_owned(), "Order Id".to_owned())]);
    let schema =
        Arc::new(Schema::new(vec![Field::new("order_id", DataType::Int64, true).with_metadata(metadata.clone())]));
    let batch = RecordBatch::try_new(schema, vec![Arc::new(Int64Array::from(vec![1]))]).unwrap();
    put(&table, 1, CommitMode::Append, batch).await.unwrap();
    let snapshot = table.snapshot().await.unwrap().unwrap();
    assert_eq!(snapshot.schema.field(0).metadata(), &metadata);
}

#[tokio::test]
async fn a_replace_swaps_files_and_refuses_those_that_are_gone() {
    let lake = TestLake::new();
    let table = lake.table();
    put(&table, 1, CommitMode::Append, numbers([1])).await.unwrap();
    let first = table.snapshot().await.unwrap().unwrap().file_list().remove(0).path;
    put(&table, 2, CommitMode::Append, numbers([2])).await.unwrap();
    put(&table, 3, CommitMode::Replace { removed: vec![first.clone()] }, numbers([10])).await.unwrap();
    assert_eq!(ids(&table).await, [2, 10]);
    let error = put(&table, 4, CommitMode::Replace { removed: vec![first] }, numbers([11])).await.unwrap_err();
    assert!(matches!(error, LakeError::Conflict { .. }), "{error:?}");
    assert_eq!(ids(&table).await, [2, 10]);
}

#[tokio::test]
async fn filters_skip_files_by_their_statistics() {
    let lake = TestLake::new();
    let table = lake.table();
    for sequence in 1..=5 {
        put(&table, sequence, CommitMode::Append, numbers(sequence * 100..sequence * 100 + 50)).await.unwrap();
    }
    let session = SessionContext::new();
    session.register_table("orders", table.provider().await.unwrap()).unwrap();
    let count = session.sql("SELECT count(*) FROM orders").await.unwrap().collect().await.unwrap();
    assert_eq!(count[0].column(0).as_primitive::<Int64Type>().value(0), 250);
    let plan =
        session.sql("EXPLAIN ANALYZE SELECT name FROM orders WHERE id = 320").await.unwrap().collect().await.unwrap();
    let plan = arrow::util::pretty::pretty_format_batches(&plan).unwrap().to_string();
    assert!(plan.contains("count_files_scanned=1"), "{plan}");
}

#[tokio::test]
async fn small_files_are_put_together_and_old_ones_deleted() {
    let lake = TestLake::new();
    let table = lake.table();
    for sequence in 1..=9 {
        put(&table, sequence, CommitMode::Append, numbers([sequence])).await.unwrap();
    }
    let policy = Retention { compact_from_files: 4, ..retention() };
    let maintained = table.maintain(&policy).await.unwrap();
    assert_eq!((maintained.compacted_files, maintained.compacted_into), (9, 1));
    assert_eq!(ids(&table).await, (1..=9).collect::<Vec<_>>());
    table.maintain(&policy).await.unwrap();
    assert_eq!(lake.data_files(), 1);
    assert_eq!(ids(&table).await, (1..=9).collect::<Vec<_>>());
    put(&table, 10, CommitMode::Append, numbers([10])).await.unwrap();
    assert_eq!(ids(&table).await, (1..=10).collect::<Vec<_>>());
}

#[tokio::test]
async fn upkeep_keeps_young_versions_and_wanted_staged_files() {
    let lake = TestLake::new();
    let table = lake.table();
    put(&table, 1, CommitMode::Overwrite, numbers([1])).await.unwrap();
    put(&table, 2, CommitMode::Overwrite, numbers([2])).await.unwrap();
    let wanted = stage(&table, numbers([3])).await;
    stage(&table, numbers([4])).await;
    std::fs::write(lake.folder.path().join("shop/orders/part-0.parquet#1"), "half a file").unwrap();
    assert_eq!(lake.data_files(), 5);

    let keep_staged = wanted.iter().map(|file| file.path.clone()).collect();
    let policy = Retention { keep_versions: Duration::from_secs(3600), keep_staged, ..retention() };
    let maintained = table.maintain(&policy).await.unwrap();
    assert_eq!(maintained.deleted_files, 2);
    assert_eq!(lake.data_files(), 3);

    table.commit(change(3, CommitMode::Append, numbers([]).schema(), wanted)).await.unwrap();
    let maintained = table.maintain(&retention()).await.unwrap();
    assert_eq!(maintained.deleted_files, 1);
    assert_eq!(ids(&table).await, [2, 3]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn compaction_beside_a_sync_neither_breaks_it_nor_doubles_rows() {
    let lake = TestLake::new();
    put(&lake.table(), 1, CommitMode::Append, numbers([1])).await.unwrap();
    let upkeep = tokio::spawn({
        let table = lake.table();
        async move {
            let policy = Retention { compact_from_files: 2, ..retention() };
            // Staged files of the sync beside are young, but so is everything in a test.
            let policy = Retention { keep_orphans: Duration::from_secs(3600), ..policy };
            let mut compacted = 0;
            while table.snapshot().await.unwrap().unwrap().sequence("src_1").await.unwrap() < Some(40) {
                compacted += table.maintain(&policy).await.unwrap().compacted_files;
            }
            compacted
        }
    });
    for sequence in 2..=40 {
        put(&lake.table(), sequence, CommitMode::Append, numbers([sequence])).await.unwrap();
    }
    let compacted = tokio::time::timeout(Duration::from_secs(120), upkeep).await.unwrap().unwrap();
    assert!(compacted > 0);
    assert_eq!(ids(&lake.table()).await, (1..=40).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_dropped_table_is_gone_and_can_be_made_anew() {
    let lake = TestLake::new();
    let table = lake.table();
    put(&table, 1, CommitMode::Append, numbers([1])).await.unwrap();
    stage(&table, numbers([2])).await;
    table.drop_table().await.unwrap();
    table.drop_table().await.unwrap();
    assert!(table.snapshot().await.unwrap().is_none());
    assert!(!lake.folder.path().join("shop/orders").exists());
    put(&table, 1, CommitMode::Append, numbers([3])).await.unwrap();
    assert_eq!(ids(&table).await, [3]);
}

#[tokio::test]
async fn files_from_before_a_column_changed_its_type_are_refused_by_name() {
    let lake = TestLake::new();
    let table = lake.table();
    let old = RecordBatch::try_from_iter([("id", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]).unwrap();
    let new = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from(vec![2])) as ArrayRef)]).unwrap();
    let mut added = stage(&table, old.clone()).await;
    added.extend(stage(&table, new.clone()).await);
    let commit = change(1, CommitMode::Overwrite, new.schema(), added.clone());
    let error = table.commit(commit).await.unwrap_err();
    let LakeError::StagedFileOutdated { path, column, .. } = &error else { panic!("{error:?}") };
    assert_eq!((path.as_str(), column.as_str()), (added[0].path.as_str(), "id"));
    let expected =
        format!("column id of staged file {path} of shop/orders is integer, it is long now, read the source again");
    assert_eq!(error.to_string(), expected);
    assert!(table.snapshot().await.unwrap().is_none());
    // Columns that were added since are NULL in older files; that is no change of a type.
    let wider = RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(vec![2])) as ArrayRef),
        ("name", Arc::new(StringArray::from(vec!["a"])) as ArrayRef),
    ])
    .unwrap();
    let nullable = Schema::new(
        wider.schema().fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect::<Vec<_>>(),
    );
    let mut commit = change(1, CommitMode::Overwrite, Arc::new(nullable), added[1..].to_vec());
    commit.added.extend(stage(&table, wider).await);
    assert_eq!(table.commit(commit).await.unwrap().rows, Some(2));
}

#[tokio::test]
async fn staged_files_that_an_older_version_stored_are_read_and_committed() {
    let lake = TestLake::new();
    let table = lake.table();
    let added = stage(&table, numbers(0..3)).await;
    let mut stored = serde_json::to_value(&added).unwrap();
    for newer in ["columns", "memory_bytes"] {
        assert!(stored[0].as_object_mut().unwrap().remove(newer).is_some());
    }
    let added: Vec<StagedFile> = serde_json::from_value(stored.clone()).unwrap();
    assert_eq!(serde_json::to_value(&added).unwrap(), stored);
    table.commit(change(1, CommitMode::Append, numbers([]).schema(), added)).await.unwrap();
    assert_eq!(ids(&table).await, [0, 1, 2]);
}

#[tokio::test]
async fn a_writer_holds_no_more_than_its_share() {
    let lake = TestLake::new();
    let table = lake.table();
    let options = WriterOptions {
        buffer_bytes: 2 * 1024 * 1024,
        compression: FileCompression::Uncompressed,
        ..WriterOptions::default()
    };
    let random = |part: i64| (part * 20_000..(part + 1) * 20_000).map(mixed);
    let mut writer = table.writer(numbers([]).schema(), options).unwrap();
    let mut most = 0;
    for part in 0..40 {
        writer.write(numbers(random(part))).await.unwrap();
        most = most.max(writer.buffered_bytes());
    }
    let files = writer.close().await.unwrap();
    assert!(files.iter().map(|file| file.bytes).sum::<i64>() > 20_000_000, "{files:?}");
    // Two batches wait, of about one MiB each.
    assert!(most < 7 * 1024 * 1024, "{most}");
}
