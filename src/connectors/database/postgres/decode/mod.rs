//! Rows of a binary COPY, decoded in place into Arrow columns.

mod column;
mod values;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, Schema, SchemaRef};

use self::column::Builder;
use super::columns::Plan;
use crate::sdk::{ConnectorError, RejectedValue};

/// What a binary COPY starts with.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Offsets of 32 bits hold this and one more row of a gigabyte.
const MOST_BATCH_BYTES: usize = 512 * 1024 * 1024;

/// The bytes are not what the protocol says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Malformed;

/// How many values of a column became NULL, by reason.
type Rejections = BTreeMap<&'static str, u64>;

/// Takes the rows of a COPY and gives batches.
pub(super) struct Decoder {
    place: String,
    schema: SchemaRef,
    columns: Vec<ColumnDecoder>,
    rows: usize,
    bytes: usize,
    batch_bytes: usize,
    is_header_read: bool,
}

struct ColumnDecoder {
    builder: Builder,
    rejections: Rejections,
}

impl Decoder {
    /// A decoder of rows with these columns; `place` is the relation, for errors.
    pub(super) fn new(place: &str, schema: SchemaRef, plans: &[Plan], batch_bytes: usize) -> Self {
        let columns = plans
            .iter()
            .map(|plan| ColumnDecoder { builder: Builder::new(&plan.form, 0), rejections: Rejections::new() });
        Self {
            place: place.to_owned(),
            schema,
            columns: columns.collect(),
            rows: 0,
            bytes: 0,
            batch_bytes: batch_bytes.clamp(1, MOST_BATCH_BYTES),
            is_header_read: false,
        }
    }

    /// Another COPY begins.
    pub(super) fn begin_copy(&mut self) {
        self.is_header_read = false;
    }

    /// Takes one message of a COPY, which holds whole rows. Says whether a batch is full.
    ///
    /// # Errors
    /// `Protocol` where it is not what the columns say.
    pub(super) fn take(&mut self, message: &[u8]) -> Result<bool, ConnectorError> {
        self.take_rows(message).map_err(|Malformed| ConnectorError::Protocol {
            message: format!("{}: the server sent rows that do not have the columns asked for", self.place),
            cause: None,
        })?;
        Ok(self.bytes >= self.batch_bytes)
    }

    /// Whether rows were taken that no batch holds yet.
    pub(super) fn has_rows(&self) -> bool {
        self.rows > 0
    }

    /// The rows taken so far as a batch.
    ///
    /// # Errors
    /// `Data` where a text is not UTF-8, though the server says so.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ConnectorError> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (column, field) in self.columns.iter_mut().zip(self.schema.fields()) {
            let array = column.builder.finish(&mut column.rejections).map_err(|error| ConnectorError::Data {
                place: format!("{}, column {}", self.place, field.name()),
                message: "holds values that cannot be read".to_owned(),
                cause: Some(error.into()),
            })?;
            arrays.push(array);
        }
        self.allow_nulls_in(&arrays);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options).map_err(|error| {
            ConnectorError::Data {
                place: self.place.clone(),
                message: "the rows do not fit the columns".to_owned(),
                cause: Some(error.into()),
            }
        })
    }

    /// Not every NOT NULL is enforced: a partition may be a foreign table.
    fn allow_nulls_in(&mut self, arrays: &[ArrayRef]) {
        let holds_null = |(field, array): (&Arc<Field>, &ArrayRef)| !field.is_nullable() && array.null_count() > 0;
        if !self.schema.fields().iter().zip(arrays).any(holds_null) {
            return;
        }
        let fields = self.schema.fields().iter().zip(arrays).map(|(field, array)| {
            let is_nullable = field.is_nullable() || array.null_count() > 0;
            field.as_ref().clone().with_nullable(is_nullable)
        });
        self.schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    }

    /// What became NULL since this was last asked.
    pub(super) fn take_rejections(&mut self) -> Vec<RejectedValue> {
        let mut found = Vec::new();
        for (column, field) in self.columns.iter_mut().zip(self.schema.fields()) {
            for (reason, count) in std::mem::take(&mut column.rejections) {
                found.push(RejectedValue { column: field.name().clone(), reason: reason.to_owned(), count });
            }
        }
        found
    }

    fn take_rows(&mut self, message: &[u8]) -> Result<(), Malformed> {
        let mut rest = message;
        if !self.is_header_read {
            rest = rest.strip_prefix(SIGNATURE).ok_or(Malformed)?;
            let (_flags, after) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
            let (extension, after) = after.split_first_chunk::<4>().ok_or(Malformed)?;
            rest = after.get(u32::from_be_bytes(*extension) as usize..).ok_or(Malformed)?;
            self.is_header_read = true;
        }
        // A NULL is nothing on the line and a whole value in memory.
        self.bytes += message.len();
        while let Some((count, after)) = rest.split_first_chunk::<2>() {
            let count = i16::from_be_bytes(*count);
            rest = after;
            if count == -1 {
                break;
            }
            if usize::try_from(count) != Ok(self.columns.len()) {
                return Err(Malformed);
            }
            for column in &mut self.columns {
                let (length, after) = rest.split_first_chunk::<4>().ok_or(Malformed)?;
                let length = i32::from_be_bytes(*length);
                if length < 0 {
                    column.builder.append_null();
                    self.bytes += column.builder.null_bytes();
                    rest = after;
                    continue;
                }
                let (value, after) = after.split_at_checked(length.unsigned_abs() as usize).ok_or(Malformed)?;
                column.builder.append(value, &mut column.rejections)?;
                rest = after;
            }
            self.rows += 1;
        }
        if rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }
}
