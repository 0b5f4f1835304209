//! Parquet, read page by page: the file's own types, a few pages of each column in memory.
//!
//! Two types are not read as Arrow's reader would. The timestamps of Spark and Impala (INT96) reach further than
//! nanoseconds in 64 bits do, and are read as microseconds. UUIDs are read as text, as those of databases are.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::{LogicalType, Type as PhysicalType};
use parquet::file::reader::ChunkReader;
use parquet::schema::types::SchemaDescriptor;
use uuid::Uuid;

use super::failure;
use super::table::{Chunk, Emit, Halt, Position, Table};
use crate::sdk::ConnectorError;
use crate::sdk::types::{self, MAPPED, SOURCE_TYPE};

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
    /// The columns as they are handed on.
    schema: SchemaRef,
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
        if let Some(schema) = with_microseconds(metadata.schema(), metadata.parquet_schema()) {
            let options = ArrowReaderOptions::new().with_schema(schema);
            metadata = ArrowReaderMetadata::try_new(Arc::clone(metadata.metadata()), options).map_err(fail)?;
        }
        Ok(Self {
            name: name.to_owned(),
            bytes: Box::new(bytes),
            schema: with_texts(metadata.schema(), metadata.parquet_schema()),
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
        Arc::clone(&self.schema)
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
                let batch = handed_on(&batch, &self.schema).map_err(|error| failure::of_format(&self.name, error))?;
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

/// The columns with INT96 as microseconds; `None` where there are none.
fn with_microseconds(schema: &SchemaRef, file: &SchemaDescriptor) -> Option<SchemaRef> {
    let is_int96 = |leaf: usize| leaf < file.num_columns() && file.column(leaf).physical_type() == PhysicalType::INT96;
    if !(0..file.num_columns()).any(is_int96) {
        return None;
    }
    let mut leaf = 0;
    let fields: Vec<_> = schema.fields().iter().map(|field| in_microseconds(field, &is_int96, &mut leaf)).collect();
    Some(Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())))
}

/// Goes through the leaves of a column in the order in which the file has them.
fn in_microseconds(field: &FieldRef, is_int96: &impl Fn(usize) -> bool, leaf: &mut usize) -> FieldRef {
    let mut inner = |field: &FieldRef| in_microseconds(field, is_int96, leaf);
    let data_type = match field.data_type() {
        DataType::List(item) => DataType::List(inner(item)),
        DataType::LargeList(item) => DataType::LargeList(inner(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(inner(item), *length),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        plain => {
            let number = *leaf;
            *leaf += 1;
            match plain {
                DataType::Timestamp(_, zone) if is_int96(number) => {
                    DataType::Timestamp(TimeUnit::Microsecond, zone.clone())
                }
                other => other.clone(),
            }
        }
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type))
}

/// The columns with UUIDs as text.
fn with_texts(schema: &SchemaRef, file: &SchemaDescriptor) -> SchemaRef {
    let columns = file.root_schema().get_fields();
    let is_uuid = |place: usize, field: &Field| {
        let kind = columns.get(place).and_then(|column| column.get_basic_info().logical_type_ref());
        kind == Some(&LogicalType::Uuid) && *field.data_type() == DataType::FixedSizeBinary(16)
    };
    let fields = schema.fields().iter().enumerate().map(|(place, field)| {
        if !is_uuid(place, field) {
            return Arc::clone(field);
        }
        let notes = [(SOURCE_TYPE, "uuid"), (MAPPED, "uuid is kept as text")];
        Arc::new(types::field(field.name(), DataType::Utf8, field.is_nullable(), &notes))
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

fn handed_on(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        if column.data_type() == field.data_type() { Arc::clone(column) } else { uuid_texts(column) }
    });
    RecordBatch::try_new(Arc::clone(schema), columns.collect())
}

fn uuid_texts(column: &ArrayRef) -> ArrayRef {
    let text = |bytes: &[u8]| Uuid::from_slice(bytes).ok().map(|uuid| uuid.to_string());
    let texts = column.as_fixed_size_binary().iter().map(|bytes| bytes.and_then(text));
    Arc::new(texts.collect::<StringArray>())
}
