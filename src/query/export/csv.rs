//! CSV after RFC 4180.

use arrow::array::RecordBatch;
use arrow::csv::WriterBuilder;
use arrow::datatypes::{DataType, SchemaRef};

use super::{Encoder, Rest, plain};
use crate::query::QueryError;

pub(super) struct CsvEncoder {
    schema: SchemaRef,
    header_written: bool,
}

impl CsvEncoder {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, QueryError> {
        Ok(Self { schema: plain::schema(schema, kept), header_written: false })
    }

    fn encode(&mut self, rows: &RecordBatch) -> Result<Vec<u8>, QueryError> {
        let mut bytes = Vec::new();
        let mut writer = WriterBuilder::new().with_header(!self.header_written).build(&mut bytes);
        writer.write(rows)?;
        drop(writer);
        self.header_written = true;
        Ok(bytes)
    }
}

impl Encoder for CsvEncoder {
    fn write(&mut self, rows: &RecordBatch) -> Result<Vec<u8>, QueryError> {
        let rows = plain::convert(rows, &self.schema)?;
        self.encode(&rows)
    }

    fn finish(mut self: Box<Self>) -> Result<Rest, QueryError> {
        if self.header_written {
            return Ok(Rest::Bytes(Vec::new()));
        }
        let none = RecordBatch::new_empty(SchemaRef::clone(&self.schema));
        self.encode(&none).map(Rest::Bytes)
    }
}

/// arrow-csv writes these exactly; the rest is text here.
fn kept(data_type: &DataType) -> DataType {
    let resolved = plain::resolved(data_type);
    let exact = resolved.is_integer()
        || resolved.is_decimal()
        || matches!(resolved, DataType::Boolean | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    if exact { resolved } else { DataType::Utf8 }
}
