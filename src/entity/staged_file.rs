//! Staged files: what a full load has written but not yet committed, chunk by chunk, so that it resumes after a crash.

use sea_orm::entity::prelude::*;

use super::ids::{DataSourceId, SyncLogId};

/// A chunk of the load: files of the lake that no table version names yet.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "staged_files")]
pub struct Model {
    /// The sync that wrote them.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sync_log_id: SyncLogId,
    /// The data source whose rows they hold.
    #[sea_orm(primary_key, auto_increment = false)]
    pub data_source_id: DataSourceId,
    /// Its place among the chunks, in the order of writing.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i64,
    /// The files with its rows and those with its rejected rows, as the commit will name them, and the columns from there on.
    #[sea_orm(column_type = "JsonBinary")]
    pub files: Json,
    /// The cursor that vouches for the rows up to here, if there is one.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub cursor: Option<Json>,
    /// Rows read in it.
    pub rows: i64,
    /// Bytes read in it.
    pub bytes: i64,
    /// When it was written.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
