//! Reads for many at once, one statement each: what GraphQL's loaders call so that nested queries stay flat.

mod by_id;
mod counts;
mod pages;
mod states;

pub use by_id::{connectors, data_extracts, data_sources, sync_logs};
pub use counts::{events_count, extracts_count, sources_count, syncs_count};
pub use pages::{EventWindow, events_of, extracts_of, latest_syncs, sources_of, syncs_of};
pub use states::{checkpoints, progress, schema_versions};
