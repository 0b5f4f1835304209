//! The batch that is being filled.

use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use sqlx::mysql::MySqlRow;

use super::super::batch::{self, Rejections};
use super::kind::Kind;
use super::table::Table;
use super::value::{self, Reason, Values};
use crate::sdk::{ConnectorError, ReadEvent};

/// Rows on their way into a batch.
pub(super) struct Rows {
    columns: Vec<(Kind, Values)>,
    fields: Vec<FieldRef>,
    pub(super) count: usize,
    pub(super) bytes: usize,
    rejections: Rejections,
}

impl Rows {
    pub(super) fn of(table: &Table) -> Self {
        Self {
            columns: table.columns.iter().map(|column| (column.kind, Values::of(column.kind))).collect(),
            fields: table.columns.iter().map(|column| Arc::new(column.field.clone())).collect(),
            count: 0,
            bytes: 0,
            rejections: Rejections::default(),
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
        self.rejections.count(self.fields[index].name(), reason);
    }

    /// What is to be sent of the rows so far.
    pub(super) fn finish(&mut self) -> Result<Vec<ReadEvent>, ConnectorError> {
        let columns = self.columns.iter_mut().map(|(_, values)| values.finish()).collect();
        (self.count, self.bytes) = (0, 0);
        batch::events(&mut self.fields, columns, false, &mut self.rejections)
    }
}
