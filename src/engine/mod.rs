//! The sync engine: claims queued syncs, reads their data sources and commits the rows to the lake.
//!
//! It knows traits, not tables: what it must remember goes through [`RunStore`] and [`CheckpointStore`].
//! The promise: data and its cursor are one atomic act, so a kill at any moment loses no row and doubles no row.
//! How it is kept: the cursor is stored under (data source, sequence) before the lake's commit, which carries the
//! sequence; the lake table's sequence says afterwards which cursor row is true. A commit checks that the table stands
//! where its owner began, which fences off an owner that was frozen and overtaken.

mod boundary;
mod commit;
mod conform;
mod error;
mod extract;
mod fit;
mod handle;
mod memory;
mod misfits;
mod ports;
mod progress;
mod rejects;
mod resume;
mod said;
mod schedule;
mod settings;
mod sink;
mod source;
mod sync;
mod widen;
mod worker;

pub use conform::{Column, Presence, columns_of};
pub use error::{SourceError, StoreError};
pub use handle::Engine;
pub use ports::{
    CheckpointStore, ClaimedSync, Extracted, Heartbeat, Lease, NewCheckpoint, PreparedSync, RejectedFiles, ResumePoint,
    RunStore, RunsHere, SourceOutcome, SourcePlan, StagedChunk, StagedColumns, StoredCheckpoint, SyncOutcome,
    TableStand,
};
pub use rejects::{REJECTED, rejected_path};
pub use schedule::{MissedFirings, is_missed, next_fire};
pub use settings::EngineSettings;
