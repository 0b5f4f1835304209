//! Google's objects as rows: which part of the JSON goes into which column.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

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
    /// The same, as a number.
    Position,
    Text,
    Number,
    Flag,
    /// A moment as RFC 3339 writes it.
    Instant,
    /// A moment in milliseconds since 1970.
    Milliseconds,
    Day,
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

kinds! {
    key => Key, position => Position, text => Text, number => Number, flag => Flag, instant_at => Instant,
    milliseconds => Milliseconds, day => Day, json => Json
}

impl Kind {
    fn is_key(self) -> bool {
        matches!(self, Self::Key | Self::Position)
    }

    fn holds(self) -> rows::Kind {
        match self {
            Self::Key | Self::Text => rows::Kind::Text,
            Self::Position | Self::Number => rows::Kind::Integer,
            Self::Flag => rows::Kind::Flag,
            Self::Instant | Self::Milliseconds => rows::Kind::Instant,
            Self::Day => rows::Kind::Date,
            Self::Json => rows::Kind::Json,
        }
    }
}

impl Column {
    fn field(&self) -> Field {
        rows::field(self.name, self.kind.holds(), self.kind.is_key(), self.description)
    }

    /// What an object holds there.
    fn cell<'a>(&self, object: &'a Value) -> Cell<'a> {
        let Some(value) = object.pointer(self.place).filter(|value| !value.is_null()) else { return Cell::Null };
        match self.kind {
            Kind::Key | Kind::Text => Cell::text_of(value),
            Kind::Json => Cell::json_of(value),
            Kind::Position | Kind::Number => whole_number(value).into(),
            Kind::Flag => value.as_bool().into(),
            Kind::Instant => value.as_str().and_then(moment).into(),
            Kind::Milliseconds => whole_number(value).and_then(DateTime::from_timestamp_millis).into(),
            Kind::Day => value.as_str().and_then(|day| NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()).into(),
        }
    }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.to_utc())
}

/// The columns as Arrow has them.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()))
}

/// The names of the columns that identify a row.
pub(super) fn primary_key(columns: &[Column]) -> Vec<String> {
    columns.iter().filter(|column| column.kind.is_key()).map(|column| column.name.to_owned()).collect()
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
        let mut keys = self.columns.iter().filter(|column| column.kind.is_key());
        let missing = keys.find(|column| match object.pointer(column.place) {
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Number(_)) => false,
            _ => true,
        });
        if let Some(column) = missing {
            let reason = format!("it has no {}", column.name);
            self.rows.reject(RejectedRow { position: String::new(), reason, row: object.to_string() });
            return;
        }
        self.rows.add(self.columns.iter().map(|column| column.cell(object)).collect());
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
