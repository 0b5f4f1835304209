//! Google's objects as rows: which part of the JSON goes into which column.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use crate::sdk::types::{DESCRIPTION, FORMAT, field, instant};
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
}

/// The columns as Arrow has them.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    let fields = columns.iter().map(|column| {
        let data_type = match column.kind {
            Kind::Key | Kind::Text | Kind::Json => DataType::Utf8,
            Kind::Position | Kind::Number => DataType::Int64,
            Kind::Flag => DataType::Boolean,
            Kind::Instant | Kind::Milliseconds => instant(),
            Kind::Day => DataType::Date32,
        };
        let mut metadata = vec![(DESCRIPTION, column.description)];
        if column.kind == Kind::Json {
            metadata.push((FORMAT, "json"));
        }
        field(column.name, data_type, !column.kind.is_key(), &metadata)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The names of the columns that identify a row.
pub(super) fn primary_key(columns: &[Column]) -> Vec<String> {
    columns.iter().filter(|column| column.kind.is_key()).map(|column| column.name.to_owned()).collect()
}

enum Builder {
    Text(StringBuilder),
    Number(Int64Builder),
    Flag(BooleanBuilder),
    Instant(TimestampMicrosecondBuilder),
    Day(Date32Builder),
}

/// Gathers rows for a batch.
pub(super) struct Rows {
    columns: &'static [Column],
    schema: SchemaRef,
    builders: Vec<Builder>,
    rejected: Vec<RejectedRow>,
    count: usize,
    bytes: usize,
}

impl Rows {
    pub(super) fn of(columns: &'static [Column]) -> Self {
        let builders = columns
            .iter()
            .map(|column| match column.kind {
                Kind::Key | Kind::Text | Kind::Json => Builder::Text(StringBuilder::new()),
                Kind::Position | Kind::Number => Builder::Number(Int64Builder::new()),
                Kind::Flag => Builder::Flag(BooleanBuilder::new()),
                Kind::Instant | Kind::Milliseconds => {
                    Builder::Instant(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
                }
                Kind::Day => Builder::Day(Date32Builder::new()),
            })
            .collect();
        Self { columns, schema: schema(columns), builders, rejected: Vec::new(), count: 0, bytes: 0 }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
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
            self.rejected.push(RejectedRow { position: String::new(), reason, row: object.to_string() });
            return;
        }
        for (column, builder) in self.columns.iter().zip(&mut self.builders) {
            let value = object.pointer(column.place).filter(|value| !value.is_null());
            self.bytes += 8;
            match builder {
                Builder::Text(builder) => {
                    let text = value.map(|value| match (column.kind, value) {
                        (Kind::Json, value) => value.to_string(),
                        (_, Value::String(text)) => text.clone(),
                        (_, value) => value.to_string(),
                    });
                    self.bytes += text.as_ref().map_or(0, String::len);
                    builder.append_option(text);
                }
                Builder::Number(builder) => builder.append_option(value.and_then(whole_number)),
                Builder::Flag(builder) => builder.append_option(value.and_then(Value::as_bool)),
                Builder::Instant(builder) => builder.append_option(value.and_then(|value| match column.kind {
                    Kind::Milliseconds => whole_number(value).map(|millis| millis.saturating_mul(1000)),
                    _ => microseconds(value.as_str()?),
                })),
                Builder::Day(builder) => builder.append_option(value.and_then(Value::as_str).and_then(days)),
            }
        }
        self.count += 1;
    }

    /// About how large the batch is.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The rows so far, as events; they are gone from here.
    pub(super) fn take(&mut self) -> Result<Vec<ReadEvent>, ConnectorError> {
        let mut events = Vec::new();
        if !self.rejected.is_empty() {
            events.push(ReadEvent::RejectedRows(std::mem::take(&mut self.rejected)));
        }
        if self.count == 0 {
            return Ok(events);
        }
        let schema = self.schema();
        let columns = self.builders.iter_mut().map(|builder| -> ArrayRef {
            match builder {
                Builder::Text(builder) => Arc::new(builder.finish()),
                Builder::Number(builder) => Arc::new(builder.finish()),
                Builder::Flag(builder) => Arc::new(builder.finish()),
                Builder::Instant(builder) => Arc::new(builder.finish()),
                Builder::Day(builder) => Arc::new(builder.finish()),
            }
        });
        let batch = RecordBatch::try_new(schema, columns.collect());
        events.push(ReadEvent::Batch(batch.map_err(|error| ConnectorError::data("Google", error.to_string()))?));
        (self.count, self.bytes) = (0, 0);
        Ok(events)
    }
}

/// A number that is written as one, or as text.
pub(super) fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn microseconds(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_micros())
}

fn days(text: &str) -> Option<i32> {
    let epoch = NaiveDate::default();
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| i32::try_from((day - epoch).num_days()).ok())
}
