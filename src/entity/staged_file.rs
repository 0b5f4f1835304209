//! Staged files: what a full load has written but not yet committed, so that it resumes after a crash.

use sea_orm::entity::prelude::*;

use super::ids::{DataSourceId, SyncLogId};

/// One file of the lake that no table version names yet.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staged_files")]
pub struct Model {
    /// The sync that wrote it.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sync_log_id: SyncLogId,
    /// The data source whose rows it holds.
    #[sea_orm(primary_key, auto_increment = false)]
    pub data_source_id: DataSourceId,
    /// Its place among them, in the order of writing.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// The Delta `add` action that will commit it.
    #[sea_orm(column_type = "JsonBinary")]
    pub add_action: Json,
    /// The cursor that vouches for the rows up to here, if there is one.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub cursor: Option<Json>,
    /// Rows in it.
    pub rows: i64,
    /// Its size.
    pub bytes: i64,
    /// When it was written.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
