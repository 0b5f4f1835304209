//! Sync events: their types, the durable log, and the live bus that follows it.
//!
//! Facts are appended to the table and told from there, in commit order, by one follower a process: whoever
//! appended them, this process or another. Gauges go straight to the bus and are not stored; of syncs that another process
//! runs they are made of its heartbeats.

mod connectors;
mod cursor;
mod elsewhere;
mod follow;
mod gauges;
mod heartbeats;
mod hints;
mod log;
mod scenarios;
mod shown;
mod types;
mod workflows;

pub use connectors::{ConnectorChange, ConnectorChanges, MissedChanges};
pub use cursor::{CursorError, EventCursor};
pub use log::{EventLog, FollowError, Followed};
pub use scenarios::ScenarioChange;
pub use types::{EventFilter, Fact, SourceProgress, SyncEvent, round_percent};
pub use workflows::WorkflowChange;
