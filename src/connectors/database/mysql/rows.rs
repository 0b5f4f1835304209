//! The batch that is being filled.

use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use sqlx::mysql::MySqlRow;

use super::kind::Kind;
use super::table::Table;
use super::value::{self, Reason, Values};
use crate::sdk::{ConnectorError, ReadEvent, RejectedValue};

/// Rows on their way into a batch.
pub(super) struct Rows {
    columns: Vec<(Kind, Values)>,
    fields: Vec<FieldRef>,
    pub(super) count: usize,
    pub(super) bytes: usize,
    rejected: Vec<RejectedValue>,
}

impl Rows {
    pub(super) fn of(table: &Table) -> Self {
        Self {
            columns: table.columns.iter().map(|column| (column.kind, Values::of(column.kind))).collect(),
            fields: table.columns.iter().map(|column| Arc::new(column.field.clone())).collect(),
            count: 0,
            bytes: 0,
            rejected: Vec::new(),
        }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.fields.clone()))
    }

    #[inline]
    pub(super) fn add(&mut self, row: &MySqlRow) {
        for index in 0..self.columns.len() {
            let (kind, values) = &mut self.columns[index];
            match value::bytes(row, index) {
                None => {
                    values.add_null();
                    self.bytes += if matches!(values, Values::Decimal(_)) { 16 } else { 8 };
                }
                Some(bytes) => match values.add(*kind, bytes) {
                    Ok(bytes) => self.bytes += bytes,
                    Err(reason) => self.reject(index, reason),
                },
            }
        }
        self.count += 1;
    }

    #[cold]
    fn reject(&mut self, index: usize, reason: Reason) {
        self.columns[index].1.add_null();
        let column = self.fields[index].name();
        match self.rejected.iter_mut().find(|known| known.column == *column && known.reason == reason) {
            Some(known) => known.count += 1,
            None => self.rejected.push(RejectedValue { column: column.clone(), reason: reason.to_owned(), count: 1 }),
        }
    }

    /// What is to be sent: a new schema where a required column turned out to have gaps, the rows, what was rejected.
    pub(super) fn finish(&mut self) -> Result<Vec<ReadEvent>, ConnectorError> {
        let arrays: Vec<_> = self.columns.iter_mut().map(|(_, values)| values.finish()).collect();
        let mut schema_changed = false;
        for (field, array) in self.fields.iter_mut().zip(&arrays) {
            if !field.is_nullable() && array.null_count() > 0 {
                *field = Arc::new(field.as_ref().clone().with_nullable(true));
                schema_changed = true;
            }
        }
        let mut events = Vec::with_capacity(3);
        let schema = self.schema();
        if schema_changed {
            events.push(ReadEvent::Schema(Arc::clone(&schema)));
        }
        let rows = RecordBatch::try_new(schema, arrays).map_err(|cause| ConnectorError::Data {
            place: "a batch of rows".into(),
            message: "the columns do not match".into(),
            cause: Some(cause.into()),
        })?;
        events.push(ReadEvent::Batch(rows));
        events.extend(self.rejected.drain(..).map(ReadEvent::RejectedValue));
        (self.count, self.bytes) = (0, 0);
        Ok(events)
    }
}
