//! Merging into lake tables: each key once, no more files touched than need be, memory bounded.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, StringArray,
    TimestampMicrosecondArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::{Float64Type, Int64Type, SchemaRef};
use arrow::record_batch::RecordBatch;
use dataweaver::lake::merge::{MergePlan, MergeRequest, merge};
use dataweaver::lake::{Commit, CommitMode, FileCompression, Lake, LakeTable, Retention, StagedFile, WriterOptions};
use futures::TryStreamExt;
use tempfile::TempDir;

/// A row of the tests' table: id, name and score.
pub type Row = (Option<i64>, Option<&'static str>, Option<f64>);

pub fn batch(rows: &[Row]) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(Int64Array::from_iter(rows.iter().map(|row| row.0))) as ArrayRef, true),
        ("name", Arc::new(StringArray::from_iter(rows.iter().map(|row| row.1))) as ArrayRef, true),
        ("score", Arc::new(Float64Array::from_iter(rows.iter().map(|row| row.2))) as ArrayRef, true),
    ])
    .unwrap()
}

pub fn schema() -> SchemaRef {
    batch(&[]).schema()
}

/// A table into which is merged.
pub struct Merging {
    pub table: LakeTable,
    sequence: i64,
    _folder: TempDir,
}

impl Merging {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::open(folder.path().to_str().unwrap(), HashMap::new()).unwrap();
        Self { table: lake.table("shop/orders"), sequence: 0, _folder: folder }
    }

    pub async fn stage(&self, batches: impl IntoIterator<Item = RecordBatch>) -> Vec<StagedFile> {
        let mut files = Vec::new();
        for batch in batches {
            let mut writer = self.table.writer(batch.schema(), WriterOptions::default()).unwrap();
            writer.write(batch).await.unwrap();
            files.extend(writer.close().await.unwrap());
        }
        files
    }

    pub async fn commit(&mut self, mode: CommitMode, schema: SchemaRef, added: Vec<StagedFile>) {
        self.sequence += 1;
        let commit = Commit {
            app_id: "src_1".to_owned(),
            sequence: self.sequence,
            expected_sequence: (self.sequence > 1).then_some(self.sequence - 1),
            mode,
            schema,
            added,
            statistics_columns: Vec::new(),
            details: serde_json::Map::new(),
        };
        self.table.commit(commit).await.unwrap();
    }

    pub async fn append(&mut self, rows: &[Row]) {
        let files = self.stage([batch(rows)]).await;
        self.commit(CommitMode::Append, schema(), files).await;
    }

    async fn merge(&mut self, batches: Vec<RecordBatch>, change: impl FnOnce(&mut MergeRequest)) -> MergePlan {
        let schema = batches.first().map_or_else(schema, RecordBatch::schema);
        let input = self.stage(batches).await;
        let mut request = MergeRequest {
            keys: vec!["id".to_owned()],
            newest_by: None,
            input: input.clone(),
            schema: Arc::clone(&schema),
            delete_missing: false,
            memory_bytes: 64 * 1024 * 1024,
            spill_folder: None,
            writer: WriterOptions::default(),
        };
        change(&mut request);
        let table = self.table.clone();
        let plan = tokio::spawn(async move { merge(&table, request).await }).await.unwrap().unwrap();
        self.commit(CommitMode::Replace { removed: plan.removed.clone() }, schema, plan.added.clone()).await;
        self.table.delete_staged(&input).await.unwrap();
        plan
    }

    async fn all(&self) -> RecordBatch {
        let stream = self.table.read_all(None).await.unwrap();
        let schema = stream.schema();
        concat_batches(&schema, &stream.try_collect::<Vec<_>>().await.unwrap()).unwrap()
    }

    pub async fn rows(&self) -> Vec<String> {
        let rows = self.all().await;
        let text = |row: usize| {
            let cells = rows.columns().iter().map(|column| {
                if column.is_null(row) {
                    "-".to_owned()
                } else {
                    arrow::util::display::array_value_to_string(column, row).unwrap()
                }
            });
            cells.collect::<Vec<_>>().join(" ")
        };
        let mut rows: Vec<String> = (0..rows.num_rows()).map(text).collect();
        rows.sort();
        rows
    }

    pub async fn files(&self) -> Vec<String> {
        let snapshot = self.table.snapshot().await.unwrap().unwrap();
        let mut files: Vec<_> = snapshot.file_list().into_iter().map(|file| file.path).collect();
        files.sort();
        files
    }
}

fn counts(plan: &MergePlan) -> (u64, u64, u64, u64) {
    (plan.rows_added, plan.rows_updated, plan.rows_deleted, plan.rows_unchanged)
}

#[tokio::test]
async fn a_merge_into_no_table_makes_one_with_each_key_once() {
    let mut merging = Merging::new();
    let first = batch(&[(Some(2), Some("old"), None), (Some(1), Some("a"), Some(1.0))]);
    let second = batch(&[(Some(2), Some("new"), Some(2.0))]);
    let plan = merging.merge(vec![first, second], |_| ()).await;
    assert_eq!(counts(&plan), (2, 0, 0, 0));
    assert_eq!(merging.rows().await, ["1 a 1.0", "2 new 2.0"]);
}

#[tokio::test]
async fn only_files_with_rows_that_differ_are_rewritten() {
    let mut merging = Merging::new();
    merging.append(&[(Some(1), Some("a"), Some(1.0)), (Some(2), Some("b"), None)]).await;
    let untouched = merging.files().await;
    merging.append(&[(Some(3), Some("c"), Some(f64::NAN)), (Some(4), None, Some(4.0))]).await;
    let changes = batch(&[
        (Some(1), Some("a"), Some(1.0)),
        (Some(2), Some("b"), None),
        (Some(3), Some("c"), Some(f64::NAN)),
        (Some(4), Some("d"), Some(4.0)),
        (Some(5), Some("e"), None),
    ]);
    let plan = merging.merge(vec![changes.clone()], |_| ()).await;
    assert_eq!(counts(&plan), (1, 1, 0, 3));
    assert_eq!(plan.removed.len(), 1);
    assert!(merging.files().await.contains(&untouched[0]));
    assert_eq!(merging.rows().await, ["1 a 1.0", "2 b -", "3 c NaN", "4 d 4.0", "5 e -"]);

    let before = merging.files().await;
    let plan = merging.merge(vec![changes], |_| ()).await;
    assert_eq!(counts(&plan), (0, 0, 0, 5));
    assert_eq!((plan.added.len(), plan.removed.len()), (0, 0));
    assert_eq!(merging.files().await, before);
}

#[tokio::test]
async fn keys_that_no_file_holds_touch_no_file() {
    let mut merging = Merging::new();
    merging.append(&[(Some(1), Some("a"), None)]).await;
    merging.append(&[(Some(5), Some("b"), None)]).await;
    let plan = merging.merge(vec![batch(&[(Some(3), Some("c"), None), (Some(9), Some("d"), None)])], |_| ()).await;
    assert_eq!(counts(&plan), (2, 0, 0, 0));
    assert!(plan.removed.is_empty());
    assert_eq!(merging.rows().await, ["1 a -", "3 c -", "5 b -", "9 d -"]);
    let plan = merging.merge(vec![batch(&[(Some(100), Some("e"), None)])], |_| ()).await;
    assert_eq!(counts(&plan), (1, 0, 0, 0));
    let plan = merging.merge(vec![], |_| ()).await;
    assert_eq!(plan, MergePlan::default());
}

#[tokio::test]
async fn the_newest_of_equal_keys_wins_then_the_last() {
    let mut merging = Merging::new();
    merging.append(&[(Some(1), Some("old"), Some(0.0))]).await;
    let first = batch(&[
        (Some(1), Some("newest"), Some(9.0)),
        (Some(2), Some("first"), Some(1.0)),
        (Some(3), Some("null"), None),
    ]);
    let second = batch(&[
        (Some(1), Some("late"), Some(5.0)),
        (Some(2), Some("last"), Some(1.0)),
        (Some(3), Some("real"), Some(-1.0)),
    ]);
    let plan = merging.merge(vec![first, second], |request| request.newest_by = Some("score".to_owned())).await;
    assert_eq!(counts(&plan), (2, 1, 0, 0));
    assert_eq!(merging.rows().await, ["1 newest 9.0", "2 last 1.0", "3 real -1.0"]);
}

#[tokio::test]
async fn a_null_key_is_a_key_like_any_other() {
    let mut merging = Merging::new();
    merging.append(&[(None, Some("a"), None), (Some(1), Some("b"), None)]).await;
    merging.append(&[(Some(7), Some("c"), None)]).await;
    let plan = merging.merge(vec![batch(&[(None, Some("z"), None), (Some(7), Some("c"), None)])], |_| ()).await;
    assert_eq!(counts(&plan), (0, 1, 0, 1));
    assert_eq!(merging.rows().await, ["- z -", "1 b -", "7 c -"]);
}

#[tokio::test]
async fn a_full_load_deletes_what_is_missing() {
    let mut merging = Merging::new();
    merging.append(&[(Some(1), Some("a"), None), (Some(2), Some("b"), None)]).await;
    merging.append(&[(Some(3), Some("c"), None)]).await;
    merging.append(&[(Some(4), Some("d"), None)]).await;
    let kept = batch(&[(Some(1), Some("a"), None), (Some(4), Some("dd"), None), (Some(5), Some("e"), None)]);
    let plan = merging.merge(vec![kept], |request| request.delete_missing = true).await;
    assert_eq!(counts(&plan), (1, 1, 2, 1));
    assert_eq!(merging.rows().await, ["1 a -", "4 dd -", "5 e -"]);
    let plan = merging.merge(vec![], |request| request.delete_missing = true).await;
    assert_eq!(counts(&plan), (0, 0, 3, 0));
    assert!(merging.rows().await.is_empty());
}

#[tokio::test]
async fn a_new_column_changes_only_rows_that_have_a_value_in_it() {
    let mut merging = Merging::new();
    merging
        .append(&[(Some(1), Some("a"), Some(1.0)), (Some(2), Some("b"), Some(2.0)), (Some(3), Some("c"), Some(3.0))])
        .await;
    let wider = RecordBatch::try_from_iter_with_nullable([
        ("id", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef, true),
        ("name", Arc::new(StringArray::from(vec!["a", "b"])) as ArrayRef, true),
        ("city", Arc::new(StringArray::from(vec![None, Some("Graz")])) as ArrayRef, true),
    ])
    .unwrap();
    let plan = merging.merge(vec![wider], |_| ()).await;
    assert_eq!(counts(&plan), (0, 1, 0, 1));
    assert_eq!(merging.rows().await, ["1 a 1.0 -", "2 b - Graz", "3 c 3.0 -"]);
}

#[tokio::test]
async fn keys_of_several_columns_are_compared_together() {
    let mut merging = Merging::new();
    merging
        .append(&[(Some(1), Some("a"), Some(1.0)), (Some(1), Some("b"), Some(2.0)), (Some(1), None, Some(3.0))])
        .await;
    let changes = batch(&[(Some(1), Some("b"), Some(20.0)), (Some(2), Some("b"), None), (Some(1), None, Some(30.0))]);
    let plan = merging.merge(vec![changes], |request| request.keys.push("name".to_owned())).await;
    assert_eq!(counts(&plan), (1, 2, 0, 0));
    assert_eq!(merging.rows().await, ["1 - 30.0", "1 a 1.0", "1 b 20.0", "2 b -"]);
}

#[tokio::test]
async fn a_missing_key_column_is_named() {
    let merging = Merging::new();
    for (keys, told) in [
        (vec!["uid".to_owned()], "the rows have no column uid to merge by"),
        (vec![], "there is no column to merge by"),
    ] {
        let request = MergeRequest {
            keys,
            newest_by: None,
            input: vec![],
            schema: schema(),
            delete_missing: false,
            memory_bytes: 64 * 1024 * 1024,
            spill_folder: None,
            writer: WriterOptions::default(),
        };
        let error = merge(&merging.table, request).await.unwrap_err();
        assert_eq!(error.to_string(), format!("the schema of shop/orders is not valid: {told}"));
    }
}

#[tokio::test]
async fn upkeep_between_plan_and_commit_is_noticed() {
    let mut merging = Merging::new();
    for id in 1..=4 {
        merging.append(&[(Some(id), Some("a"), None)]).await;
    }
    let input = merging.stage([batch(&[(Some(1), Some("b"), None)])]).await;
    let request = MergeRequest {
        keys: vec!["id".to_owned()],
        newest_by: None,
        input: input.clone(),
        schema: schema(),
        delete_missing: false,
        memory_bytes: 64 * 1024 * 1024,
        spill_folder: None,
        writer: WriterOptions::default(),
    };
    let plan = merge(&merging.table, request).await.unwrap();
    merging.table.maintain(&Retention { compact_from_files: 2, ..Retention::default() }).await.unwrap();
    let commit = Commit {
        app_id: "src_1".to_owned(),
        sequence: 5,
        expected_sequence: Some(4),
        mode: CommitMode::Replace { removed: plan.removed },
        schema: schema(),
        added: plan.added,
        statistics_columns: Vec::new(),
        details: serde_json::Map::new(),
    };
    let error = merging.table.commit(commit).await.unwrap_err();
    assert!(error.to_string().contains("plan the change again"), "{error}");
    let plan = merging.merge(vec![batch(&[(Some(1), Some("b"), None)])], |_| ()).await;
    assert_eq!(counts(&plan), (0, 1, 0, 0));
    assert_eq!(merging.rows().await, ["1 b -", "2 a -", "3 a -", "4 a -"]);
}

/// Memory and the length of texts: enough memory for a hash join, and so little for such rows that all is sorted.
pub const WAYS: [(usize, usize); 2] = [(64 * 1024 * 1024, 0), (1024 * 1024, 60_000)];

pub fn padded(text: &str, length: usize) -> String {
    format!("{text}{}", " ".repeat(length))
}

#[tokio::test]
async fn a_key_that_the_table_holds_more_than_once_is_there_once_afterwards() {
    for (memory, length) in WAYS {
        let rows = |rows: &[(i64, &str)]| {
            RecordBatch::try_from_iter_with_nullable([
                ("id", Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.0))) as ArrayRef, true),
                (
                    "name",
                    Arc::new(StringArray::from_iter_values(rows.iter().map(|row| padded(row.1, length)))) as ArrayRef,
                    true,
                ),
            ])
            .unwrap()
        };
        let mut merging = Merging::new();
        for part in [[(1, "a"), (2, "b"), (1, "a")], [(3, "c"), (1, "b"), (2, "b")], [(4, "d"), (1, "a"), (6, "f")]] {
            let files = merging.stage([rows(&part)]).await;
            merging.commit(CommitMode::Append, rows(&part).schema(), files).await;
        }
        let rows = rows(&[(1, "new"), (2, "b"), (3, "c"), (5, "e")]);
        let plan = merging.merge(vec![rows.clone()], |request| request.memory_bytes = memory).await;
        assert_eq!(counts(&plan), (1, 2, 0, 1), "{memory}");
        let found: Vec<_> = merging.rows().await.iter().map(|row| row.trim_end().to_owned()).collect();
        assert_eq!(found, ["1 new", "2 b", "3 c", "4 d", "5 e", "6 f"], "{memory}");
        let plan = merging.merge(vec![rows], |request| request.memory_bytes = memory).await;
        assert_eq!(counts(&plan), (0, 0, 0, 4), "{memory}");
    }
}

/// Keys of a type: each of them in the table as it is, and once more in the input.
async fn keys_meet_themselves(keys: ArrayRef) {
    let rows = keys.len();
    let batch = |value: &str, from: usize, length: usize| {
        let values = StringArray::from_iter_values(std::iter::repeat_n(padded(value, length), rows - from));
        RecordBatch::try_from_iter_with_nullable([
            ("key", keys.slice(from, rows - from), true),
            ("value", Arc::new(values) as ArrayRef, true),
        ])
        .unwrap()
    };
    for (memory, length) in WAYS {
        let batch = |value: &str, from: usize| batch(value, from, 5 * length / rows);
        let mut merging = Merging::new();
        for part in [batch("old", 0).slice(0, rows / 2), batch("old", 0).slice(rows / 2, rows - rows / 2)] {
            let files = merging.stage([part]).await;
            merging.commit(CommitMode::Append, batch("", 0).schema(), files).await;
        }
        let set = |request: &mut MergeRequest| {
            request.keys = vec!["key".to_owned()];
            request.memory_bytes = memory;
        };
        let context = format!("{} in {memory} bytes", keys.data_type());
        let plan = merging.merge(vec![batch("old", 0)], set).await;
        assert_eq!(counts(&plan), (0, 0, 0, rows as u64), "{context}");
        let plan = merging.merge(vec![batch("new", 1)], set).await;
        assert_eq!(counts(&plan), (0, rows as u64 - 1, 0, 0), "{context}");
        let plan = merging
            .merge(vec![batch("new", 1)], |request| {
                set(request);
                request.delete_missing = true;
            })
            .await;
        assert_eq!(counts(&plan), (0, 0, 1, rows as u64 - 1), "{context}");
        assert_eq!(merging.all().await.num_rows(), rows - 1, "{context}");
    }
}

#[tokio::test]
async fn keys_of_every_type_meet_themselves() {
    let wide = 10_i128.pow(38) - 1;
    let decimals = Decimal128Array::from(vec![-wide, -1, 0, 1, wide]).with_precision_and_scale(38, 10).unwrap();
    keys_meet_themselves(Arc::new(decimals)).await;
    let doubles = vec![f64::NEG_INFINITY, -1.5, 0.0, f64::MIN_POSITIVE, f64::INFINITY, f64::NAN];
    keys_meet_themselves(Arc::new(Float64Array::from(doubles))).await;
    let moments = vec![-62_135_596_800_000_000, -1, 0, 1_700_000_000_000_001, 1_700_000_000_000_002];
    keys_meet_themselves(Arc::new(TimestampMicrosecondArray::from(moments.clone()))).await;
    keys_meet_themselves(Arc::new(TimestampMicrosecondArray::from(moments).with_timezone("UTC"))).await;
    let long = "ž".repeat(60);
    let texts = vec![
        String::new(),
        "A".to_owned(),
        "a".to_owned(),
        "é".to_owned(),
        "e\u{301}".to_owned(),
        format!("{long}a"),
        format!("{long}b"),
        "\u{10ffff}".to_owned(),
    ];
    keys_meet_themselves(Arc::new(StringArray::from(texts))).await;
    keys_meet_themselves(Arc::new(Date32Array::from(vec![i32::MIN / 500, -1, 0, 2_932_896]))).await;
    keys_meet_themselves(Arc::new(BooleanArray::from(vec![false, true]))).await;
}

#[tokio::test]
async fn zeros_of_either_sign_are_the_same_keys_in_every_way_of_merging() {
    let mut found = Vec::new();
    for (memory, length) in WAYS {
        let rows = |key: f64, value: &str| {
            RecordBatch::try_from_iter_with_nullable([
                ("key", Arc::new(Float64Array::from(vec![key])) as ArrayRef, true),
                ("value", Arc::new(StringArray::from(vec![padded(value, 4 * length)])) as ArrayRef, true),
            ])
            .unwrap()
        };
        let mut merging = Merging::new();
        let files = merging.stage([rows(0.0, "old")]).await;
        merging.commit(CommitMode::Append, rows(0.0, "").schema(), files).await;
        let plan = merging
            .merge(vec![rows(-0.0, "new")], |request| {
                request.keys = vec!["key".to_owned()];
                request.memory_bytes = memory;
            })
            .await;
        found.push((counts(&plan), merging.all().await.num_rows()));
    }
    assert_eq!(found[0], found[1]);
}

/// Files of a few KiB whose rows are wide in memory.
#[tokio::test]
async fn rows_that_are_packed_tightly_are_merged_in_little_memory() {
    let mut merging = Merging::new();
    let rows = |ids: std::ops::Range<i64>, value: &str| {
        let names = ids.clone().map(|id| padded(&format!("{value}{id}"), 20_000));
        RecordBatch::try_from_iter_with_nullable([
            ("id", Arc::new(Int64Array::from_iter_values(ids.clone())) as ArrayRef, true),
            ("name", Arc::new(StringArray::from_iter_values(names)) as ArrayRef, true),
        ])
        .unwrap()
    };
    let files = merging.stage([rows(0..2_000, "old")]).await;
    assert!(files[0].bytes < 1_000_000, "{}", files[0].bytes);
    merging.commit(CommitMode::Append, rows(0..0, "").schema(), files).await;
    let plan = merging
        .merge(vec![rows(1_000..2_000, "new"), rows(2_000..3_000, "new")], |request| {
            request.memory_bytes = 8 * 1024 * 1024;
        })
        .await;
    assert_eq!(counts(&plan), (1_000, 1_000, 0, 0));
    assert_eq!(merging.all().await.num_rows(), 3_000);
}

/// By the input alone, a batch of the table's rows would be larger than all the memory.
#[tokio::test]
async fn narrow_rows_are_merged_into_a_table_of_wide_ones_in_little_memory() {
    let mut merging = Merging::new();
    let rows = |ids: std::ops::Range<i64>, numbers: usize| {
        let names = ids.clone().map(|id| noise(id, numbers));
        RecordBatch::try_from_iter_with_nullable([
            ("id", Arc::new(Int64Array::from_iter_values(ids.clone())) as ArrayRef, true),
            ("name", Arc::new(StringArray::from_iter_values(names)) as ArrayRef, true),
        ])
        .unwrap()
    };
    let files = merging.stage([rows(0..2_000, 500)]).await;
    merging.commit(CommitMode::Append, rows(0..0, 0).schema(), files).await;
    let plan = merging.merge(vec![rows(1_000..21_000, 6)], |request| request.memory_bytes = 8 * 1024 * 1024).await;
    assert_eq!(counts(&plan), (19_000, 1_000, 0, 0));
    let rows = merging.all().await;
    let names = rows.column(1).as_string::<i32>();
    assert_eq!((rows.num_rows(), names.iter().flatten().filter(|name| name.len() == 8_000).count()), (21_000, 1_000));
}

/// Sixteen letters for each of so many numbers, which hardly can be packed.
fn noise(seed: i64, numbers: usize) -> String {
    let mut state = seed.unsigned_abs();
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{state:016x}")
    };
    (0..numbers).map(|_| next()).collect()
}

/// Larger than the memory it is given, several files, keys in no order; compared with a map.
#[tokio::test]
async fn a_merge_larger_than_its_memory_equals_the_simple_answer() {
    let mut merging = Merging::new();
    let padding = "x".repeat(200);
    let make = |ids: &mut dyn Iterator<Item = i64>, round: i64| {
        let ids: Vec<i64> = ids.collect();
        let names = ids.iter().map(|id| format!("{padding}{id:08}{round}"));
        RecordBatch::try_from_iter_with_nullable([
            ("id", Arc::new(Int64Array::from(ids.clone())) as ArrayRef, true),
            ("name", Arc::new(StringArray::from_iter_values(names)) as ArrayRef, true),
            ("score", Arc::new(Float64Array::from_iter_values(ids.iter().map(|id| *id as f64))) as ArrayRef, true),
        ])
        .unwrap()
    };
    let small_files = WriterOptions {
        target_file_bytes: 2_000_000,
        compression: FileCompression::Uncompressed,
        ..WriterOptions::default()
    };
    let mut table_rows: BTreeMap<i64, i64> = BTreeMap::new();
    let mut files = Vec::new();
    let mut writer = merging.table.writer(schema(), small_files.clone()).unwrap();
    for part in 0..20 {
        writer.write(make(&mut (0..3000).map(|n| (n * 20 + part) * 2), 0)).await.unwrap();
        table_rows.extend((0..3000).map(|n| ((n * 20 + part) * 2, 0)));
    }
    files.extend(writer.close().await.unwrap());
    assert!(files.len() > 3);
    merging.commit(CommitMode::Append, schema(), files).await;

    for (round, delete_missing, memory) in [(1, false, 12), (2, true, 12), (3, false, 3), (4, true, 3)] {
        let scrambled = |n: i64| n * 7919 % 60_000;
        let batches: Vec<_> =
            (0..10).map(|part| make(&mut (part * 6000..(part + 1) * 6000).map(scrambled), round)).collect();
        let new: BTreeMap<i64, i64> = (0..60_000).map(|n| (scrambled(n), round)).collect();
        let added = new.keys().filter(|id| !table_rows.contains_key(id)).count() as u64;
        let deleted =
            if delete_missing { table_rows.keys().filter(|id| !new.contains_key(id)).count() as u64 } else { 0 };
        let updated = new.len() as u64 - added;
        if delete_missing {
            table_rows.clear();
        }
        table_rows.extend(new);
        let plan = merging
            .merge(batches, |request| {
                request.delete_missing = delete_missing;
                request.memory_bytes = memory * 1024 * 1024;
                request.writer = small_files.clone();
            })
            .await;
        assert_eq!(counts(&plan), (added, updated, deleted, 0));
        let rows = merging.all().await;
        let found: BTreeMap<i64, i64> = (0..rows.num_rows())
            .map(|row| {
                let id = rows.column(0).as_primitive::<Int64Type>().value(row);
                assert_eq!(rows.column(2).as_primitive::<Float64Type>().value(row), id as f64);
                let round: i64 = rows.column(1).as_string::<i32>().value(row)[208..].parse().unwrap();
                (id, round)
            })
            .collect();
        assert_eq!(rows.num_rows(), found.len());
        assert!(found == table_rows);
    }
}
