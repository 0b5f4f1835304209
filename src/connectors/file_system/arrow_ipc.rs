//! Arrow IPC, as a file or as a stream. A batch of the file is in memory whole, and is handed on in pieces.

use std::io::{BufReader, Read, Seek};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};

use super::failure;
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
            schema: Arc::new(Schema::new(fields)),
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
            // The same columns under names that differ from each other.
            let batch = RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec()).map_err(fail)?;
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
