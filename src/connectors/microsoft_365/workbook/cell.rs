//! One cell: what it holds, by its value and the format of its number.

use chrono::{DateTime, Duration, NaiveDate};
use serde_json::Value;

use super::format::Format;

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Empty,
    /// An error such as `#N/A`, which is read as NULL.
    Error(String),
    Number(f64, Format),
    Flag(bool),
    Text(String),
    /// Days since 1970.
    Date(i32),
    /// Microseconds since 1970.
    Moment(i64),
    /// A time of day, or a duration, as text.
    Time(String),
}

/// Errors of formulas, as Excel shows them.
const ERRORS: &[&str] = &[
    "#N/A",
    "#DIV/0!",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
    "#SPILL!",
    "#CALC!",
    "#GETTING_DATA",
    "#FIELD!",
    "#BLOCKED!",
    "#CONNECT!",
    "#BUSY!",
    "#UNKNOWN!",
];

impl Cell {
    /// `value_type` is what Graph calls it, where it does.
    pub(super) fn of(value: &Value, format: &str, value_type: Option<&str>) -> Self {
        match value {
            Value::Null => Self::Empty,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => Self::number(number.as_f64().unwrap_or_default(), Format::of(format)),
            Value::String(text) if text.is_empty() => Self::Empty,
            Value::String(text) => {
                let is_error = match value_type {
                    Some(value_type) => value_type.eq_ignore_ascii_case("error"),
                    None => ERRORS.contains(&text.as_str()),
                };
                if is_error { Self::Error(text.clone()) } else { Self::Text(text.clone()) }
            }
            other => Self::Text(other.to_string()),
        }
    }

    fn number(value: f64, format: Format) -> Self {
        match format {
            Format::Time if (0. ..1.).contains(&value) || value >= 1. => Self::Time(clock(value)),
            Format::Date | Format::Moment => match moment(value) {
                Some((day, 0)) if format == Format::Date => Self::Date(day),
                Some((day, micros)) => Self::Moment(i64::from(day) * 86_400_000_000 + micros),
                // No day that Excel shows.
                None => Self::Number(value, Format::Number),
            },
            format => Self::Number(value, format),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let text = match self {
            Self::Text(text) | Self::Time(text) | Self::Error(text) => text.len(),
            _ => 0,
        };
        size_of::<Self>() + text
    }

    /// The text that stands for it; `None` for NULL.
    pub(super) fn text(&self) -> Option<String> {
        Some(match self {
            Self::Empty | Self::Error(_) => return None,
            Self::Number(value, _) => number(*value),
            Self::Flag(flag) => flag.to_string(),
            Self::Text(text) | Self::Time(text) => text.clone(),
            Self::Date(day) => (NaiveDate::default() + Duration::days(i64::from(*day))).to_string(),
            Self::Moment(micros) => {
                let moment = DateTime::from_timestamp_micros(*micros)?.naive_utc();
                moment.format("%Y-%m-%d %H:%M:%S%.f").to_string()
            }
        })
    }
}

/// A number with as few digits as give it back.
fn number(value: f64) -> String {
    if value.fract() == 0. && value.abs() < 1e15 {
        return format!("{}", value as i64);
    }
    if value.abs() < 1e15 && value.abs() >= 1e-5 { format!("{value}") } else { format!("{value:e}") }
}

/// The day of a serial number, in days since 1970, and microseconds of that day. Excel counts from 1900, as if that year had had
/// a 29 February.
fn moment(serial: f64) -> Option<(i32, i64)> {
    // The end of the year 9999.
    if !(0. ..2_958_466.).contains(&serial) {
        return None;
    }
    let mut day = serial.floor();
    // Excel's clock has no more than milliseconds.
    let mut millis = ((serial - day) * 86_400_000.).round() as i64;
    if millis == 86_400_000 {
        (day, millis) = (day + 1., 0);
    }
    let before_march_1900 = i32::from(day < 60.);
    Some((day as i32 - 25_569 + before_march_1900, millis * 1000))
}

/// A part of a day, or several days, as hours, minutes and seconds.
fn clock(days: f64) -> String {
    let millis = (days * 86_400_000.).round().min(1e15) as u64;
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    match millis % 1000 {
        0 => format!("{hours:02}:{minutes:02}:{seconds:02}"),
        millis => format!("{hours:02}:{minutes:02}:{seconds:02}.{millis:03}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: &Value, format: &str) -> Option<String> {
        Cell::of(value, format, None).text()
    }

    #[test]
    fn serial_numbers_are_days() {
        assert_eq!(text(&json!(45_351), "yyyy-mm-dd").as_deref(), Some("2024-02-29"));
        assert_eq!(text(&json!(45_351.75), "yyyy-mm-dd hh:mm").as_deref(), Some("2024-02-29 18:00:00"));
        assert_eq!(text(&json!(45_351), "m/d/yy h:mm").as_deref(), Some("2024-02-29 00:00:00"));
        assert_eq!(text(&json!(1), "m/d/yyyy").as_deref(), Some("1900-01-01"));
        assert_eq!(text(&json!(61), "m/d/yyyy").as_deref(), Some("1900-03-01"));
        assert_eq!(text(&json!(0.5), "h:mm").as_deref(), Some("12:00:00"));
        assert_eq!(text(&json!(1.5), "[h]:mm").as_deref(), Some("36:00:00"));
        assert_eq!(text(&json!(-1), "m/d/yyyy").as_deref(), Some("-1"));
    }

    #[test]
    fn other_values_stay_what_they_are() {
        assert_eq!(text(&json!(0.25), "0%").as_deref(), Some("0.25"));
        assert_eq!(text(&json!(5.0), "General").as_deref(), Some("5"));
        assert_eq!(text(&json!(true), "General").as_deref(), Some("true"));
        assert_eq!(text(&json!(""), "General"), None);
        assert_eq!(text(&json!("#DIV/0!"), "General"), None);
        assert_eq!(Cell::of(&json!("#N/A"), "@", Some("String")), Cell::Text("#N/A".into()));
        assert_eq!(Cell::of(&json!("#WHAT!"), "0", Some("Error")), Cell::Error("#WHAT!".into()));
    }
}
