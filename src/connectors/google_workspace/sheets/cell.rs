//! Cells: their values, and what their formats say of numbers.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How Sheets writes what cannot be calculated.
const ERRORS: &[&str] =
    &["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#ERROR!", "#SPILL!", "#CALC!", "Loading..."];

/// Digits that a double keeps.
const MOST_DIGITS: usize = 15;
/// Milliseconds of a day.
const DAY: f64 = 86_400_000.;

/// What stands in a cell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Cell {
    #[default]
    Empty,
    Number(f64),
    Flag(bool),
    Text(String),
    /// It cannot be calculated; in Sheets' word for why.
    Error(String),
}

/// What the format of a cell says of the number in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum Format {
    #[default]
    Plain,
    /// A number of which decimals are shown.
    Decimals,
    Percent,
    Currency,
    Date,
    DateTime,
    /// A time of day, or a duration.
    Time,
}

impl Cell {
    /// A value as `values.get` gives it, unformatted.
    pub(super) fn of_value(value: &Value) -> Self {
        match value {
            Value::Null | Value::Array(_) | Value::Object(_) => Self::Empty,
            Value::Bool(flag) => Self::Flag(*flag),
            Value::Number(number) => number.as_f64().map_or(Self::Empty, Self::Number),
            Value::String(text) if text.is_empty() => Self::Empty,
            Value::String(text) if ERRORS.contains(&text.as_str()) => Self::Error(text.clone()),
            Value::String(text) => Self::Text(text.clone()),
        }
    }

    /// A cell as `spreadsheets.get` gives it.
    pub(super) fn of_grid(cell: &Value) -> Self {
        let Some(value) = cell.get("effectiveValue") else { return Self::Empty };
        let inner = ["numberValue", "boolValue", "stringValue"].into_iter().find_map(|key| value.get(key));
        match (inner, value.get("errorValue")) {
            (Some(inner), _) => Self::of_value(inner),
            (None, Some(error)) => {
                let kind = error.get("type").and_then(Value::as_str).unwrap_or("ERROR");
                Self::Error(word_of(kind).to_owned())
            }
            (None, None) => Self::Empty,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == Self::Empty
    }

    /// The cell as text; none where it is empty or an error.
    pub(super) fn text(&self, format: Format) -> Option<String> {
        match self {
            Self::Empty | Self::Error(_) => None,
            Self::Flag(flag) => Some(if *flag { "TRUE" } else { "FALSE" }.to_owned()),
            Self::Text(text) => Some(text.clone()),
            Self::Number(number) => Some(match format {
                Format::Date | Format::DateTime => moment(*number).map_or_else(
                    || number_text(*number),
                    |moment| {
                        let is_day = format == Format::Date && number.fract() == 0.;
                        moment.format(if is_day { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M:%S%.f" }).to_string()
                    },
                ),
                Format::Time => time_text(*number),
                _ => number_text(*number),
            }),
        }
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) | Self::Error(text) => size_of::<Self>() + text.len(),
            _ => size_of::<Self>(),
        }
    }
}

fn word_of(kind: &str) -> &'static str {
    match kind {
        "NULL_VALUE" => "#NULL!",
        "DIVIDE_BY_ZERO" => "#DIV/0!",
        "VALUE" => "#VALUE!",
        "REF" => "#REF!",
        "NAME" => "#NAME?",
        "NUM" => "#NUM!",
        "N_A" => "#N/A",
        "LOADING" => "Loading...",
        _ => "#ERROR!",
    }
}

/// What people write into a cell that has no type: a whole number or one with decimals, a day or a moment as ISO 8601 writes it,
/// TRUE or FALSE; all else is text, also what would not be the same when it is written again.
pub(in super::super) fn cell_of_text(text: &str) -> (Cell, Format) {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = digits.split_once('.').map_or((digits, None), |(whole, decimals)| (whole, Some(decimals)));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = all_digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && decimals.is_none_or(all_digits)
        && digits.len() <= MOST_DIGITS;
    if is_number && let Ok(number) = text.parse() {
        return (Cell::Number(number), if decimals.is_some() { Format::Decimals } else { Format::Plain });
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN)) {
        return (Cell::Number(serial(day)), Format::Date);
    }
    for format in ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"] {
        if let Ok(moment) = NaiveDateTime::parse_from_str(text, format) {
            return (Cell::Number(serial(moment)), Format::DateTime);
        }
    }
    match text {
        "" => (Cell::Empty, Format::Plain),
        "TRUE" => (Cell::Flag(true), Format::Plain),
        "FALSE" => (Cell::Flag(false), Format::Plain),
        text => (Cell::Text(text.to_owned()), Format::Plain),
    }
}

/// The serial number of a moment.
fn serial(moment: NaiveDateTime) -> f64 {
    let beginning = NaiveDate::from_ymd_opt(1899, 12, 30).unwrap_or_default().and_time(NaiveTime::MIN);
    (moment - beginning).num_milliseconds() as f64 / DAY
}

impl Format {
    /// The format of a cell as `spreadsheets.get` gives it.
    pub(super) fn of_grid(cell: &Value) -> Self {
        let Some(format) = cell.pointer("/effectiveFormat/numberFormat") else { return Self::Plain };
        let pattern = format.get("pattern").and_then(Value::as_str).unwrap_or_default();
        match format.get("type").and_then(Value::as_str).unwrap_or_default() {
            "PERCENT" => Self::Percent,
            "CURRENCY" => Self::Currency,
            "DATE" => Self::Date,
            "DATE_TIME" => Self::DateTime,
            "TIME" => Self::Time,
            "SCIENTIFIC" => Self::Decimals,
            "NUMBER" if shows_decimals(pattern) => Self::Decimals,
            _ => Self::Plain,
        }
    }

    /// Whether a number of this format is a date.
    pub(super) fn is_date(self) -> bool {
        matches!(self, Self::Date | Self::DateTime)
    }
}

/// Whether a pattern such as `#,##0.00` always shows decimals.
fn shows_decimals(pattern: &str) -> bool {
    pattern.split_once('.').is_some_and(|(_, decimals)| decimals.starts_with('0'))
}

/// The moment of a serial number: days since the end of 1899, to the millisecond as in Sheets.
pub(super) fn moment(serial: f64) -> Option<NaiveDateTime> {
    if !(-700_000. ..=3_000_000.).contains(&serial) {
        return None;
    }
    let beginning = NaiveDate::from_ymd_opt(1899, 12, 30)?.and_hms_opt(0, 0, 0)?;
    beginning.checked_add_signed(TimeDelta::milliseconds((serial * DAY).round() as i64))
}

/// The day of a serial number, if it is one without a time.
pub(super) fn day(serial: f64) -> Option<NaiveDate> {
    moment(serial).map(|moment| moment.date())
}

/// `09:30:00`; a duration may have more hours than a day, and a sign.
pub(super) fn time_text(serial: f64) -> String {
    let all = (serial.abs() * DAY).round() as u64;
    let (seconds, millis) = (all / 1000, all % 1000);
    let sign = if serial < 0. && all > 0 { "-" } else { "" };
    let fraction = if millis == 0 { String::new() } else { format!(".{millis:03}") };
    format!("{sign}{:02}:{:02}:{:02}{fraction}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A number without what floats add to it.
pub(super) fn number_text(number: f64) -> String {
    // Also turns -0 into 0.
    if number == 0. { "0".to_owned() } else { number.to_string() }
}

/// The days between a date and the beginning of Unix time.
pub(super) fn unix_day(day: NaiveDate) -> i32 {
    let epoch = NaiveDate::default();
    i32::try_from((day - epoch).num_days()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn serial_numbers_are_days_since_the_end_of_1899() {
        let text = |serial: f64| moment(serial).map(|moment| moment.to_string()).unwrap_or_default();
        assert_eq!(text(1.), "1899-12-31 00:00:00");
        assert_eq!(text(45_658.), "2025-01-01 00:00:00");
        assert_eq!(text(45_658.520_833_333_336), "2025-01-01 12:30:00");
        assert_eq!(text(-1.25), "1899-12-28 18:00:00");
        assert_eq!(text(1e9), "");
        assert_eq!(time_text(0.395_833_333_333_333_3), "09:30:00");
        assert_eq!(time_text(1.5), "36:00:00");
        assert_eq!(time_text(-0.0625), "-01:30:00");
    }

    #[test]
    fn errors_are_no_texts() {
        assert_eq!(Cell::of_value(&json!("#N/A")), Cell::Error("#N/A".into()));
        assert_eq!(
            Cell::of_grid(&json!({"effectiveValue": {"errorValue": {"type": "N_A"}}})),
            Cell::Error("#N/A".into())
        );
        assert_eq!(Cell::of_value(&json!("")), Cell::Empty);
        assert_eq!(Cell::of_grid(&json!({"effectiveValue": {"boolValue": true}})), Cell::Flag(true));
    }

    #[test]
    fn formats_tell_what_a_number_is() {
        let format = |kind: &str, pattern: &str| {
            Format::of_grid(&json!({"effectiveFormat": {"numberFormat": {"type": kind, "pattern": pattern}}}))
        };
        assert_eq!(format("NUMBER", "#,##0.00"), Format::Decimals);
        assert_eq!(format("NUMBER", "#,##0"), Format::Plain);
        assert_eq!(format("CURRENCY", "[$€]#,##0.00"), Format::Currency);
        assert_eq!(Format::of_grid(&json!({})), Format::Plain);
    }
}
