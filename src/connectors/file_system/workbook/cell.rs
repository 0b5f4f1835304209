//! One cell: what it holds, as text that keeps its value, and what that tells of its column.

use std::borrow::Cow;

use calamine::DataRef;

use super::calendar::Calendar;
use crate::connectors::file_system::infer::Evidence;

/// What a cell holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Empty,
    /// An error such as `#N/A`, or a day that is none; it is read as NULL.
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
    /// `style` is the cell's, by its number.
    pub(super) fn of(value: DataRef<'a>, style: usize, calendar: &Calendar) -> Self {
        match value {
            DataRef::Empty => Self::Empty,
            DataRef::Int(value) => Self::Number(value.to_string()),
            DataRef::Float(value) => Self::Number(number(value)),
            DataRef::Bool(true) => Self::Boolean("true"),
            DataRef::Bool(false) => Self::Boolean("false"),
            DataRef::String(text) if text.is_empty() => Self::Empty,
            DataRef::SharedString("") => Self::Empty,
            DataRef::String(text) => Self::Text(Cow::Owned(text)),
            DataRef::SharedString(text) => Self::Text(Cow::Borrowed(text)),
            DataRef::DateTime(moment) => calendar.cell(&moment, style),
            DataRef::DateTimeIso(text) => Self::Moment(text),
            DataRef::DurationIso(text) => Self::Time(text),
            DataRef::Error(error) => Self::Error(error.to_string()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_written_without_loss() {
        let calendar = Calendar::of(&[], false);
        let text = |value: DataRef<'_>| Cell::of(value, 0, &calendar).text().map(str::to_owned);
        assert_eq!(text(DataRef::Float(5.)).as_deref(), Some("5"));
        assert_eq!(text(DataRef::Float(-0.)).as_deref(), Some("0"));
        assert_eq!(text(DataRef::Float(0.1)).as_deref(), Some("0.1"));
        assert_eq!(text(DataRef::Float(1.5e300)).as_deref(), Some("1.5e300"));
        assert_eq!(text(DataRef::Float(1e-7)).as_deref(), Some("1e-7"));
        assert_eq!(text(DataRef::Error(calamine::CellErrorType::NA)), None);
    }
}
