//! Arrow's file format, record batch by record batch.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::FileWriter;

use super::{Encoder, Rest, plain};
use crate::query::QueryError;

pub(super) struct ArrowEncoder {
    schema: SchemaRef,
    writer: FileWriter<Vec<u8>>,
}

impl ArrowEncoder {
    pub(super) fn new(schema: &SchemaRef) -> Result<Self, QueryError> {
        // The file format forbids dictionaries that change from batch to batch.
        let schema = plain::schema(schema, plain::resolved);
        let writer = FileWriter::try_new(Vec::new(), &schema)?;
        Ok(Self { schema, writer })
    }
}

impl Encoder for ArrowEncoder {
    fn write(&mut self, rows: &RecordBatch) -> Result<Vec<u8>, QueryError> {
        let rows = plain::convert(rows, &self.schema)?;
        self.writer.write(&rows)?;
        Ok(std::mem::take(self.writer.get_mut()))
    }

    fn finish(mut self: Box<Self>) -> Result<Rest, QueryError> {
        self.writer.finish()?;
        Ok(Rest::Bytes(std::mem::take(self.writer.get_mut())))
    }
}
