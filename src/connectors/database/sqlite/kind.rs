//! The rule by which a SQLite column gets its one type.
//!
//! SQLite types values, and a declared type only leans a column to a class. So the declared type proposes a kind, the
//! values decide whether it holds:
//!
//! | declared | kept as |
//! |---|---|
//! | contains `INT` | bigint |
//! | `REAL`, `FLOAT`, `DOUBLE` … | double |
//! | `DECIMAL(p,s)`, `NUMERIC(p,s)` up to 38 digits | decimal(p,s) |
//! | `DECIMAL`, `NUMERIC` without digits | double |
//! | `BOOL`, `BOOLEAN` holding 0, 1, true, false | boolean |
//! | `DATE`, `DATETIME`, `TIMESTAMP` holding ISO-8601 text | date, timestamp; with time zone where every value has one |
//! | `BLOB`, and whatever else holds bytes alone | binary |
//! | `CHAR`, `CLOB`, `TEXT` | text |
//! | `JSON` | text in JSON |
//! | nothing, or any other word | text |
//!
//! A column that holds a value which its kind cannot keep exactly is kept as the next kind that can: dates as numbers
//! (whose unit nobody knows) as bigint or double, booleans and decimals as numbers, bytes alone as binary, whatever was
//! declared, and everything else as text. There a number stands as its shortest exact form, and bytes, or text that is
//! not UTF-8, as SQLite writes them (`X'00FF'`), so that bytes never become the text that they would spell.
//!
//! Only a column that is binary in the lake cannot become text any more: rows with anything else in it are rejected
//! until the table is read in full.

use arrow::datatypes::{DataType, Field};
use serde::{Deserialize, Serialize};

use crate::sdk::types;

/// What a column is read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Integer,
    Real,
    Decimal {
        precision: u8,
        scale: i8,
    },
    Boolean,
    Date,
    Timestamp,
    /// Every value names its distance from UTC.
    Instant,
    Blob,
    Text,
    Json,
}

impl Kind {
    /// What a declared type proposes.
    pub(super) fn of_declared(declared: &str) -> Self {
        let upper = declared.trim().to_ascii_uppercase();
        let word = upper.split('(').next().unwrap_or_default().trim();
        match word {
            "BOOL" | "BOOLEAN" => return Self::Boolean,
            "DATE" => return Self::Date,
            "DATETIME" | "DATETIME2" | "TIMESTAMP" | "TIMESTAMP WITHOUT TIME ZONE" => return Self::Timestamp,
            "TIMESTAMPTZ" | "TIMESTAMP WITH TIME ZONE" | "DATETIMEOFFSET" => return Self::Instant,
            "DECIMAL" | "NUMERIC" | "NUMBER" | "DEC" => return decimal_of_arguments(&upper),
            "JSON" => return Self::Json,
            _ => {}
        }
        // SQLite's own rules of affinity, in its order.
        let contains_any = |parts: &[&str]| parts.iter().any(|part| upper.contains(part));
        if contains_any(&["INT"]) {
            Self::Integer
        } else if contains_any(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if contains_any(&["BLOB", "BINARY"]) {
            Self::Blob
        } else if contains_any(&["REAL", "FLOA", "DOUB"]) {
            Self::Real
        } else {
            Self::Text
        }
    }

    /// The kind that keeps what this one has kept so far beside what needs the other.
    pub(super) fn beside(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::Boolean, Self::Integer) => Self::Integer,
            (Self::Boolean | Self::Integer | Self::Decimal { .. }, Self::Real) => Self::Real,
            (Self::Date, Self::Timestamp) => Self::Timestamp,
            // Bytes have no text form, so what is none is rejected.
            (Self::Blob, _) => Self::Blob,
            _ => Self::Text,
        }
    }

    /// The Arrow type of its batches.
    pub(super) fn data_type(self) -> DataType {
        match self {
            Self::Integer => DataType::Int64,
            Self::Real => DataType::Float64,
            Self::Decimal { precision, scale } => DataType::Decimal128(precision, scale),
            Self::Boolean => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::Timestamp => types::local_timestamp(),
            Self::Instant => types::instant(),
            Self::Blob => DataType::Binary,
            Self::Text | Self::Json => DataType::Utf8,
        }
    }

    /// The field of a column that was declared as `declared` and is read as this kind.
    pub(super) fn field(self, name: &str, declared: &str, nullable: bool) -> Field {
        let note = self.note(declared);
        let mut metadata = vec![(types::SOURCE_TYPE, declared)];
        if self == Self::Json {
            metadata.push((types::FORMAT, "json"));
        }
        if let Some(note) = &note {
            metadata.push((types::MAPPED, note));
        }
        types::field(name, self.data_type(), nullable, &metadata)
    }

    fn note(self, declared: &str) -> Option<String> {
        let proposed = Self::of_declared(declared);
        (proposed != self).then(|| {
            let kept = types::type_name(&self.data_type());
            let declared = if declared.is_empty() { "without a type" } else { declared };
            format!("declared {declared}, holds values that do not fit, is kept as {kept}")
        })
    }
}

fn decimal_of_arguments(declared: &str) -> Kind {
    let arguments = declared.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map(|(inside, _)| inside);
    let Some(arguments) = arguments else { return Kind::Real };
    let mut numbers = arguments.split(',').map(|number| number.trim().parse::<u8>());
    match (numbers.next(), numbers.next()) {
        (Some(Ok(precision @ 1..=38)), None) => Kind::Decimal { precision, scale: 0 },
        (Some(Ok(precision @ 1..=38)), Some(Ok(scale))) if scale <= precision => {
            Kind::Decimal { precision, scale: scale.cast_signed() }
        }
        _ => Kind::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_moves_on_to_one_that_keeps_both() {
        let moves = [
            (Kind::Date, Kind::Date, Kind::Date),
            (Kind::Date, Kind::Timestamp, Kind::Timestamp),
            (Kind::Boolean, Kind::Integer, Kind::Integer),
            (Kind::Integer, Kind::Real, Kind::Real),
            (Kind::Real, Kind::Integer, Kind::Text),
            (Kind::Date, Kind::Integer, Kind::Text),
            (Kind::Timestamp, Kind::Instant, Kind::Text),
            (Kind::Integer, Kind::Blob, Kind::Text),
            (Kind::Text, Kind::Blob, Kind::Text),
            (Kind::Blob, Kind::Text, Kind::Blob),
        ];
        for (before, found, kept) in moves {
            assert_eq!(before.beside(found), kept, "{before:?} and {found:?}");
        }
    }

    #[test]
    fn declared_types_propose_a_kind() {
        let proposals = [
            ("INTEGER", Kind::Integer),
            ("unsigned big int", Kind::Integer),
            ("varchar(20)", Kind::Text),
            ("DOUBLE PRECISION", Kind::Real),
            ("decimal(12, 2)", Kind::Decimal { precision: 12, scale: 2 }),
            ("NUMERIC(5)", Kind::Decimal { precision: 5, scale: 0 }),
            ("numeric", Kind::Real),
            ("DECIMAL(60,2)", Kind::Text),
            ("DECIMAL(2,5)", Kind::Text),
            ("bool", Kind::Boolean),
            ("datetime", Kind::Timestamp),
            ("TIMESTAMP(6)", Kind::Timestamp),
            ("Date", Kind::Date),
            ("BLOB", Kind::Blob),
            ("json", Kind::Json),
            ("", Kind::Text),
            ("uuid", Kind::Text),
        ];
        for (declared, kind) in proposals {
            assert_eq!(Kind::of_declared(declared), kind, "{declared}");
        }
    }
}
