//! What our own tables hold: SeaORM entities, one table a file.
//!
//! An entity says what a row is and nothing of how it is shown. Rows of a workspace are read through
//! `Entity::in_workspace` and `Entity::by_id_in`, so that tenancy cannot be forgotten.

mod scope;
mod transaction;

pub mod answer;
pub mod checkpoint;
pub mod connector;
pub mod connector_token;
pub mod conversation;
pub mod data_extract;
pub mod data_source;
pub mod database;
pub mod disk;
pub mod event_expiry;
pub mod file;
pub mod ids;
pub mod link;
pub mod link_set;
pub mod pending_authorisation;
pub mod pending_drop;
pub mod scenario;
pub mod schema_version;
pub mod staged_file;
pub mod sync_event;
pub mod sync_log;
pub mod sync_log_source;
pub mod trouble;
pub mod workflow;
pub mod workflow_run;
pub mod workflow_step;
pub mod workflow_table;
pub mod workspace;

use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};

/// A time as both databases keep it: UTC, cut to the microsecond.
///
/// PostgreSQL keeps no more; a row that was just inserted then equals the row that is read back.
pub fn stored_time(time: DateTime<Utc>) -> DateTime<Utc> {
    time.trunc_subsecs(6)
}

/// When a lease ends that begins now, as it is stored; of one that is longer than `chrono` can tell, 30 s from now.
pub fn lease_end(now: DateTime<Utc>, lease: Duration) -> DateTime<Utc> {
    stored_time(now + chrono::Duration::from_std(lease).unwrap_or(chrono::Duration::seconds(30)))
}
