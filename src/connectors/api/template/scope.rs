//! What a template can see: the configuration, and whatever the place in the manifest knows besides.

use std::sync::Arc;

use minijinja::value::{Enumerator, Object};

use super::super::value::{Text, Value};
use super::bridge::{from_engine, to_engine};

type Engine = minijinja::Value;

/// The names that a template can look up. Cheap to extend: values are shared.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Scope(Vec<(Text, Engine)>);

impl Scope {
    /// What is known everywhere.
    pub(in super::super) fn of_config(config: &Value) -> Self {
        Self(vec![(Text::const_new("config"), to_engine(config))])
    }

    /// The configuration.
    pub(in super::super) fn config(&self) -> Value {
        self.0.iter().find(|(name, _)| name == "config").map(|(_, value)| from_engine(value)).unwrap_or_default()
    }

    /// The same with one name more, or with another value for a known one.
    #[must_use]
    pub(in super::super) fn with(&self, name: &str, value: &Value) -> Self {
        let mut scope = self.clone();
        scope.set(name, to_engine(value));
        scope
    }

    pub(in super::super) fn set(&mut self, name: &str, value: Engine) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, place)) => *place = value,
            None => self.0.push((Text::from(name), value)),
        }
    }

    /// Makes what is known by one name known by another one too.
    pub(super) fn alias(&mut self, alias: &str, name: &str) {
        if let Some(value) = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()) {
            self.set(alias, value);
        }
    }

    pub(in super::super) fn holds(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    pub(super) fn get(&self, name: &str) -> Option<&Engine> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    pub(super) fn as_engine(&self) -> Engine {
        Engine::from_object(self.clone())
    }
}

impl Object for Scope {
    fn get_value(self: &Arc<Self>, key: &Engine) -> Option<Engine> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Engine> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.clone())
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.0.iter().map(|(name, _)| Engine::from(name.as_str())).collect())
    }
}
