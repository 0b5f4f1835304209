//! Queries over a lake table, as they are in production.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use futures::TryStreamExt;

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
    let rows = RecordBatch::try_from_iter(columns).unwrap();
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
