//! Parquet, read page by page: the file's own types, a few pages of each column in memory.

mod own_types;

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::file::reader::ChunkReader;

use super::failure;
use super::table::{Chunk, Emit, Halt, Position, Table};
use crate::sdk::ConnectorError;
use own_types::OwnTypes;

/// Rows of the first batch, which shows how large rows are in memory.
const FIRST_ROWS: usize = 512;
/// The most rows of a batch.
const MOST_ROWS: usize = 64 << 10;

/// A Parquet file, from front to back.
pub(super) struct Parquet<R> {
    name: String,
    /// Gives the file's bytes once more, for another reader.
    bytes: Box<dyn Fn() -> Result<R, ConnectorError> + Send>,
    metadata: ArrowReaderMetadata,
    own_types: OwnTypes,
    rows: u64,
}

impl<R: ChunkReader + 'static> Parquet<R> {
    /// Reads the footer and stands before the first row, or at `position`.
    pub(super) fn open(
        name: &str,
        bytes: impl Fn() -> Result<R, ConnectorError> + Send + 'static,
        position: Option<&Position>,
    ) -> Result<Self, ConnectorError> {
        let fail = |error| failure::of_format(name, error);
        let mut metadata = ArrowReaderMetadata::load(&bytes()?, ArrowReaderOptions::new()).map_err(fail)?;
        let file = Arc::clone(metadata.metadata());
        if let Some(plain) = own_types::without_intervals(file.file_metadata().schema_descr()) {
            let options = ArrowReaderOptions::new().with_parquet_schema(plain);
            metadata = ArrowReaderMetadata::load(&bytes()?, options).map_err(fail)?;
        }
        if let Some(schema) = own_types::with_microseconds(metadata.schema(), metadata.parquet_schema()) {
            let options = ArrowReaderOptions::new().with_schema(schema);
            metadata = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).map_err(fail)?;
        }
        Ok(Self {
            name: name.to_owned(),
            bytes: Box::new(bytes),
            own_types: OwnTypes::of(file.file_metadata(), metadata.schema()),
            metadata,
            rows: position.map_or(0, |position| position.rows),
        })
    }

    fn reader(&self, batch_rows: usize) -> Result<ParquetRecordBatchReader, ConnectorError> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata((self.bytes)()?, self.metadata.clone());
        let skipped = usize::try_from(self.rows).unwrap_or(usize::MAX);
        let builder = builder.with_batch_size(batch_rows).with_offset(skipped);
        builder.build().map_err(|error| failure::of_format(&self.name, error))
    }
}

impl<R: ChunkReader + 'static> Table for Parquet<R> {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.own_types.schema)
    }

    fn total_rows(&self) -> Option<u64> {
        u64::try_from(self.metadata.metadata().file_metadata().num_rows()).ok()
    }

    fn read(&mut self, batch_bytes: usize, emit: &mut Emit<'_>) -> Result<(), Halt> {
        let mut batch_rows = FIRST_ROWS;
        loop {
            let mut reader = self.reader(batch_rows)?;
            // The reader's batches are of one length; a better length needs another reader, which goes on behind them.
            let better = loop {
                let Some(batch) = reader.next() else { return Ok(()) };
                let batch = batch.map_err(|error| failure::of_format(&self.name, error))?;
                let fitting = fitting_rows(&batch, batch_bytes);
                self.rows += batch.num_rows() as u64;
                let batch = self.own_types.handed_on(&batch).map_err(|error| failure::of_format(&self.name, error))?;
                emit(Chunk::of_rows(batch, self.rows))?;
                if fitting < batch_rows / 2 || fitting > batch_rows.saturating_mul(4) {
                    break fitting;
                }
            };
            batch_rows = better;
        }
    }
}

/// How many rows like these make a batch of the wanted size.
fn fitting_rows(batch: &RecordBatch, batch_bytes: usize) -> usize {
    let bytes = batch.get_array_memory_size().max(1);
    (batch.num_rows().saturating_mul(batch_bytes) / bytes).clamp(1, MOST_ROWS)
}
