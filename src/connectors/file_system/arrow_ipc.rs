//! Arrow IPC, as a file or as a stream. A batch of the file is in memory whole, and is handed on in pieces.
//!
//! Of the [canonical extension types](https://arrow.apache.org/docs/format/CanonicalExtensions.html), `arrow.uuid` is read as
//! text, as the UUIDs of databases are, and `arrow.bool8` as what it means. The others are read as what they are stored in.

use std::io::{BufReader, Read, Seek};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Int8Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};

use super::failure;
use super::leaves::{self, UUID_BYTES};
use super::table::{Chunk, Emit, Halt, Position, Table, unique_names};
use crate::sdk::ConnectorError;

/// How an Arrow file begins; a stream has no such mark.
pub(super) const FILE_MARK: &[u8] = b"ARROW1";

/// An Arrow file or stream, from front to back.
pub(super) struct ArrowIpc {
    name: String,
    schema: SchemaRef,
    batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    /// Batches of a file; a stream does not tell.
    total_batches: Option<usize>,
    /// Rows that were read before and are passed over.
    skipped: u64,
}

impl ArrowIpc {
    /// Stands before the first row of a file, or at `position`.
    pub(super) fn file(
        name: &str,
        bytes: impl Read + Seek + Send + 'static,
        position: Option<&Position>,
    ) -> Result<Self, ConnectorError> {
        let reader =
            FileReader::try_new(BufReader::new(bytes), None).map_err(|error| failure::of_format(name, error))?;
        let total = reader.num_batches();
        Ok(Self::new(name, &reader.schema(), Some(total), position, Box::new(reader)))
    }

    /// Stands before the first row of a stream, or at `position`.
    pub(super) fn stream(
        name: &str,
        bytes: impl Read + Send + 'static,
        position: Option<&Position>,
    ) -> Result<Self, ConnectorError> {
        let reader =
            StreamReader::try_new(BufReader::new(bytes), None).map_err(|error| failure::of_format(name, error))?;
        Ok(Self::new(name, &reader.schema(), None, position, Box::new(reader)))
    }

    fn new(
        name: &str,
        schema: &Schema,
        total_batches: Option<usize>,
        position: Option<&Position>,
        batches: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    ) -> Self {
        let names = unique_names(schema.fields().iter().map(|field| field.name().clone()).collect());
        let fields: Vec<Field> =
            schema.fields().iter().zip(names).map(|(field, name)| field.as_ref().clone().with_name(name)).collect();
        Self {
            name: name.to_owned(),
            schema: meant(&Arc::new(Schema::new(fields))),
            batches,
            total_batches,
            skipped: position.map_or(0, |position| position.rows),
        }
    }
}

impl Table for ArrowIpc {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn read(&mut self, batch_bytes: usize, emit: &mut Emit<'_>) -> Result<(), Halt> {
        let fail = |error| failure::of_format(&self.name, error);
        let mut rows = 0u64;
        for (number, batch) in self.batches.by_ref().enumerate() {
            let batch = batch.map_err(fail)?;
            let columns = batch.columns().iter().zip(self.schema.fields());
            let columns = columns.map(|(column, field)| leaves::converted(column, field.data_type(), &meaning));
            let columns = columns.collect::<Result<_, _>>().map_err(fail)?;
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).map_err(fail)?;
            let begin = self.skipped.saturating_sub(rows).min(batch.num_rows() as u64);
            let mut at = usize::try_from(begin).unwrap_or(batch.num_rows());
            let bytes = batch.get_array_memory_size().max(1);
            let piece_rows = (batch.num_rows().saturating_mul(batch_bytes) / bytes).max(1);
            while at < batch.num_rows() {
                let length = piece_rows.min(batch.num_rows() - at);
                let piece = batch.slice(at, length);
                at += length;
                let fraction = self
                    .total_batches
                    .map(|total| (number as f64 + at as f64 / batch.num_rows() as f64) / total.max(1) as f64);
                emit(Chunk { fraction, ..Chunk::of_rows(piece, rows + at as u64) })?;
            }
            rows += batch.num_rows() as u64;
        }
        Ok(())
    }
}

/// The columns as what their extension types mean.
fn meant(stored: &SchemaRef) -> SchemaRef {
    let handed_on = leaves::retyped(stored, &mut |field| match (field.extension_type_name(), field.data_type()) {
        (Some("arrow.uuid"), DataType::FixedSizeBinary(UUID_BYTES)) => DataType::Utf8,
        (Some("arrow.bool8"), DataType::Int8) => DataType::Boolean,
        (_, plain) => plain.clone(),
    });
    leaves::with_uuids_told(stored, &handed_on)
}

/// Stored values as what they mean; of a `bool8`, all but 0 is true.
fn meaning(stored: &ArrayRef, to: &DataType) -> ArrayRef {
    match to {
        DataType::Boolean => {
            let flags = stored.as_primitive::<Int8Type>().iter().map(|byte| byte.map(|byte| byte != 0));
            Arc::new(flags.collect::<BooleanArray>())
        }
        _ => leaves::uuid_texts(stored),
    }
}
