//! Graph's objects as rows: which part of the JSON goes into which column.

use std::borrow::Cow;
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;

use crate::sdk::rows::{self, Cell};
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

impl Kind {
    fn holds(self) -> rows::Kind {
        match self {
            Self::Key | Self::Text => rows::Kind::Text,
            Self::Integer => rows::Kind::Integer,
            Self::Number => rows::Kind::Real,
            Self::Flag | Self::Removed => rows::Kind::Flag,
            Self::Instant | Self::Moment => rows::Kind::Instant,
            Self::Date => rows::Kind::Date,
            Self::Json => rows::Kind::Json,
        }
    }

    /// What a value must be that is told where it is something else.
    fn word(self) -> Option<&'static str> {
        match self {
            Self::Integer => Some("whole number"),
            Self::Number => Some("number"),
            Self::Date => Some("date"),
            Self::Moment => Some("moment in UTC"),
            Self::Instant => Some("instant"),
            Self::Key | Self::Text | Self::Flag | Self::Json | Self::Removed => None,
        }
    }
}

impl Column {
    fn field(&self) -> Field {
        let is_required = matches!(self.kind, Kind::Key | Kind::Removed);
        rows::field(&self.name, self.kind.holds(), is_required, &self.description)
    }

    /// A value of an object; NULL where it is of another kind.
    fn cell<'a>(&self, value: &'a Value) -> Cell<'a> {
        match self.kind {
            Kind::Key | Kind::Text => Cell::text_of(value),
            Kind::Json => Cell::json_of(value),
            Kind::Integer => whole_number(value).into(),
            Kind::Number => any_number(value).into(),
            Kind::Flag | Kind::Removed => value.as_bool().into(),
            Kind::Instant | Kind::Moment => instant_of(value, self.kind).into(),
            Kind::Date => day_of(value).into(),
        }
    }
}

/// The columns as Arrow has them.
pub(super) fn schema(columns: &[Column]) -> SchemaRef {
    Arc::new(Schema::new(columns.iter().map(Column::field).collect::<Vec<_>>()))
}

/// Gathers rows for a batch.
pub(super) struct Rows {
    columns: Arc<[Column]>,
    rows: rows::Rows,
    values: Vec<RejectedValue>,
}

impl Rows {
    pub(super) fn of(columns: &Arc<[Column]>) -> Self {
        let described = columns.iter().map(|column| (column.field(), column.kind.holds()));
        let rows = rows::Rows::with(described);
        Self { rows, columns: Arc::clone(columns), values: Vec::new() }
    }

    pub(super) fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }

    /// Adds an object. One without a key is rejected.
    pub(super) fn add(&mut self, object: &Value) {
        let mut keys = self.columns.iter().filter(|column| column.kind == Kind::Key);
        let missing =
            keys.find(|column| object.pointer(&column.place).and_then(Value::as_str).is_none_or(str::is_empty));
        if let Some(column) = missing {
            let position = object.get("id").map(Value::to_string).unwrap_or_default();
            let reason = format!("it has no {}", column.name);
            self.rows.reject(RejectedRow { position, reason, row: object.to_string() });
            return;
        }
        let is_gone = is_removed(object);
        let mut cells = Vec::with_capacity(self.columns.len());
        for column in self.columns.iter() {
            let value = object.pointer(&column.place).filter(|value| !value.is_null());
            let cell = match value {
                _ if column.kind == Kind::Removed => Cell::Flag(is_gone),
                Some(value) => column.cell(value),
                None => Cell::Null,
            };
            if value.is_some()
                && cell == Cell::Null
                && let Some(word) = column.kind.word()
            {
                let (column, reason) = (column.name.clone().into_owned(), format!("a value is no {word}"));
                self.values.push(RejectedValue { column, reason, count: 1 });
            }
            cells.push(cell);
        }
        self.rows.add(cells);
    }

    /// About how large the batch is.
    pub(super) fn bytes(&self) -> usize {
        self.rows.bytes()
    }

    /// The rows so far, as events; they are gone from here.
    pub(super) fn take(&mut self) -> Result<Vec<ReadEvent>, ConnectorError> {
        let mut events: Vec<ReadEvent> = self.values.drain(..).map(ReadEvent::RejectedValue).collect();
        events.extend(self.rows.events()?);
        Ok(events)
    }
}

/// A number that is written as one, with nothing but zeros behind the point, or as text.
fn whole_number(value: &Value) -> Option<i64> {
    let whole = |number: f64| (number.fract() == 0. && number.abs() < 9e15).then_some(number as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(whole)).or_else(|| value.as_str()?.parse().ok())
}

fn any_number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn instant_of(value: &Value, kind: Kind) -> Option<DateTime<Utc>> {
    let text = match kind {
        Kind::Moment => value.get("dateTime")?.as_str()?,
        _ => value.as_str()?,
    };
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return Some(instant.to_utc());
    }
    let zone = value.get("timeZone").and_then(Value::as_str).unwrap_or("UTC");
    let is_utc = matches!(zone, "UTC" | "Etc/UTC" | "tzone://Microsoft/Utc" | "Etc/GMT" | "GMT");
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().filter(|_| is_utc)?;
    Some(local.and_utc())
}

/// A day; a time behind it is left out.
fn day_of(value: &Value) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(value.as_str()?.get(..10)?, "%Y-%m-%d").ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn moments_are_read_in_utc() {
        let micros = |value: &Value, kind| instant_of(value, kind).map(|instant| instant.timestamp_micros());
        assert_eq!(micros(&json!("2024-01-01T00:00:00.5Z"), Kind::Instant), Some(1_704_067_200_500_000));
        assert_eq!(micros(&json!("2024-01-01T01:00:00+01:00"), Kind::Instant), Some(1_704_067_200_000_000));
        let moment = |zone: &str| json!({ "dateTime": "2024-01-01T00:00:00.0000000", "timeZone": zone });
        assert_eq!(micros(&moment("UTC"), Kind::Moment), Some(1_704_067_200_000_000));
        assert_eq!(micros(&moment("Pacific Standard Time"), Kind::Moment), None);
        let days = day_of(&json!("2024-01-01T00:00:00Z")).map(|day| (day - NaiveDate::default()).num_days());
        assert_eq!(days, Some(19_723));
    }
}
