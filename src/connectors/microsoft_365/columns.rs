//! Graph's objects as rows: which part of the JSON goes into which column.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::{DataType, Schema, SchemaRef};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde_json::Value;

use crate::sdk::types::{DESCRIPTION, FORMAT, field, instant};
use crate::sdk::{ConnectorError, ReadEvent, RejectedRow, RejectedValue};

/// A column of a table.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: Cow<'static, str>,
    pub(super) kind: Kind,
    /// Where it stands in the object, as a JSON pointer.
    pub(super) place: Cow<'static, str>,
    pub(super) description: Cow<'static, str>,
}

/// How a value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What tells a row from the others: a text that is never missing.
    Key,
    Text,
    Integer,
    Number,
    Flag,
    /// RFC 3339.
    Instant,
    /// Outlook's `{dateTime, timeZone}`, which is asked for in UTC.
    Moment,
    Date,
    /// Whatever stands there, as JSON text.
    Json,
    /// Whether the object is one that is gone.
    Removed,
}

macro_rules! kinds {
    ($($name:ident => $kind:ident),+) => {$(
        pub(super) const fn $name(name: &'static str, place: &'static str, description: &'static str) -> Column {
            Column {
                name: Cow::Borrowed(name),
                kind: Kind::$kind,
                place: Cow::Borrowed(place),
                description: Cow::Borrowed(description),
            }
        }
    )+};
}

kinds! {
    key => Key, text => Text, integer => Integer, flag => Flag, at => Instant, moment => Moment, json => Json
}

/// The column that marks what is gone.
pub(super) const fn removed() -> Column {
    Column {
        name: Cow::Borrowed("is_removed"),
        kind: Kind::Removed,
        place: Cow::Borrowed(""),
        description: Cow::Borrowed(
            "Whether it was deleted or moved away since; an incremental sync keeps its key alone",
        ),
    }
}

/// Whether an object of a list of changes says that it is gone.
pub(super) fn is_removed(object: &Value) -> bool {
    ["@removed", "deleted"].iter().any(|mark| object.get(*mark).is_some_and(Value::is_object))
}

/// The columns as Arrow has them.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    let fields = columns.iter().map(|column| {
        let data_type = match column.kind {
            Kind::Key | Kind::Text | Kind::Json => DataType::Utf8,
            Kind::Integer => DataType::Int64,
            Kind::Number => DataType::Float64,
            Kind::Flag | Kind::Removed => DataType::Boolean,
            Kind::Instant | Kind::Moment => instant(),
            Kind::Date => DataType::Date32,
        };
        let mut metadata = Vec::new();
        if !column.description.is_empty() {
            metadata.push((DESCRIPTION, column.description.as_ref()));
        }
        if column.kind == Kind::Json {
            metadata.push((FORMAT, "json"));
        }
        field(&column.name, data_type, !matches!(column.kind, Kind::Key | Kind::Removed), &metadata)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Flag(BooleanBuilder),
    Instant(TimestampMicrosecondBuilder),
    Date(Date32Builder),
}

/// Gathers rows for a batch.
pub(super) struct Rows {
    columns: Arc<[Column]>,
    schema: SchemaRef,
    builders: Vec<Builder>,
    rejected: Vec<RejectedRow>,
    values: Vec<RejectedValue>,
    count: usize,
    bytes: usize,
}

impl Rows {
    pub(super) fn of(columns: &Arc<[Column]>) -> Self {
        let builders = columns
            .iter()
            .map(|column| match column.kind {
                Kind::Key | Kind::Text | Kind::Json => Builder::Text(StringBuilder::new()),
                Kind::Integer => Builder::Integer(Int64Builder::new()),
                Kind::Number => Builder::Number(Float64Builder::new()),
                Kind::Flag | Kind::Removed => Builder::Flag(BooleanBuilder::new()),
                Kind::Instant | Kind::Moment => {
                    Builder::Instant(TimestampMicrosecondBuilder::new().with_timezone("UTC"))
                }
                Kind::Date => Builder::Date(Date32Builder::new()),
            })
            .collect();
        let (rejected, values) = (Vec::new(), Vec::new());
        Self { schema: schema(columns), columns: Arc::clone(columns), builders, rejected, values, count: 0, bytes: 0 }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// Adds an object. One without a key is rejected.
    pub(super) fn add(&mut self, object: &Value) {
        let mut keys = self.columns.iter().filter(|column| column.kind == Kind::Key);
        let missing =
            keys.find(|column| object.pointer(&column.place).and_then(Value::as_str).is_none_or(str::is_empty));
        if let Some(column) = missing {
            let position = object.get("id").map(Value::to_string).unwrap_or_default();
            let reason = format!("it has no {}", column.name);
            self.rejected.push(RejectedRow { position, reason, row: object.to_string() });
            return;
        }
        let is_gone = is_removed(object);
        let columns = Arc::clone(&self.columns);
        for (column, builder) in columns.iter().zip(&mut self.builders) {
            let value = object.pointer(&column.place).filter(|value| !value.is_null());
            let is_lost = match builder {
                Builder::Text(builder) => {
                    let text = value.map(|value| text_of(value, column.kind));
                    self.bytes += 4 + text.as_deref().map_or(0, str::len);
                    builder.append_option(text);
                    false
                }
                Builder::Integer(builder) => {
                    let number = value.and_then(whole_number);
                    builder.append_option(number);
                    value.is_some() && number.is_none()
                }
                Builder::Number(builder) => {
                    let number = value.and_then(any_number);
                    builder.append_option(number);
                    value.is_some() && number.is_none()
                }
                Builder::Flag(builder) if column.kind == Kind::Removed => {
                    builder.append_value(is_gone);
                    false
                }
                Builder::Flag(builder) => {
                    builder.append_option(value.and_then(Value::as_bool));
                    false
                }
                Builder::Instant(builder) => {
                    let micros = value.and_then(|value| instant_of(value, column.kind));
                    builder.append_option(micros);
                    value.is_some() && micros.is_none()
                }
                Builder::Date(builder) => {
                    let day = value.and_then(day_of);
                    builder.append_option(day);
                    value.is_some() && day.is_none()
                }
            };
            self.bytes += 8;
            if is_lost {
                let reason = format!("a value is no {}", kind_word(column.kind));
                self.values.push(RejectedValue { column: column.name.clone().into_owned(), reason, count: 1 });
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
        let mut events: Vec<ReadEvent> = self.values.drain(..).map(ReadEvent::RejectedValue).collect();
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
                Builder::Integer(builder) => Arc::new(builder.finish()),
                Builder::Number(builder) => Arc::new(builder.finish()),
                Builder::Flag(builder) => Arc::new(builder.finish()),
                Builder::Instant(builder) => Arc::new(builder.finish()),
                Builder::Date(builder) => Arc::new(builder.finish()),
            }
        });
        let batch = RecordBatch::try_new(schema, columns.collect());
        events.push(ReadEvent::Batch(batch.map_err(|error| ConnectorError::data("Microsoft 365", error.to_string()))?));
        (self.count, self.bytes) = (0, 0);
        Ok(events)
    }
}

fn text_of(value: &Value, kind: Kind) -> String {
    match (kind, value) {
        (Kind::Json, value) => value.to_string(),
        (_, Value::String(text)) => text.clone(),
        (_, value) => value.to_string(),
    }
}

/// A number that is written as one, or as text.
fn whole_number(value: &Value) -> Option<i64> {
    let whole = |number: f64| (number.fract() == 0. && number.abs() < 9e15).then_some(number as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(whole)).or_else(|| value.as_str()?.parse().ok())
}

fn any_number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn instant_of(value: &Value, kind: Kind) -> Option<i64> {
    let text = match kind {
        Kind::Moment => value.get("dateTime")?.as_str()?,
        _ => value.as_str()?,
    };
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.timestamp_micros());
    }
    let zone = value.get("timeZone").and_then(Value::as_str).unwrap_or("UTC");
    let is_utc = matches!(zone, "UTC" | "Etc/UTC" | "tzone://Microsoft/Utc" | "Etc/GMT" | "GMT");
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().filter(|_| is_utc)?;
    Some(local.and_utc().timestamp_micros())
}

/// Days since 1970; a time behind the date is left out.
fn day_of(value: &Value) -> Option<i32> {
    let day = NaiveDate::parse_from_str(value.as_str()?.get(..10)?, "%Y-%m-%d").ok()?;
    i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).ok()
}

fn kind_word(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "whole number",
        Kind::Number => "number",
        Kind::Date => "date",
        Kind::Moment => "moment in UTC",
        _ => "instant",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_read_in_utc() {
        let micros = |value: &Value, kind| instant_of(value, kind);
        assert_eq!(micros(&json!("2024-01-01T00:00:00.5Z"), Kind::Instant), Some(1_704_067_200_500_000));
        assert_eq!(micros(&json!("2024-01-01T01:00:00+01:00"), Kind::Instant), Some(1_704_067_200_000_000));
        let moment = |zone: &str| json!({ "dateTime": "2024-01-01T00:00:00.0000000", "timeZone": zone });
        assert_eq!(micros(&moment("UTC"), Kind::Moment), Some(1_704_067_200_000_000));
        assert_eq!(micros(&moment("Pacific Standard Time"), Kind::Moment), None);
        assert_eq!(day_of(&json!("2024-01-01T00:00:00Z")), Some(19_723));
    }
}
