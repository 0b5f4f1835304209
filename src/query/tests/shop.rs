//! A small shop in memory, and an engine to query it with.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use tempfile::TempDir;

use crate::query::{QueryEngine, QueryError, QueryOutput, QuerySettings, Tables, memory_table};

/// Tables by schema and name that count how often one was opened.
#[derive(Default)]
pub(super) struct Shop {
    tables: Mutex<BTreeMap<(String, String), RecordBatch>>,
    pub(super) opened: AtomicUsize,
}

impl Shop {
    pub(super) fn with(self, schema: &str, name: &str, rows: RecordBatch) -> Self {
        self.tables.lock().unwrap().insert((schema.to_owned(), name.to_owned()), rows);
        self
    }

    /// Two schemas, three tables.
    pub(super) fn stocked() -> Self {
        let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let names: ArrayRef = Arc::new(StringArray::from(vec![Some("Ada"), Some("Grace"), None]));
        let documents: ArrayRef =
            Arc::new(StringArray::from(vec![r#"{"city":"London","age":36}"#, r#"{"city":"New York"}"#, "{}"]));
        let customers =
            RecordBatch::try_from_iter([("id", Arc::clone(&ids)), ("name", names), ("document", documents)]).unwrap();
        let amounts = Decimal128Array::from(vec![Some(1250), Some(-5), None]).with_precision_and_scale(12, 2).unwrap();
        let amounts: ArrayRef = Arc::new(amounts);
        let orders =
            RecordBatch::try_from_iter([("id", Arc::clone(&ids)), ("customer_id", ids), ("amount", amounts)]).unwrap();
        Self::default().with("crm", "customers", customers.clone()).with("shop", "orders", orders).with(
            "shop",
            "Mixed Case",
            customers,
        )
    }
}

#[async_trait]
impl Tables for Shop {
    async fn schemas(&self) -> Result<Vec<String>, QueryError> {
        let tables = self.tables.lock().unwrap();
        let mut schemas: Vec<String> = tables.keys().map(|(schema, _)| schema.clone()).collect();
        schemas.dedup();
        Ok(schemas)
    }

    async fn names(&self, schema: &str) -> Result<Vec<String>, QueryError> {
        let tables = self.tables.lock().unwrap();
        Ok(tables.keys().filter(|(of, _)| of == schema).map(|(_, name)| name.clone()).collect())
    }

    async fn table(&self, schema: &str, name: &str) -> Result<Option<Arc<dyn TableProvider>>, QueryError> {
        let rows = self.tables.lock().unwrap().get(&(schema.to_owned(), name.to_owned())).cloned();
        let Some(rows) = rows else { return Ok(None) };
        self.opened.fetch_add(1, Ordering::Relaxed);
        memory_table(rows.schema(), vec![rows]).map(Some)
    }
}

/// An engine with its spill folder, and the tables that it is asked about.
pub(super) struct Desk {
    pub(super) engine: QueryEngine,
    pub(super) shop: Arc<Shop>,
    _folder: TempDir,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self::over(Shop::stocked(), QuerySettings::default())
    }

    pub(super) fn over(shop: Shop, settings: QuerySettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let engine = QueryEngine::new(settings, &folder.path().join("spill")).unwrap();
        Self { engine, shop: Arc::new(shop), _folder: folder }
    }

    pub(super) fn tables(&self) -> Arc<dyn Tables> {
        Arc::clone(&self.shop) as _
    }

    pub(super) async fn run(&self, sql: &str) -> Result<QueryOutput, QueryError> {
        self.engine.run(self.tables(), sql, 1000, 0).await
    }

    /// The rows as one line of JSON.
    pub(super) async fn rows(&self, sql: &str) -> String {
        match self.run(sql).await {
            Ok(output) => serde_json::to_string(&output.rows).unwrap(),
            Err(error) => panic!("{sql}: {error}: {error:?}"),
        }
    }

    pub(super) async fn error(&self, sql: &str) -> QueryError {
        match self.run(sql).await {
            Ok(output) => panic!("{sql} gave {:?}", output.rows),
            Err(error) => error,
        }
    }
}
