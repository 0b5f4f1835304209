//! Scenarios: what they are, where they stand, and what can be done with them.

mod mutation;
mod query;
mod subscription;
mod types;

pub use mutation::ScenarioMutation;
pub use query::ScenarioQuery;
pub use subscription::ScenarioSubscription;
pub use types::Scenario;
