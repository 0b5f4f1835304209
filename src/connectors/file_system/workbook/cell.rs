//! One cell: what it holds, as text that keeps its value, and what that tells of its column.

use std::borrow::Cow;

use calamine::{DataRef, ExcelDateTime};

use crate::connectors::file_system::infer::Evidence;

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Empty,
    /// An error such as `#N/A`, which is read as NULL.
    Error(String),
    Number(String),
    Boolean(&'static str),
    Text(Cow<'a, str>),
    /// A date, or a date with a time of day.
    Moment(String),
    /// A time of day, or a duration.
    Time(String),
}

impl<'a> Cell<'a> {
    pub(super) fn of(value: &'a DataRef<'_>) -> Self {
        match value {
            DataRef::Empty => Self::Empty,
            DataRef::Int(value) => Self::Number(value.to_string()),
            DataRef::Float(value) => Self::Number(number(*value)),
            DataRef::Bool(true) => Self::Boolean("true"),
            DataRef::Bool(false) => Self::Boolean("false"),
            DataRef::String(text) if text.is_empty() => Self::Empty,
            DataRef::SharedString("") => Self::Empty,
            DataRef::String(text) => Self::Text(Cow::Borrowed(text)),
            DataRef::SharedString(text) => Self::Text(Cow::Borrowed(text)),
            DataRef::DateTime(moment) => date_time(moment),
            DataRef::DateTimeIso(text) => Self::Moment(text.clone()),
            DataRef::DurationIso(text) => Self::Time(text.clone()),
            DataRef::Error(error) => Self::Error(error.to_string()),
        }
    }

    /// The text that stands for the value; `None` for NULL.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Empty | Self::Error(_) => None,
            Self::Number(text) | Self::Moment(text) | Self::Time(text) => Some(text),
            Self::Boolean(text) => Some(text),
            Self::Text(text) => Some(text),
        }
    }

    /// Looks at the value for the type of its column.
    pub(super) fn observe(&self, evidence: &mut Evidence) {
        match self {
            Self::Empty | Self::Error(_) => {}
            Self::Number(text) if evidence.number(text.as_bytes()) => {}
            Self::Moment(text) if evidence.time(text.as_bytes()) => {}
            Self::Boolean(_) => evidence.boolean(),
            Self::Number(_) | Self::Moment(_) | Self::Text(_) | Self::Time(_) => evidence.plain_text(),
        }
    }
}

/// A number as a workbook holds it, a double, with as few digits as give it back.
fn number(value: f64) -> String {
    if value.fract() == 0. && value.abs() < 1e15 {
        // Negative zero, too, is 0.
        return format!("{}", value as i64);
    }
    if value.abs() < 1e15 && value.abs() >= 1e-5 { format!("{value}") } else { format!("{value:e}") }
}

fn date_time<'a>(moment: &ExcelDateTime) -> Cell<'a> {
    let value = moment.as_f64();
    if moment.is_duration() || value < 1. {
        return Cell::Time(clock(value));
    }
    let (year, month, day, hour, minute, second, millis) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    Cell::Moment(match (hour, minute, second, millis) {
        (0, 0, 0, 0) => date,
        (_, _, _, 0) => format!("{date} {hour:02}:{minute:02}:{second:02}"),
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}.{millis:03}"),
    })
}

/// A part of a day, or several days, as hours, minutes and seconds.
fn clock(days: f64) -> String {
    let millis = (days.abs() * 86_400_000.).round().min(1e15) as u64;
    let sign = if days < 0. { "-" } else { "" };
    let (hours, minutes, seconds) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60);
    match millis % 1000 {
        0 => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
        millis => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}.{millis:03}"),
    }
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType::{DateTime, TimeDelta};

    use super::*;

    #[test]
    fn cells_are_written_without_loss() {
        let text = |value: DataRef<'_>| Cell::of(&value).text().map(str::to_owned);
        assert_eq!(text(DataRef::Float(5.)).as_deref(), Some("5"));
        assert_eq!(text(DataRef::Float(-0.)).as_deref(), Some("0"));
        assert_eq!(text(DataRef::Float(0.1)).as_deref(), Some("0.1"));
        assert_eq!(text(DataRef::Float(1.5e300)).as_deref(), Some("1.5e300"));
        assert_eq!(text(DataRef::Float(1e-7)).as_deref(), Some("1e-7"));
        let moment = |value, kind| text(DataRef::DateTime(ExcelDateTime::new(value, kind, false)));
        assert_eq!(moment(45_351., DateTime).as_deref(), Some("2024-02-29"));
        assert_eq!(moment(45_351.75, DateTime).as_deref(), Some("2024-02-29 18:00:00"));
        assert_eq!(moment(0.5, DateTime).as_deref(), Some("12:00:00"));
        assert_eq!(moment(1.5, TimeDelta).as_deref(), Some("36:00:00"));
        assert_eq!(text(DataRef::Error(calamine::CellErrorType::NA)), None);
    }
}
