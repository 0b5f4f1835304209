//! The directives that manifests know besides Python's own: seconds and milliseconds since 1970 and milliseconds of a
//! second.

use super::super::value::{Value, float_text, text};
use super::{Moment, TimeError, format, parse};

/// Reads a cursor or a date by a manifest's `datetime_format`.
///
/// # Errors
/// Where the text does not follow the format.
pub(in super::super) fn parse_by(date: &Value, pattern: &str) -> Result<Moment, TimeError> {
    let mismatch = || TimeError::Mismatch { text: text(date), format: pattern.to_owned() };
    let whole = || as_int(date).ok_or_else(mismatch);
    let moment = match pattern {
        "%s" => Moment::from_micros(whole()?.saturating_mul(1_000_000))?,
        "%s_as_float" => {
            let seconds = as_float(date).filter(|seconds| seconds.is_finite()).ok_or_else(mismatch)?;
            from_float_seconds(seconds)?
        }
        "%epoch_microseconds" => Moment::from_micros(whole()?)?,
        "%ms" => Moment::from_micros(whole()?.saturating_mul(1000))?,
        other => {
            let milliseconds = other.contains("%_ms").then(|| other.replace("%_ms", "%f"));
            parse(&text(date), milliseconds.as_deref().unwrap_or(other))?
        }
    };
    Ok(moment.or_utc())
}

/// Writes a moment by a manifest's `datetime_format`.
pub(in super::super) fn format_by(moment: Moment, pattern: &str) -> String {
    match pattern {
        "%s" => truncated(moment.timestamp()),
        "%s_as_float" => float_text(moment.timestamp()),
        "%epoch_microseconds" => truncated(moment.timestamp() * 1_000_000.0),
        "%ms" => truncated(moment.timestamp() * 1000.0),
        other if other.contains("%_ms") => {
            let whole = format(moment, &other.replace("%_ms", "%f"));
            whole.replace(&format(moment, "%f"), &format!("{:03}", moment.microsecond() / 1000))
        }
        other => format(moment, other),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "seconds of four-digit years fit")]
fn truncated(number: f64) -> String {
    (number as i64).to_string()
}

/// Python's `datetime.fromtimestamp`, which rounds half to even microseconds.
#[expect(clippy::cast_possible_truncation, reason = "what does not fit is out of the calendar's range")]
fn from_float_seconds(seconds: f64) -> Result<Moment, TimeError> {
    let whole = seconds.floor();
    let micros = ((seconds - whole) * 1e6).round_ties_even();
    Moment::from_micros((whole as i128).saturating_mul(1_000_000) + micros as i128)
}

/// Python's `int(date)`.
pub(in super::super) fn as_int(date: &Value) -> Option<i128> {
    match date {
        #[expect(clippy::cast_possible_truncation, reason = "as Python's int() does")]
        Value::Float(number) if number.is_finite() => Some(number.trunc() as i128),
        Value::Str(text) => int_of_text(text),
        other => other.as_int(),
    }
}

/// Python's `int(text)`: blanks around it, a sign, underscores between digits.
pub(in super::super) fn int_of_text(text: &str) -> Option<i128> {
    let trimmed = text.trim();
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    let well_formed = !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
        && !digits.starts_with('_')
        && !digits.ends_with('_')
        && !digits.contains("__");
    well_formed.then(|| trimmed.replace('_', "").parse().ok())?
}

/// Python's `float(date)`.
pub(in super::super) fn as_float(date: &Value) -> Option<f64> {
    match date {
        Value::Float(number) => Some(*number),
        Value::Str(text) => float_of_text(text),
        #[expect(clippy::cast_precision_loss, reason = "as Python's float() does")]
        other => other.as_int().map(|number| number as f64),
    }
}

/// Python's `float(text)`.
pub(in super::super) fn float_of_text(text: &str) -> Option<f64> {
    let trimmed = text.trim();
    let bare = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed).to_ascii_lowercase();
    let is_word = matches!(bare.as_str(), "inf" | "infinity" | "nan");
    let is_number = bare.bytes().next().is_some_and(|first| first.is_ascii_digit() || first == b'.');
    (is_word || is_number).then(|| trimmed.replace('_', "").parse().ok())?
}
