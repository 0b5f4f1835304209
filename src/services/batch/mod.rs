//! Reads for many at once, one statement each: what GraphQL's loaders call so that nested queries stay flat.

mod by_id;
mod counts;
mod pages;
mod states;
mod workflows;

pub use by_id::{connectors, data_extracts, data_sources, files, sync_logs, workflow_steps, workflows};
pub use counts::{answers_count, events_count, extracts_count, runs_count, sources_count, syncs_count};
pub use pages::{
    EventWindow, answers_of, events_of, extracts_of, latest_runs, latest_syncs, runs_of, sources_of, syncs_of,
};
pub use states::{checkpoints, progress, schema_versions};
pub use workflows::{files_of, files_of_steps, steps_of, tables_of};
