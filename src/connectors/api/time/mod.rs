//! Dates, times and durations as the manifests' reference handles them: Python's directives, ISO 8601 durations with
//! months, and a calendar that ends with the year 9999.

mod directives;
mod duration;
mod format;
mod iso;
mod moment;
mod parse;

pub(super) use directives::{as_float, as_int, format_by, parse_by};
pub(super) use duration::Period;
pub(super) use format::format;
pub(super) use iso::parse_iso;
pub(super) use moment::Moment;
pub(super) use parse::parse;

/// What a date or a duration is not; the words are Python's where users know them.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(super) enum TimeError {
    #[error("time data {text:?} does not match format {format:?}")]
    Mismatch { text: String, format: String },
    #[error("{directive:?} is no directive of a date format in {format:?}")]
    Directive { directive: String, format: String },
    #[error("{text:?} is no date of ISO 8601")]
    Iso { text: String },
    #[error("{text:?} is no duration of ISO 8601, such as P1D or PT1H30M")]
    Duration { text: String },
    #[error("a date is outside of the years 1 to 9999")]
    Range,
}
