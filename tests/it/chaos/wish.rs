//! What subscribers ask for: a few different texts, so that some subscriptions are equal and some are not.

use serde_json::{Value, json};

use super::facts::Fact;

/// What one subscriber asks for.
#[derive(Clone, Debug)]
pub struct Wish {
    pub query: &'static str,
    kinds: Option<&'static [&'static str]>,
    connector: Option<String>,
}

const EVERYTHING: &str = "subscription Everything($after: String) { syncEvents(after: $after) {
    id cursor kind message syncLogId dataSourceId progress { status percent rows rowsPerSecond } } }";

const FACTS: &str = "subscription Facts($after: String) {
    syncEvents(after: $after, kinds: [STATE, CHECKPOINT, SCHEMA_CHANGE, RETRY, WAITING, LOG]) {
        id cursor kind level message status at } }";

const CHECKPOINTS: &str = "subscription Checkpoints($after: String) {
    syncEvents(after: $after, kinds: [CHECKPOINT]) { id cursor kind details } }";

const STATES: &str = "subscription States($after: String) {
    syncEvents(after: $after, kinds: [STATE]) { id cursor status } }";

const OF_CONNECTOR: &str = "subscription OfConnector($after: String, $connector: ID!) {
    syncEvents(after: $after, connectorId: $connector) {
        id cursor kind syncLogId dataSourceId progress { status percent rows dataSource { name } } } }";

impl Wish {
    /// That of the subscriber with this number.
    pub fn of(number: usize, connectors: &[String]) -> Self {
        let of_all = |query, kinds| Self { query, kinds, connector: None };
        match number % 20 {
            // Gauges are many.
            0 => Self::everything(),
            1..=8 => of_all(FACTS, Some(&["STATE", "CHECKPOINT", "SCHEMA_CHANGE", "RETRY", "WAITING", "LOG"])),
            9..=12 => of_all(CHECKPOINTS, Some(&["CHECKPOINT"])),
            13..=15 => of_all(STATES, Some(&["STATE"])),
            _ => {
                let connector = connectors[(number / 20 * 4 + number) % connectors.len()].clone();
                Self { query: OF_CONNECTOR, kinds: None, connector: Some(connector) }
            }
        }
    }

    /// The wish for everything.
    pub fn everything() -> Self {
        Self { query: EVERYTHING, kinds: None, connector: None }
    }

    /// The variables with which to go on after a cursor; those of wishes for the same are equal but for it.
    pub fn variables(&self, after: Option<&str>) -> Value {
        match &self.connector {
            Some(connector) => json!({ "after": after, "connector": connector }),
            None => json!({ "after": after }),
        }
    }

    /// Whether a fact is wished for.
    pub fn wants(&self, fact: &Fact) -> bool {
        self.kinds.is_none_or(|kinds| kinds.contains(&fact.kind.as_str()))
            && self.connector.as_ref().is_none_or(|connector| *connector == fact.connector)
    }
}
