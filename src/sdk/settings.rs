//! A connector's settings as the user gave them, and how they are read and kept apart from secrets.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{AuthType, ConnectorError};

/// What a user sets on a connector: `connectionConfig`, `authType` and `authConfig`, secrets included.
#[derive(Clone, PartialEq)]
pub struct Settings {
    /// `connectionConfig`.
    pub connection: Value,
    /// `authType`.
    pub auth_type: AuthType,
    /// `authConfig`.
    pub auth: Value,
}

impl Settings {
    /// Reads one part strictly; an error names the path of the value and, for an unknown key, the known ones.
    ///
    /// # Errors
    /// `Config` with the path of what is wrong below `part`.
    pub fn parse<T: DeserializeOwned>(part: &str, value: Value) -> Result<T, ConnectorError> {
        let value = if value.is_null() { Value::Object(Map::new()) } else { value };
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            let field = if path == "." { part.to_owned() } else { format!("{part}.{path}") };
            let message = error.into_inner().to_string();
            // It is said at its own place, where a form has it.
            match message.strip_prefix("missing field `").and_then(|name| name.strip_suffix('`')) {
                Some(name) => ConnectorError::config(format!("{field}.{name}"), "is missing"),
                None => ConnectorError::config(field, without_values(&message)),
            }
        })
    }
}

/// What serde calls the kinds of values, and what people call them.
const KINDS: [(&str, &str); 7] = [
    ("boolean", "a boolean"),
    ("integer", "an integer"),
    ("floating point", "a decimal number"),
    ("string", "a string"),
    ("null", "null"),
    ("sequence", "a list"),
    ("map", "an object"),
];

/// serde's words for a wrong type quote the value, which may be a secret: only the kind is kept.
pub(super) fn without_values(message: &str) -> String {
    let Some(start) = message.strip_prefix("invalid type: ").or_else(|| message.strip_prefix("invalid value: ")) else {
        return message.to_owned();
    };
    let kind = KINDS.iter().find(|(kind, _)| start.starts_with(kind));
    match (kind, message.rsplit_once(", expected ")) {
        (Some((_, kind)), Some((_, expected))) => format!("{kind} is given where {expected} is expected"),
        _ => "the value is of the wrong type".to_owned(),
    }
}

/// The places in a JSON value that hold secrets, found from marks in its JSON Schema.
pub struct SecretPaths(Vec<Vec<String>>);

impl SecretPaths {
    /// Collects every `writeOnly` property of a schema, at any depth of nested objects.
    pub fn of_schema(schema: &Value) -> Self {
        Self::marked("writeOnly", schema)
    }

    /// Collects every property whose schema says `true` by this key.
    pub fn marked(mark: &'static str, schema: &Value) -> Self {
        let mut search = Search { root: schema, mark, path: Vec::new(), found: Vec::new() };
        search.collect(schema);
        Self(search.found)
    }

    /// Moves the secrets out of `value`; what is returned has the same shape and holds nothing else.
    pub fn take(&self, value: &mut Value) -> Value {
        let mut secrets = Value::Object(Map::new());
        for path in &self.0 {
            if let Some(secret) = remove(value, path) {
                insert(&mut secrets, path, secret);
            }
        }
        secrets
    }

    /// Puts secrets into the places of `value` that they were taken from.
    pub fn put(value: &mut Value, secrets: &Value) {
        match (value, secrets) {
            (Value::Object(value), Value::Object(secrets)) => {
                for (key, secret) in secrets {
                    Self::put(value.entry(key.clone()).or_insert(Value::Null), secret);
                }
            }
            (value, secret) => *value = secret.clone(),
        }
    }
}

/// A walk through a schema.
struct Search<'a> {
    root: &'a Value,
    mark: &'static str,
    path: Vec<String>,
    found: Vec<Vec<String>>,
}

impl Search<'_> {
    fn collect(&mut self, schema: &Value) {
        if let Some(target) =
            schema.get("$ref").and_then(Value::as_str).and_then(|name| self.root.pointer(name.trim_start_matches('#')))
        {
            // A schema that contains itself is cut off: secrets deeper than this do not occur.
            if self.path.len() < 8 {
                self.collect(target);
            }
        }
        if schema.get(self.mark).and_then(Value::as_bool) == Some(true) {
            self.found.push(self.path.clone());
            return;
        }
        for key in ["anyOf", "oneOf", "allOf"] {
            for part in schema.get(key).and_then(Value::as_array).into_iter().flatten() {
                self.collect(part);
            }
        }
        for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.path.push(name.clone());
            self.collect(property);
            self.path.pop();
        }
    }
}

fn remove(value: &mut Value, path: &[String]) -> Option<Value> {
    let (first, rest) = path.split_first()?;
    let object = value.as_object_mut()?;
    if rest.is_empty() { object.shift_remove(first) } else { remove(object.get_mut(first)?, rest) }
}

fn insert(value: &mut Value, path: &[String], secret: Value) {
    let Some((first, rest)) = path.split_first() else { return };
    let Some(object) = value.as_object_mut() else { return };
    if rest.is_empty() {
        object.insert(first.clone(), secret);
    } else {
        insert(object.entry(first.clone()).or_insert_with(|| Value::Object(Map::new())), rest, secret);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_wrong_type_is_told_by_its_kind_and_without_its_value() {
        let told = |value: Value| Settings::parse::<Vec<String>>("tables", json!([value])).unwrap_err().to_string();
        assert_eq!(told(json!(5)), "tables.[0]: an integer is given where a string is expected");
        assert_eq!(told(json!(1.5)), "tables.[0]: a decimal number is given where a string is expected");
        assert_eq!(told(json!(true)), "tables.[0]: a boolean is given where a string is expected");
        assert_eq!(told(json!(null)), "tables.[0]: null is given where a string is expected");
        assert_eq!(told(json!(["x"])), "tables.[0]: a list is given where a string is expected");
        assert_eq!(told(json!({})), "tables.[0]: an object is given where a string is expected");
    }
}
