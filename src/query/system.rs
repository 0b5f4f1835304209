//! Tables that are made from rows at hand, or when they are read, such as those of the `system` schema.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{MemTable, Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;

use super::QueryError;
use super::pins::pinned;

/// A table of these rows, for an implementation of [`Tables`](super::Tables) to give.
///
/// # Errors
/// [`QueryError::Internal`] if a batch does not have the schema.
pub fn memory_table(schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<Arc<dyn TableProvider>, QueryError> {
    let table = MemTable::try_new(schema, vec![batches]).map_err(QueryError::internal)?;
    Ok(Arc::new(table))
}

/// Rows that are made when a statement reads them.
#[async_trait]
pub trait LazyRows: Send + Sync {
    /// Their columns.
    fn schema(&self) -> SchemaRef;

    /// The rows, in batches of these columns of the schema, in this order. Rows that lack one of the `pinned` values (a
    /// column's name and what it must be equal to) may be left out.
    ///
    /// # Errors
    /// [`QueryError::Lookup`] where they cannot be made.
    async fn rows(&self, columns: &[usize], pinned: &HashMap<String, String>) -> Result<Vec<RecordBatch>, QueryError>;
}

/// A table of rows that are made on the runtime of whoever calls this, when a statement reads them.
pub fn lazy_table(rows: Arc<dyn LazyRows>) -> Arc<dyn TableProvider> {
    Arc::new(LazyTable { rows, home: Handle::current() })
}

struct LazyTable {
    rows: Arc<dyn LazyRows>,
    home: Handle,
}

impl std::fmt::Debug for LazyTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LazyTable").finish_non_exhaustive()
    }
}

#[async_trait]
impl TableProvider for LazyTable {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let schema = self.rows.schema();
        let columns = projection.cloned().unwrap_or_else(|| (0..schema.fields().len()).collect());
        let projected = Arc::new(schema.project(&columns)?);
        let pinned = pinned(filters);
        let rows = Arc::clone(&self.rows);
        let made = self.home.spawn(async move { rows.rows(&columns, &pinned).await });
        let made = AbortOnDropHandle::new(made).await.map_err(QueryError::internal).flatten();
        let made = made.map_err(|error| DataFusionError::External(Box::new(error)))?;
        let table = MemTable::try_new(projected, vec![made])?;
        table.scan(session, None, &[], limit).await
    }
}
