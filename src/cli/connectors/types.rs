//! `dataweaver connectors types`: what can be connected, and what each type wants to know.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::columns::Columns;
use crate::cli::output::Output;
use crate::cli::wrap::{width_of_stdout, wrapped};
use crate::sdk::{ConnectorFactory, Registry, UsualConsent};
use crate::vocabulary::ConnectorType;

/// The most columns of a line, which is read best where it is not too long.
const WIDEST: usize = 80;

/// `connectors types`
#[derive(Debug, Args)]
pub(in crate::cli) struct Types {
    /// Show the settings and credentials of this type
    #[arg(value_name = "TYPE", value_parser = super::given::connector_type)]
    connector_type: Option<ConnectorType>,
}

impl Types {
    pub(super) fn run(self, output: &mut Output) -> anyhow::Result<ExitCode> {
        let registry = crate::app::registry();
        match self.connector_type {
            Some(connector_type) => show(registry.get(connector_type)?, output)?,
            None => list(&registry, output)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn list(registry: &Registry, output: &mut Output) -> anyhow::Result<()> {
    if output.is_json() {
        let types: Vec<Value> = registry.all().iter().map(|factory| shape(factory)).collect();
        return output.document(&json!({ "connectorTypes": types }));
    }
    let mut columns = Columns::new(&["type", "reads", "signs in by"]);
    for factory in registry.all() {
        columns.row([factory.connector_type.to_string(), factory.description.to_owned(), auth_types(factory)]);
    }
    output.table(&columns)
}

fn auth_types(factory: &ConnectorFactory) -> String {
    factory.auth_types.iter().map(|auth_type| auth_type.as_str()).collect::<Vec<_>>().join(", ")
}

fn shape(factory: &ConnectorFactory) -> Value {
    let auth_schemas: serde_json::Map<String, Value> = factory
        .auth_types
        .iter()
        .filter_map(|auth_type| Some((auth_type.to_string(), factory.auth_schema(*auth_type)?)))
        .collect();
    json!({
        "type": factory.connector_type,
        "name": factory.name,
        "description": factory.description,
        "authTypes": factory.auth_types,
        "connectionSchema": factory.connection_schema(),
        "authSchemas": auth_schemas,
        "consents": consents(factory),
        "supportsIncremental": factory.supports_incremental,
        "supportsDemo": factory.supports_demo,
    })
}

fn consents(factory: &ConnectorFactory) -> Vec<Value> {
    let shape = |consent: UsualConsent| json!({ "authType": consent.auth_type, "page": consent.page, "scopes": consent.scopes });
    factory.usual_consents().into_iter().map(shape).collect()
}

fn show(factory: &ConnectorFactory, output: &mut Output) -> anyhow::Result<()> {
    if output.is_json() {
        return output.document(&shape(factory));
    }
    output.long_line(&format!("{}: {}", factory.connector_type, factory.description), 2)?;
    output.line("\nsettings (--settings):")?;
    settings(&factory.connection_schema(), output)?;
    for auth_type in factory.auth_types {
        let schema = factory.auth_schema(*auth_type).unwrap_or_default();
        if schema["properties"].as_object().is_some_and(|properties| !properties.is_empty()) {
            output.line(format!("\ncredentials with --auth-type {auth_type} (--auth):"))?;
            settings(&schema, output)?;
        }
    }
    for consent in factory.usual_consents() {
        output.line(format!("\nconsent with --auth-type {} (dataweaver connectors authorize):", consent.auth_type))?;
        output.line(format!("  {}", consent.page))?;
        output.long_line(&format!("      asks for {}", consent.scopes.join(" ")), 6)?;
    }
    Ok(())
}

fn settings(schema: &Value, output: &mut Output) -> anyhow::Result<()> {
    let width = width_of_stdout().map_or(WIDEST, |width| width.min(WIDEST));
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let note = match (&property["default"], required.contains(&key.as_str())) {
            (_, true) => " (required)".to_owned(),
            (Value::Null, _) => String::new(),
            (default, _) => format!(" (default {default})"),
        };
        output.line(format!("  {key}{note}"))?;
        let description = property["description"].as_str().unwrap_or_default();
        let one_line = description.split_whitespace().collect::<Vec<_>>().join(" ");
        if !one_line.is_empty() {
            output.line(wrapped(&format!("      {one_line}"), Some(width), 6))?;
        }
    }
    Ok(())
}
