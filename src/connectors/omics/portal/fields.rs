//! From the portal's objects to rows: each column says where in the object its value stands.

use chrono::NaiveDate;
use serde_json::Value;

use crate::sdk::rows::{Cell, Column, Kind, whole_number};

/// A column, and the JSON pointer of its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mapped {
    pub(super) column: Column,
    at: &'static str,
}

impl Mapped {
    pub(super) const fn new(name: &'static str, kind: Kind, at: &'static str, words: &'static str) -> Self {
        Self { column: Column::new(name, kind, words), at }
    }

    pub(super) const fn required(name: &'static str, kind: Kind, at: &'static str, words: &'static str) -> Self {
        Self { column: Column::required(name, kind, words), at }
    }

    /// A list, which is empty where there is none.
    pub(super) const fn required_list(name: &'static str, at: &'static str, words: &'static str) -> Self {
        Self { column: Column::required(name, Kind::Texts, words), at }
    }

    /// The whole object, as it came.
    pub(super) const fn whole(name: &'static str, words: &'static str) -> Self {
        Self { column: Column::required(name, Kind::Json, words), at: "" }
    }
}

/// A row of an object; `raw` is its text.
///
/// # Errors
/// Which field is missing that every object must have.
pub(super) fn row<'a>(columns: &[Mapped], object: &'a Value, raw: &'a str) -> Result<Vec<Cell<'a>>, String> {
    let mut row = Vec::with_capacity(columns.len());
    for mapped in columns {
        let cell = if mapped.at.is_empty() { raw.into() } else { cell(mapped.column.kind, object.pointer(mapped.at)) };
        if mapped.column.required && cell == Cell::Null {
            return Err(format!("it has no {}", mapped.at.trim_start_matches('/')));
        }
        row.push(cell);
    }
    Ok(row)
}

/// NULL where there is none, or none of the kind; a list is empty then.
fn cell(kind: Kind, value: Option<&Value>) -> Cell<'_> {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return if kind == Kind::Texts { Cell::Texts(Vec::new()) } else { Cell::Null };
    };
    match kind {
        Kind::Text => Cell::text_of(value),
        // Some are numbers in one version of the portal and texts in another.
        Kind::Integer => whole_number(value).into(),
        Kind::Real => real(value).into(),
        Kind::Flag => value.as_bool().into(),
        Kind::Date => day(value).into(),
        Kind::Texts => Cell::Texts(texts(value).map(Into::into).collect()),
        Kind::Json => Cell::json_of(value),
        Kind::Instant | Kind::Records(_) => Cell::Null,
    }
}

fn real(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    number.filter(|number| number.is_finite())
}

/// The day of `2026-03-01 12:00:00`.
fn day(value: &Value) -> Option<NaiveDate> {
    value.as_str()?.get(..10)?.parse().ok()
}

/// A list, or a text with `;` between its parts.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let parts = value.as_str().into_iter().flat_map(|text| text.split(';')).map(str::trim);
    let items = value.as_array().into_iter().flatten().filter_map(Value::as_str);
    parts.chain(items).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_found_where_they_stand() {
        let columns = [
            Mapped::required("id", Kind::Text, "/sampleId", "Id"),
            Mapped::new("gene", Kind::Text, "/gene/hugoGeneSymbol", "Gene"),
            Mapped::new("position", Kind::Integer, "/startPosition", "Position"),
            Mapped::new("value", Kind::Real, "/value", "Value"),
            Mapped::new("day", Kind::Date, "/importDate", "Day"),
            Mapped::new("groups", Kind::Texts, "/groups", "Groups"),
            Mapped::whole("whole", "Whole"),
        ];
        let raw = json!({ "sampleId": "S1", "gene": { "hugoGeneSymbol": "TP53" }, "startPosition": "7577121",
            "value": "61.5", "importDate": "2026-03-01 12:00:00", "groups": "PUBLIC;GDAC" });
        let text = raw.to_string();
        let expected = vec![
            "S1".into(),
            "TP53".into(),
            Cell::Integer(7_577_121),
            Cell::Real(61.5),
            NaiveDate::from_ymd_opt(2026, 3, 1).into(),
            Cell::Texts(vec!["PUBLIC".into(), "GDAC".into()]),
            text.as_str().into(),
        ];
        assert_eq!(row(&columns, &raw, &text), Ok(expected));
        let sparse = json!({ "sampleId": "S1", "value": "NaN", "importDate": "lately", "groups": ["A"] });
        let cells = row(&columns, &sparse, "").unwrap();
        assert!(cells[1..5].iter().all(|cell| *cell == Cell::Null), "{cells:?}");
        assert_eq!(cells[5], Cell::Texts(vec!["A".into()]));
        assert_eq!(row(&columns, &json!({}), "").unwrap_err(), "it has no sampleId");
    }
}
