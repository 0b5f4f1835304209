//! Slack's objects as rows: which part of the JSON goes into which column.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanBuilder, Int64Builder, RecordBatch, StringBuilder, TimestampMicrosecondBuilder};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use serde_json::Value;

use super::moment::Moment;
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

/// The columns as Arrow has them.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    let fields = columns.iter().map(|column| {
        let data_type = match column.kind {
            Kind::Key | Kind::Text | Kind::Json => DataType::Utf8,
            Kind::Number => DataType::Int64,
            Kind::Flag => DataType::Boolean,
            Kind::Instant => instant(),
        };
        let mut metadata = vec![(DESCRIPTION, column.description)];
        if column.kind == Kind::Json {
            metadata.push((FORMAT, "json"));
        }
        field(column.name, data_type, column.kind != Kind::Key, &metadata)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

enum Builder {
    Text(StringBuilder),
    Number(Int64Builder),
    Flag(BooleanBuilder),
    Instant(TimestampMicrosecondBuilder),
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
                Kind::Number => Builder::Number(Int64Builder::new()),
                Kind::Flag => Builder::Flag(BooleanBuilder::new()),
                Kind::Instant => Builder::Instant(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            })
            .collect();
        Self { columns, schema: schema(columns), builders, rejected: Vec::new(), count: 0, bytes: 0 }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
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
        for (column, builder) in self.columns.iter().zip(&mut self.builders) {
            let value = object.pointer(column.place).filter(|value| !value.is_null());
            match builder {
                Builder::Text(builder) => {
                    let text = value.map(|value| match (column.kind, value) {
                        (Kind::Json, value) => value.to_string(),
                        (_, Value::String(text)) => text.clone(),
                        (_, value) => value.to_string(),
                    });
                    self.bytes += 4 + text.as_ref().map_or(0, String::len);
                    builder.append_option(text);
                }
                Builder::Number(builder) => {
                    self.bytes += 8;
                    builder.append_option(value.and_then(whole_number));
                }
                Builder::Flag(builder) => builder.append_option(value.and_then(Value::as_bool)),
                Builder::Instant(builder) => {
                    self.bytes += 8;
                    builder.append_option(value.and_then(Moment::of_json).map(Moment::microseconds));
                }
            }
        }
        self.count += 1;
    }

    pub(super) fn reject(&mut self, object: &Value, reason: String) {
        let position =
            object.get("ts").or_else(|| object.get("id")).and_then(Value::as_str).unwrap_or_default().to_owned();
        self.rejected.push(RejectedRow { position, reason, row: object.to_string() });
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
        let columns = self.builders.iter_mut().map(|builder| -> ArrayRef {
            match builder {
                Builder::Text(builder) => Arc::new(builder.finish()),
                Builder::Number(builder) => Arc::new(builder.finish()),
                Builder::Flag(builder) => Arc::new(builder.finish()),
                Builder::Instant(builder) => Arc::new(builder.finish()),
            }
        });
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns.collect());
        events.push(ReadEvent::Batch(batch.map_err(|error| ConnectorError::data("Slack", error.to_string()))?));
        (self.count, self.bytes) = (0, 0);
        Ok(events)
    }
}

/// A number that is written as one, or as text.
fn whole_number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
