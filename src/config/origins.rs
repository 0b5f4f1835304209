//! Where each setting came from, so that a wrong one can be found.

use std::collections::BTreeMap;
use std::fmt;

use config::{Map, Value, ValueKind};

/// Where the settings came from that somebody has set, by their keys, such as `server.listen`.
#[derive(Clone, Debug, Default)]
pub struct Origins(BTreeMap<String, Origin>);

/// A configuration file, an environment variable, a flag, or the defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Origins {
    /// All settings of a table came from there.
    pub(super) fn set_all(&mut self, table: &Map<String, Value>, origin: &str) {
        for (key, value) in table {
            self.set_within(key, value, origin);
        }
    }

    fn set_within(&mut self, key: &str, value: &Value, origin: &str) {
        match &value.kind {
            ValueKind::Table(table) => {
                for (part, value) in table {
                    self.set_within(&format!("{key}.{part}"), value, origin);
                }
            }
            _ => self.set(key, origin),
        }
    }

    /// A setting came from there, whatever was said before.
    pub(super) fn set(&mut self, key: &str, origin: &str) {
        self.0.insert(key.to_owned(), Origin(origin.to_owned()));
    }

    /// Where a setting came from: also a part of a list, such as `auth.tokens[0].role`, and a section, by what is in it.
    pub fn of(&self, key: &str) -> Origin {
        let lies_in = |inner: &str, outer: &str| {
            inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let found = self.0.iter().find(|(known, _)| lies_in(known, key) || lies_in(key, known));
        found.map_or_else(|| Origin("the default".to_owned()), |(_, origin)| origin.clone())
    }
}
