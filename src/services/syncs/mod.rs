//! Syncs: queue, cancel and follow them.

mod cancel;
mod days;
mod find;
mod follow;
mod start;

pub use cancel::cancel;
pub use days::{SyncDay, days};
pub(super) use find::live;
pub use find::{SyncFilter, count, get, list, rows_processed};
pub(super) use follow::read_cursor;
pub use follow::{follow, until_the_end};
pub use start::{SyncRequest, start};
pub(super) use start::{as_a_whole, queued, usual_type};
