//! Slack's objects as rows: which part of the JSON goes into which column.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use serde_json::Value;

use super::moment::Moment;
use crate::sdk::rows::{self, Cell, whole_number};
use crate::sdk::{ConnectorError, ReadEvent, RejectedRow};

/// A column of a table.
pub(super) struct Column {
    name: &'static str,
    kind: Kind,
    /// Where it stands in the object, as a JSON pointer.
    place: &'static str,
    description: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// What tells a row from the others: a text that is never missing.
    Key,
    Text,
    Number,
    Flag,
    /// Seconds since 1970, with a fraction or without.
    Instant,
    /// Whatever stands there, as JSON text.
    Json,
}

macro_rules! kinds {
    ($($name:ident => $kind:ident),+) => {$(
        pub(super) const fn $name(name: &'static str, place: &'static str, description: &'static str) -> Column {
            Column { name, kind: Kind::$kind, place, description }
        }
    )+};
}

kinds! { key => Key, text => Text, number => Number, flag => Flag, seconds => Instant, json => Json }

impl Kind {
    fn holds(self) -> rows::Kind {
        match self {
            Self::Key | Self::Text => rows::Kind::Text,
            Self::Number => rows::Kind::Integer,
            Self::Flag => rows::Kind::Flag,
            Self::Instant => rows::Kind::Instant,
            Self::Json => rows::Kind::Json,
        }
    }
}

impl Column {
    fn field(&self) -> Field {
        rows::field(self.name, self.kind.holds(), self.kind == Kind::Key, self.description)
    }

    /// What an object holds there.
    fn cell<'a>(&self, object: &'a Value) -> Cell<'a> {
        let Some(value) = object.pointer(self.place).filter(|value| !value.is_null()) else { return Cell::Null };
        match self.kind {
            Kind::Key | Kind::Text => Cell::text_of(value),
            Kind::Json => Cell::json_of(value),
            Kind::Number => whole_number(value).into(),
            Kind::Flag => value.as_bool().into(),
            Kind::Instant => Moment::of_json(value).and_then(Moment::to_utc).into(),
        }
    }
}

/// The columns as Arrow has them.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()))
}

/// Gathers rows for a batch.
pub(super) struct Rows {
    columns: &'static [Column],
    rows: rows::Rows,
}

impl Rows {
    pub(super) fn of(columns: &'static [Column]) -> Self {
        let described = columns.iter().map(|column| (column.field(), column.kind.holds()));
        Self { columns, rows: rows::Rows::with(described) }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }

    /// Adds an object. One without a key is rejected.
    pub(super) fn add(&mut self, object: &Value) {
        let mut keys = self.columns.iter().filter(|column| column.kind == Kind::Key);
        let missing =
            keys.find(|column| object.pointer(column.place).and_then(Value::as_str).is_none_or(str::is_empty));
        if let Some(column) = missing {
            self.reject(object, format!("it has no {}", column.name));
            return;
        }
        self.rows.add(self.columns.iter().map(|column| column.cell(object)).collect());
    }

    pub(super) fn reject(&mut self, object: &Value, reason: String) {
        let position =
            object.get("ts").or_else(|| object.get("id")).and_then(Value::as_str).unwrap_or_default().to_owned();
        self.rows.reject(RejectedRow { position, reason, row: object.to_string() });
    }

    /// About how large the batch is.
    pub(super) fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    /// The rows so far, as events; they are gone from here.
    pub(super) fn take(&mut self) -> Result<Vec<ReadEvent>, ConnectorError> {
        self.rows.events()
    }
}
