//! Keys made lower-case, made snake case, or changed in part.

use std::sync::LazyLock;

use regex::Regex;

use super::super::value::{Map, Text, Value};
use super::transformation::rebuild;

static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Z]+[a-z]*|[a-z]+|\d+|(?P<other>[^a-zA-Z\d]+)").expect("the pattern is well-formed")
});

/// Lower-case keys of the record itself.
pub(super) fn to_lower(record: &mut Value) {
    rebuild(record, |map| map.into_members().into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect());
}

/// Snake case for all keys, those of objects within too.
pub(super) fn to_snake(record: &mut Value) {
    rebuild(record, |map| renamed(map, &snake));
}

/// One text within keys for another, those of objects within too.
pub(super) fn replace(record: &mut Value, old: &str, new: &str) {
    rebuild(record, |map| renamed(map, &|key| key.replace(old, new)));
}

fn renamed(map: Map, rename: &dyn Fn(&str) -> String) -> Map {
    let renamed_value = |value: Value| match value {
        Value::Map(inner) => Value::map(renamed(std::sync::Arc::unwrap_or_clone(inner), rename)),
        other => other,
    };
    map.into_members().into_iter().map(|(key, value)| (Text::from(rename(&key)), renamed_value(value))).collect()
}

fn snake(key: &str) -> String {
    let ascii = any_ascii::any_ascii(key);
    let mut tokens: Vec<String> = TOKENS
        .captures_iter(&ascii)
        .map(|found| if found.name("other").is_some() { String::new() } else { found[0].to_lowercase() })
        .collect();
    // What is no letter and no digit separates, and is kept as an underscore only at either end.
    if tokens.len() >= 3 {
        let last = tokens.len() - 1;
        let mut place = 0;
        tokens.retain(|token| {
            let keep = place == 0 || place == last || !token.is_empty();
            place += 1;
            keep
        });
    }
    if tokens.first().is_some_and(|first| first.starts_with(|first: char| first.is_ascii_digit())) {
        tokens.insert(0, String::new());
    }
    tokens.join("_")
}
