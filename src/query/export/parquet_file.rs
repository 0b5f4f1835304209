//! Parquet, a row group at a time.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::{Encoder, Rest, plain};
use crate::query::QueryError;
use crate::sdk::types::lake_type;

/// Size of a row group before it is compressed, which is what stays in memory.
const ROW_GROUP_BYTES: usize = 16 * 1024 * 1024;

pub(super) struct ParquetEncoder {
    schema: SchemaRef,
    writer: ArrowWriter<Vec<u8>>,
}

impl ParquetEncoder {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, QueryError> {
        let schema = plain::schema(schema, kept);
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
        let writer = ArrowWriter::try_new(Vec::new(), SchemaRef::clone(&schema), Some(properties))
            .map_err(QueryError::internal)?;
        Ok(Self { schema, writer })
    }
}

impl Encoder for ParquetEncoder {
    fn write(&mut self, rows: &RecordBatch) -> Result<Vec<u8>, QueryError> {
        let rows = plain::convert(rows, &self.schema)?;
        self.writer.write(&rows).map_err(QueryError::internal)?;
        if self.writer.memory_size() >= ROW_GROUP_BYTES {
            self.writer.flush().map_err(QueryError::internal)?;
        }
        Ok(std::mem::take(self.writer.inner_mut()))
    }

    fn finish(self: Box<Self>) -> Result<Rest, QueryError> {
        self.writer.into_inner().map(Rest::Bytes).map_err(QueryError::internal)
    }
}

/// What Parquet has no type for becomes what the lake keeps for it, within lists, structs and maps, too.
fn kept(data_type: &DataType) -> DataType {
    let inner = |field: &FieldRef| Arc::new(field.as_ref().clone().with_data_type(kept(field.data_type())));
    match plain::resolved(data_type) {
        unknown
        @ (DataType::Interval(_) | DataType::Union(..) | DataType::ListView(_) | DataType::LargeListView(_)) => {
            lake_type(&unknown)
        }
        DataType::Null => DataType::Utf8,
        DataType::List(item) => DataType::List(inner(&item)),
        DataType::LargeList(item) => DataType::LargeList(inner(&item)),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        DataType::Map(entries, sorted) => DataType::Map(inner(&entries), sorted),
        known => known,
    }
}
