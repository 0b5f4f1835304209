//! Texts that users give, checked before they are stored: of a bearable length, and without the character NUL, which
//! PostgreSQL keeps in no text.

use chrono_tz::Tz;
use serde_json::Value;

use super::ServiceError;

/// The longest name, in characters.
pub(super) const LONGEST_NAME: usize = 200;
/// The longest place within a source, in characters.
pub(super) const LONGEST_PATH: usize = 2_000;
/// The longest description, in characters.
pub(super) const LONGEST_DESCRIPTION: usize = 10_000;

/// A text that says something, without the blanks around it.
pub(super) fn required(field: &str, text: &str, longest: usize) -> Result<String, ServiceError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ServiceError::bad_input(field, "must not be empty"));
    }
    bounded(field, text.to_owned(), longest)
}

/// A text that may be empty.
pub(super) fn bounded(field: &str, text: String, longest: usize) -> Result<String, ServiceError> {
    if text.chars().count() > longest {
        return Err(ServiceError::bad_input(field, format!("must not be longer than {longest} characters")));
    }
    refuse_nul(field, &text)?;
    Ok(text)
}

/// A time zone.
pub(super) fn zone(field: &str, name: &str) -> Result<Tz, ServiceError> {
    let message = || format!("{name} is no IANA time zone, such as Europe/Berlin or UTC");
    name.parse().map_err(|_| ServiceError::bad_input(field, message()))
}

/// Refuses JSON that holds a NUL anywhere, in its keys too; the field is the path to it.
pub(super) fn check_json(field: &str, value: &Value) -> Result<(), ServiceError> {
    match value {
        Value::String(text) => refuse_nul(field, text),
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(place, item)| check_json(&format!("{field}.{place}"), item))
        }
        Value::Object(map) => map.iter().try_for_each(|(key, value)| {
            refuse_nul(field, key)?;
            check_json(&format!("{field}.{key}"), value)
        }),
        _ => Ok(()),
    }
}

fn refuse_nul(field: &str, text: &str) -> Result<(), ServiceError> {
    if text.contains('\0') {
        return Err(ServiceError::bad_input(field, "must not hold the character NUL"));
    }
    Ok(())
}
