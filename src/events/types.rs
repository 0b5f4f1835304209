//! What a sync event is, on its way into the log and out of it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::EventCursor;
use crate::entity::ids::{ConnectorId, DataSourceId, SyncEventId, SyncLogId, WorkspaceId};
use crate::entity::{stored_time, sync_event, sync_log_source};
use crate::vocabulary::{EventLevel, SyncEventKind, SyncStatus};

/// How far one data source is in one sync.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceProgress {
    /// The data source.
    pub data_source_id: DataSourceId,
    /// Where it stands.
    pub status: SyncStatus,
    /// What it is doing, in a word: `queued`, `connecting`, `reading`, `writing` (a checkpoint), `rewriting` (a widened column), `merging`, `committing`, `comparing keys` (of rows that may be gone), `done`.
    pub phase: String,
    /// Rows read.
    pub rows: u64,
    /// Bytes read, as they are in memory.
    pub bytes: u64,
    /// Rows among them that could not be converted and went to the table of rejected rows.
    #[serde(default)]
    pub rejected: u64,
    /// Rows a second over the last seconds.
    pub rows_per_second: Option<f64>,
    /// Rows to expect in all.
    pub estimated_rows: Option<u64>,
    /// How much is done, 0 to 100; 100 only at the end. It does not fall as long as one process reads.
    pub percent: Option<f64>,
    /// Seconds until the end, at the present rate.
    pub eta_seconds: Option<f64>,
    /// What it waits for, if it waits.
    pub waiting_reason: Option<String>,
    /// Why it failed.
    pub error_message: Option<String>,
}

impl SourceProgress {
    /// Of a data source that nobody has begun to read.
    pub fn queued(data_source_id: DataSourceId) -> Self {
        Self {
            data_source_id,
            status: SyncStatus::Queued,
            phase: "queued".into(),
            rows: 0,
            bytes: 0,
            rejected: 0,
            rows_per_second: None,
            estimated_rows: None,
            percent: None,
            eta_seconds: None,
            waiting_reason: None,
            error_message: None,
        }
    }
}

impl From<sync_log_source::Model> for SourceProgress {
    /// As of the last heartbeat of whoever reads it.
    fn from(row: sync_log_source::Model) -> Self {
        let unsigned = |count: i64| u64::try_from(count).unwrap_or(0);
        Self {
            data_source_id: row.data_source_id,
            status: row.status,
            phase: row.phase,
            rows: unsigned(row.rows),
            bytes: unsigned(row.bytes),
            rejected: unsigned(row.rejected),
            rows_per_second: row.rows_per_second,
            estimated_rows: row.estimated_rows.map(unsigned),
            percent: row.percent,
            eta_seconds: row.eta_seconds,
            waiting_reason: row.waiting_reason,
            error_message: row.error_message,
        }
    }
}

/// Cuts a percentage to two decimals, down: 99.999 must not be shown as 100.
pub fn round_percent(percent: f64) -> f64 {
    (percent * 100.0).floor() / 100.0
}

/// One fact of a sync, not stored yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The data source it is about; `None` for the sync as a whole.
    pub data_source_id: Option<DataSourceId>,
    /// What it tells.
    pub kind: SyncEventKind,
    /// How much it matters.
    pub level: EventLevel,
    /// One sentence for people.
    pub message: String,
    /// The new status, for `STATE`.
    pub status: Option<SyncStatus>,
    /// Where the data source stood.
    pub progress: Option<SourceProgress>,
    /// Facts for machines.
    pub details: Option<Value>,
}

impl Fact {
    /// A fact of the given kind, of level INFO and without further parts.
    pub fn new(kind: SyncEventKind, data_source_id: Option<&DataSourceId>, message: impl Into<String>) -> Self {
        Self {
            data_source_id: data_source_id.cloned(),
            kind,
            level: EventLevel::Info,
            message: message.into(),
            status: None,
            progress: None,
            details: None,
        }
    }

    /// Sets the level.
    #[must_use]
    pub fn level(self, level: EventLevel) -> Self {
        Self { level, ..self }
    }

    /// Sets the new status.
    #[must_use]
    pub fn status(self, status: SyncStatus) -> Self {
        Self { status: Some(status), ..self }
    }

    /// Adds facts for machines.
    #[must_use]
    pub fn details(self, details: Value) -> Self {
        Self { details: Some(details), ..self }
    }

    /// Adds where the data source stood.
    #[must_use]
    pub fn progress(self, progress: SourceProgress) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// The row that is appended for the fact.
    pub fn into_row(
        self,
        workspace_id: WorkspaceId,
        connector_id: ConnectorId,
        sync_log_id: SyncLogId,
    ) -> sync_event::NewSyncEvent {
        sync_event::NewSyncEvent {
            id: SyncEventId::generate(),
            workspace_id,
            connector_id,
            sync_log_id,
            data_source_id: self.data_source_id,
            kind: self.kind,
            level: self.level,
            message: self.message,
            status: self.status,
            progress: self.progress.and_then(|progress| serde_json::to_value(progress).ok()),
            details: self.details,
            at: stored_time(Utc::now()),
        }
    }
}

/// A fact or a gauge of a sync, as subscribers see it.
#[derive(Clone, Debug, PartialEq)]
pub struct SyncEvent {
    /// `None` on a gauge, which is not stored.
    pub id: Option<SyncEventId>,
    /// Its own place for a fact, that of the last fact before it for a gauge.
    pub cursor: EventCursor,
    /// The workspace it belongs to.
    pub workspace_id: WorkspaceId,
    /// The connector that is synced.
    pub connector_id: ConnectorId,
    /// The sync.
    pub sync_log_id: SyncLogId,
    /// The data source it is about; `None` for the sync as a whole.
    pub data_source_id: Option<DataSourceId>,
    /// What it tells.
    pub kind: SyncEventKind,
    /// How much it matters.
    pub level: EventLevel,
    /// One sentence for people.
    pub message: String,
    /// The new status, for `STATE`.
    pub status: Option<SyncStatus>,
    /// How far the data source is.
    pub progress: Option<SourceProgress>,
    /// Facts for machines.
    pub details: Option<Value>,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// Its number among all that this process tells live, in their order; 0 where it was read from the table.
    pub number: u64,
}

impl SyncEvent {
    /// How far a data source is in a sync at a moment.
    pub fn gauge(
        workspace_id: WorkspaceId,
        connector_id: ConnectorId,
        sync_log_id: SyncLogId,
        progress: SourceProgress,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            id: None,
            cursor: EventCursor(0),
            workspace_id,
            connector_id,
            sync_log_id,
            data_source_id: Some(progress.data_source_id.clone()),
            kind: SyncEventKind::Progress,
            level: EventLevel::Info,
            message: progress.phase.clone(),
            status: Some(progress.status),
            progress: Some(progress),
            details: None,
            at,
            number: 0,
        }
    }

    /// Whether it tells that its sync has ended: a fact of the whole sync.
    pub fn ends_sync(&self) -> bool {
        self.data_source_id.is_none() && self.status.is_some_and(SyncStatus::is_final)
    }
}

impl From<sync_event::Model> for SyncEvent {
    fn from(row: sync_event::Model) -> Self {
        Self {
            id: Some(row.id),
            cursor: EventCursor(row.position),
            workspace_id: row.workspace_id,
            connector_id: row.connector_id,
            sync_log_id: row.sync_log_id,
            data_source_id: row.data_source_id,
            kind: row.kind,
            level: row.level,
            message: row.message,
            status: row.status,
            progress: row.progress.and_then(|progress| serde_json::from_value(progress).ok()),
            details: row.details,
            at: row.at,
            number: 0,
        }
    }
}

/// Which events a subscriber wants; an absent part wants all.
#[derive(Clone, Debug)]
pub struct EventFilter {
    /// Only this workspace's.
    pub workspace_id: WorkspaceId,
    /// Only this connector's.
    pub connector_id: Option<ConnectorId>,
    /// Only this sync's.
    pub sync_log_id: Option<SyncLogId>,
    /// Only this data source's.
    pub data_source_id: Option<DataSourceId>,
    /// Only these kinds.
    pub kinds: Option<Vec<SyncEventKind>>,
}

impl EventFilter {
    /// Everything of one sync.
    pub fn of_sync(workspace_id: WorkspaceId, sync_log_id: SyncLogId) -> Self {
        Self { workspace_id, connector_id: None, sync_log_id: Some(sync_log_id), data_source_id: None, kinds: None }
    }

    /// Whether the subscriber wants this event.
    pub fn wants(&self, event: &SyncEvent) -> bool {
        event.workspace_id == self.workspace_id
            && self.connector_id.as_ref().is_none_or(|id| *id == event.connector_id)
            && self.sync_log_id.as_ref().is_none_or(|id| *id == event.sync_log_id)
            && self.data_source_id.as_ref().is_none_or(|id| event.data_source_id.as_ref() == Some(id))
            && self.kinds.as_ref().is_none_or(|kinds| kinds.contains(&event.kind))
    }
}
