//! Lakes in awkward places: on a disk that gets full, and in buckets.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, AsArray, Decimal128Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::Int64Type;
use arrow::record_batch::RecordBatch;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::Utc;
use dataweaver::lake::{
    Commit, CommitMode, Committed, FileCompression, Lake, LakeError, LakeTable, Retention, StagedFile, WriterOptions,
};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::servers;
use crate::small_disk::SmallDisk;

/// A number that looks like any other (the mixing of SplitMix64): in a file it takes its eight bytes, however it is
/// encoded.
pub fn mixed(number: i64) -> i64 {
    let mut mixed = (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed ^ (mixed >> 31)) as i64
}

fn numbers(ids: std::ops::Range<i64>) -> RecordBatch {
    let ids = Int64Array::from_iter_values(ids.map(mixed));
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
        statistics_columns: Vec::new(),
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
async fn a_full_disk_at_the_end_leaves_none_of_the_files_before() {
    let Some(disk) = SmallDisk::mount(4) else { return };
    let lake = Lake::open(disk.path().to_str().unwrap(), HashMap::new()).unwrap();
    let table = lake.table("shop/orders");
    let files = || {
        let Ok(files) = std::fs::read_dir(disk.path().join("shop/orders")) else { return Vec::new() };
        files.map(|file| file.unwrap().path()).filter(|path| path.is_file()).collect::<Vec<_>>()
    };
    // One that is being written has another name.
    let is_whole = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "parquet");
    let options = WriterOptions {
        target_file_bytes: 400_000,
        compression: FileCompression::Uncompressed,
        ..WriterOptions::default()
    };
    let mut writer = table.writer(numbers(0..0).schema(), options).unwrap();
    writer.write(numbers(0..100_000)).await.unwrap();
    writer.write(numbers(0..30_000)).await.unwrap();
    tokio::time::timeout(std::time::Duration::from_secs(60), async {
        // The first batch makes a file, the second one does not fill one.
        while !files().iter().any(is_whole) {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("no file is whole, and {} bytes are held", writer.buffered_bytes()));
    assert_eq!(files().len(), 1);
    disk.fill();
    let error = writer.close().await.unwrap_err();
    assert!(matches!(error, LakeError::Full { .. }), "{error:?}");
    assert_eq!(files(), Vec::<PathBuf>::new());
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

/// A bucket of one's own on an S3 server that asks for no keys.
pub struct Bucket {
    pub endpoint: String,
    pub name: String,
}

impl Bucket {
    /// Makes it on `DATAWEAVER_TEST_S3_ENDPOINT`, or else on the usual local address; `None` where no server is there.
    pub async fn make() -> Option<Self> {
        let endpoint = std::env::var("DATAWEAVER_TEST_S3_ENDPOINT");
        let endpoint = endpoint.unwrap_or_else(|_| "http://127.0.0.1:5566".to_owned());
        let name = format!("lake-{}", Uuid::now_v7());
        let made = reqwest::Client::new().put(format!("{endpoint}/{name}")).send().await;
        if made.is_ok_and(|answer| answer.status().is_success()) {
            return Some(Self { endpoint, name });
        }
        let how = "pip install 'moto[server]' and run moto_server -p 5566, or set DATAWEAVER_TEST_S3_ENDPOINT";
        servers::missed("an S3 server", how);
        None
    }
}

/// An S3 lake in a bucket of its own.
async fn s3_lake() -> Option<Lake> {
    let Bucket { endpoint, name } = Bucket::make().await?;
    let options = [
        ("aws_endpoint", endpoint.as_str()),
        ("aws_allow_http", "true"),
        ("aws_region", "us-east-1"),
        ("aws_access_key_id", "test"),
        ("aws_secret_access_key", "test"),
    ];
    let options = options.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    Some(Lake::open(&format!("s3://{name}/some/lake"), options).unwrap())
}

/// Where object_store looks for Azurite, with the account that every Azurite has and whose key is public.
const AZURITE: &str = "http://127.0.0.1:10000/devstoreaccount1";
const AZURITE_ACCOUNT: &str = "devstoreaccount1";
const AZURITE_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// An Azure lake in a container of its own.
async fn azure_lake() -> Option<Lake> {
    let container = format!("lake-{}", Uuid::now_v7());
    if !make_container(&container).await {
        servers::missed(
            "Azurite",
            "npm install azurite and run azurite-blob --inMemoryPersistence --skipApiVersionCheck",
        );
        return None;
    }
    let options = HashMap::from([("azure_storage_use_emulator".to_owned(), "true".to_owned())]);
    Some(Lake::open(&format!("az://{container}/some/lake"), options).unwrap())
}

/// Asks for a container with a shared key, as <https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key> says.
async fn make_container(container: &str) -> bool {
    let (date, version) = (Utc::now().format("%a, %d %b %Y %H:%M:%S GMT").to_string(), "2021-08-06");
    let headers = format!("x-ms-date:{date}\nx-ms-version:{version}");
    let resource = format!("/{AZURITE_ACCOUNT}/{AZURITE_ACCOUNT}/{container}\nrestype:container");
    let signed = format!("PUT{}{headers}\n{resource}", "\n".repeat(12));
    let signature = hmac_sha256(&BASE64_STANDARD.decode(AZURITE_KEY).unwrap(), signed.as_bytes());
    let authorization = format!("SharedKey {AZURITE_ACCOUNT}:{}", BASE64_STANDARD.encode(signature));
    let request = reqwest::Client::new().put(format!("{AZURITE}/{container}?restype=container"));
    let request = request.header("x-ms-date", date).header("x-ms-version", version).header("content-length", 0);
    let answer = request.header("authorization", authorization).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

/// RFC 2104, for a key of up to a block of 64 bytes.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).unwrap_or(&0) ^ with).collect() };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lake_on_s3_behaves_like_a_local_one() {
    let Some(lake) = s3_lake().await else { return };
    behaves_like_a_local_one(lake).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lake_on_azure_behaves_like_a_local_one() {
    let Some(lake) = azure_lake().await else { return };
    behaves_like_a_local_one(lake).await;
}

async fn behaves_like_a_local_one(lake: Lake) {
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

/// Reads a table with the libraries of others, and prints what they see of it as JSON.
const FOREIGN: &str = r#"
import json, sys
import deltalake, duckdb, polars
path = sys.argv[1]
table = deltalake.DeltaTable(path)
files = [uri.removeprefix("file://") for uri in table.file_uris()]
rows = polars.read_delta(path).sort("id")
seen = "SELECT count(*), sum(id)::bigint, sum(amount)::text, epoch_us(max(\"at\")), count(name) FROM read_parquet("
by_duckdb = duckdb.sql(seen + repr(files) + ")").fetchall()[0]
print(json.dumps({
    "version": table.version(),
    "columns": [[field.name, str(field.type.to_json()).strip('"')] for field in table.schema().fields],
    "polars": [rows.height, rows["id"].sum(), str(rows["amount"].sum()), rows["at"].max().isoformat(), rows["name"].count()],
    "duckdb": list(by_duckdb),
}))
"#;

#[tokio::test]
async fn a_table_is_read_as_it_lies_by_libraries_of_others() {
    let Some(python) = std::env::var_os("DATAWEAVER_TEST_PYTHON") else {
        let how = "pip install deltalake polars duckdb and set DATAWEAVER_TEST_PYTHON to that Python";
        servers::missed("a foreign reader of lake tables", how);
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().to_str().unwrap(), HashMap::new()).unwrap();
    let table = lake.table("shop/orders");
    let rows = |ids: std::ops::Range<i64>| {
        let amounts = Decimal128Array::from_iter_values(ids.clone().map(|id| i128::from(id) * 101));
        let moments = TimestampMicrosecondArray::from_iter_values(ids.clone().map(|id| id * 1_000_001));
        let names = StringArray::from_iter(ids.clone().map(|id| (id % 3 > 0).then(|| format!("žluť {id}"))));
        RecordBatch::try_from_iter_with_nullable([
            ("id", Arc::new(Int64Array::from_iter_values(ids.clone())) as ArrayRef, true),
            ("amount", Arc::new(amounts.with_precision_and_scale(30, 2).unwrap()) as ArrayRef, true),
            ("at", Arc::new(moments.clone().with_timezone("UTC")) as ArrayRef, true),
            ("local", Arc::new(moments) as ArrayRef, true),
            ("name", Arc::new(names) as ArrayRef, true),
            ("f", Arc::new(Float64Array::from_iter_values(ids.map(|id| if id == 7 { f64::NAN } else { 0.5 }))), true),
        ])
        .unwrap()
    };
    // Enough commits for a log checkpoint, one of them over all before, and a compaction.
    for sequence in 1..=12 {
        let mode = if sequence == 3 { CommitMode::Overwrite } else { CommitMode::Append };
        let mut writer = table.writer(rows(0..0).schema(), WriterOptions::default()).unwrap();
        writer.write(rows(sequence * 100..sequence * 100 + 100)).await.unwrap();
        let commit = Commit {
            app_id: "src_1".to_owned(),
            sequence,
            expected_sequence: (sequence > 1).then_some(sequence - 1),
            mode,
            schema: rows(0..0).schema(),
            added: writer.close().await.unwrap(),
            statistics_columns: Vec::new(),
            details: serde_json::Map::new(),
        };
        table.commit(commit).await.unwrap();
    }
    table.maintain(&Retention { compact_from_files: 4, ..Retention::default() }).await.unwrap();
    let answer = Command::new(python)
        .args(["-c", FOREIGN, folder.path().join("shop/orders").to_str().unwrap()])
        .output()
        .unwrap();
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let seen: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    let columns = serde_json::json!([
        ["id", "long"],
        ["amount", "decimal(30,2)"],
        ["at", "timestamp"],
        ["local", "timestamp_ntz"],
        ["name", "string"],
        ["f", "double"],
    ]);
    assert_eq!(seen["columns"], columns);
    let ids = 300..1_300_i64;
    let amount = format!("{}.00", ids.clone().sum::<i64>() * 101 / 100);
    let names = ids.clone().filter(|id| id % 3 > 0).count();
    let sum = ids.clone().sum::<i64>();
    let polars = serde_json::json!([1_000, sum, amount, "1970-01-01T00:21:39.001299+00:00", names]);
    assert_eq!(seen["polars"], polars);
    let duckdb = serde_json::json!([1_000, sum, amount, 1_299_i64 * 1_000_001, names]);
    assert_eq!(seen["duckdb"], duckdb);
}
