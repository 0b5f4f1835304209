//! JSON lines: one object a row.

use arrow::array::RecordBatch;
use serde_json::{Map, Value};

use super::{Encoder, Rest};
use crate::query::QueryError;
use crate::query::json::columns_to_rows;

pub(super) struct JsonLinesEncoder;

impl Encoder for JsonLinesEncoder {
    fn write(&mut self, rows: &RecordBatch) -> Result<Vec<u8>, QueryError> {
        let schema = rows.schema();
        let mut bytes = Vec::new();
        for row in columns_to_rows(rows)? {
            let names = schema.fields().iter().map(|field| field.name().clone());
            let object: Map<String, Value> = names.zip(row).collect();
            serde_json::to_writer(&mut bytes, &object).map_err(QueryError::internal)?;
            bytes.push(b'\n');
        }
        Ok(bytes)
    }

    fn finish(self: Box<Self>) -> Result<Rest, QueryError> {
        Ok(Rest::Bytes(Vec::new()))
    }
}
