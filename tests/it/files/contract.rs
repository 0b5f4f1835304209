//! The contract suite for files.

use dataweaver::connectors::file_system::FileSystem;
use dataweaver::sdk::testing::{Fixture, contract};
use dataweaver::sdk::{AuthType, ConnectorFactory, Settings};
use serde_json::json;

use super::folder::Folder;

async fn keeps_its_contract(folder: &Folder, source_path: &str) {
    let dead =
        Settings { connection: json!({ "root": folder.path("missing") }), auth_type: AuthType::None, auth: json!({}) };
    let fixture = Fixture::new(folder.settings(), source_path, dead);
    contract(&ConnectorFactory::of::<FileSystem>(), &fixture).await.unwrap();
}

#[tokio::test]
async fn csv_keeps_the_contract() {
    let text: String = (0..5_000)
        .map(|id| if id == 0 { "id,text,n\n".to_owned() } else { format!("{id},row {id},{}\n", id % 3) })
        .collect();
    keeps_its_contract(&Folder::new().file("a.csv", text), "a.csv").await;
}

#[tokio::test]
async fn json_lines_keep_the_contract() {
    let text: String =
        (0..5_000).map(|id| format!("{{\"id\": {id}, \"tags\": [{id}], \"k{}\": true}}\n", id / 2_000)).collect();
    keeps_its_contract(&Folder::new().with("sample_rows", 100).file("a.jsonl", text), "a.jsonl").await;
}

#[tokio::test]
async fn parquet_keeps_the_contract() {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, UInt8Array};
    let columns: [(&str, ArrayRef); 3] = [
        ("id", Arc::new(Int64Array::from_iter_values(0..5_000))),
        ("small", Arc::new(UInt8Array::from_iter_values((0..5_000).map(|id| (id % 256) as u8)))),
        ("text", Arc::new(StringArray::from_iter_values((0..5_000).map(|id| format!("text {id}"))))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    keeps_its_contract(&Folder::new().file("a.parquet", writer.into_inner().unwrap()), "a.parquet").await;
}
