//! How far a read got, in the form that outlives the process.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType,
};
use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::sdk::{ConnectorError, Cursor};

/// Where a read stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Position {
    /// A full read: the ranges of the key that are still to be read.
    Full {
        /// The column of the key; none where only the end is a place to stand at.
        key: Option<String>,
        remaining: Vec<Span>,
    },
    /// A full read in the order of a key of any types.
    Ordered {
        /// The columns of the key.
        key: Vec<String>,
        /// That of the last row which was given, as PostgreSQL's texts.
        after: Vec<String>,
    },
    /// An incremental read: everything up to these values was given.
    Incremental {
        /// The cursor field.
        field: String,
        /// Its type, as [`Column::type_mark`](super::columns::Column::type_mark) says it; earlier versions did not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        field_type: Option<String>,
        /// Its last value as PostgreSQL's text; none where there was no row yet.
        cursor: Option<String>,
        /// The key of the last row; empty where every row of that cursor value was given.
        key: Vec<String>,
        /// The cursor field's greatest value when the read began, where that is not `cursor`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        newest: Option<String>,
        /// Whether the read came to its end, rows without a cursor included.
        complete: bool,
    },
}

/// A range of a key: behind the first, up to and with the second; open where one is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Span(pub(super) Option<i64>, pub(super) Option<i64>);

impl Position {
    /// Reads a checkpoint.
    ///
    /// # Errors
    /// `Data` where it is none of ours.
    pub(super) fn read(cursor: &Cursor) -> Result<Self, ConnectorError> {
        serde_json::from_value(cursor.0.clone()).map_err(|error| ConnectorError::Data {
            place: "checkpoint".into(),
            message: "it is not one of this connector; read the source in full again".into(),
            cause: Some(error.into()),
        })
    }

    /// The checkpoint for it.
    pub(super) fn checkpoint(&self) -> Cursor {
        Cursor(serde_json::to_value(self).expect("texts, numbers and lists of them are JSON"))
    }
}

/// Puts neighbouring spans together; they come in order.
pub(super) fn merged(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        match merged.last_mut() {
            Some(last) if last.1.is_some() && last.1 == span.0 => last.1 = span.1,
            _ => merged.push(span),
        }
    }
    merged
}

/// An integer of a column, whatever its width.
pub(super) fn integer(array: &ArrayRef, row: usize) -> Option<i64> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Int16 => Some(array.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => Some(array.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => Some(array.as_primitive::<Int64Type>().value(row)),
        _ => None,
    }
}

/// A value as a text that PostgreSQL reads back as the same value; `None` for NULL and for what has no such text.
pub(super) fn text(array: &ArrayRef, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    match array.data_type() {
        DataType::Int16 | DataType::Int32 | DataType::Int64 => integer(array, row).map(|integer| integer.to_string()),
        DataType::Float32 => Some(array.as_primitive::<Float32Type>().value(row))
            .filter(|real| real.is_finite())
            .map(|real| format!("{real:?}")),
        DataType::Float64 => Some(array.as_primitive::<Float64Type>().value(row))
            .filter(|real| real.is_finite())
            .map(|real| format!("{real:?}")),
        DataType::Utf8 => Some(array.as_string::<i32>().value(row).to_owned()),
        DataType::Boolean => Some(array.as_boolean().value(row).to_string()),
        DataType::Binary => Some(format!("\\x{}", hex::encode(array.as_binary::<i32>().value(row)))),
        DataType::Decimal128(..) => Some(array.as_primitive::<Decimal128Type>().value_as_string(row)),
        DataType::Date32 => {
            let days = array.as_primitive::<Date32Type>().value(row);
            let day = DateTime::UNIX_EPOCH.naive_utc().checked_add_signed(TimeDelta::try_days(days.into())?)?;
            Some(time_text(day, "%m-%d", ""))
        }
        DataType::Timestamp(_, zone) => {
            let time = DateTime::from_timestamp_micros(array.as_primitive::<TimestampMicrosecondType>().value(row))?;
            Some(time_text(time.naive_utc(), "%m-%d %H:%M:%S%.6f", if zone.is_some() { "+00" } else { "" }))
        }
        _ => None,
    }
}

/// PostgreSQL counts years without a zero, and writes those before the first with `BC`.
fn time_text(time: NaiveDateTime, rest: &str, zone: &str) -> String {
    let (year, era) = if time.year() > 0 { (time.year(), "") } else { (1 - time.year(), " BC") };
    format!("{year:04}-{}{zone}{era}", time.format(rest))
}
