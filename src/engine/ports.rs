//! What the engine needs remembered, as traits: the composition root gives it a store over our tables.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Column, MissedFirings, StoreError};
use crate::entity::ids::{ConnectorId, DataSourceId, SyncLogId, WorkspaceId};
use crate::events::{Fact, SourceProgress};
use crate::lake::{StagedFile, StoredSchema};
use crate::sdk::{Cursor, DynConnector};
use crate::vocabulary::{ExtractType, SchemaPolicy, SyncStatus, WriteMode};

/// The right to run one sync, until it expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The sync.
    pub sync_log_id: SyncLogId,
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// Its connector.
    pub connector_id: ConnectorId,
    /// This process.
    pub owner: String,
    /// Rises with every new owner: an old owner's writes are refused.
    pub epoch: i64,
}

/// A sync that this process may run now.
#[derive(Clone, Debug)]
pub struct ClaimedSync {
    /// The right to run it.
    pub lease: Lease,
    /// Counts the owners it had, from 1.
    pub attempt: i32,
    /// Owners in a row that died or fell silent before the sync got any further.
    pub take_overs: u32,
}

/// What a claimed sync is about.
pub struct PreparedSync {
    /// The connector, opened.
    pub connector: Arc<dyn DynConnector>,
    /// Its data sources that take part, in order.
    pub sources: Vec<SourcePlan>,
}

/// One data source of a sync: what to read and what to do with the rows.
#[derive(Clone, Debug)]
pub struct SourcePlan {
    /// The data source.
    pub id: DataSourceId,
    /// What people call it.
    pub name: String,
    /// See [`CatalogSource`](crate::sdk::CatalogSource).
    pub source_type: String,
    /// See [`CatalogSource`](crate::sdk::CatalogSource).
    pub source_path: String,
    /// See [`CatalogSource`](crate::sdk::CatalogSource).
    pub details: Value,
    /// The lake table's name in SQL.
    pub table_name: String,
    /// Where the lake table lies below the lake's root.
    pub lake_path: String,
    /// How much to read.
    pub extract_type: ExtractType,
    /// What the rows do to the table.
    pub write_mode: WriteMode,
    /// What happens when the columns change.
    pub schema_policy: SchemaPolicy,
    /// The source's names of the columns that identify a row.
    pub primary_key: Vec<String>,
    /// The source's name of the column that only grows.
    pub cursor_field: Option<String>,
    /// How far before the last cursor an incremental read starts.
    pub lookback: Duration,
    /// Whether a merge deletes rows that are gone at the source.
    pub detect_deletes: bool,
    /// Rejected rows above which the source fails.
    pub reject_limit: i64,
    /// The columns when the sync was planned; empty before the first commit. Those of the table are with its
    /// [checkpoint](ResumePoint::columns).
    pub columns: Vec<Column>,
    /// Where the source stands in this very sync, by what an earlier owner recorded.
    pub before: SourceProgress,
}

/// What the heartbeat learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heartbeat {
    /// The lease holds.
    Held { cancel_requested: bool },
    /// Another process has the sync.
    Lost,
}

/// How one data source ended.
#[derive(Clone, Debug)]
pub struct SourceOutcome {
    /// Where it stood at the end; its status is final.
    pub progress: SourceProgress,
    /// What it did to the table.
    pub extracted: Extracted,
    /// The code of what failed.
    pub error_code: Option<String>,
    /// What its reader must know of the rows, told together with the end.
    pub warnings: Vec<Fact>,
}

/// How a sync ended.
#[derive(Clone, Debug)]
pub struct SyncOutcome {
    /// The final status.
    pub status: SyncStatus,
    /// What failed, for people.
    pub error_message: Option<String>,
    /// What failed, for machines.
    pub error_details: Option<Value>,
}

/// Whether this process runs a sync.
pub type RunsHere<'a> = dyn Fn(&SyncLogId) -> bool + Send + Sync + 'a;

/// The queue and the record of syncs.
#[async_trait]
pub trait RunStore: Send + Sync + 'static {
    /// Claims the next queued sync, or one whose owner is dead; none that runs here, whose owner is only late to prolong its
    /// lease.
    async fn claim(
        &self,
        owner: &str,
        lease: Duration,
        runs_here: &RunsHere<'_>,
    ) -> Result<Option<ClaimedSync>, StoreError>;
    /// Opens the connector and lists the sources to read; discovers them first where that never happened.
    async fn prepare(&self, lease: &Lease) -> Result<PreparedSync, StoreError>;
    /// Prolongs the lease and stores how far the sources are.
    async fn heartbeat(
        &self,
        lease: &Lease,
        duration: Duration,
        progress: Vec<SourceProgress>,
    ) -> Result<Heartbeat, StoreError>;
    /// Appends facts to the event log.
    async fn record(&self, lease: &Lease, facts: Vec<Fact>) -> Result<(), StoreError>;
    /// A data source begins.
    async fn source_started(&self, lease: &Lease, source: &SourcePlan) -> Result<(), StoreError>;
    /// A data source has ended.
    async fn source_finished(&self, lease: &Lease, outcome: SourceOutcome) -> Result<(), StoreError>;
    /// The sync has ended.
    async fn finish(&self, lease: &Lease, outcome: SyncOutcome) -> Result<(), StoreError>;
    /// Gives the sync back, so that another process goes on with it at once.
    async fn release(&self, lease: &Lease) -> Result<(), StoreError>;
    /// Queues the syncs whose time has come; returns how many.
    async fn fire_schedules(&self, missed: MissedFirings) -> Result<usize, StoreError>;
}

/// A checkpoint about to be committed.
#[derive(Clone, Debug)]
pub struct NewCheckpoint {
    /// Where the connector stands; `None` where it has no cursor.
    pub cursor: Option<Cursor>,
    /// Whether the read is complete with it.
    pub finished: bool,
    /// Whether it is a step of this sync's read; `false` where only the table was rewritten.
    pub of_this_sync: bool,
    /// What kind of read the cursor belongs to.
    pub extract_type: ExtractType,
    /// The column that the cursor is of.
    pub cursor_field: Option<String>,
    /// The cursor that this sync began with.
    pub since: Option<Cursor>,
    /// The table's version when this sync came to it; none where there was no table.
    pub base_version: Option<i64>,
    /// The files with rejected rows that become visible after it.
    pub rejected: RejectedFiles,
    /// Rows read since the last one.
    pub rows_read: u64,
    /// Bytes read since the last one.
    pub bytes: u64,
    /// Rows added by this commit.
    pub added: u64,
    /// Rows changed by it.
    pub updated: u64,
    /// Rows deleted by it.
    pub deleted: u64,
    /// The table's columns with it.
    pub columns: Vec<Column>,
    /// How they differ from before.
    pub changes: Vec<String>,
}

/// Files with rejected rows, to be committed to their own table after the commit that they belong to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RejectedFiles {
    /// The files.
    pub files: Vec<StagedFile>,
    /// Rows in them.
    pub rows: u64,
    /// Whether they replace those that are there.
    pub replaces: bool,
    /// Whether it is known that none are there.
    #[serde(default)]
    pub none_before: bool,
}

impl RejectedFiles {
    /// Whether their table is as it was, so that nobody has to look at it.
    pub(super) fn change_nothing(&self) -> bool {
        self.files.is_empty() && (self.none_before || !self.replaces)
    }

    /// Whether it is known that there are none with them.
    pub(super) fn leave_none(&self) -> bool {
        self.files.is_empty() && (self.none_before || self.replaces)
    }
}

/// A checkpoint that a lake commit vouches for.
#[derive(Clone, Debug)]
pub struct StoredCheckpoint {
    /// Where the connector stood.
    pub cursor: Option<Cursor>,
    /// Whether the read was complete.
    pub finished: bool,
    /// What kind of read the cursor belongs to: that of a full read says nothing to an incremental one.
    pub extract_type: ExtractType,
    /// The column that the cursor is of.
    pub cursor_field: Option<String>,
    /// The cursor that its sync began with.
    pub since: Option<Cursor>,
    /// The table's version when its sync came to it; none where there was no table.
    pub base_version: Option<i64>,
    /// The files with rejected rows that belong to it.
    pub rejected: RejectedFiles,
    /// Whether it was written by this very sync.
    pub of_this_sync: bool,
}

/// The columns that a load had when it was last made durable: whoever goes on with it fits to them what comes then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StagedColumns {
    /// As the registry is to keep them.
    pub columns: Vec<Column>,
    /// The lake's types of those that are staged.
    pub schema: StoredSchema,
    /// How they differ from those of the sync before, which was told.
    pub changes: Vec<String>,
}

/// Files of a load that become visible together at its end.
#[derive(Clone, Debug)]
pub struct StagedChunk {
    /// Counts the chunks of the load, from 0.
    pub number: i64,
    /// The files with the rows.
    pub files: Vec<StagedFile>,
    /// The files with the rejected rows.
    pub rejected: Vec<StagedFile>,
    /// Rows in those.
    pub rejected_rows: u64,
    /// The columns from here on; none where they are those before, where no row was kept, or where an earlier version has
    /// stored it without.
    pub columns: Option<StagedColumns>,
    /// Where the connector stood behind these rows.
    pub cursor: Option<Cursor>,
    /// Rows read in this chunk.
    pub rows: u64,
    /// Bytes read in this chunk.
    pub bytes: u64,
}

/// Where a source goes on.
#[derive(Clone, Debug, Default)]
pub struct ResumePoint {
    /// The newest checkpoint that the lake vouches for.
    pub checkpoint: Option<StoredCheckpoint>,
    /// The table's columns with it; empty where there is none.
    pub columns: Vec<Column>,
    /// What this very sync has staged so far.
    pub staged: Vec<StagedChunk>,
    /// Rows that this sync has read into its staged and committed chunks.
    pub rows: u64,
    /// Bytes that it has read into them.
    pub bytes: u64,
    /// What it has done to the table.
    pub extracted: Extracted,
}

impl ResumePoint {
    /// The columns of what is staged, as it was last made durable.
    pub fn staged_columns(&self) -> Option<&StagedColumns> {
        self.staged.iter().rev().find_map(|chunk| chunk.columns.as_ref())
    }
}

/// What a sync did to the table of a data source, with all its commits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extracted {
    /// Rows added.
    pub added: u64,
    /// Rows changed.
    pub updated: u64,
    /// Rows deleted.
    pub deleted: u64,
    /// Rows that could not be converted, those of staged chunks included.
    pub rejected: u64,
}

/// Where a lake table stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableStand {
    /// The sequence of its last commit.
    pub sequence: i64,
    /// Its version.
    pub version: i64,
    /// Its rows, where the lake knows.
    pub rows: Option<i64>,
    /// Bytes of its files.
    pub bytes: i64,
}

/// Cursors, and the files that wait for theirs.
#[async_trait]
pub trait CheckpointStore: Send + Sync + 'static {
    /// Where to go on, given where the lake table stands (`None` before its first commit). The row at its sequence is
    /// confirmed if a crash came in between. Rows above it stay: an owner that was frozen may still commit one of
    /// them, and then the lake says so.
    async fn resume(
        &self,
        lease: &Lease,
        source: &SourcePlan,
        stand: Option<TableStand>,
    ) -> Result<ResumePoint, StoreError>;
    /// Stores a cursor before the lake's commit and returns its sequence, which is never given to another commit:
    /// two owners can never mean different rows by one sequence.
    async fn prepare_commit(&self, lease: &Lease, source: &DataSourceId, new: NewCheckpoint)
    -> Result<i64, StoreError>;
    /// The lake's commit has happened: confirms its checkpoint and appends the facts.
    async fn committed(
        &self,
        lease: &Lease,
        source: &DataSourceId,
        stand: TableStand,
        facts: Vec<Fact>,
    ) -> Result<(), StoreError>;
    /// What the sync has committed to the table of a data source so far.
    async fn extracted(&self, lease: &Lease, source: &DataSourceId) -> Result<Extracted, StoreError>;
    /// Remembers files that wait for the end of the load, together with their cursor.
    async fn stage(&self, lease: &Lease, source: &DataSourceId, chunk: StagedChunk) -> Result<(), StoreError>;
    /// Forgets what the sync has staged, after its commit or when it is given up; returns the files.
    async fn forget_staged(&self, lease: &Lease, source: &DataSourceId) -> Result<Vec<StagedChunk>, StoreError>;
}
