//! Parts that all resources are made of: codes, references, dates.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;

use crate::sdk::rows::Cell;

/// A text that is not empty.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value[name].as_str().filter(|text| !text.is_empty())
}

pub(super) fn flag(value: &Value, name: &str) -> Option<bool> {
    value[name].as_bool()
}

pub(super) fn number(value: &Value) -> Option<f64> {
    value.as_f64()
}

/// The members of a list; none where it is absent.
pub(super) fn list_of(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The texts of a list.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    list_of(value).iter().filter_map(Value::as_str).collect()
}

/// The first coding of a CodeableConcept.
pub(super) fn first_coding(concept: &Value) -> Option<&Value> {
    list_of(&concept["coding"]).first()
}

/// `code_system`, `code`, `code_display`, `code_text`.
pub(super) fn concept(concept: &Value) -> [Cell<'_>; 4] {
    let coding = |name| first_coding(concept).and_then(|coding| text(coding, name)).into();
    [coding("system"), coding("code"), coding("display"), text(concept, "text").into()]
}

/// What a Reference names, such as `Patient/1`.
pub(super) fn reference(value: &Value) -> Option<&str> {
    text(value, "reference")
}

/// The id of what a Reference names, where it is of that type: of `Patient/1`, of an URL that ends so, and of
/// `Patient/1/_history/2`.
pub(super) fn reference_id<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    let reference = reference(value)?;
    let whole = reference.split("/_history/").next()?;
    let (before, id) = whole.rsplit_once('/')?;
    (before.rsplit('/').next() == Some(name) && !id.is_empty()).then_some(id)
}

/// A day, where all of it is stated.
pub(super) fn day(value: &Value) -> Option<NaiveDate> {
    value.as_str()?.parse().ok()
}

/// An instant, where all of it and its zone are stated. A day alone is none: whose midnight it means is not said.
pub(super) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    let text = value.as_str()?;
    DateTime::parse_from_rfc3339(text).ok().map(|instant| instant.to_utc())
}

/// When something was: its instant or the start of its period, the end of its period, and what is stated in its words.
pub(super) fn span(holder: &Value, name: &str) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>, Option<String>) {
    let of = |kind: &str| &holder[format!("{name}{kind}")];
    let period = of("Period");
    let point = [of("DateTime"), of("Instant")].into_iter().find(|value| value.is_string());
    let start = point.unwrap_or(&period["start"]);
    let words = start.as_str().or(of("String").as_str()).map(str::to_owned);
    let words = words.or_else(|| quantity_words(of("Age")));
    (instant(start), instant(&period["end"]), words)
}

/// `1:128` of a ratio, `3-5 mm` of a range.
pub(super) fn quantity_text(holder: &Value) -> Option<String> {
    let ratio = &holder["valueRatio"];
    if ratio.is_object() {
        return Some(format!("{}:{}", amount(&ratio["numerator"])?, amount(&ratio["denominator"])?));
    }
    let range = &holder["valueRange"];
    let (low, high) = (amount(&range["low"]), amount(&range["high"]));
    let unit = text(&range["low"], "unit")
        .or(text(&range["high"], "unit"))
        .map_or_else(String::new, |unit| format!(" {unit}"));
    match (low, high) {
        (None, None) => None,
        (low, high) => Some(format!("{}-{}{unit}", low.unwrap_or_default(), high.unwrap_or_default())),
    }
}

fn quantity_words(quantity: &Value) -> Option<String> {
    let unit = text(quantity, "unit").or(text(quantity, "code")).map_or_else(String::new, |unit| format!(" {unit}"));
    amount(quantity).map(|amount| format!("{amount}{unit}"))
}

fn amount(quantity: &Value) -> Option<String> {
    quantity["value"].is_number().then(|| quantity["value"].to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_read_in_all_their_forms() {
        let id = |text: &str| reference_id(&json!({ "reference": text }), "Patient").map(str::to_owned);
        assert_eq!(id("Patient/1").as_deref(), Some("1"));
        assert_eq!(id("https://host/fhir/Patient/a-1/_history/3").as_deref(), Some("a-1"));
        for stranger in ["Group/1", "urn:uuid:1", "#p", "Patient/"] {
            assert_eq!(id(stranger), None, "{stranger}");
        }
    }

    #[test]
    fn dates_are_no_more_exact_than_they_are_stated() {
        assert_eq!(instant(&json!("2020-01-02T03:04:05+01:00")).unwrap().to_rfc3339(), "2020-01-02T02:04:05+00:00");
        for partial in ["2020", "2020-01", "2020-01-02"] {
            assert_eq!(instant(&json!(partial)), None);
        }
        let (start, end, words) = span(&json!({ "onsetAge": { "value": 41, "unit": "years" } }), "onset");
        assert_eq!((start, end, words.as_deref()), (None, None, Some("41 years")));
        let period = json!({ "effectivePeriod": { "start": "2020-01-02T00:00:00Z", "end": "2020-01-03T00:00:00Z" } });
        let (start, end, words) = span(&period, "effective");
        assert!(start < end && words.as_deref() == Some("2020-01-02T00:00:00Z"));
    }
}
