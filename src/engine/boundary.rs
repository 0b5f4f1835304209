//! The boundary between two incremental reads: what is in the table already is not appended again.
//!
//! Each incremental read starts a little before the last one ended (`cursor >= last - lookback`), so that rows with an
//! equal cursor and late rows are not lost. Under APPEND the rows that the table has already are dropped by their whole
//! content, counted: if the source has three equal rows and the table two, one is added. The table itself is asked, so
//! there is no second record that could disagree with it.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::{SortOptions, filter_record_batch, sort_limit};
use arrow::row::{RowConverter, SortField};
use futures::StreamExt;
use sha2::{Digest, Sha256};

use super::SourceError;
use super::conform::Conform;
use super::widen::cast;
use crate::lake::{LakeError, LakeTable};

/// Bytes that one remembered row takes, roughly.
const ENTRY_BYTES: usize = 64;

/// The rows of the table from the boundary on.
pub(super) struct Boundary {
    known: HashMap<[u8; 16], u32>,
    rows: RowConverter,
}

impl Boundary {
    /// Remembers the table's rows whose cursor is not lower than that of any row in `first`, the first batch of a
    /// read in cursor order, and those without a cursor, which every read brings again.
    pub(super) async fn load(
        table: &LakeTable,
        conform: &Conform,
        cursor: &str,
        first: &RecordBatch,
        memory_bytes: usize,
    ) -> Result<Self, SourceError> {
        let fields = conform.schema.fields().iter().map(|field| SortField::new(field.data_type().clone())).collect();
        let mut boundary = Self { known: HashMap::new(), rows: RowConverter::new(fields)? };
        let Some(values) = first.column_by_name(cursor) else { return Ok(boundary) };
        let mut stored = table.read_since(cursor, lowest(values)?).await?;
        while let Some(batch) = stored.next().await {
            let batch = batch.map_err(|cause| LakeError::storage("read", table.location(), cause))?;
            for hash in boundary.hashes(&cast(&batch, conform)?)? {
                *boundary.known.entry(hash).or_default() += 1;
            }
            if boundary.known.len() > memory_bytes / ENTRY_BYTES {
                return Err(SourceError::Settings {
                    field: "lookbackSeconds",
                    message: format!(
                        "more than {} rows lie at the boundary; set a primaryKey and writeMode MERGE, or look back less",
                        boundary.known.len()
                    ),
                });
            }
        }
        Ok(boundary)
    }

    /// The rows of a batch that the table does not have.
    pub(super) fn news(&mut self, batch: RecordBatch) -> Result<RecordBatch, SourceError> {
        if self.known.is_empty() {
            return Ok(batch);
        }
        let hashes = self.hashes(&batch)?;
        let is_new: BooleanArray = hashes
            .into_iter()
            .map(|hash| match self.known.get_mut(&hash) {
                Some(count) if *count > 1 => {
                    *count -= 1;
                    Some(false)
                }
                Some(_) => {
                    self.known.remove(&hash);
                    Some(false)
                }
                None => Some(true),
            })
            .collect();
        Ok(filter_record_batch(&batch, &is_new)?)
    }

    fn hashes(&self, batch: &RecordBatch) -> Result<Vec<[u8; 16]>, SourceError> {
        let rows = self.rows.convert_columns(batch.columns())?;
        Ok(rows
            .iter()
            .map(|row| {
                let digest = Sha256::digest(row.as_ref());
                let mut hash = [0; 16];
                hash.copy_from_slice(&digest[..16]);
                hash
            })
            .collect())
    }
}

/// The lowest value that is not NULL, as an array of one; `None` where all are NULL.
fn lowest(values: &ArrayRef) -> Result<Option<ArrayRef>, SourceError> {
    let order = SortOptions { descending: false, nulls_first: false };
    let lowest = sort_limit(values, Some(order), Some(1))?;
    Ok((lowest.len() == 1 && lowest.is_valid(0)).then_some(lowest))
}
