//! What a user sets on an API connector: a manifest, and what the manifest asks for.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::super::manifest::Manifest;
use super::super::value::Value;
use crate::sdk::http::Redaction;
use crate::sdk::{ConnectorError, NoAuth, Settings, auth_forms};

/// Any HTTP API, described by a declarative manifest.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = &serde_json::json!({"manifest": "version: 6.0.0\ntype: DeclarativeSource\ncheck: {type: CheckStream, stream_names: [cities]}\nstreams:\n  - type: DeclarativeStream\n    name: cities\n    retriever:\n      type: SimpleRetriever\n      requester: {type: HttpRequester, url_base: https://api.example.com, path: cities}\n      record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: []}}\n"}))]
pub struct ApiConfig {
    /// The manifest as YAML or JSON, as Airbyte's Connector Builder exports it. `dataweaver connectors lint` tells whether
    /// all of it is run.
    pub manifest: String,
    /// The values that the manifest's `spec` asks for. Those that it marks as secrets are moved to `secrets`.
    #[serde(default)]
    pub config: Map<String, Json>,
    /// The secrets among the values, in the same places as they have there.
    #[serde(default)]
    pub secrets: SecretMap,
}

auth_forms! {
    /// A manifest says itself how to sign in.
    pub enum ApiAuth { None(NoAuth) }
}

/// Secrets by name; never shown.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct SecretMap(Map<String, Json>);

impl fmt::Debug for SecretMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl JsonSchema for SecretMap {
    fn schema_name() -> Cow<'static, str> {
        "SecretMap".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "object", "writeOnly": true, "additionalProperties": true })
    }
}

impl ApiConfig {
    /// The manifest, where all of it is run.
    pub(super) fn manifest(&self) -> Result<Manifest, ConnectorError> {
        let wrong = |words: String| ConnectorError::config("connectionConfig.manifest", words);
        let manifest = Manifest::parse(&self.manifest).map_err(|error| wrong(error.to_string()))?;
        manifest
            .runnable()
            .map_err(|refused| wrong(refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
        Ok(manifest)
    }

    /// Words without the secrets: an API may say in an error what it was sent, and a manifest what it was given.
    pub(super) fn redaction(&self) -> Redaction {
        let mut redaction = Redaction::default();
        self.secrets.0.values().for_each(|secret| hide(secret, &mut redaction));
        redaction
    }

    /// The values and their secrets in one.
    pub(super) fn values(&self) -> Value {
        let mut whole = Json::Object(self.config.clone());
        put_back(&mut whole, &Json::Object(self.secrets.0.clone()));
        Value::from(&whole)
    }
}

fn hide(secret: &Json, redaction: &mut Redaction) {
    match secret {
        Json::String(text) => redaction.hide(text),
        Json::Array(items) => items.iter().for_each(|item| hide(item, redaction)),
        Json::Object(members) => members.values().for_each(|member| hide(member, redaction)),
        other => redaction.hide(&other.to_string()),
    }
}

fn put_back(value: &mut Json, secrets: &Json) {
    match (value, secrets) {
        (Json::Object(value), Json::Object(secrets)) => {
            for (key, secret) in secrets {
                put_back(value.entry(key.clone()).or_insert(Json::Null), secret);
            }
        }
        (value, secret) => *value = secret.clone(),
    }
}

/// Moves what the manifest's `spec` marks as `airbyte_secret` from the values to the secrets.
pub(super) fn split_secrets(settings: &mut Settings) -> Result<(), ConnectorError> {
    let Some(source) = settings.connection.get("manifest").and_then(Json::as_str) else { return Ok(()) };
    let manifest = Manifest::parse(source)
        .map_err(|error| ConnectorError::config("connectionConfig.manifest", error.to_string()))?;
    let Some(specification) = manifest.connection_specification() else { return Ok(()) };
    let mut paths = Vec::new();
    secret_paths(&specification, &mut Vec::new(), &mut paths);
    for path in paths {
        let Some(secret) = settings.connection.get_mut("config").and_then(|config| take(config, &path)) else {
            continue;
        };
        if let Json::Object(connection) = &mut settings.connection {
            let secrets = connection.entry("secrets").or_insert_with(|| Json::Object(Map::new()));
            put(secrets, &path, secret);
        }
    }
    Ok(())
}

fn secret_paths(schema: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    if path.len() > 16 {
        return;
    }
    if schema.get("airbyte_secret").is_some_and(Value::is_truthy) {
        found.push(path.clone());
        return;
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        for part in schema.get(key).and_then(Value::as_list).unwrap_or_default() {
            secret_paths(part, path, found);
        }
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_map) {
        for (name, property) in properties.iter() {
            path.push(name.to_string());
            secret_paths(property, path, found);
            path.pop();
        }
    }
}

fn take(value: &mut Json, path: &[String]) -> Option<Json> {
    let (first, rest) = path.split_first()?;
    let object = value.as_object_mut()?;
    if rest.is_empty() { object.shift_remove(first) } else { take(object.get_mut(first)?, rest) }
}

fn put(value: &mut Json, path: &[String], secret: Json) {
    let (Some((first, rest)), Some(object)) = (path.split_first(), value.as_object_mut()) else { return };
    if rest.is_empty() {
        object.insert(first.clone(), secret);
    } else {
        put(object.entry(first.clone()).or_insert_with(|| Json::Object(Map::new())), rest, secret);
    }
}
