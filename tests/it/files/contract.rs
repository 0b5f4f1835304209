//! The contract suite for files: every format, plain, as gzip and as zstd.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, UInt8Array};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use dataweaver::connectors::file_system::FileSystem;
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
use serde_json::json;

use super::folder::Folder;
use super::packed::{gzip, zstd};

const ROWS: i64 = 3_000;

/// The suite on a file of this name as it is and on packed ones; `sheet` is what a data source of it is called behind the
/// file's name.
async fn keeps_the_contract(name: &str, sheet: &str, bytes: &[u8]) {
    let files =
        [(name.to_owned(), bytes.to_vec()), (format!("{name}.gz"), gzip(bytes)), (format!("{name}.zst"), zstd(bytes))];
    for (name, bytes) in files {
        let folder = Folder::new().with("sample_rows", 100).file(&name, bytes);
        let missing = json!({ "root": folder.path("missing") });
        let dead = Settings { connection: missing, auth_type: AuthType::None, auth: json!({}) };
        let fixture = Fixture::new(folder.settings(), format!("{name}{sheet}"), dead);
        let kept = contract(&ConnectorFactory::of::<FileSystem>(), &fixture).await;
        kept.unwrap_or_else(|broken| panic!("{name}: {broken}"));
    }
}

fn batch() -> RecordBatch {
    let columns: [(&str, ArrayRef); 3] = [
        ("id", Arc::new(Int64Array::from_iter_values(0..ROWS))),
        ("small", Arc::new(UInt8Array::from_iter_values((0..ROWS).map(|id| (id % 256) as u8)))),
        ("text", Arc::new((0..ROWS).map(|id| (id % 3 > 0).then(|| format!("text {id}"))).collect::<StringArray>())),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// A Parquet file of some columns.
pub fn parquet() -> Vec<u8> {
    let batch = batch();
    let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

/// Objects whose keys become more after the sample.
fn objects() -> Vec<String> {
    (0..ROWS).map(|id| format!("{{\"id\": {id}, \"tags\": [{id}], \"k{}\": true}}", id / 1_200)).collect()
}

#[tokio::test]
async fn csv_keeps_the_contract() {
    let rows: String = (1..ROWS).map(|id| format!("{id},row {id},{}\n", id % 3)).collect();
    keeps_the_contract("a.csv", "", format!("id,text,n\n{rows}").as_bytes()).await;
}

#[tokio::test]
async fn json_lines_keep_the_contract() {
    keeps_the_contract("a.jsonl", "", objects().join("\n").as_bytes()).await;
}

#[tokio::test]
async fn a_json_array_keeps_the_contract() {
    keeps_the_contract("a.json", "", format!("[{}]", objects().join(",\n")).as_bytes()).await;
}

#[tokio::test]
async fn a_json_array_inside_an_object_keeps_the_contract() {
    keeps_the_contract("a.json", "", format!("{{\"items\": [{}]}}", objects().join(", ")).as_bytes()).await;
}

#[tokio::test]
async fn parquet_keeps_the_contract() {
    keeps_the_contract("a.parquet", "", &parquet()).await;
}

#[tokio::test]
async fn an_arrow_file_keeps_the_contract() {
    let batch = batch();
    let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    for part in 0..3 {
        writer.write(&batch.slice(part * 1_000, 1_000)).unwrap();
    }
    keeps_the_contract("a.arrow", "", &writer.into_inner().unwrap()).await;
}

#[tokio::test]
async fn an_arrow_stream_keeps_the_contract() {
    let batch = batch();
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    for part in 0..3 {
        writer.write(&batch.slice(part * 1_000, 1_000)).unwrap();
    }
    keeps_the_contract("a.arrows", "", &writer.into_inner().unwrap()).await;
}

#[tokio::test]
async fn a_workbook_keeps_the_contract() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, "id").unwrap().write(0, 1, "text").unwrap();
    for row in 1..1_000 {
        sheet.write(row, 0, row).unwrap().write(row, 1, format!("text {row}")).unwrap();
    }
    keeps_the_contract("a.xlsx", "#Sheet1", &book.save_to_buffer().unwrap()).await;
}
