//! Syncs: their records, their events, and how to follow them live.

mod days;
mod events;
mod mutation;
mod progress;
mod query;
mod subscription;
mod types;

pub use mutation::SyncMutation;
pub use query::SyncQuery;
pub use subscription::SyncSubscription;
pub use types::SyncLog;
