//! The boundary between two incremental reads: what is in the table already is not appended again.
//!
//! Each incremental read starts a little before the last one ended (`cursor >= last - lookback`), so that rows with an
//! equal cursor and late rows are not lost. Under APPEND the rows that the table has already are dropped by their whole
//! content, counted: if the source has three equal rows and the table two, one is added. The table itself is asked, so
//! there is no second record that could disagree with it.
//!
//! A column that is written otherwise than when the table's rows were read says nothing of whether they are the same: a row
//! that is like none of them as a whole is taken for one that it is like in all other columns. Where that leaves a choice,
//! nobody can know, and the source fails. Where it leaves none, the row of the table may still be one that is gone at the source
//! and the other one new: unless a key says that they are the same, its reader is told.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::{SortOptions, filter_record_batch, sort_limit};
use arrow::row::{RowConverter, SortField};
use futures::StreamExt;
use sha2::{Digest, Sha256};

use super::SourceError;
use super::conform::{Column, Conform};
use super::widen::cast;
use crate::lake::{LakeError, LakeTable, RowRange, TableSnapshot};

/// Bytes that one remembered row takes, roughly.
const ENTRY_BYTES: usize = 64;
/// Rows that may be remembered however small the share of memory is.
const LEAST_ROWS: usize = 500_000;

/// The rows of the table that a read may bring again.
pub(super) struct Boundary {
    table: LakeTable,
    /// The table as it was when the sync came to it: without the rows that the sync itself adds.
    before: TableSnapshot,
    /// The lake's name of the cursor column; `None` where the read brings everything again.
    cursor: Option<String>,
    /// From where on the table's rows are known; nothing is known of lower ones.
    known_from: KnownFrom,
    known: HashMap<Hash, u32>,
    /// Rows that are NULL in all columns that came late, by their other columns: in those they say nothing.
    older: HashMap<Hash, u32>,
    most: usize,
    /// The columns by which rows are compared: one that is gone says nothing about a row.
    all: Columns,
    /// Those that did not come late; `None` where none did.
    early: Option<Columns>,
    late: Vec<usize>,
    /// The rows by those of their columns that are written as ever; `None` where all are.
    alike: Option<Alike>,
}

/// Rows by the columns that are neither late nor recast.
struct Alike {
    columns: Columns,
    groups: HashMap<Hash, Group>,
    /// The columns that are recast, for people.
    recast: String,
    /// Whether rows that are alike have the same key.
    have_one_key: bool,
    doubt: Doubt,
}

/// Whether a row was taken for another that it need not be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubt {
    None,
    Untold,
    Told,
}

/// Rows of the table that are alike.
#[derive(Default)]
struct Group {
    /// How many of them have not come again yet.
    left: u32,
    /// Whether one was taken for a row that is not the same letter by letter.
    is_guessed: bool,
}

/// A row's content, as good as unique.
type Hash = [u8; 16];

/// Columns that make up a row's content.
struct Columns {
    places: Vec<usize>,
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
    /// Of a read whose cursor column is `cursor`; of one that brings everything again without. `key` are the source's names of
    /// the columns that identify a row.
    pub(super) fn new(
        table: LakeTable,
        before: TableSnapshot,
        conform: &Conform,
        cursor: Option<String>,
        key: &[String],
        memory_bytes: usize,
    ) -> Result<Self, SourceError> {
        let shared = conform.shared_with(&before.schema);
        let places = |is_meant: fn(&Column) -> bool| {
            shared.iter().copied().filter(|place| is_meant(&conform.columns[*place])).collect::<Vec<_>>()
        };
        let late = places(|column| column.late);
        let early = if late.is_empty() { None } else { Some(Columns::of(conform, places(|column| !column.late))?) };
        let recast: Vec<&str> = places(|column| column.recast)
            .into_iter()
            .map(|place| conform.columns[place].source_name.as_str())
            .collect();
        let alike = match recast.as_slice() {
            [] => None,
            recast => {
                let compared = places(|column| !column.late && !column.recast);
                let is_compared = |name: &String| compared.iter().any(|at| conform.columns[*at].source_name == *name);
                Some(Alike {
                    have_one_key: !key.is_empty() && key.iter().all(is_compared),
                    columns: Columns::of(conform, compared)?,
                    groups: HashMap::new(),
                    recast: recast.join(", "),
                    doubt: Doubt::None,
                })
            }
        };
        // Values that are written otherwise have another order.
        let goes_by = |cursor: &String| {
            let is_recast = conform.columns.iter().any(|column| column.name == *cursor && column.recast);
            before.schema.field_with_name(cursor).is_ok() && !is_recast
        };
        Ok(Self {
            cursor: cursor.filter(goes_by),
            table,
            before,
            known_from: KnownFrom::Nowhere,
            known: HashMap::new(),
            older: HashMap::new(),
            most: (memory_bytes / ENTRY_BYTES).max(LEAST_ROWS),
            all: Columns::of(conform, places(|_| true))?,
            early,
            late,
            alike,
        })
    }

    /// The rows of a batch that the table does not have.
    pub(super) async fn news(&mut self, batch: RecordBatch, conform: &Conform) -> Result<RecordBatch, SourceError> {
        self.reach(&batch, conform).await?;
        if self.known.is_empty() && self.older.is_empty() {
            return Ok(batch);
        }
        let hashes = self.all.hashes(&batch)?;
        let early = self.early.as_ref().map(|early| early.hashes(&batch)).transpose()?;
        let mut is_new = Vec::with_capacity(hashes.len());
        for (row, hash) in hashes.iter().enumerate() {
            let is_known =
                take(&mut self.known, hash) || early.as_ref().is_some_and(|early| take(&mut self.older, &early[row]));
            is_new.push(!is_known);
        }
        if let Some(alike) = &mut self.alike {
            alike.take(&batch, &mut is_new)?;
        }
        Ok(filter_record_batch(&batch, &BooleanArray::from(is_new))?)
    }

    /// Says once, for people, that rows were taken for those of the table which need not be the same; `None` where none was.
    pub(super) fn doubt(&mut self) -> Option<String> {
        let alike = self.alike.as_mut().filter(|alike| alike.doubt == Doubt::Untold)?;
        alike.doubt = Doubt::Told;
        Some(format!(
            "{} became another type: rows that are like one of the table in all other columns were taken for it and not added; \
             where one of those was deleted at the source and a new one is like it, the new one is missing: read everything once \
             with writeMode OVERWRITE and extractType FULL, or set a primaryKey",
            alike.recast
        ))
    }

    /// Gets to know the table's rows down to the lowest cursor of a batch.
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
        let cursor = self.cursor.as_deref().unwrap_or_default();
        let mut stored = self.table.read_range(&self.before, cursor, range).await?;
        while let Some(batch) = stored.next().await {
            let batch = batch.map_err(|cause| LakeError::storage("read", self.table.location(), cause))?;
            self.remember(&cast(&batch, conform)?)?;
            // A file that lies in memory gives its batches without a pause.
            tokio::task::yield_now().await;
            let alike = self.alike.as_ref().map_or(0, |alike| alike.groups.len());
            if self.known.len() + self.older.len() + alike > self.most {
                let (field, remedy) = match self.cursor {
                    Some(_) => ("lookbackSeconds", "look back less"),
                    None => ("writeMode", "OVERWRITE, or set a cursorField"),
                };
                return Err(SourceError::Settings {
                    field,
                    message: format!(
                        "more than {} rows of the table would have to be compared; set a primaryKey and writeMode \
                         MERGE, or {remedy}",
                        self.most
                    ),
                });
            }
        }
        Ok(())
    }

    fn remember(&mut self, batch: &RecordBatch) -> Result<(), SourceError> {
        let hashes = self.all.hashes(batch)?;
        let early = self.early.as_ref().map(|early| early.hashes(batch)).transpose()?;
        for (row, hash) in hashes.into_iter().enumerate() {
            match &early {
                Some(early) if self.late.iter().all(|place| batch.column(*place).is_null(row)) => {
                    *self.older.entry(early[row]).or_default() += 1;
                }
                _ => *self.known.entry(hash).or_default() += 1,
            }
        }
        let Some(alike) = &mut self.alike else { return Ok(()) };
        for hash in alike.columns.hashes(batch)? {
            alike.groups.entry(hash).or_default().left += 1;
        }
        Ok(())
    }
}

impl Alike {
    /// Takes the rows of a batch that are not new away from those of the table, and finds more that are none.
    fn take(&mut self, batch: &RecordBatch, is_new: &mut [bool]) -> Result<(), SourceError> {
        let hashes = self.columns.hashes(batch)?;
        let mut is_open = false;
        // First those that are the same as a whole, so that no other is taken for theirs.
        for (hash, _) in hashes.iter().zip(is_new.iter()).filter(|(_, is_new)| !**is_new) {
            let Some(group) = self.groups.get_mut(hash) else { continue };
            is_open |= group.left == 0;
            group.left = group.left.saturating_sub(1);
        }
        for (hash, is_new) in hashes.iter().zip(is_new).filter(|(_, is_new)| **is_new) {
            let Some(group) = self.groups.get_mut(hash) else { continue };
            if group.left > 0 {
                group.left -= 1;
                group.is_guessed = true;
                *is_new = false;
                if !self.have_one_key && self.doubt == Doubt::None {
                    self.doubt = Doubt::Untold;
                }
            } else {
                is_open |= group.is_guessed;
            }
        }
        if !is_open {
            return Ok(());
        }
        Err(SourceError::Settings {
            field: "writeMode",
            message: format!(
                "{} became another type, and which rows the table has already cannot be told by the other columns; read \
                 everything once with writeMode OVERWRITE and extractType FULL, or set a primaryKey and writeMode MERGE",
                self.recast
            ),
        })
    }
}

impl Columns {
    fn of(conform: &Conform, places: Vec<usize>) -> Result<Self, SourceError> {
        let field = |place: &usize| SortField::new(conform.schema.field(*place).data_type().clone());
        let rows = RowConverter::new(places.iter().map(field).collect())?;
        Ok(Self { places, rows })
    }

    fn hashes(&self, batch: &RecordBatch) -> Result<Vec<Hash>, SourceError> {
        if self.places.is_empty() {
            return Ok(vec![[0; 16]; batch.num_rows()]);
        }
        let columns: Vec<ArrayRef> = self.places.iter().map(|place| batch.column(*place).clone()).collect();
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

/// Takes one row away from those that are known; `false` where there is none like it.
fn take(known: &mut HashMap<Hash, u32>, hash: &Hash) -> bool {
    let Some(count) = known.get_mut(hash) else { return false };
    *count -= 1;
    if *count == 0 {
        known.remove(hash);
    }
    true
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
