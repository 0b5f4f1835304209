//! Checkpoints: where a sync left off, so the next one starts there.
//!
//! The row is written before the lake's commit, which carries the same sequence; after a crash the lake
//! table's transaction version says which row is true.

use sea_orm::entity::prelude::*;

use super::ids::{DataSourceId, SyncLogId};

/// A cursor that vouches for all rows before it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "checkpoints")]
pub struct Model {
    /// The data source that was read.
    #[sea_orm(primary_key, auto_increment = false)]
    pub data_source_id: DataSourceId,
    /// Counts the data source's commits, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// The sync that wrote it, as long as its record is kept.
    pub sync_log_id: Option<SyncLogId>,
    /// Where to go on: the connector's cursor, what kind of read it is of, the table's columns and what else belongs to the
    /// commit. Empty after a reset.
    #[sea_orm(column_type = "JsonBinary")]
    pub state: Json,
    /// Rows read since the checkpoint before.
    pub rows_read: i64,
    /// Rows added since then.
    pub rows_added: i64,
    /// Rows changed since then.
    pub rows_updated: i64,
    /// Rows deleted since then.
    pub rows_deleted: i64,
    /// Bytes read since then.
    pub bytes: i64,
    /// Whether the lake's commit is known to have happened.
    pub committed: bool,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// The data source that was read.
    #[sea_orm(belongs_to, from = "data_source_id", to = "id")]
    pub data_source: BelongsTo<super::data_source::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
