//! Rows on their way into a batch, whose columns may still turn out to be of another kind.

use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::super::batch::{self, Rejections};
use super::column::{Misfit, Values};
use super::cursor::Kept;
use super::kind::Kind;
use super::table::Table;
use crate::sdk::{ConnectorError, ReadEvent};

/// The batch that is being filled.
pub(super) struct Batch {
    columns: Vec<Values>,
    declared: Vec<String>,
    fields: Vec<FieldRef>,
    pub(super) rows: usize,
    pub(super) bytes: usize,
    /// The columns that became text on the way.
    as_text: Vec<String>,
    rejections: Rejections,
    schema_changed: bool,
}

impl Batch {
    pub(super) fn new(table: &Table, kinds: &[Kind]) -> Self {
        let fields = table
            .columns
            .iter()
            .zip(kinds)
            .map(|(column, kind)| Arc::new(kind.field(&column.name, &column.declared, !table.is_required(column))));
        Self {
            columns: kinds.iter().map(|&kind| Values::of(kind)).collect(),
            declared: table.columns.iter().map(|column| column.declared.clone()).collect(),
            fields: fields.collect(),
            rows: 0,
            bytes: 0,
            as_text: Vec::new(),
            rejections: Rejections::default(),
            schema_changed: false,
        }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(self.fields.clone()))
    }

    /// The columns that became text on the way, for the syncs to come.
    pub(super) fn kept_as_text(&self) -> impl Iterator<Item = (String, Kept)> {
        let columns = self.fields.iter().zip(&self.declared);
        let as_text = columns.filter(|(field, _)| self.as_text.contains(field.name()));
        as_text.map(|(field, declared)| (field.name().clone(), Kept { declared: declared.clone(), kind: Kind::Text }))
    }

    #[inline]
    pub(super) fn add(&mut self, row: &Row<'_>) -> Result<(), ConnectorError> {
        for index in 0..self.columns.len() {
            let value = row.get_ref(index).map_err(|cause| ConnectorError::Data {
                place: self.fields[index].name().clone(),
                message: "the value cannot be read".into(),
                cause: Some(cause.into()),
            })?;
            match self.columns[index].add(value) {
                Ok(bytes) => self.bytes += bytes,
                Err(misfit) => self.add_misfit(index, value, misfit),
            }
        }
        self.rows += 1;
        Ok(())
    }

    #[cold]
    fn add_misfit(&mut self, index: usize, value: ValueRef<'_>, misfit: Misfit) {
        let reason = match misfit {
            Misfit::Lost(reason) => reason,
            Misfit::NeedsText => {
                self.turn_into_text(index);
                match self.columns[index].add(value) {
                    Ok(bytes) => {
                        self.bytes += bytes;
                        return;
                    }
                    Err(Misfit::Lost(reason)) => reason,
                    Err(Misfit::NeedsText) => "the value has no text form",
                }
            }
        };
        self.columns[index].add_null();
        self.rejections.count(self.fields[index].name(), reason);
    }

    /// A value came that the survey did not see.
    fn turn_into_text(&mut self, index: usize) {
        self.columns[index].become_text();
        let field = &self.fields[index];
        self.as_text.push(field.name().clone());
        self.fields[index] = Arc::new(Kind::Text.field(field.name(), &self.declared[index], field.is_nullable()));
        self.schema_changed = true;
    }

    /// What is to be sent of the rows so far.
    pub(super) fn finish(&mut self) -> Result<Vec<ReadEvent>, ConnectorError> {
        let columns = self.columns.iter_mut().map(Values::finish).collect();
        let schema_changed = std::mem::take(&mut self.schema_changed);
        (self.rows, self.bytes) = (0, 0);
        batch::events(&mut self.fields, columns, schema_changed, &mut self.rejections)
    }
}
