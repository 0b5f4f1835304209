//! Sync events: the facts of syncs, in the order in which they were committed.
//!
//! A reader who has seen every event up to a position never finds a new one below it, so a position is a
//! cursor from which to go on.

use sea_orm::entity::prelude::*;
use sea_orm::{DatabaseConnection, DatabaseTransaction, DbBackend, NotSet, Set, Statement};

use super::ids::{ConnectorId, DataSourceId, SyncEventId, SyncLogId, WorkspaceId};
use super::scope::scoped_by_workspace;
use crate::vocabulary::{EventLevel, SyncEventKind, SyncStatus};

/// Held from the first append of a transaction to its end (PostgreSQL advisory lock; "dwevents").
const APPEND_LOCK: i64 = 0x6477_6576_656e_7473;

/// The channel on which PostgreSQL tells other processes that facts were committed.
pub const CHANNEL: &str = "dataweaver_events";

/// Rows in one INSERT: their values stay well below the 32,766 that SQLite binds.
const ROWS_PER_INSERT: usize = 500;

/// One stored fact of a sync.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_events")]
pub struct Model {
    /// Its place in the log, given by the database; never used twice.
    #[sea_orm(primary_key)]
    pub position: i64,
    /// `evt_…`
    #[sea_orm(unique)]
    pub id: SyncEventId,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// The connector that is synced.
    pub connector_id: ConnectorId,
    /// The sync it is a fact of.
    pub sync_log_id: SyncLogId,
    /// The data source it is about; none for a fact of the whole sync.
    pub data_source_id: Option<DataSourceId>,
    /// What it tells.
    pub kind: SyncEventKind,
    /// How much it matters.
    pub level: EventLevel,
    /// The fact, in words.
    pub message: String,
    /// The status that was reached.
    pub status: Option<SyncStatus>,
    /// How far the data source was.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub progress: Option<Json>,
    /// The fact, for machines.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub details: Option<Json>,
    /// When it happened.
    pub at: DateTimeUtc,
    /// The sync it is a fact of.
    #[sea_orm(belongs_to, from = "sync_log_id", to = "id")]
    pub sync_log: BelongsTo<super::sync_log::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(SyncEventId);

/// A fact before the database gave it its position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSyncEvent {
    /// `evt_…`
    pub id: SyncEventId,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// The connector that is synced.
    pub connector_id: ConnectorId,
    /// The sync it is a fact of.
    pub sync_log_id: SyncLogId,
    /// The data source it is about; none for a fact of the whole sync.
    pub data_source_id: Option<DataSourceId>,
    /// What it tells.
    pub kind: SyncEventKind,
    /// How much it matters.
    pub level: EventLevel,
    /// The fact, in words.
    pub message: String,
    /// The status that was reached.
    pub status: Option<SyncStatus>,
    /// How far the data source was.
    pub progress: Option<Json>,
    /// The fact, for machines.
    pub details: Option<Json>,
    /// When it happened.
    pub at: DateTimeUtc,
}

impl From<NewSyncEvent> for ActiveModel {
    fn from(event: NewSyncEvent) -> Self {
        Self {
            position: NotSet,
            id: Set(event.id),
            workspace_id: Set(event.workspace_id),
            connector_id: Set(event.connector_id),
            sync_log_id: Set(event.sync_log_id),
            data_source_id: Set(event.data_source_id),
            kind: Set(event.kind),
            level: Set(event.level),
            message: Set(event.message),
            status: Set(event.status),
            progress: Set(event.progress),
            details: Set(event.details),
            at: Set(event.at),
        }
    }
}

/// Appends facts to the log and returns them as stored, in order.
///
/// Positions become visible in their order. SQLite has one writer, so it is so by nature. On PostgreSQL the
/// transaction waits here until every other one that appended has ended; so append last, and commit soon. With its commit
/// [`CHANNEL`] is notified.
pub async fn append(transaction: &DatabaseTransaction, events: Vec<NewSyncEvent>) -> Result<Vec<Model>, DbErr> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    if transaction.get_database_backend() == DbBackend::Postgres {
        let lock = "SELECT pg_advisory_xact_lock($1), pg_notify($2, '')";
        let values = [APPEND_LOCK.into(), CHANNEL.into()];
        transaction.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, lock, values)).await?;
    }
    let mut stored = Vec::with_capacity(events.len());
    let mut rows = events.into_iter().map(ActiveModel::from).peekable();
    while rows.peek().is_some() {
        let chunk: Vec<ActiveModel> = rows.by_ref().take(ROWS_PER_INSERT).collect();
        stored.extend(Entity::insert_many(chunk).exec_with_returning(transaction).await?);
    }
    // Neither database promises the order of RETURNING.
    stored.sort_by_key(|event: &Model| event.position);
    Ok(stored)
}

/// The last position that was given to an event, also where the event is not there any more or not committed yet; 0 if none
/// was.
pub async fn last_position(db: &DatabaseConnection) -> Result<i64, DbErr> {
    let sql = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT pg_sequence_last_value(pg_get_serial_sequence('sync_events', 'position')) AS last"
        }
        _ => "SELECT seq AS last FROM sqlite_sequence WHERE name = 'sync_events'",
    };
    let row = db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await?;
    let last = row.map(|row| row.try_get::<Option<i64>>("", "last")).transpose()?;
    Ok(last.flatten().unwrap_or(0))
}
