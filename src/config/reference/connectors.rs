//! The page of each connector type in `docs/connectors/`: its settings are made from the type's JSON Schemas, all else is written
//! by hand under the same headings.

use super::table::table;
use super::{keep, read};
use crate::sdk::{AuthType, ConnectorFactory, ConnectorType, DemoConfig, Registry};

const BEGIN: &str = "<!-- settings: made from src/connectors, UPDATE_DOCS=1 cargo test --lib reference -->\n";
/// What every page has, in this order.
const HEADINGS: [&str; 6] =
    ["Setting up", "Settings", "What is read", "How increments work", "Limits and faults", "What is not supported"];
/// What the page of a type has behind them that has a simulator.
const DEMO_HEADING: &str = "Demo mode";

#[test]
fn every_connector_type_has_a_page_with_its_settings() {
    let wrong: Vec<String> = factories()
        .into_iter()
        .filter_map(|factory| keep(&page(factory.connector_type), BEGIN, &settings(factory)).err())
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_has_the_same_headings() {
    for factory in factories() {
        let page = page(factory.connector_type);
        let text = read(&page).unwrap();
        let found: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        let demo = factory.supports_demo.then_some(DEMO_HEADING);
        let wanted: Vec<&str> = HEADINGS.into_iter().chain(demo).collect();
        assert_eq!(found, wanted, "{page}");
    }
}

fn factories() -> Vec<&'static ConnectorFactory> {
    let registry = Registry::collect();
    ConnectorType::ALL.iter().map(|connector_type| registry.get(*connector_type).unwrap()).collect()
}

/// Where the page of a type lies.
fn page(connector_type: ConnectorType) -> String {
    format!("docs/connectors/{}.md", connector_type.as_str().to_lowercase().replace('_', "-"))
}

/// All that can be set on a connector of a type: its connection, and its credentials by auth type.
fn settings(factory: &ConnectorFactory) -> String {
    let mut text = format!(
        "\n`connectionConfig` (`--settings`):\n\n{}\n\
         `authType` (`--auth-type`), and what `authConfig` (`--auth`) holds for each:\n",
        table(&factory.connection_schema(), "setting")
    );
    for auth_type in factory.auth_types {
        text += &credentials(factory, *auth_type);
    }
    if factory.supports_demo {
        let demo = schemars::schema_for!(DemoConfig).to_value();
        text += "\nIn demo mode (`demoMode: true`, `--demo`) there are no credentials, and `connectionConfig` holds these alone:\n\n";
        text += &table(&demo, "setting");
    }
    text + "\n"
}

fn credentials(factory: &ConnectorFactory, auth_type: AuthType) -> String {
    let schema = factory.auth_schema(auth_type).expect("a type has a form for each of its auth types");
    let form = schema["description"].as_str().unwrap_or_else(|| panic!("the form of {auth_type} has no doc comment"));
    let usual =
        if factory.auth_types.len() > 1 && factory.auth_types[0] == auth_type { " (the usual one)" } else { "" };
    let mut text = format!("\n**`{auth_type}`**{usual}: {}\n", form.split_whitespace().collect::<Vec<_>>().join(" "));
    let fields = table(&schema, "credential");
    if !fields.is_empty() {
        text += &format!("\n{fields}");
    }
    for consent in factory.usual_consents().iter().filter(|consent| consent.auth_type == auth_type) {
        let scopes = consent.scopes.iter().map(|scope| format!("`{scope}`")).collect::<Vec<_>>().join(", ");
        text += &format!("\nPeople consent at `{}`; with usual settings they are asked for {scopes}.\n", consent.page);
    }
    text
}
