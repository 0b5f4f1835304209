//! Sync logs: the record of one sync of a connector, which is also its durable state and its place in the queue.

use sea_orm::entity::prelude::*;

use super::ids::{ConnectorId, SyncLogId, WorkspaceId};
use super::scope::scoped_by_workspace;
use crate::vocabulary::{ExtractType, SyncStatus, SyncTrigger};

/// One sync of a connector. At most one of a connector's is queued or running.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "connector_sync_logs")]
pub struct Model {
    /// `log_…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: SyncLogId,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// What is synced.
    pub connector_id: ConnectorId,
    /// What it reads.
    pub sync_type: ExtractType,
    /// Who asked for it.
    #[sea_orm(column_name = "trigger")]
    pub trigger_kind: SyncTrigger,
    /// Where it stands.
    pub status: SyncStatus,
    /// What was asked for: the data sources' ids and the extract type.
    #[sea_orm(column_type = "JsonBinary")]
    pub request: Json,
    /// Rows read.
    pub records_processed: i64,
    /// Rows added to lake tables.
    pub records_added: i64,
    /// Rows changed in lake tables.
    pub records_updated: i64,
    /// Rows deleted from lake tables.
    pub records_deleted: i64,
    /// Bytes read.
    pub bytes_processed: i64,
    /// Why it failed, in words.
    pub error_message: Option<String>,
    /// Why it failed, in facts.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub error_details: Option<Json>,
    /// How many processes have begun to run it: 0 while it waits, one more with each that went on with it. Retries do not count.
    pub attempt: i32,
    /// Owners in a row that died or fell silent before it got any further.
    pub take_overs: i32,
    /// Whether somebody asked it to stop.
    pub cancel_requested: bool,
    /// The process that runs it.
    pub lease_owner: Option<String>,
    /// Rises with every new owner.
    pub lease_epoch: i64,
    /// When another process may take it over.
    pub lease_expires_at: Option<DateTimeUtc>,
    /// Not to be claimed before this time (the back-off of a retry).
    pub not_before: Option<DateTimeUtc>,
    /// When it was asked for.
    pub queued_at: DateTimeUtc,
    /// When it began.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub completed_at: Option<DateTimeUtc>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When the row was last changed.
    pub updated_at: DateTimeUtc,
    /// What is synced.
    #[sea_orm(belongs_to, from = "connector_id", to = "id")]
    pub connector: BelongsTo<super::connector::Entity>,
    /// How far each data source is.
    #[sea_orm(has_many)]
    pub sources: HasMany<super::sync_log_source::Entity>,
    /// What happened in it.
    #[sea_orm(has_many)]
    pub events: HasMany<super::sync_event::Entity>,
    /// What it extracted.
    #[sea_orm(has_many)]
    pub extracts: HasMany<super::data_extract::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(SyncLogId);
