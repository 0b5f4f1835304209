//! The columns of records: found by looking at some of them, or declared.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::super::config::{ColumnType, RestSource};
use crate::sdk::rows::{Cell, Kind, Rows, field, whole_number};
use crate::sdk::{ConnectorError, ReadEvent, RejectedValue};

/// Where the members of a record are kept that have no column.
const OTHERS: &str = "other_fields";

/// The columns of a data source, but for [`OTHERS`].
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Columns(Vec<Column>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    column_type: ColumnType,
}

/// Values that became NULL, by column.
#[derive(Debug, Default)]
pub(super) struct Misfits(BTreeMap<usize, u64>);

impl Columns {
    /// Those of some records, in the order in which they are first seen, as the settings declare them.
    ///
    /// # Errors
    /// `Data` where a record is no object, or holds what we add.
    pub(super) fn found(source: &RestSource, records: &[Value]) -> Result<Self, ConnectorError> {
        let mut seen: Vec<(String, Option<ColumnType>)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for record in records {
            let Some(members) = record.as_object() else {
                return Err(ConnectorError::data(&source.path, "a record is no object of JSON"));
            };
            for (name, value) in members {
                let place = *places.entry(name.clone()).or_insert_with(|| {
                    seen.push((name.clone(), None));
                    seen.len() - 1
                });
                let known = seen[place].1;
                seen[place].1 = type_of(value).map_or(known, |new| Some(known.map_or(new, |known| both(known, new))));
            }
        }
        let unseen = |name: &&String| !places.contains_key(*name);
        let keys = source.primary_key.iter().filter(unseen).map(|name| (name.clone(), None));
        let modified = source.modified.iter().filter(unseen).map(|name| (name.clone(), Some(ColumnType::Instant)));
        let declared = source.columns.keys().filter(unseen).map(|name| (name.clone(), None));
        let mut columns: Vec<Column> = Vec::new();
        for (name, column_type) in keys.chain(modified).chain(declared).chain(seen) {
            if name == OTHERS {
                let message =
                    format!("its records have a field {OTHERS}, which is the name of the column for all others");
                return Err(ConnectorError::data(&source.path, message));
            }
            if columns.iter().all(|column| column.name != name) {
                let declared = source.columns.get(&name).copied();
                let column_type = declared.or(column_type).unwrap_or(ColumnType::Text);
                columns.push(Column { name, column_type });
            }
        }
        Ok(Self(columns))
    }

    /// What `discover` keeps for the read.
    pub(super) fn to_details(&self) -> Value {
        json!({ "columns": self.0 })
    }

    pub(super) fn of_details(details: &Value) -> Option<Self> {
        Vec::deserialize(details.get("columns")?).ok().map(Self)
    }

    pub(super) fn rows(&self) -> Rows {
        let columns = self.0.iter().map(|column| {
            let kind = column.column_type.kind();
            (field(&column.name, kind, false, ""), kind)
        });
        let others = (field(OTHERS, Kind::Json, false, "What else the record holds"), Kind::Json);
        Rows::with(columns.chain([others]))
    }

    /// The cells of a record.
    pub(super) fn row<'a>(&self, record: &'a Map<String, Value>, misfits: &mut Misfits) -> Vec<Cell<'a>> {
        let mut row: Vec<Cell<'a>> = Vec::with_capacity(self.0.len() + 1);
        let mut known = 0;
        for (place, column) in self.0.iter().enumerate() {
            let value = record.get(&column.name);
            known += usize::from(value.is_some());
            let value = value.unwrap_or(&Value::Null);
            let cell = cell(value, column.column_type);
            if cell.is_none() {
                *misfits.0.entry(place).or_default() += 1;
            }
            row.push(cell.unwrap_or(Cell::Null));
        }
        row.push(if known == record.len() { Cell::Null } else { self.others(record) });
        row
    }

    /// Why a record cannot be told from others: a column of its key would be NULL.
    pub(super) fn keyless(&self, key: &[String], record: &Map<String, Value>) -> Option<String> {
        key.iter().find_map(|name| {
            let value = record.get(name).unwrap_or(&Value::Null);
            let column_type =
                self.0.iter().find(|column| column.name == *name).map_or(ColumnType::Text, |of| of.column_type);
            match cell(value, column_type) {
                Some(Cell::Null) => Some(format!("the record has no {name}")),
                Some(_) => None,
                None => {
                    let kind = column_type.name();
                    Some(format!("the record's {name} is no {kind}; declare the column as text in columns"))
                }
            }
        })
    }

    fn others<'a>(&self, record: &Map<String, Value>) -> Cell<'a> {
        let has_no_column = |name: &str| self.0.iter().all(|column| column.name != name);
        let others = record.iter().filter(|(name, _)| has_no_column(name));
        Cell::json_of(&others.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into())
    }

    /// Tells of values that became NULL since the last time.
    pub(super) fn told(&self, misfits: &mut Misfits) -> Vec<ReadEvent> {
        let misfits = std::mem::take(&mut misfits.0);
        misfits
            .into_iter()
            .map(|(place, count)| {
                let Column { name, column_type } = &self.0[place];
                let reason = format!("it is no {}; declare the column as text in columns", column_type.name());
                ReadEvent::RejectedValue(RejectedValue { column: name.clone(), reason, count })
            })
            .collect()
    }
}

/// A moment with its zone.
pub(super) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(value.as_str()?).ok().map(|instant| instant.to_utc())
}

fn day(value: &Value) -> Option<NaiveDate> {
    value.as_str().filter(|text| text.len() == 10)?.parse().ok()
}

/// The type of a value; none where it says nothing.
fn type_of(value: &Value) -> Option<ColumnType> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => ColumnType::Boolean,
        Value::Number(number) if number.is_i64() => ColumnType::Integer,
        Value::Number(_) => ColumnType::Number,
        Value::String(_) if day(value).is_some() => ColumnType::Date,
        Value::String(_) if instant(value).is_some() => ColumnType::Instant,
        Value::String(text) if text.is_empty() => return None,
        Value::String(_) => ColumnType::Text,
        Value::Array(_) | Value::Object(_) => ColumnType::Json,
    })
}

/// The type that holds values of both.
fn both(one: ColumnType, other: ColumnType) -> ColumnType {
    match (one, other) {
        (one, other) if one == other => one,
        (ColumnType::Integer | ColumnType::Number, ColumnType::Integer | ColumnType::Number) => ColumnType::Number,
        (ColumnType::Json, _) | (_, ColumnType::Json) => ColumnType::Json,
        _ => ColumnType::Text,
    }
}

/// A value as its column holds it; none where it cannot be held.
fn cell(value: &Value, column_type: ColumnType) -> Option<Cell<'_>> {
    let is_blank = value.as_str().is_some_and(str::is_empty);
    if value.is_null() || (is_blank && !matches!(column_type, ColumnType::Text | ColumnType::Json)) {
        return Some(Cell::Null);
    }
    let number = || value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| number.is_finite());
    match column_type {
        ColumnType::Text => Some(Cell::text_of(value)),
        ColumnType::Json => Some(Cell::json_of(value)),
        ColumnType::Integer => whole_number(value).map(Into::into),
        ColumnType::Number => number().map(Into::into),
        ColumnType::Boolean => value.as_bool().map(Into::into),
        ColumnType::Date => day(value).map(Into::into),
        ColumnType::Instant => instant(value).map(Into::into),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(columns: &[(&str, ColumnType)]) -> RestSource {
        RestSource {
            name: "results".into(),
            path: "results".into(),
            records: None,
            parameters: BTreeMap::new(),
            primary_key: vec!["result_id".into()],
            modified: Some("changed".into()),
            modified_parameter: None,
            columns: columns.iter().map(|(name, column_type)| ((*name).to_owned(), *column_type)).collect(),
        }
    }

    fn types(columns: &Columns) -> Vec<String> {
        columns.0.iter().map(|column| format!("{} {}", column.name, column.column_type.name())).collect()
    }

    #[test]
    fn types_are_those_that_hold_all_values() {
        let records = [
            json!({ "result_id": "R1", "value": 3, "at": "2025-03-01T08:00:00Z", "day": "2025-03-01", "n": null, "m": 1 }),
            json!({ "result_id": "R2", "value": 3.5, "at": "2025-03-01T09:00:00+01:00", "day": "", "tags": [], "m": "x" }),
            json!({ "result_id": "R3", "value": null, "at": "", "day": "2025-03-02", "flag": true, "big": u64::MAX }),
        ];
        let columns = Columns::found(&source(&[("m", ColumnType::Json)]), &records).unwrap();
        let expected = [
            "changed instant",
            "result_id text",
            "value number",
            "at instant",
            "day date",
            "n text",
            "m json",
            "tags json",
            "flag boolean",
            "big number",
        ];
        assert_eq!(types(&columns), expected);
        assert_eq!(Columns::of_details(&columns.to_details()), Some(columns));
        assert!(Columns::found(&source(&[]), &[json!(1)]).is_err());
    }

    #[test]
    fn what_does_not_fit_is_told_and_what_has_no_column_is_kept() {
        let columns = Columns::found(&source(&[]), &[json!({ "result_id": "R1", "value": 1.5 })]).unwrap();
        let mut misfits = Misfits::default();
        let record = json!({ "result_id": 7, "value": "< 0.5", "comment": "diluted" });
        let row = columns.row(record.as_object().unwrap(), &mut misfits);
        assert_eq!(row, [Cell::Null, "7".into(), Cell::Null, "{\"comment\":\"diluted\"}".into()]);
        let told = columns.told(&mut misfits);
        assert!(matches!(&told[..], [ReadEvent::RejectedValue(value)] if value.column == "value" && value.count == 1));
        assert!(columns.told(&mut misfits).is_empty());
    }

    #[test]
    fn keys_that_would_become_null_are_told() {
        let columns = Columns::found(&source(&[]), &[json!({ "result_id": 7, "lot": "2025-03-01" })]).unwrap();
        let key = ["result_id".to_owned(), "lot".to_owned()];
        let told = |record: Value| columns.keyless(&key, record.as_object().unwrap()).unwrap_or_default();
        assert_eq!(told(json!({ "result_id": "8", "lot": "2025-03-02" })), "");
        assert_eq!(told(json!({ "lot": "2025-03-02" })), "the record has no result_id");
        assert_eq!(told(json!({ "result_id": 8, "lot": "" })), "the record has no lot");
        let words = "the record's result_id is no integer; declare the column as text in columns";
        assert_eq!(told(json!({ "result_id": "R8", "lot": "2025-03-02" })), words);
    }
}
