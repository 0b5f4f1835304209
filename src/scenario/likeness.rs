//! When two JSON values mean the same: numbers however they are written, times by the moment, texts in any case.

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use serde_json::Value;

use crate::sdk::Digits;

/// What rounding does to doubles, as a share.
const ROUNDING: f64 = 1e-9;

/// Whether two values mean the same; numbers may differ by a share of the expected one.
pub(super) fn alike(given: &Value, expected: &Value, tolerance: f64) -> bool {
    if let (Some(given), Some(expected)) = (Quantity::of(given), Quantity::of(expected)) {
        return given.is_near(&expected, tolerance);
    }
    match (given, expected) {
        (Value::Array(given), Value::Array(expected)) => {
            let same = |(given, expected): (&Value, &Value)| alike(given, expected, tolerance);
            given.len() == expected.len() && given.iter().zip(expected).all(same)
        }
        (Value::Object(given), Value::Object(expected)) => {
            let same = |(name, expected): (&String, &Value)| {
                given.get(name).is_some_and(|given| alike(given, expected, tolerance))
            };
            given.len() == expected.len() && expected.iter().all(same)
        }
        (given, expected) => moments(given, expected)
            .unwrap_or_else(|| given.is_null() == expected.is_null() && key(given) == key(expected)),
    }
}

/// A value in one spelling: equal ones have equal keys.
pub(super) fn key(value: &Value) -> String {
    match Quantity::of(value) {
        Some(Quantity::Exact(digits)) => digits,
        Some(Quantity::Double(number)) => format!("{number}"),
        None => match moment(value) {
            Some(moment) => moment.to_string(),
            None => shown(value).split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase(),
        },
    }
}

/// A value for people.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A number.
enum Quantity {
    /// A whole number or a decimal, by its digits: no plus, no zeros that say nothing.
    Exact(String),
    /// A double.
    Double(f64),
}

impl Quantity {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) if number.is_f64() => number.as_f64().map(Self::Double),
            Value::Number(number) => digits(&number.to_string()).map(Self::Exact),
            Value::String(text) => digits(text.trim()).map(Self::Exact),
            _ => None,
        }
    }

    fn is_near(&self, expected: &Self, tolerance: f64) -> bool {
        if let (Self::Exact(given), Self::Exact(expected)) = (self, expected)
            && (given == expected || tolerance <= 0.0)
        {
            return given == expected;
        }
        let (given, expected) = (self.number(), expected.number());
        // Both kinds of bound, so that a sum that should be 0 may be all but 0.
        let allowed = (expected.abs() * tolerance.max(ROUNDING)).max(ROUNDING);
        (given - expected).abs() <= allowed
    }

    fn number(&self) -> f64 {
        match self {
            Self::Exact(digits) => digits.parse().unwrap_or(f64::NAN),
            Self::Double(number) => *number,
        }
    }
}

/// The digits of a decimal number, if the text is one. With an exponent it may as well be a code, such as `12E4`.
fn digits(text: &str) -> Option<String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let is_plain = unsigned.starts_with(|first: char| first.is_ascii_digit()) && !unsigned.contains(['e', 'E']);
    is_plain.then(|| Digits::of(text)).flatten().map(|digits| digits.to_string())
}

/// Whether two times are the same moment; `None` where one of the two is none. A year is one only beside a time.
fn moments(given: &Value, expected: &Value) -> Option<bool> {
    let of = |value: &Value, other: &Value| moment(value).or_else(|| moment(other).and(year(value)));
    Some(of(given, expected)? == of(expected, given)?)
}

/// The moment that a text says; of a day, month or quarter its beginning.
fn moment(value: &Value) -> Option<NaiveDateTime> {
    let text = value.as_str()?.trim();
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.naive_utc());
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"] {
        if let Ok(moment) = NaiveDateTime::parse_from_str(text, form) {
            return Some(moment);
        }
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().or_else(|| first_day(text))?;
    day.and_hms_opt(0, 0, 0)
}

/// The first day of a month (`2024-03`) or quarter (`2024-Q1`, `2024 Q1`, `Q1 2024`).
fn first_day(text: &str) -> Option<NaiveDate> {
    let (one, other) = text.split_once(['-', ' '])?;
    let (year, part) = if one.len() == 4 { (one, other) } else { (other, one) };
    let year: i32 = if year.len() == 4 { year.parse().ok()? } else { return None };
    let month: u32 = match part.strip_prefix(['Q', 'q']) {
        Some(quarter) => quarter.parse::<u32>().ok()?.checked_mul(3)?.checked_sub(2)?,
        None if part.len() == 2 => part.parse().ok()?,
        None => return None,
    };
    NaiveDate::from_ymd_opt(year, month, 1)
}

fn year(value: &Value) -> Option<NaiveDateTime> {
    let year: i32 = shown(value).parse().ok().filter(|year| (1000..3000).contains(year))?;
    NaiveDate::from_ymd_opt(year, 1, 1)?.and_hms_opt(0, 0, 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn what_means_the_same_is_alike() {
        for (one, other) in [
            (json!(7), json!("7.00")),
            (json!(0.1 + 0.2), json!("0.3")),
            (json!("-0"), json!(0)),
            (json!("+5"), json!(5)),
            (json!("007"), json!(7)),
            (json!("9007199254740993"), json!("9007199254740993.0")),
            (json!("2024-03-01"), json!("2024-03-01T00:00:00Z")),
            (json!("2024-03-01T01:00:00+01:00"), json!("2024-03")),
            (json!("2024-04-01"), json!("2024-Q2")),
            (json!("Q2 2024"), json!("2024-04-01 00:00:00")),
            (json!("2024-01-01"), json!(2024)),
            (json!("  North   America"), json!("north america")),
            (json!(null), json!(null)),
            (json!(true), json!("TRUE")),
            (json!(["a", 1]), json!(["A", "1.0"])),
            (json!({ "a": 1 }), json!({ "a": "1" })),
        ] {
            assert!(alike(&one, &other, 0.0) && alike(&other, &one, 0.0), "{one} and {other}");
        }
    }

    #[test]
    fn what_means_something_else_is_not() {
        for (one, other) in [
            (json!(7), json!("7.01")),
            (json!("9007199254740993"), json!("9007199254740992")),
            (json!(null), json!("null")),
            (json!(null), json!(0)),
            (json!(""), json!(null)),
            (json!("2024-03-02"), json!("2024-03")),
            (json!("2024-Q5"), json!("2024-13")),
            (json!("2024"), json!("2025-01-01")),
            (json!("EMEA"), json!("APAC")),
            (json!(["a"]), json!(["a", "b"])),
            (json!({ "a": 1 }), json!({ "b": 1 })),
            (json!("NaN"), json!(0)),
        ] {
            assert!(!alike(&one, &other, 0.0) && !alike(&other, &one, 0.0), "{one} and {other}");
        }
    }

    proptest! {
        #[test]
        fn a_decimal_is_alike_to_itself_with_more_zeros(whole in -1_000_000_i64..1_000_000, zeros in 1_usize..9) {
            let longer = json!(format!("{whole}.{}", "0".repeat(zeros)));
            prop_assert!(alike(&json!(whole), &longer, 0.0));
            prop_assert_eq!(key(&json!(whole)), key(&longer));
            prop_assert!(!alike(&json!(whole + 1), &longer, 0.0));
        }
    }
}
