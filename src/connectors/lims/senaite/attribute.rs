//! How a column is read from an object.
//!
//! An object has the fields of its type and, under names that begin with `get`, what its catalogue keeps of it. The same is
//! called otherwise where types have moved from Archetypes to Dexterity. A column takes the first that says something.

use arrow::datatypes::Field;
use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::sdk::rows::{Cell, Kind, field};

/// A column, and where its value stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute {
    name: &'static str,
    read: Read,
    /// Names of fields, the best one first.
    from: &'static [&'static str],
    words: &'static str,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// A text that is not empty.
    Text,
    /// A number, also one that is written as text.
    Number,
    Flag,
    /// A moment with its zone.
    Instant,
    /// The uid of one object that is referred to.
    Uid,
    /// The uids of several.
    Uids,
    /// A list of texts.
    Texts,
    /// Days, hours and minutes; read as hours.
    Hours,
    /// A member of a record.
    Member(&'static str),
    /// The same, as a number.
    NumberMember(&'static str),
}

pub(super) const fn attribute(
    name: &'static str,
    read: Read,
    from: &'static [&'static str],
    words: &'static str,
) -> Attribute {
    Attribute { name, read, from, words }
}

impl Attribute {
    pub(super) fn kind(&self) -> Kind {
        match self.read {
            Read::Text | Read::Uid | Read::Member(_) => Kind::Text,
            Read::Number | Read::Hours | Read::NumberMember(_) => Kind::Real,
            Read::Flag => Kind::Flag,
            Read::Instant => Kind::Instant,
            Read::Uids | Read::Texts => Kind::Texts,
        }
    }

    pub(super) fn field(&self) -> Field {
        field(self.name, self.kind(), false, self.words)
    }

    pub(super) fn cell<'a>(&self, object: &'a Value) -> Cell<'a> {
        let found = self.from.iter().map(|name| self.value(&object[*name]));
        found.into_iter().find(|cell| *cell != Cell::Null).unwrap_or(Cell::Null)
    }

    fn value<'a>(&self, value: &'a Value) -> Cell<'a> {
        match self.read {
            Read::Text => text(value).into(),
            Read::Number => number(value).into(),
            Read::Flag => value.as_bool().into(),
            Read::Instant => instant(value).into(),
            Read::Uid => uid(value).into(),
            Read::Uids => texts(value, uid),
            Read::Texts => texts(value, text),
            Read::Hours => hours(value).into(),
            Read::Member(name) => text(&value[name]).into(),
            Read::NumberMember(name) => number(&value[name]).into(),
        }
    }
}

/// A text that is not empty.
pub(super) fn text(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// A moment, where its zone is stated.
pub(super) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(value.as_str()?).ok().map(|instant| instant.to_utc())
}

/// Finite numbers: a result such as `< 5` or `1 : 128` is none.
fn number(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| text(value)?.parse().ok())?;
    number.is_finite().then_some(number)
}

/// Of a reference as the API gives it, `{"uid": …, "url": …}`, or of the uid alone.
fn uid(value: &Value) -> Option<&str> {
    text(value).or_else(|| text(&value["uid"]))
}

fn texts<'a>(value: &'a Value, of: impl Fn(&'a Value) -> Option<&'a str>) -> Cell<'a> {
    let Some(items) = value.as_array() else { return Cell::Null };
    let found: Vec<_> = items.iter().filter_map(of).map(Into::into).collect();
    if found.is_empty() { Cell::Null } else { Cell::Texts(found) }
}

fn hours(value: &Value) -> Option<f64> {
    let part = |name: &str| number(&value[name]);
    let parts = [(part("days"), 24.), (part("hours"), 1.), (part("minutes"), 1. / 60.)];
    let known: Vec<f64> = parts.into_iter().filter_map(|(count, hours)| Some(count? * hours)).collect();
    (!known.is_empty()).then(|| known.iter().sum())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_field_that_says_something_counts() {
        let object = json!({
            "getSampleTypeTitle": "", "SampleTypeTitle": "Plasma", "Result": " 12.50 ", "Below": "< 5", "Nan": "NaN",
            "Client": { "uid": "c1", "url": "x" }, "Batch": {}, "Template": "t1", "Analyses": [{ "uid": "a" }, "b", {}],
            "MaxTimeAllowed": { "days": 1, "hours": 2, "minutes": 30 }, "DateSampled": "2025-03-01T08:00:00+01:00",
            "Day": "2025-03-01",
        });
        let cell = |read, from| attribute("x", read, from, "").cell(&object);
        assert_eq!(cell(Read::Text, &["getSampleTypeTitle", "SampleTypeTitle"]), "Plasma".into());
        assert_eq!(cell(Read::Number, &["Result"]), 12.5.into());
        assert_eq!(cell(Read::Number, &["Below", "Nan"]), Cell::Null);
        assert_eq!(cell(Read::Uid, &["Batch", "Client"]), "c1".into());
        assert_eq!(cell(Read::Uid, &["Template"]), "t1".into());
        assert_eq!(cell(Read::Uids, &["Analyses"]), vec!["a".to_owned(), "b".to_owned()].into());
        assert_eq!(cell(Read::Uids, &["Missing"]), Cell::Null);
        assert_eq!(cell(Read::Hours, &["MaxTimeAllowed"]), 26.5.into());
        assert_eq!(cell(Read::Instant, &["Day"]), Cell::Null, "whose midnight it means is not said");
        let Cell::Instant(instant) = cell(Read::Instant, &["DateSampled"]) else { panic!("it is a moment") };
        assert_eq!(instant.to_rfc3339(), "2025-03-01T07:00:00+00:00");
    }
}
