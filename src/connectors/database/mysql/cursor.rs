//! Where a read of a table stands, as JSON that loses nothing.

use serde::{Deserialize, Serialize};
use sqlx::mysql::MySqlRow;

use super::kind::Kind;
use super::value::{self, Moment, Time};
use crate::sdk::ConnectorError;

/// A checkpoint: every row up to here was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Position {
    /// The key of the last row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Vec<Exact>>,
    /// The cursor field of an incremental read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
    /// Its type as the server declares it; earlier versions did not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field_type: Option<String>,
    /// The highest value of the cursor field so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<Exact>,
    /// The cursor field's greatest value when an incremental read began; at its end only where that is not the cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<Exact>,
    /// Whether the rows with a cursor are done, and the key is of one of those without.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) without_cursor: bool,
    /// Whether nothing is left.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) end: bool,
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Position {
    /// From which values of the cursor field on the next read has to look: from the lowest of them.
    ///
    /// A read of several sittings has not seen in the later ones what was committed meanwhile behind where they began. All
    /// that a look-back is to find was open when the first began, or later: it lies no further than that before the value
    /// which was the newest then, however far the read came.
    pub(super) fn floors(self) -> Vec<Exact> {
        let Some(cursor) = self.cursor else { return Vec::new() };
        let newest = self.newest.filter(|newest| *newest != cursor);
        std::iter::once(cursor).chain(newest).collect()
    }
}

/// A value in JSON. What it is compared as, the column's type says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Exact {
    Integer(i64),
    Unsigned(u64),
    /// Text; decimals, dates and times as the server writes them.
    Text(String),
    /// A float in its shortest exact digits.
    Real {
        real: String,
    },
    /// Bytes in hexadecimal digits.
    Bytes {
        hex: String,
    },
}

impl Exact {
    /// A row's value; `None` for NULL and what no statement can be given.
    pub(super) fn of(row: &MySqlRow, index: usize, kind: Kind) -> Option<Self> {
        let bytes = value::bytes(row, index)?;
        Some(match kind {
            Kind::Integer { unsigned, .. } => Self::Integer(value::integer(bytes, unsigned).ok()?),
            Kind::Wide => Self::of_unsigned(value::unsigned(bytes).ok()?),
            Kind::Boolean | Kind::Bits { .. } => Self::of_unsigned(value::bits(bytes)),
            Kind::Float => Self::Real { real: format!("{:?}", f64::from(f32::from_le_bytes(bytes.try_into().ok()?))) },
            Kind::Double => Self::Real { real: format!("{:?}", f64::from_le_bytes(bytes.try_into().ok()?)) },
            Kind::Date => Self::Text(Moment::read(bytes).ok()?.date_text()),
            Kind::Datetime | Kind::Timestamp => Self::Text(Moment::read(bytes).ok()?.text()),
            Kind::Time { .. } => Self::Text(Time::read(bytes).ok()?.shown(6)),
            Kind::Decimal { .. } | Kind::Text | Kind::Json | Kind::Member => {
                Self::Text(std::str::from_utf8(bytes).ok()?.to_owned())
            }
            Kind::Bytes | Kind::Geometry => Self::Bytes { hex: hex::encode(bytes) },
        })
    }

    /// Small numbers are read back from JSON as signed ones, so they are that from the start.
    fn of_unsigned(integer: u64) -> Self {
        i64::try_from(integer).map_or(Self::Unsigned(integer), Self::Integer)
    }

    /// The value to compare with.
    ///
    /// # Errors
    /// `Data` where the digits were tampered with.
    pub(super) fn parameter(&self) -> Result<Parameter, ConnectorError> {
        let broken = || ConnectorError::data("the checkpoint", "holds a value that cannot be read");
        Ok(match self {
            Self::Integer(integer) => Parameter::Integer(*integer),
            Self::Unsigned(integer) => Parameter::Unsigned(*integer),
            Self::Text(text) => Parameter::Text(text.clone()),
            Self::Real { real } => Parameter::Real(real.parse().map_err(|_| broken())?),
            Self::Bytes { hex } => Parameter::Bytes(hex::decode(hex).map_err(|_| broken())?),
        })
    }
}

/// A value that a statement is given.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Parameter {
    Integer(i64),
    Unsigned(u64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<&str> for Parameter {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_json() {
        for exact in [
            Exact::Integer(i64::MIN),
            Exact::of_unsigned(u64::MAX),
            Exact::of_unsigned(7),
            Exact::Real { real: "1e-320".into() },
            Exact::Text("2024-01-01 00:00:00.000001".into()),
            Exact::Bytes { hex: "00ff".into() },
        ] {
            let json = serde_json::to_string(&exact).expect("serializes");
            let back: Exact = serde_json::from_str(&json).expect("parses");
            assert_eq!(back, exact, "{json}");
            assert!(back.parameter().is_ok());
        }
    }
}
