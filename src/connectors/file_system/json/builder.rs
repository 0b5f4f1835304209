//! The columns of a JSON table in the making, which grow where a row has a new key.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::value;
use crate::connectors::file_system::columns::{Column, Columns};
use crate::connectors::file_system::config::{TextOptions, column_type};
use crate::connectors::file_system::infer::Evidence;
use crate::connectors::file_system::table::MAX_COLUMNS;
use crate::sdk::types::{self, type_name};

/// The type of a column that holds JSON, as a checkpoint names it.
const JSON: &str = "json";

/// The field of a column, from the values that were seen of it.
pub(super) fn field(name: &str, evidence: &Evidence, options: &TextOptions) -> Field {
    match options.column_types.get(name) {
        Some(data_type) => Field::new(name, data_type.clone(), true),
        None if evidence.is_json() => json_field(name),
        None => Field::new(name, evidence.data_type(), true),
    }
}

/// The field of a column that a checkpoint names; `None` where the type is none.
pub(super) fn field_again(name: &str, type_name: &str) -> Option<Field> {
    match type_name {
        JSON => Some(json_field(name)),
        other => Some(Field::new(name, column_type(name, other).ok()?, true)),
    }
}

fn json_field(name: &str) -> Field {
    types::field(name, DataType::Utf8, true, &[(types::FORMAT, JSON)])
}

fn is_json(field: &Field) -> bool {
    field.metadata().get(types::FORMAT).is_some_and(|format| format == JSON)
}

/// The rows of a batch in the making.
pub(super) struct Builder {
    columns: Columns,
    places: HashMap<String, usize>,
    is_json: Vec<bool>,
    /// Values of keys that are no columns yet, with their rows in the batch.
    unknown: Vec<(String, Vec<(usize, String)>)>,
    unknown_bytes: usize,
    /// The columns that were added, with the names of their types.
    pub(super) added: Vec<(String, String)>,
    options: TextOptions,
}

impl Builder {
    pub(super) fn new(sampled: SchemaRef, options: &TextOptions) -> Self {
        Self {
            places: sampled.fields().iter().enumerate().map(|(place, field)| (field.name().clone(), place)).collect(),
            is_json: sampled.fields().iter().map(|field| is_json(field)).collect(),
            columns: Columns::new(sampled),
            unknown: Vec::new(),
            unknown_bytes: 0,
            added: Vec::new(),
            options: options.clone(),
        }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.columns.schema)
    }

    pub(super) fn bytes(&self) -> usize {
        self.columns.bytes() + self.unknown_bytes
    }

    /// Adds a column that a checkpoint names. No row may have been appended yet. `false` where the type is none.
    pub(super) fn add_again(&mut self, name: &str, type_name: &str) -> bool {
        let Some(field) = field_again(name, type_name) else { return false };
        let column = Column::new(field.data_type());
        self.add(field, column);
        true
    }

    fn add(&mut self, field: Field, column: Column) {
        let kept_type = if is_json(&field) { JSON.to_owned() } else { type_name(field.data_type()) };
        self.added.push((field.name().clone(), kept_type));
        self.places.insert(field.name().clone(), self.is_json.len());
        self.is_json.push(is_json(&field));
        let fields: Vec<_> = self.columns.schema.fields().iter().cloned().chain([Arc::new(field)]).collect();
        self.columns.add(Arc::new(Schema::new(fields)), column);
    }

    /// Appends one row, or nothing.
    ///
    /// # Errors
    /// Why the row does not fit.
    pub(super) fn append(&mut self, members: &[(Cow<'_, str>, &str)]) -> Result<(), String> {
        let appended = self.try_append(members);
        match appended {
            Ok(()) => self.columns.keep_row(),
            Err(_) => self.drop_row(),
        }
        appended
    }

    fn try_append(&mut self, members: &[(Cow<'_, str>, &str)]) -> Result<(), String> {
        let mut values: Vec<Option<&str>> = vec![None; self.is_json.len()];
        let mut unknown: Vec<(&str, &str)> = Vec::new();
        for (order, (key, raw)) in members.iter().enumerate() {
            // Keys mostly come in the order of the columns.
            let in_order = self.columns.schema.fields().get(order).is_some_and(|field| field.name() == key);
            match if in_order { Some(order) } else { self.places.get(key.as_ref()).copied() } {
                // Of a key that is there twice, the last counts.
                Some(place) => values[place] = Some(raw),
                None if *raw != "null" => unknown.push((key, raw)),
                None => {}
            }
        }
        for (place, value) in values.iter().enumerate() {
            let column = &mut self.columns.columns[place];
            match value {
                Some(raw) => value::append(column, raw, self.is_json[place])
                    .map_err(|misfit| format!("{}: {}", self.columns.schema.field(place).name(), misfit.reason))?,
                None => column.null(),
            }
        }
        for (key, raw) in unknown {
            self.remember(key, raw)?;
        }
        Ok(())
    }

    fn remember(&mut self, key: &str, raw: &str) -> Result<(), String> {
        let row = self.columns.rows();
        self.unknown_bytes += raw.len() + size_of::<(usize, String)>();
        let columns = self.is_json.len() + self.unknown.len();
        match self.unknown.iter_mut().find(|(known, _)| known == key) {
            Some((_, values)) => {
                values.pop_if(|(last, _)| *last == row);
                values.push((row, raw.to_owned()));
            }
            None if columns >= MAX_COLUMNS => {
                return Err(format!("{key:?} would be one column more than the {MAX_COLUMNS} that a table may have"));
            }
            None => self.unknown.push((key.to_owned(), vec![(row, raw.to_owned())])),
        }
        Ok(())
    }

    fn drop_row(&mut self) {
        self.columns.drop_row();
        let row = self.columns.rows();
        for (_, values) in &mut self.unknown {
            values.pop_if(|(last, _)| *last == row);
        }
        self.unknown.retain(|(_, values)| !values.is_empty());
    }

    /// The rows so far as a batch, with the columns that they added.
    ///
    /// # Errors
    /// Arrow's, which cannot occur with columns of one length.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        self.unknown_bytes = 0;
        for (key, values) in std::mem::take(&mut self.unknown) {
            let mut evidence = Evidence::default();
            values.iter().for_each(|(_, raw)| value::observe(&mut evidence, raw));
            let inferred = field(&key, &evidence, &self.options);
            let (field, column) = match self.column(inferred.data_type(), is_json(&inferred), &values) {
                Some(column) => (inferred, column),
                // Only a type from the settings may not hold what is there.
                None => {
                    let text = Field::new(&key, DataType::Utf8, true);
                    let column =
                        self.column(&DataType::Utf8, false, &values).unwrap_or_else(|| Column::new(&DataType::Utf8));
                    (text, column)
                }
            };
            self.add(field, column);
        }
        self.columns.finish()
    }

    fn column(&self, data_type: &DataType, is_json: bool, values: &[(usize, String)]) -> Option<Column> {
        let mut column = Column::new(data_type);
        for (row, raw) in values {
            while column.len() < *row {
                column.null();
            }
            value::append(&mut column, raw, is_json).ok()?;
        }
        while column.len() < self.columns.rows() {
            column.null();
        }
        Some(column)
    }
}
