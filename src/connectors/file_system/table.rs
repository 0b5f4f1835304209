//! What all formats have in common: a table that is read from front to back, chunk by chunk.

use std::collections::HashSet;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};

use crate::sdk::{ConnectorError, EventLevel, RejectedRow, RejectedValue, names};

/// The longest row of a text file. A longer one is rejected, so that a quote that is never closed cannot fill the memory.
pub(super) const MAX_ROW_BYTES: usize = 16 << 20;
/// The most columns of one table.
pub(super) const MAX_COLUMNS: usize = 4096;
/// How many rejected rows are gathered before they are handed on.
pub(super) const MAX_REJECTED: usize = 500;
/// How much of a rejected row is kept.
const MAX_REJECTED_BYTES: usize = 64 << 10;

/// Where a table's reader stands, so that another one can go on there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Position {
    /// Rows of the file so far, rejected ones too.
    pub(super) rows: u64,
    /// Bytes of the unpacked file so far, for formats that can go on from there.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub(super) offset: u64,
    /// Lines so far.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub(super) lines: u64,
    /// Columns that were met after the sample, with the names of their types.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub(super) added: Vec<(String, String)>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A piece of a table.
#[derive(Debug)]
pub(super) struct Chunk {
    pub(super) batch: RecordBatch,
    pub(super) rejected_rows: Vec<RejectedRow>,
    pub(super) rejected_values: Vec<RejectedValue>,
    pub(super) logs: Vec<(EventLevel, String)>,
    /// Where the reader stands after this chunk.
    pub(super) position: Position,
    /// How much of the table is done, 0 to 1, where its rows and the position in the file do not tell.
    pub(super) fraction: Option<f64>,
}

impl Chunk {
    /// Rows and nothing else.
    pub(super) fn of_rows(batch: RecordBatch, rows: u64) -> Self {
        Self {
            batch,
            rejected_rows: Vec::new(),
            rejected_values: Vec::new(),
            logs: Vec::new(),
            position: Position { rows, ..Position::default() },
            fraction: None,
        }
    }
}

/// A table of one file, read from front to back on a blocking thread.
pub(super) trait Table: Send {
    /// The columns of the next chunks.
    fn schema(&self) -> SchemaRef;

    /// The columns that the file's beginning shows: the same whenever this version of the file is opened, wherever
    /// its reader stands.
    fn sampled_schema(&self) -> SchemaRef {
        self.schema()
    }

    /// The columns, with those that an earlier read of this version of the file met after its beginning.
    fn schema_with(&self, _added: &[(String, String)]) -> SchemaRef {
        self.schema()
    }

    /// How many rows there are in all, where the format tells.
    fn total_rows(&self) -> Option<u64> {
        None
    }

    /// Reads on to the last row, in chunks of about `batch_bytes`. A failure comes after the rows before it.
    ///
    /// # Errors
    /// What reading ran into, and what `emit` said.
    fn read(&mut self, batch_bytes: usize, emit: &mut Emit<'_>) -> Result<(), Halt>;
}

/// Takes the chunks of a table.
pub(super) type Emit<'a> = dyn FnMut(Chunk) -> Result<(), Halt> + 'a;

/// Why a table is not read on.
#[derive(Debug)]
pub(super) enum Halt {
    /// Nobody takes its chunks any more.
    Stopped,
    Failed(ConnectorError),
}

impl From<ConnectorError> for Halt {
    fn from(error: ConnectorError) -> Self {
        Self::Failed(error)
    }
}

/// A rejected row, its text cut to what is worth keeping.
pub(super) fn rejected(position: String, reason: String, row: &[u8]) -> RejectedRow {
    let kept = &row[..row.len().min(MAX_REJECTED_BYTES)];
    let mut text = String::from_utf8_lossy(kept).into_owned();
    if kept.len() < row.len() {
        text.push('…');
    }
    RejectedRow { position, reason, row: text }
}

/// Names for the columns of a header: those without one are `column_N`, a repeated one gets `_2`, `_3` …
pub(super) fn unique_names(header: Vec<String>) -> Vec<String> {
    let mut taken = HashSet::with_capacity(header.len());
    let mut unique = Vec::with_capacity(header.len());
    for (index, name) in header.into_iter().enumerate() {
        let name = if name.is_empty() { format!("column_{}", index + 1) } else { name };
        let name = names::unique(name, |name| taken.contains(name));
        taken.insert(name.clone());
        unique.push(name);
    }
    unique
}

/// Why a row is no text: `at` is the place of its first wrong byte.
pub(super) fn not_utf8(raw: &[u8], at: usize, encoding: &str) -> String {
    if encoding == "UTF-8" {
        let byte = raw.get(at).copied().unwrap_or_default();
        format!("byte 0x{byte:02X} at place {at} of the row is not UTF-8; set `encoding`, for example windows-1252")
    } else {
        format!("place {at} of the row holds bytes that {encoding} does not allow")
    }
}
