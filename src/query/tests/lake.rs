//! Queries over a lake table, as they are in production.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Decimal128Array, Float32Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use futures::TryStreamExt;

use super::shop::{Desk, Shop};
use crate::lake::{Commit, CommitMode, Lake, LakeTable, WriterOptions};
use crate::query::{ExportFormat, QueryEngine, QueryError, QuerySettings, Tables, export};

/// One lake table as `shop.orders`.
struct OneTable(LakeTable);

#[async_trait]
impl Tables for OneTable {
    async fn schemas(&self) -> Result<Vec<String>, QueryError> {
        Ok(vec!["shop".to_owned()])
    }

    async fn names(&self, _: &str) -> Result<Vec<String>, QueryError> {
        Ok(vec!["orders".to_owned()])
    }

    async fn table(&self, _: &str, name: &str) -> Result<Option<Arc<dyn TableProvider>>, QueryError> {
        if name != "orders" {
            return Ok(None);
        }
        let opened = self.0.provider().await;
        opened.map(Some).map_err(|error| QueryError::Lookup { what: name.to_owned(), cause: error.into() })
    }
}

async fn put(table: &LakeTable, sequence: i64, ids: std::ops::Range<i64>) {
    let amounts = Decimal128Array::from_iter_values(ids.clone().map(|id| i128::from(id) * 25));
    let columns: [(&str, ArrayRef); 3] = [
        ("id", Arc::new(Int64Array::from_iter_values(ids.clone()))),
        ("city", Arc::new(StringArray::from_iter_values(ids.map(|id| format!("city {}", id % 3))))),
        ("amount", Arc::new(amounts.with_precision_and_scale(12, 2).unwrap())),
    ];
    put_rows(table, sequence, RecordBatch::try_from_iter(columns).unwrap()).await;
}

async fn put_rows(table: &LakeTable, sequence: i64, rows: RecordBatch) {
    let schema = rows.schema();
    let mut writer = table.writer(rows.schema(), WriterOptions::default()).unwrap();
    writer.write(rows).await.unwrap();
    let commit = Commit {
        app_id: "src_1".to_owned(),
        sequence,
        expected_sequence: (sequence > 1).then_some(sequence - 1),
        mode: CommitMode::Append,
        schema,
        added: writer.close().await.unwrap(),
        statistics_columns: Vec::new(),
        details: serde_json::Map::new(),
    };
    table.commit(commit).await.unwrap();
}

#[tokio::test]
async fn a_lake_table_is_queried_and_downloaded() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().join("lake").to_str().unwrap(), HashMap::new()).unwrap();
    let table = lake.table("shop/orders");
    put(&table, 1, 0..600).await;
    put(&table, 2, 600..1_000).await;
    let engine = QueryEngine::new(QuerySettings::default(), &folder.path().join("spill")).unwrap();
    let tables: Arc<dyn Tables> = Arc::new(OneTable(table.clone()));

    let sql = "SELECT city, count(*) AS orders, sum(amount) AS amount FROM shop.orders GROUP BY city ORDER BY city";
    let output = engine.run(Arc::clone(&tables), sql, 10, 0).await.unwrap();
    assert_eq!(
        serde_json::to_string(&output.rows).unwrap(),
        r#"[["city 0",334,"41708.25"],["city 1",333,"41541.75"],["city 2",333,"41625.00"]]"#
    );
    assert_eq!(output.columns[2].data_type, "decimal(22,2)");

    let page = engine.run(Arc::clone(&tables), "SELECT id FROM shop.orders ORDER BY id", 2, 700).await.unwrap();
    assert_eq!(serde_json::to_string(&page.rows).unwrap(), "[[700],[701]]");
    assert!(page.truncated);

    put(&table, 3, 1_000..1_001).await;
    let rows = engine.stream(tables, "SELECT id FROM shop.orders").await.unwrap();
    let file: Vec<bytes::Bytes> = export(rows, ExportFormat::Csv).try_collect().await.unwrap();
    assert_eq!(file.concat().iter().filter(|byte| **byte == b'\n').count(), 1_002, "the newest version is read");
}

/// Rows whose bounds are easily got wrong; file `0` has the first half of them, file `1` the others.
fn edges(file: usize) -> RecordBatch {
    let long = "ž".repeat(40);
    let texts = [format!("{long}a"), format!("{long}b"), format!("{long}c"), format!("{long}\u{10ffff}")];
    let wide = 10_i128.pow(37);
    let decimals = [wide + 1, wide + 2, wide + 3, wide + 4];
    let moments = [1_700_000_000_000_001, 1_700_000_000_000_002, 1_700_000_000_000_999, 1_700_000_000_001_001];
    let pick = |values: &[i64; 4]| values[2 * file..2 * file + 2].to_vec();
    let doubles = if file == 0 { [5.0, f64::NAN] } else { [-0.0, f64::NEG_INFINITY] };
    let columns: [(&str, ArrayRef); 7] = [
        ("id", Arc::new(Int64Array::from_iter_values(pick(&[1, 2, 3, 4])))),
        ("t", Arc::new(StringArray::from_iter_values(texts.iter().skip(2 * file).take(2)))),
        (
            "d",
            Arc::new(
                Decimal128Array::from_iter_values(decimals.into_iter().skip(2 * file).take(2))
                    .with_precision_and_scale(38, 10)
                    .unwrap(),
            ),
        ),
        ("at", Arc::new(TimestampMicrosecondArray::from_iter_values(pick(&moments)).with_timezone("UTC"))),
        ("local", Arc::new(TimestampMicrosecondArray::from_iter_values(pick(&moments)))),
        ("f", Arc::new(Float64Array::from(doubles.to_vec()))),
        ("r", Arc::new(Float32Array::from_iter_values(doubles.iter().map(|double| *double as f32)))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, true))).unwrap()
}

#[tokio::test]
async fn passing_over_files_loses_no_row() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().join("lake").to_str().unwrap(), HashMap::new()).unwrap();
    let table = lake.table("shop/edges");
    put_rows(&table, 1, edges(0)).await;
    put_rows(&table, 2, edges(1)).await;
    let engine = QueryEngine::new(QuerySettings::default(), &folder.path().join("spill")).unwrap();
    let tables: Arc<dyn Tables> = Arc::new(OneTable(table));
    let both = arrow::compute::concat_batches(&edges(0).schema(), &[edges(0), edges(1)]).unwrap();
    let in_memory = Desk::over(Shop::stocked().with("shop", "orders", both), QuerySettings::default());

    let long = "ž".repeat(40);
    let mut found = 0;
    for condition in [
        format!("t = '{long}c'"),
        format!("t > '{long}c'"),
        format!("t >= '{long}b' AND t < '{long}d'"),
        format!("t LIKE '{long}_'"),
        "d = '1000000000000000000000000000.0000000002'::decimal(38,10)".to_owned(),
        "d > '1000000000000000000000000000.0000000003'::decimal(38,10)".to_owned(),
        "d <= '1000000000000000000000000000.0000000001'::decimal(38,10)".to_owned(),
        "at = timestamp '2023-11-14T22:13:20.000002Z'".to_owned(),
        "at > timestamp '2023-11-14T22:13:20.000999Z'".to_owned(),
        "at >= timestamp '2023-11-14T22:13:20.001001Z'".to_owned(),
        "local = timestamp '2023-11-14T22:13:20.000999'".to_owned(),
        "local < timestamp '2023-11-14T22:13:20.000002'".to_owned(),
        "f > 100".to_owned(),
        "f = 'NaN'::double".to_owned(),
        "f < 0".to_owned(),
        "f <> 5".to_owned(),
        "r > 100".to_owned(),
        "r = 'NaN'::real".to_owned(),
        "id + 1 > 4".to_owned(),
        "-id < -3".to_owned(),
        "id * 2 IN (2, 8)".to_owned(),
    ] {
        let sql = format!("SELECT id FROM shop.orders WHERE {condition} ORDER BY id");
        let output =
            engine.run(Arc::clone(&tables), &sql, 10, 0).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        assert_eq!(serde_json::to_string(&output.rows).unwrap(), in_memory.rows(&sql).await, "{condition}");
        found += output.rows.len();
    }
    assert!(found > 21, "{found} rows");
}

#[tokio::test]
async fn files_are_passed_over_for_integers_even_so() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path().join("lake").to_str().unwrap(), HashMap::new()).unwrap();
    let table = lake.table("shop/orders");
    put(&table, 1, 0..600).await;
    put(&table, 2, 600..1_000).await;
    let engine = QueryEngine::new(QuerySettings::default(), &folder.path().join("spill")).unwrap();
    let tables: Arc<dyn Tables> = Arc::new(OneTable(table.clone()));
    // The file that the condition leaves out is gone, and nobody misses it.
    let first = table.snapshot().await.unwrap().unwrap().file_list();
    let first = first.iter().find(|file| file.rows == Some(600)).unwrap();
    std::fs::remove_file(folder.path().join("lake/shop/orders").join(&first.path)).unwrap();
    let sql = "SELECT count(*) FROM shop.orders WHERE id > 500 + 99";
    let output = engine.run(Arc::clone(&tables), sql, 10, 0).await.unwrap();
    assert_eq!(serde_json::to_string(&output.rows).unwrap(), "[[400]]");
    assert!(engine.run(tables, "SELECT sum(id) FROM shop.orders", 10, 0).await.is_err());
}
