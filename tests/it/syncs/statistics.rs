//! A key behind the first 32 columns: files that cannot hold it are passed over, whoever has written them.

use std::fs;
use std::path::Path;

use datafusion::execution::context::SessionContext;
use dataweaver::entity::data_source;
use dataweaver::lake::LakeTable;
use dataweaver::services::upkeep::RetentionSettings;
use sea_orm::EntityTrait;
use serde_json::{Value, json};

use super::table::Table;

/// A table of 40 columns, the key the last of them.
fn wide_table() -> String {
    let columns: String = (0..39).map(|n| format!("c{n} int, ")).collect();
    format!("CREATE TABLE t ({columns} id int PRIMARY KEY)")
}

/// Adds so many rows from an id on.
async fn add_rows(table: &mut Table, from: i64, rows: i64) {
    table.run(&format!("INSERT INTO t (c0, id) SELECT 1, n FROM generate_series({from}, {}) n", from + rows - 1)).await;
}

async fn lake_table(table: &Table) -> LakeTable {
    let services = table.app.services();
    let source = data_source::Entity::find().one(services.db()).await.unwrap().unwrap();
    services.lake().table(&source.lake_path)
}

/// How many files a look for one id reads.
async fn files_read(table: &LakeTable, id: i64) -> u64 {
    let session = SessionContext::new();
    session.register_table("t", table.provider().await.unwrap()).unwrap();
    let plan = session.sql(&format!("EXPLAIN ANALYZE SELECT c0 FROM t WHERE id = {id}")).await.unwrap();
    let plan = arrow::util::pretty::pretty_format_batches(&plan.collect().await.unwrap()).unwrap().to_string();
    let counted = plan.split("count_files_scanned=").nth(1).unwrap_or_else(|| panic!("{plan}"));
    counted.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

/// Fails where a file that was ever added says nothing of the key.
fn assert_every_file_knows_the_key(table: &LakeTable) {
    let folder = table.location().replace("file://", "");
    let mut files = 0;
    for entry in fs::read_dir(Path::new(&folder).join("_delta_log")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let action: Value = serde_json::from_str(line).unwrap();
            if let Some(statistics) = action["add"]["stats"].as_str() {
                let statistics: Value = serde_json::from_str(statistics).unwrap();
                assert!(statistics["minValues"]["id"].is_i64(), "{}: {line}", path.display());
                files += 1;
            }
        }
    }
    assert!(files > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_of_rewriting_files_keeps_the_bounds_of_the_key() {
    let Some(mut table) = Table::with(&wide_table()).await else { return };
    table.set(json!({ "writeMode": "MERGE", "primaryKey": ["id"] })).await;
    for from in (0..1000).step_by(100) {
        table.run("DELETE FROM t").await;
        add_rows(&mut table, from, 100).await;
        table.sync().await;
    }
    let lake = lake_table(&table).await;
    assert_eq!(files_read(&lake, 550).await, 1, "as they were read");

    let round = table.app.services().upkeep(RetentionSettings::default()).round().await.unwrap();
    assert_eq!(round.tables.compacted_files, 10, "{round:?}");
    table.run("DELETE FROM t").await;
    add_rows(&mut table, 2000, 100).await;
    table.sync().await;
    assert_eq!(files_read(&lake, 2050).await, 1, "put together by upkeep");

    // One row changes: its file is written again without it.
    table.run("DELETE FROM t; INSERT INTO t (c0, id) VALUES (2, 500)").await;
    table.sync().await;
    assert_eq!(files_read(&lake, 2050).await, 1, "merged into");

    table.run("ALTER TABLE t ALTER COLUMN c1 TYPE bigint").await;
    table.sync().await;
    assert_eq!(files_read(&lake, 5000).await, 0, "written again in a wider type");
    assert_every_file_knows_the_key(&lake);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_follows_its_source_to_another_key() {
    let Some(mut table) = Table::with(&wide_table()).await else { return };
    add_rows(&mut table, 0, 10).await;
    table.sync().await;
    let lake = lake_table(&table).await;
    assert!(newest_property(&lake).is_some_and(|columns| columns.ends_with("c31,id")));
    table.set(json!({ "primaryKey": ["c35", "c36"] })).await;
    table.sync().await;
    assert!(newest_property(&lake).is_some_and(|columns| columns.ends_with("c31,c35,c36")));
    table.set(json!({ "primaryKey": ["c1"] })).await;
    table.sync().await;
    assert_eq!(newest_property(&lake), None, "Delta's default is enough");
}

/// What the newest metadata of a table says of the columns with statistics.
fn newest_property(table: &LakeTable) -> Option<String> {
    let folder = table.location().replace("file://", "");
    let mut logs: Vec<_> =
        fs::read_dir(Path::new(&folder).join("_delta_log")).unwrap().map(|entry| entry.unwrap().path()).collect();
    logs.sort();
    let lines = logs.iter().filter_map(|path| fs::read_to_string(path).ok()).collect::<String>();
    let metadata = lines.lines().rfind(|line| line.starts_with("{\"metaData\"")).expect("metadata");
    let metadata: Value = serde_json::from_str(metadata).unwrap();
    metadata["metaData"]["configuration"]["delta.dataSkippingStatsColumns"].as_str().map(str::to_owned)
}
