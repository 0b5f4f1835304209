//! Tables in memory, which statements see as they see those of the lake.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::TableProvider;

use crate::query::{QueryError, Tables, memory_table};

/// Rows with their columns.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) schema: SchemaRef,
    pub(super) batches: Vec<RecordBatch>,
}

impl Rows {
    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.batches.iter().map(|batch| batch.num_rows() as u64).sum()
    }

    /// The names of their columns.
    pub(super) fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }
}

/// Tables by schema and name.
#[derive(Default)]
pub(super) struct Shelf(Mutex<BTreeMap<(String, String), Rows>>);

impl Shelf {
    /// Puts a table there.
    pub(super) fn put(&self, schema: &str, name: &str, rows: Rows) {
        self.tables().insert((schema.to_owned(), name.to_owned()), rows);
    }

    fn tables(&self) -> MutexGuard<'_, BTreeMap<(String, String), Rows>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Tables for Shelf {
    async fn schemas(&self) -> Result<Vec<String>, QueryError> {
        let mut schemas: Vec<String> = self.tables().keys().map(|(schema, _)| schema.clone()).collect();
        schemas.dedup();
        Ok(schemas)
    }

    async fn names(&self, schema: &str) -> Result<Vec<String>, QueryError> {
        Ok(self.tables().keys().filter(|(of, _)| of == schema).map(|(_, name)| name.clone()).collect())
    }

    async fn table(&self, schema: &str, name: &str) -> Result<Option<Arc<dyn TableProvider>>, QueryError> {
        let rows = self.tables().get(&(schema.to_owned(), name.to_owned())).cloned();
        rows.map(|rows| memory_table(rows.schema, rows.batches)).transpose()
    }
}
