//! What a user sets on an API connector: a manifest, and what the manifest asks for.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::super::manifest::{Manifest, ManifestError};
use super::super::value::Value;
use crate::sdk::http::Redaction;
use crate::sdk::{ConnectorError, NoAuth, SecretPaths, Settings, TextPlace, auth_forms};

/// Where the manifest is among the settings.
pub(super) const FIELD: &str = "connectionConfig.manifest";
/// By what a `spec` tells secrets from other values.
const MARK: &str = "airbyte_secret";

/// Any HTTP API, described by a declarative manifest.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(example = &serde_json::json!({"manifest": "version: 6.0.0\ntype: DeclarativeSource\ncheck: {type: CheckStream, stream_names: [cities]}\nstreams:\n  - type: DeclarativeStream\n    name: cities\n    retriever:\n      type: SimpleRetriever\n      requester: {type: HttpRequester, url_base: https://api.example.com, path: cities}\n      record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: []}}\n"}))]
pub struct ApiConfig {
    /// The manifest as YAML or JSON, as Airbyte's Connector Builder exports it; a JSON object will do, too. `dataweaver connectors lint` tells whether
    /// all of it is run.
    pub manifest: String,
    /// The values that the manifest's `spec` asks for. Those that it marks as secrets are moved to `secrets`; all of them where
    /// there is no `spec`.
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
        let manifest = Manifest::parse(&self.manifest).map_err(|error| wrong(&[error]))?;
        manifest.runnable().map_err(|refused| wrong(&refused))?;
        Ok(manifest)
    }

    /// What tells its user from others; `None` where there are no secrets.
    pub(super) fn credential(&self) -> Option<String> {
        let mut secrets: Vec<_> = self.secrets.0.iter().collect();
        secrets.sort_by_key(|(name, _)| *name);
        (!secrets.is_empty()).then(|| format!("{secrets:?}"))
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
        SecretPaths::put(&mut whole, &Json::Object(self.secrets.0.clone()));
        Value::from(&whole)
    }
}

/// The manifest is wrong; where, is said of the first slip.
fn wrong(slips: &[ManifestError]) -> ConnectorError {
    let words: Vec<String> = slips.iter().map(ToString::to_string).collect();
    let place = slips.first().map_or(TextPlace::START, |first| first.place);
    ConnectorError::config_text(FIELD, words.join("; "), place)
}

/// Words without those of a manifest's values that its `spec` marks as secrets.
pub(in super::super) fn redaction_of(manifest: &Manifest, values: &Value) -> Redaction {
    let mut redaction = Redaction::default();
    if let Some(specification) = manifest.connection_specification() {
        let marked = SecretPaths::marked(MARK, &Json::from(&specification));
        hide(&marked.take(&mut Json::from(values)), &mut redaction);
    }
    redaction
}

fn hide(secret: &Json, redaction: &mut Redaction) {
    match secret {
        Json::String(text) => redaction.hide(text),
        Json::Array(items) => items.iter().for_each(|item| hide(item, redaction)),
        Json::Object(members) => members.values().for_each(|member| hide(member, redaction)),
        Json::Number(number) => redaction.hide(&number.to_string()),
        // No secrets, and words that are in many a sentence.
        Json::Null | Json::Bool(_) => {}
    }
}

/// Makes text of a manifest that is given as an object, and moves what its `spec` marks as `airbyte_secret` from the values
/// to the secrets; all of them where it has no `spec`, since nobody knows which are some.
pub(super) fn normalize(settings: &mut Settings) -> Result<(), ConnectorError> {
    let Json::Object(connection) = &mut settings.connection else { return Ok(()) };
    if let Some(given @ Json::Object(_)) = connection.get_mut("manifest") {
        *given = Json::String(format!("{given:#}"));
    }
    let Some(source) = connection.get("manifest").and_then(Json::as_str) else { return Ok(()) };
    let manifest = Manifest::parse(source).map_err(|error| wrong(&[error]))?;
    let Some(values) = connection.get_mut("config").filter(|values| values.is_object()) else { return Ok(()) };
    let moved = match manifest.connection_specification() {
        Some(specification) => SecretPaths::marked(MARK, &Json::from(&specification)).take(values),
        None => std::mem::replace(values, Json::Object(Map::new())),
    };
    SecretPaths::put(connection.entry("secrets").or_insert_with(|| Json::Object(Map::new())), &moved);
    Ok(())
}
