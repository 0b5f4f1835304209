//! One JSON value and the column that it goes to. Numbers keep their digits: nothing passes through a double.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::connectors::file_system::columns::{Column, Misfit};
use crate::connectors::file_system::infer::Evidence;

/// Looks at a value for the type of its column. A text may be a date or a moment, and is never a number.
pub(super) fn observe(evidence: &mut Evidence, raw: &str) {
    match raw.as_bytes().first() {
        Some(b'n') | None => {}
        Some(b't' | b'f') => evidence.boolean(),
        Some(b'{' | b'[') => evidence.nested(),
        Some(b'"') => {
            if !evidence.time(string(raw).as_bytes()) {
                evidence.plain_text();
            }
        }
        Some(_) => {
            if !evidence.number(raw.as_bytes()) {
                evidence.plain_text();
            }
        }
    }
}

/// Appends a value to its column. A text column takes any value: a text as it is, others as JSON. `is_json` says that
/// the column holds JSON, in which a text keeps its quotes.
///
/// # Errors
/// Where the value is none of the column's type.
pub(super) fn append(column: &mut Column, raw: &str, is_json: bool) -> Result<(), Misfit> {
    match raw.as_bytes().first() {
        Some(b'n') | None => {
            column.null();
            Ok(())
        }
        Some(b'"') if !is_json => column.parse(string(raw).as_bytes()),
        Some(b'{' | b'[') => column.parse(on_one_line(raw).as_bytes()),
        Some(_) => column.parse(raw.as_bytes()),
    }
}

/// What a JSON string says.
fn string(raw: &str) -> Cow<'_, str> {
    let inner = &raw[1..raw.len() - 1];
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    // A lone surrogate is no character; its escape stays as it was written.
    serde_json::from_str::<String>(raw).map_or(Cow::Borrowed(inner), Cow::Owned)
}

/// Nested JSON without the line breaks and indents between its values.
fn on_one_line(raw: &str) -> Cow<'_, str> {
    if !raw.contains(['\n', '\r', '\t']) {
        return Cow::Borrowed(raw);
    }
    // Line breaks within strings are escaped, so that these are all between values.
    match serde_json::from_str::<Box<RawValue>>(raw) {
        Ok(_) => {
            let mut kept = String::with_capacity(raw.len());
            let (mut in_string, mut escaped) = (false, false);
            for letter in raw.chars() {
                if in_string {
                    in_string = escaped || letter != '"';
                    escaped = !escaped && letter == '\\';
                } else if letter.is_ascii_whitespace() {
                    continue;
                } else {
                    in_string = letter == '"';
                }
                kept.push(letter);
            }
            Cow::Owned(kept)
        }
        Err(_) => Cow::Borrowed(raw),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_read_and_nested_values_stand_on_one_line() {
        assert_eq!(string(r#""plain""#), "plain");
        assert_eq!(string(r#""\u00e9 \"\n""#), "é \"\n");
        assert_eq!(string(r#""\ud800""#), r"\ud800");
        assert_eq!(on_one_line("{\n  \"a b\": [1,\t\"x \\\" y\"]\n}"), r#"{"a b":[1,"x \" y"]}"#);
    }
}
