//! Where a read of a SQLite table stands, as JSON that loses nothing.

use std::collections::BTreeMap;

use rusqlite::types::{Value, ValueRef};
use serde::{Deserialize, Serialize};

use super::kind::Kind;
use crate::sdk::ConnectorError;

/// A checkpoint: every row up to here was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Position {
    /// The row's number, in tables that have one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rowid: Option<i64>,
    /// The row's primary key, in tables without a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<Vec<Exact>>,
    /// The cursor field of an incremental read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
    /// The highest value of the cursor field so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<Exact>,
    /// The cursor field's greatest value when an incremental read began; at its end only where that is not the cursor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) newest: Option<Exact>,
    /// Whether the rows with a cursor are done, and row or key is one of those without.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) without_cursor: bool,
    /// Whether nothing is left.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) end: bool,
    /// What each column was found to hold so far; the rows of one sync alone may look like something else.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) kinds: BTreeMap<String, Kept>,
    /// The schema's version, where VACUUM would deal the row numbers anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) schema_version: Option<i64>,
}

/// The kind of a column, and how it was declared then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    pub(super) declared: String,
    pub(super) kind: Kind,
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
        let newest = self.newest.filter(|newest| *newest != cursor && newest.is_place_behind(Some(&cursor)));
        std::iter::once(cursor).chain(newest).collect()
    }
}

/// A value of SQLite in JSON, with its class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Exact {
    Integer(i64),
    Text(String),
    /// A double in its shortest exact digits.
    Real {
        real: String,
    },
    /// Bytes in hexadecimal digits.
    Blob {
        blob: String,
    },
}

impl Exact {
    /// `None` for NULL and for text that is not UTF-8, which no statement can be given.
    pub(super) fn of(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Null => None,
            ValueRef::Integer(integer) => Some(Self::Integer(integer)),
            ValueRef::Real(real) => Some(Self::Real { real: format!("{real:?}") }),
            ValueRef::Text(text) => std::str::from_utf8(text).ok().map(|text| Self::Text(text.to_owned())),
            ValueRef::Blob(bytes) => Some(Self::Blob { blob: hex::encode(bytes) }),
        }
    }

    /// The value to compare with.
    ///
    /// # Errors
    /// `Data` where the digits were tampered with.
    pub(super) fn to_value(&self) -> Result<Value, ConnectorError> {
        let broken = |_| ConnectorError::data("the checkpoint", "holds a value that cannot be read");
        Ok(match self {
            Self::Integer(integer) => Value::Integer(*integer),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Real { real } => Value::Real(real.parse().map_err(|_| broken(()))?),
            Self::Blob { blob } => Value::Blob(hex::decode(blob).map_err(|_| broken(()))?),
        })
    }

    /// In the order of SQLite: numbers before texts before bytes.
    pub(super) fn class(&self) -> u8 {
        match self {
            Self::Integer(_) | Self::Real { .. } => 0,
            Self::Text(_) => 1,
            Self::Blob { .. } => 2,
        }
    }

    /// Whether a read can go on from here: behind an infinity nothing would come any more, nor behind a text among numbers.
    pub(super) fn is_place_behind(&self, before: Option<&Self>) -> bool {
        let is_finite = match self {
            Self::Real { real } => real.parse::<f64>().is_ok_and(f64::is_finite),
            _ => true,
        };
        is_finite && before.is_none_or(|before| self.class() <= before.class())
    }

    /// Whether SQLite holds both for equal: an integer may equal a double.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Integer(integer), Self::Real { real }) | (Self::Real { real }, Self::Integer(integer)) => {
                real.parse::<f64>().is_ok_and(|real| real == *integer as f64)
            }
            (one, other) => one == other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdk::Cursor;

    #[test]
    fn values_survive_json() {
        for value in [
            Value::Integer(i64::MIN),
            Value::Real(0.1 + 0.2),
            Value::Real(f64::INFINITY),
            Value::Text("naïve \"日\"".into()),
            Value::Blob(vec![0, 255]),
        ] {
            let exact = Exact::of(ValueRef::from(&value)).expect("not NULL");
            let json = serde_json::to_string(&exact).expect("serializes");
            let back: Exact = serde_json::from_str(&json).expect("parses");
            assert_eq!(back.to_value().expect("reads"), value, "{json}");
        }
    }

    #[test]
    fn a_foreign_checkpoint_is_refused() {
        let error = Cursor(serde_json::json!({ "lsn": 5 })).read::<Position>("t").unwrap_err();
        assert_eq!(error.to_string(), "t: the checkpoint cannot be read; sync it in full");
    }
}
