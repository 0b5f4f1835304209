//! JSON in and out.

use std::fmt;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use super::{Map, Text, Value, python};

/// Reads one JSON document. Integers beyond 64 bits become floats, as they do for the reference.
///
/// # Errors
/// Where the bytes are no JSON; the words name the place and quote nothing.
pub(in super::super) fn from_slice(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Any.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// Reads one JSON document as Python's own reader does, which takes `NaN` and `Infinity` as numbers where they stand for a
/// value.
pub(in super::super) fn from_python_slice(bytes: &[u8]) -> Option<Value> {
    if let Ok(value) = from_slice(bytes) {
        return Some(value);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    let strict = quote_constants(text)?;
    from_slice(strict.as_bytes()).ok().map(unquote_constants)
}

/// Why bytes are no JSON for Python's reader, and where; nothing of them is quoted.
pub(in super::super) fn why_no_json(bytes: &[u8]) -> String {
    let quoted = std::str::from_utf8(bytes).ok().and_then(quote_constants);
    match quoted.map(|quoted| from_slice(quoted.as_bytes())) {
        // The quotes have moved what stands behind them.
        Some(Err(error)) => format!("it cannot be read beyond line {}", error.line()),
        _ => from_slice(bytes).err().map(|error| error.to_string()).unwrap_or_default(),
    }
}

const CONSTANTS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];
/// Stands before a constant that was put into quotes: no text of an API holds it.
const MARK: &str = "\u{f8ff}\u{e000}constant:";

/// Puts the constants outside of strings into quotes; `None` where there are none.
fn quote_constants(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    let (mut in_string, mut found) = (false, false);
    while let Some(character) = rest.chars().next() {
        if in_string && character == '\\' {
            let end = rest.char_indices().nth(2).map_or(rest.len(), |(end, _)| end);
            out.push_str(&rest[..end]);
            rest = &rest[end..];
            continue;
        }
        if character == '"' {
            in_string = !in_string;
        } else if !in_string && let Some(constant) = CONSTANTS.iter().find(|constant| rest.starts_with(**constant)) {
            out.push('"');
            out.push_str(MARK);
            out.push_str(constant);
            out.push('"');
            rest = &rest[constant.len()..];
            found = true;
            continue;
        }
        out.push(character);
        rest = &rest[character.len_utf8()..];
    }
    found.then_some(out)
}

fn unquote_constants(value: Value) -> Value {
    match value {
        Value::Str(text) => match text.strip_prefix(MARK) {
            Some("NaN") => Value::Float(f64::NAN),
            Some("Infinity") => Value::Float(f64::INFINITY),
            Some(_) => Value::Float(f64::NEG_INFINITY),
            None => Value::Str(text),
        },
        Value::List(items) => Value::list(items.iter().cloned().map(unquote_constants).collect()),
        Value::Map(map) => {
            Value::map(map.iter().map(|(key, value)| (key.clone(), unquote_constants(value.clone()))).collect())
        }
        other => other,
    }
}

/// Appends a value as JSON.
pub(in super::super) fn write(value: &Value, out: &mut Vec<u8>) {
    serde_json::to_writer(out, value).expect("a vector takes all that is written, and all keys are texts");
}

/// Appends a text as JSON.
pub(in super::super) fn write_text(text: &str, out: &mut Vec<u8>) {
    serde_json::to_writer(out, text).expect("a vector takes all that is written");
}

/// JSON as Python's `json.dumps` writes it: a space after commas and colons, and only ASCII.
pub(in super::super) fn to_python_json(value: &Value) -> String {
    let mut out = String::new();
    python_json(value, &mut out);
    out
}

fn python_json(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Float(number) if number.is_nan() => out.push_str("NaN"),
        Value::Float(number) if number.is_infinite() => {
            out.push_str(if *number > 0.0 { "Infinity" } else { "-Infinity" })
        }
        Value::Int(_) | Value::Big(_) | Value::Float(_) => out.push_str(&python::text(value)),
        Value::Str(text) => ascii_string(text, out),
        Value::List(items) | Value::Tuple(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                python_json(item, out);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push('{');
            for (index, (key, item)) in map.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                ascii_string(key, out);
                out.push_str(": ");
                python_json(item, out);
            }
            out.push('}');
        }
    }
}

fn ascii_string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Big(value) => serializer.serialize_i128(**value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Str(text) => serializer.serialize_str(text),
            Self::List(items) | Self::Tuple(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items.iter() {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Self::Map(map) => map.serialize(serializer),
        }
    }
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (key, item) in self.iter() {
            map.serialize_entry(key.as_str(), item)?;
        }
        map.end()
    }
}

impl<'de> serde::Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Any.deserialize(deserializer)
    }
}

impl From<&serde_json::Value> for Value {
    fn from(value: &serde_json::Value) -> Self {
        <Self as serde::Deserialize>::deserialize(value).expect("every JSON value is a value")
    }
}

impl From<&Value> for serde_json::Value {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::from(*value),
            Value::Big(value) => serde_json::Number::from_i128(**value).map_or(Self::Null, Self::Number),
            Value::Float(value) => serde_json::Number::from_f64(*value).map_or(Self::Null, Self::Number),
            Value::Str(text) => Self::String(text.to_string()),
            Value::List(items) | Value::Tuple(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Map(map) => {
                Self::Object(map.iter().map(|(key, item)| (key.to_string(), Self::from(item))).collect())
            }
        }
    }
}

/// Builds a value out of whatever comes.
struct Any;

impl<'de> DeserializeSeed<'de> for Any {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::int(i128::from(value)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Str(Text::new(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::with_capacity(list.size_hint().unwrap_or(0));
        while let Some(item) = list.next_element_seed(Self)? {
            items.push(item);
        }
        Ok(Value::List(Arc::new(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut members = Vec::with_capacity(map.size_hint().unwrap_or(12));
        while let Some(key) = map.next_key_seed(Key)? {
            members.push((key, map.next_value_seed(Self)?));
        }
        Ok(Value::map(Map::from_members(members)))
    }
}

/// A member's name, which needs no memory of its own where it is short.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Text;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Text, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, text: &str) -> Result<Text, E> {
        Ok(Text::new(text))
    }
}
