//! The history server: results of searches that are kept for some hours, by `WebEnv` and `query_key`.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

/// How long a history is kept without being used.
const LIFETIME: Duration = Duration::from_secs(8 * 60 * 60);

/// All histories.
#[derive(Default)]
pub(super) struct Histories {
    environments: HashMap<String, Environment>,
    made: u64,
}

struct Environment {
    lists: Vec<Vec<u64>>,
    used: Instant,
}

impl Histories {
    /// Keeps a list, in an environment that is there or in a new one. Gives its `WebEnv` and `query_key`.
    pub(super) fn keep(&mut self, environment: Option<&str>, list: Vec<u64>, now: Instant) -> (String, usize) {
        let name = match environment {
            Some(name) if self.environments.contains_key(name) => name.to_owned(),
            _ => {
                self.made += 1;
                format!("MCID_{:024x}", self.made * 0x9e37_79b9)
            }
        };
        let environment = self.environments.entry(name.clone()).or_insert(Environment { lists: Vec::new(), used: now });
        environment.lists.push(list);
        environment.used = now;
        (name, environment.lists.len())
    }

    /// The list, unless it is forgotten.
    pub(super) fn list(&mut self, environment: &str, key: usize, now: Instant) -> Option<&[u64]> {
        self.environments.retain(|_, environment| now.saturating_duration_since(environment.used) < LIFETIME);
        let environment = self.environments.get_mut(environment)?;
        environment.used = now;
        environment.lists.get(key.checked_sub(1)?).map(Vec::as_slice)
    }

    pub(super) fn forget(&mut self) {
        self.environments.clear();
    }
}
