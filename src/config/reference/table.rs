//! The settings that a JSON Schema tells of, as a table in Markdown.

use serde_json::Value;

use super::resolved;

/// A row for each setting of an object, and for those of the objects within it; nothing where it has none. `heading` says what
/// they are.
///
/// # Panics
/// Where a setting or one of its values has no doc comment.
pub(super) fn table(schema: &Value, heading: &str) -> String {
    let rows = rows(schema, schema, "");
    if rows.is_empty() {
        return String::new();
    }
    format!("| {heading} | type | default | meaning |\n|---|---|---|---|\n{}", rows.concat())
}

/// The rows of the settings of `object`, whose names begin with `prefix`.
fn rows(root: &Value, object: &Value, prefix: &str) -> Vec<String> {
    let required: Vec<&str> = object["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut found = Vec::new();
    for (key, property) in object["properties"].as_object().into_iter().flatten() {
        let name = format!("{prefix}{key}");
        let schema = resolved(root, property);
        let secret = if schema["writeOnly"] == true { ", secret" } else { "" };
        let is_required = required.contains(&key.as_str());
        let default = if is_required { "**required**".to_owned() } else { default(&property["default"]) };
        found.push(format!(
            "| `{name}` | {}{}{secret} | {default} | {} |\n",
            kind(root, schema),
            bounds(schema),
            meaning(root, &name, property)
        ));
        let (inner, dots) = match type_of(schema) {
            "array" => (resolved(root, &schema["items"]), "[]."),
            _ => (schema, "."),
        };
        found.extend(rows(root, inner, &format!("{name}{dots}")));
    }
    found
}

/// What a setting's values are, in the words of JSON.
fn kind(root: &Value, schema: &Value) -> String {
    let schema = resolved(root, schema);
    match type_of(schema) {
        "array" => format!("list of {}", several(&kind(root, &schema["items"]))),
        "object" if schema["additionalProperties"].is_object() => {
            format!("object of {}", several(&kind(root, &schema["additionalProperties"])))
        }
        "" => {
            let mut kinds: Vec<String> = alternatives(schema).map(|part| kind(root, part)).collect();
            kinds.dedup();
            kinds.join(" or ")
        }
        plain => plain.to_owned(),
    }
}

fn type_of(schema: &Value) -> &str {
    match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or_default(),
        only => only.as_str().unwrap_or_default(),
    }
}

/// Values that a schema tells one by one, or types of which one is meant.
fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    ["oneOf", "anyOf"].into_iter().filter_map(move |key| schema[key].as_array()).flatten()
}

/// `string` as `strings`, `list of strings` as `lists of strings`.
fn several(kind: &str) -> String {
    match kind.split_once(' ') {
        Some((first, rest)) => format!("{first}s {rest}"),
        None => format!("{kind}s"),
    }
}

fn bounds(schema: &Value) -> String {
    match (&schema["minimum"], &schema["maximum"]) {
        (Value::Null, Value::Null) => String::new(),
        // Counts are never less.
        (least, Value::Null) if least.as_i64() == Some(0) => String::new(),
        (least, Value::Null) => format!(", at least {least}"),
        (Value::Null, most) => format!(", at most {most}"),
        (least, most) => format!(", {least} to {most}"),
    }
}

/// A default that says something: an empty list is as if there was none, and a group's settings have their own.
fn default(value: &Value) -> String {
    match value {
        Value::Null | Value::Object(_) => String::new(),
        Value::Array(items) => items.iter().map(default).collect::<Vec<_>>().join(", "),
        Value::String(text) if text.is_empty() => String::new(),
        Value::String(text) => format!("`{text}`"),
        plain => format!("`{plain}`"),
    }
}

/// The doc comments of a setting and of its values.
fn meaning(root: &Value, name: &str, property: &Value) -> String {
    let schema = resolved(root, property);
    let own = property["description"].as_str().or_else(|| schema["description"].as_str());
    let mut lines = vec![one_line(own.unwrap_or_else(|| panic!("{name} has no doc comment")))];
    let within = [&schema["items"], &schema["additionalProperties"]].into_iter().find(|part| part.is_object());
    let values = resolved(root, within.unwrap_or(schema));
    assert!(values["enum"].is_null(), "the values of {name} have no doc comments");
    for value in alternatives(values) {
        let word = value["const"].as_str().map_or_else(|| kind(root, value), |word| format!("`{word}`"));
        let described = value["description"].as_str();
        let described = described.unwrap_or_else(|| panic!("{word} of {name} has no doc comment"));
        lines.push(format!("{word}: {}", one_line(described)));
    }
    lines.join("<br>").replace('|', "\\|")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_table_tells_all_of_a_setting_in_one_row() {
    let schema = serde_json::json!({
        "properties": {
            "host": { "type": ["string", "null"], "description": "`a|b`\nof it." },
            "mode": { "description": "How.", "default": "fast", "$ref": "#/$defs/Mode" },
            "key": { "type": "string", "writeOnly": true, "description": "A secret." },
            "sources": {
                "description": "What.",
                "type": "array",
                "items": { "$ref": "#/$defs/Source" },
                "default": [],
            },
            "names": { "description": "Which.", "type": "array", "items": { "type": "string" }, "default": ["a", "b"] },
            "query": {
                "description": "For all or each.",
                "anyOf": [{ "$ref": "#/$defs/Query" }, { "type": "null" }],
            },
        },
        "required": ["key"],
        "$defs": {
            "Mode": { "oneOf": [
                { "const": "fast", "type": "string", "description": "At once." },
                { "const": "slow", "type": "string", "description": "Later." },
            ] },
            "Source": {
                "type": "object",
                "properties": {
                    "rows": { "type": "integer", "minimum": 1, "maximum": 9, "default": 4, "description": "How many." },
                    "at_once": { "type": "integer", "minimum": 0, "default": null, "description": "Together." },
                },
                "required": ["rows"],
            },
            "Query": { "anyOf": [
                { "type": "string", "description": "For all." },
                { "type": "object", "additionalProperties": { "type": "string" }, "description": "For each." },
            ] },
        },
    });
    let lines = [
        "| setting | type | default | meaning |",
        "|---|---|---|---|",
        "| `host` | string |  | `a\\|b` of it. |",
        "| `mode` | string | `fast` | How.<br>`fast`: At once.<br>`slow`: Later. |",
        "| `key` | string, secret | **required** | A secret. |",
        "| `sources` | list of objects |  | What. |",
        "| `sources[].rows` | integer, 1 to 9 | **required** | How many. |",
        "| `sources[].at_once` | integer |  | Together. |",
        "| `names` | list of strings | `a`, `b` | Which. |",
        "| `query` | string or object of strings |  | For all or each.<br>string: For all.<br>object of strings: For each. |",
    ];
    assert_eq!(table(&schema, "setting"), lines.map(|line| format!("{line}\n")).concat());
    assert_eq!(table(&serde_json::json!({ "properties": {} }), "setting"), "");
}
