//! Values turned into the types of the stream's schema, where they can be.

use super::super::failure::Failure;
use super::super::time::{as_float, as_int};
use super::super::value::{Map, Text, Value, text};

/// Makes an object of a record, as Python's `dict` does of pairs.
///
/// # Errors
/// Where there are none.
pub(super) fn to_object(record: &mut Value) -> Result<(), Failure> {
    if record.as_map().is_some() {
        return Ok(());
    }
    let pair = |item: &Value| match item {
        Value::Str(word) => {
            let mut letters = word.chars();
            let pair = (letters.next()?, letters.next()?);
            letters.next().is_none().then(|| (Text::from(pair.0.to_string()), Value::from(pair.1.to_string())))
        }
        other => match other.as_list()? {
            [key, value] if !matches!(key, Value::List(_) | Value::Map(_)) => {
                Some((Text::from(text(key)), value.clone()))
            }
            _ => None,
        },
    };
    let pairs: Option<Vec<(Text, Value)>> = record.as_list().and_then(|items| items.iter().map(pair).collect());
    let pairs = pairs.ok_or_else(|| Failure::Data("a record is no object, and the stream has a schema".to_owned()))?;
    *record = Value::map(Map::from_members(pairs));
    Ok(())
}

/// Normalises the members of a record that the schema describes.
pub(super) fn normalize(value: &mut Value, schema: &Value) {
    if let (Some(properties), Some(map)) = (schema.get("properties").and_then(Value::as_map), value.as_map_mut()) {
        for (name, property) in properties.iter() {
            if let Some(member) = map.get_mut(name) {
                convert(member, property);
                normalize(member, property);
            }
        }
    }
    if let (Some(items), Value::List(list)) = (schema.get("items").filter(|items| items.as_map().is_some()), value) {
        for item in std::sync::Arc::make_mut(list) {
            convert(item, items);
            normalize(item, items);
        }
    }
}

/// What a value becomes for a type; what cannot become it stays as it is.
fn convert(value: &mut Value, schema: &Value) {
    let Some(types) = schema.get("type") else { return };
    let names: Vec<&str> = match types {
        Value::Str(name) => vec![name.as_str()],
        other => other.as_list().unwrap_or_default().iter().filter_map(Value::as_str).collect(),
    };
    if value.is_null() && (names.contains(&"null") || types.as_str().is_some_and(|name| name.contains("null"))) {
        return;
    }
    let targets: Vec<&str> = match types {
        Value::Str(_) => names,
        _ => names.into_iter().filter(|name| *name != "null").collect(),
    };
    let [target] = targets.as_slice() else { return };
    let converted = match *target {
        "string" => Some(Value::from(text(value))),
        "number" => as_float(value).map(Value::Float),
        "integer" => as_int(value).map(Value::int),
        "boolean" => match value.as_str() {
            Some(word) => match word.to_lowercase().trim() {
                "y" | "yes" | "t" | "true" | "on" | "1" => Some(Value::Bool(true)),
                "n" | "no" | "f" | "false" | "off" | "0" => Some(Value::Bool(false)),
                _ => None,
            },
            None => Some(Value::Bool(value.is_truthy())),
        },
        "array" => wrapped(value, schema),
        _ => None,
    };
    if let Some(converted) = converted {
        *value = converted;
    }
}

/// A single value where a list of such is asked for.
fn wrapped(value: &Value, schema: &Value) -> Option<Value> {
    const SIMPLE: [&str; 5] = ["string", "number", "integer", "boolean", "null"];
    let item_types = schema.get("items").and_then(|items| items.get("type"));
    let all_simple = match item_types {
        // A type that is no list is looked at letter by letter by the reference, and never simple.
        Some(Value::Str(name)) => name.is_empty(),
        Some(other) => other.as_list()?.iter().all(|name| name.as_str().is_some_and(|name| SIMPLE.contains(&name))),
        None => true,
    };
    let is_simple = !matches!(value, Value::List(_) | Value::Tuple(_) | Value::Map(_));
    (all_simple && is_simple).then(|| Value::list(vec![value.clone()]))
}
