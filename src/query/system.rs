//! Tables that are made from rows at hand, such as those of the `system` schema.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::{MemTable, TableProvider};

use super::QueryError;

/// A table of these rows, for an implementation of [`Tables`](super::Tables) to give.
///
/// # Errors
/// [`QueryError::Internal`] if a batch does not have the schema.
pub fn memory_table(schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<Arc<dyn TableProvider>, QueryError> {
    let table = MemTable::try_new(schema, vec![batches]).map_err(QueryError::internal)?;
    Ok(Arc::new(table))
}
