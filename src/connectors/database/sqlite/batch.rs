//! Rows on their way into a batch, whose columns may still turn out to be of another kind.

use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::super::batch::{self, Rejections};
use super::column::{Misfit, Values, blob_literal, broken_text_literal};
use super::cursor::Kept;
use super::kind::Kind;
use super::table::Table;
use crate::sdk::{ConnectorError, EventLevel, ReadEvent, RejectedRow};

/// How much of a rejected row is kept.
const MOST_REJECTED_BYTES: usize = 64 << 10;

/// The batch that is being filled.
pub(super) struct Batch {
    columns: Vec<Values>,
    declared: Vec<String>,
    fields: Vec<FieldRef>,
    pub(super) rows: usize,
    pub(super) bytes: usize,
    /// The places of the columns that hold bytes alone, and cannot become text.
    of_bytes: Vec<usize>,
    /// The places of the key's columns in which no value was found yet that others may be written like, and whether SQLite
    /// leaves numbers numbers in them, and texts texts.
    of_key: Vec<(usize, bool)>,
    /// The columns of the key in which such values were found.
    pub(super) keys_with_likes: Vec<String>,
    /// The columns that became text on the way.
    as_text: Vec<String>,
    /// The places of the columns that hold literals, which the user was told.
    with_literals: Vec<usize>,
    warnings: Vec<String>,
    rejected: Vec<RejectedRow>,
    schema_changed: bool,
}

impl Batch {
    /// For rows of a table that the columns `key` identify.
    pub(super) fn new(table: &Table, kinds: &[Kind], key: &[String]) -> Self {
        let of_key = table.columns.iter().enumerate().filter(|(_, column)| key.contains(&column.name));
        let of_key = of_key.filter(|(_, column)| !table.is_certain(column));
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
            of_bytes: (0..kinds.len()).filter(|&index| kinds[index] == Kind::Blob).collect(),
            of_key: of_key.map(|(index, column)| (index, column.keeps_classes())).collect(),
            keys_with_likes: Vec::new(),
            as_text: Vec::new(),
            with_literals: Vec::new(),
            warnings: Vec::new(),
            rejected: Vec::new(),
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

    /// Whether there is nothing to be sent.
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0 && self.rejected.is_empty()
    }

    #[inline]
    pub(super) fn add(&mut self, row: &Row<'_>) -> Result<(), ConnectorError> {
        for &index in &self.of_bytes {
            if !matches!(value_of(row, index, &self.fields)?, ValueRef::Blob(_) | ValueRef::Null) {
                return self.reject(row, index);
            }
        }
        for index in 0..self.columns.len() {
            self.add_value(index, value_of(row, index, &self.fields)?);
        }
        self.rows += 1;
        if self.of_key.is_empty() { Ok(()) } else { self.look_at_key(row) }
    }

    fn look_at_key(&mut self, row: &Row<'_>) -> Result<(), ConnectorError> {
        let mut place = 0;
        while let Some(&(index, keeps_classes)) = self.of_key.get(place) {
            let is_text = matches!(self.columns[index], Values::Text(_));
            if is_text && may_have_likes(value_of(row, index, &self.fields)?, keeps_classes) {
                self.of_key.swap_remove(place);
                self.keys_with_likes.push(self.fields[index].name().clone());
            } else {
                place += 1;
            }
        }
        Ok(())
    }

    #[inline]
    fn add_value(&mut self, index: usize, value: ValueRef<'_>) {
        match self.columns[index].add(value) {
            Ok(bytes) => self.bytes += bytes,
            Err(misfit) => self.add_misfit(index, value, misfit),
        }
    }

    #[cold]
    fn add_misfit(&mut self, index: usize, value: ValueRef<'_>, misfit: Misfit) {
        match misfit {
            Misfit::NeedsText => {
                self.turn_into_text(index);
                self.add_value(index, value);
            }
            Misfit::NoText(literal) => {
                self.warn_of_literals(index);
                self.add_value(index, ValueRef::Text(literal.as_bytes()));
            }
        }
    }

    /// Says once that some values of a column are literals.
    fn warn_of_literals(&mut self, index: usize) {
        if self.with_literals.contains(&index) {
            return;
        }
        self.with_literals.push(index);
        let column = self.fields[index].name();
        self.warnings.push(format!(
            "{column} holds bytes among other values, or text that is not UTF-8: they are kept as SQLite writes them, such as \
             X'00FF'"
        ));
    }

    /// A row with something else in a column that has held bytes alone. In the lake it is a column of bytes by now.
    #[cold]
    fn reject(&mut self, row: &Row<'_>, index: usize) -> Result<(), ConnectorError> {
        let what = match value_of(row, index, &self.fields)? {
            ValueRef::Text(_) => "text",
            _ => "a number",
        };
        let column = self.fields[index].name();
        let reason =
            format!("{column} is {what}, and has held bytes alone so far; a full sync of the table keeps both");
        let mut values = serde_json::Map::new();
        for (index, field) in self.fields.iter().enumerate() {
            values.insert(field.name().clone(), as_json(value_of(row, index, &self.fields)?));
        }
        let mut text = serde_json::Value::Object(values).to_string();
        if text.len() > MOST_REJECTED_BYTES {
            text.truncate(text.floor_char_boundary(MOST_REJECTED_BYTES));
            text.push('…');
        }
        self.bytes += text.len();
        self.rejected.push(RejectedRow { position: String::new(), reason, row: text });
        Ok(())
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
        let mut events = if self.rows > 0 {
            let columns = self.columns.iter_mut().map(Values::finish).collect();
            let schema_changed = std::mem::take(&mut self.schema_changed);
            batch::events(&mut self.fields, columns, schema_changed, &mut Rejections::default())?
        } else {
            Vec::new()
        };
        (self.rows, self.bytes) = (0, 0);
        let warnings = self.warnings.drain(..);
        events.extend(warnings.map(|message| ReadEvent::Log { level: EventLevel::Warning, message }));
        if !self.rejected.is_empty() {
            events.push(ReadEvent::RejectedRows(std::mem::take(&mut self.rejected)));
        }
        Ok(events)
    }
}

/// Whether a column of texts may hold another value that is written like this one: the text of a number or of bytes.
fn may_have_likes(value: ValueRef<'_>, keeps_classes: bool) -> bool {
    match value {
        ValueRef::Null => false,
        ValueRef::Text(text) => keeps_classes || text.starts_with(b"X'"),
        ValueRef::Integer(_) | ValueRef::Real(_) | ValueRef::Blob(_) => true,
    }
}

fn value_of<'row>(row: &'row Row<'_>, index: usize, fields: &[FieldRef]) -> Result<ValueRef<'row>, ConnectorError> {
    row.get_ref(index).map_err(|cause| ConnectorError::Data {
        place: fields[index].name().clone(),
        message: "the value cannot be read".into(),
        cause: Some(cause.into()),
    })
}

/// A value in a rejected row: what JSON does not know stands as SQLite writes it.
fn as_json(value: ValueRef<'_>) -> serde_json::Value {
    match value {
        ValueRef::Null => serde_json::Value::Null,
        ValueRef::Integer(integer) => integer.into(),
        ValueRef::Real(real) if real.is_finite() => real.into(),
        ValueRef::Real(real) => real.to_string().into(),
        ValueRef::Text(text) => {
            std::str::from_utf8(text).map_or_else(|_| broken_text_literal(text), str::to_owned).into()
        }
        ValueRef::Blob(bytes) => blob_literal(bytes).into(),
    }
}
