//! Limits of the GraphQL API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Limits of the GraphQL API. A request beyond one is refused with `LIMIT_EXCEEDED`.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GraphqlSettings {
    /// How deep fields may be nested.
    pub max_depth: usize,
    /// The weight that a request may have; a field weighs 1, a list what its fields weigh for every ten rows that it may have.
    pub max_complexity: usize,
    /// How many aliases a request may have.
    pub max_aliases: usize,
    /// Seconds after which a query or mutation is given up. Not less than `query.timeout_seconds`.
    pub timeout_seconds: u64,
    /// Memory for queries that clients name by their hashes (automatic persisted queries), in KiB; 0 turns them off.
    pub persisted_queries_kib: usize,
}

impl Default for GraphqlSettings {
    fn default() -> Self {
        Self { max_depth: 15, max_complexity: 5000, max_aliases: 30, timeout_seconds: 75, persisted_queries_kib: 1024 }
    }
}
