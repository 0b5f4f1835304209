//! Scenarios: find them, set them up, validate them, tear them down, and follow how far that is.
//!
//! What is done to a scenario has one owner at a time, by a lease in its row (`lease.rs`). It runs in the background of the
//! process that was asked (`run.rs`), as steps that each find what is there and do what is missing, so that a set-up can be
//! repeated, repairs what is half done, and is gone on with by another process where its owner died (`keeper.rs`).

mod connectors;
mod find;
mod follow;
mod keeper;
mod lease;
mod lint;
mod run;
mod running;
mod set_up;
mod settings;
mod sources;
mod state;
mod syncs;
mod tear_down;
mod validate;
mod workflow;

pub use find::{broken, by_ids, connectors_of, get, list, pack, sources_of, workflows_of};
pub use follow::follow;
pub use keeper::Keeper;
pub use lint::{Lint, lint};
pub use running::Scenarios;
pub use set_up::{live_syncs, set_up};
pub use settings::ScenarioSettings;
pub use state::{Check, Scenario, Step, Validation};
pub use tear_down::tear_down;
pub use validate::validate;
