//! The boundary between two incremental reads: what is in the table already is not appended again.
//!
//! Each incremental read starts a little before the last one ended (`cursor >= last - lookback`), so that rows with an
//! equal cursor and late rows are not lost. Under APPEND the rows that the table has already are dropped by their whole
//! content, counted: if the source has three equal rows and the table two, one is added. The table itself is asked, so
//! there is no second record that could disagree with it.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::{SortOptions, filter_record_batch, sort_limit};
use arrow::datatypes::Schema;
use arrow::row::{RowConverter, SortField};
use futures::StreamExt;
use sha2::{Digest, Sha256};

use super::SourceError;
use super::conform::Conform;
use super::widen::cast;
use crate::lake::{LakeError, LakeTable, RowRange};

/// Bytes that one remembered row takes, roughly.
const ENTRY_BYTES: usize = 64;

/// The rows of the table that a read may bring again.
pub(super) struct Boundary {
    table: LakeTable,
    /// The lake's name of the cursor column; `None` where the read brings everything again.
    cursor: Option<String>,
    /// From where on the table's rows are known; nothing is known of lower ones.
    known_from: KnownFrom,
    known: HashMap<[u8; 16], u32>,
    most: usize,
    /// The columns by which rows are compared: a column that is new or gone says nothing about a row.
    columns: Vec<usize>,
    rows: RowConverter,
}

enum KnownFrom {
    /// Nothing is known yet.
    Nowhere,
    /// The rows without a cursor.
    Nulls,
    /// Those, and the rows from this value on.
    Value(ArrayRef),
    /// All rows.
    Start,
}

impl Boundary {
    /// Of a read whose cursor column is `cursor`; of one that brings everything again without.
    pub(super) fn new(
        table: LakeTable,
        conform: &Conform,
        before: &Schema,
        cursor: Option<String>,
        memory_bytes: usize,
    ) -> Result<Self, SourceError> {
        let columns = conform.shared_with(before);
        let field = |index: &usize| SortField::new(conform.schema.field(*index).data_type().clone());
        let rows = RowConverter::new(columns.iter().map(field).collect())?;
        let most = memory_bytes / ENTRY_BYTES;
        Ok(Self { table, cursor, known_from: KnownFrom::Nowhere, known: HashMap::new(), most, columns, rows })
    }

    /// The rows of a batch that the table does not have.
    pub(super) async fn news(&mut self, batch: RecordBatch, conform: &Conform) -> Result<RecordBatch, SourceError> {
        self.reach(&batch, conform).await?;
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

    /// Gets to know the table's rows down to the lowest cursor of a batch. Rows that this very read appended are never
    /// among them: their cursors were reached before they were appended.
    async fn reach(&mut self, batch: &RecordBatch, conform: &Conform) -> Result<(), SourceError> {
        let values = self.cursor.as_ref().and_then(|cursor| batch.column_by_name(cursor));
        let Some(values) = values else {
            if matches!(self.known_from, KnownFrom::Nowhere) {
                self.learn(RowRange::All, conform).await?;
                self.known_from = KnownFrom::Start;
            }
            return Ok(());
        };
        if matches!(self.known_from, KnownFrom::Nowhere) {
            self.learn(RowRange::Null, conform).await?;
            self.known_from = KnownFrom::Nulls;
        }
        let Some(lowest) = lowest(values)? else { return Ok(()) };
        let below = match &self.known_from {
            KnownFrom::Start => return Ok(()),
            KnownFrom::Value(known) if !is_lower(&lowest, known)? => return Ok(()),
            KnownFrom::Value(known) => Some(known.clone()),
            KnownFrom::Nowhere | KnownFrom::Nulls => None,
        };
        self.learn(RowRange::From { lowest: lowest.clone(), below }, conform).await?;
        self.known_from = KnownFrom::Value(lowest);
        Ok(())
    }

    async fn learn(&mut self, range: RowRange, conform: &Conform) -> Result<(), SourceError> {
        let mut stored = self.table.read_range(self.cursor.as_deref().unwrap_or_default(), range).await?;
        while let Some(batch) = stored.next().await {
            let batch = batch.map_err(|cause| LakeError::storage("read", self.table.location(), cause))?;
            for hash in self.hashes(&cast(&batch, conform)?)? {
                *self.known.entry(hash).or_default() += 1;
            }
            if self.known.len() > self.most {
                return Err(SourceError::Settings {
                    field: "lookbackSeconds",
                    message: format!(
                        "more than {} rows lie at the boundary; set a primaryKey and writeMode MERGE, or look back less",
                        self.most
                    ),
                });
            }
        }
        Ok(())
    }

    fn hashes(&self, batch: &RecordBatch) -> Result<Vec<[u8; 16]>, SourceError> {
        let columns: Vec<ArrayRef> = self.columns.iter().map(|index| batch.column(*index).clone()).collect();
        let rows = self.rows.convert_columns(&columns)?;
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

fn is_lower(one: &ArrayRef, other: &ArrayRef) -> Result<bool, SourceError> {
    let order = RowConverter::new(vec![SortField::new(one.data_type().clone())])?;
    let one = order.convert_columns(std::slice::from_ref(one))?;
    let other = order.convert_columns(std::slice::from_ref(other))?;
    Ok(one.row(0) < other.row(0))
}
