//! Manifests: read, with references resolved and parameters handed down, each part with its place.

mod components;
mod lint;
mod node;
mod parameters;
mod references;
mod scalar;
mod together;
mod yaml;

use super::template::{Condition, Scope};
use super::value::{Text, Value};
use crate::sdk::TextPlace;

pub(super) use lint::lint;
use node::Content;
pub(super) use node::Node;
use parameters::Precedence;

/// What is wrong with a manifest, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {}: {message}", .place.line)]
pub(super) struct ManifestError {
    pub(super) place: TextPlace,
    pub(super) message: String,
}

/// A manifest, ready to build from.
#[derive(Clone, Debug)]
pub(super) struct Manifest {
    pub(super) root: Node,
}

impl Manifest {
    /// Reads YAML, or JSON, which is YAML.
    ///
    /// # Errors
    /// Where the text is no YAML, or its references lead nowhere.
    pub(super) fn parse(source: &str) -> Result<Self, ManifestError> {
        let mut written = yaml::read(source)?;
        let Content::Map(members) = &mut written.content else {
            return Err(written.error("a manifest is a map with `streams`"));
        };
        if !members.iter().any(|(key, _)| key == "type") {
            let kind = Node { place: written.place, content: Content::Scalar(Value::str("DeclarativeSource")) };
            std::sync::Arc::make_mut(members).push((Text::from("type"), kind));
        }
        Ok(Self { root: parameters::propagate(&references::resolve(&written)?, Precedence::Own) })
    }

    /// Refuses a manifest of which something is not run.
    ///
    /// # Errors
    /// All that is not run, the first line's first.
    pub(super) fn runnable(&self) -> Result<(), Vec<ManifestError>> {
        let refused = lint(self).refused;
        if refused.is_empty() { Ok(()) } else { Err(refused) }
    }

    /// The streams, those behind a condition only where it holds for the configuration.
    ///
    /// # Errors
    /// Where a condition is no template, or fails.
    pub(super) fn streams(&self, scope: &Scope) -> Result<Vec<&Node>, ManifestError> {
        let mut streams = Vec::new();
        for node in self.root.list("streams") {
            if node.component() != "ConditionalStreams" {
                streams.push(node);
                continue;
            }
            let source = node.required_text("condition")?;
            let condition = node.compiled(Condition::new(&source, &Value::empty_map()))?;
            if node.compiled(condition.holds(scope))? {
                streams.extend(node.list("streams"));
            }
        }
        Ok(streams)
    }

    /// What the configuration must hold, as JSON Schema.
    pub(super) fn connection_specification(&self) -> Option<Value> {
        Some(self.root.get("spec")?.get("connection_specification")?.value())
    }
}

/// A word as YAML reads it; `None` where it is no YAML.
pub(super) fn read_word(word: &str) -> Option<Node> {
    yaml::read(word).ok()
}
