//! CSV after RFC 4180. NULL is an empty field, and an empty text is `""`.

use std::fmt::Write;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};

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

    fn header(&mut self) -> String {
        let mut line = String::new();
        if !std::mem::replace(&mut self.header_written, true) {
            for (place, field) in self.schema.fields().iter().enumerate() {
                begin(&mut line, place);
                push(&mut line, field.name());
            }
            line.push('\n');
        }
        line
    }
}

impl Encoder for CsvEncoder {
    fn write(&mut self, rows: &RecordBatch) -> Result<Vec<u8>, QueryError> {
        let mut text = self.header();
        let rows = plain::convert(rows, &self.schema)?;
        let options = FormatOptions::default();
        let mut columns = Vec::with_capacity(rows.num_columns());
        for column in rows.columns() {
            columns.push((column, ArrayFormatter::try_new(column.as_ref(), &options)?));
        }
        let mut value = String::new();
        for row in 0..rows.num_rows() {
            for (place, (column, formatter)) in columns.iter().enumerate() {
                begin(&mut text, place);
                if column.is_valid(row) {
                    value.clear();
                    write!(value, "{}", formatter.value(row)).map_err(QueryError::internal)?;
                    push(&mut text, &value);
                }
            }
            text.push('\n');
        }
        Ok(text.into_bytes())
    }

    fn finish(mut self: Box<Self>) -> Result<Rest, QueryError> {
        Ok(Rest::Bytes(self.header().into_bytes()))
    }
}

fn begin(line: &mut String, place: usize) {
    if place > 0 {
        line.push(',');
    }
}

/// Appends a value that is there, in quotes where it would be taken for something else without them.
fn push(line: &mut String, value: &str) {
    if !value.is_empty() && !value.contains(['"', ',', '\n', '\r']) {
        line.push_str(value);
        return;
    }
    line.push('"');
    for (place, part) in value.split('"').enumerate() {
        if place > 0 {
            line.push_str("\"\"");
        }
        line.push_str(part);
    }
    line.push('"');
}

/// Arrow writes these exactly; the rest is text here.
fn kept(data_type: &DataType) -> DataType {
    let resolved = plain::resolved(data_type);
    let exact = resolved.is_integer()
        || resolved.is_decimal()
        || matches!(resolved, DataType::Boolean | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    if exact { resolved } else { DataType::Utf8 }
}
