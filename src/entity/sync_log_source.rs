//! How far one data source is in one sync.

use sea_orm::entity::prelude::*;

use super::ids::{DataExtractId, DataSourceId, SyncLogId};
use crate::vocabulary::SyncStatus;

/// One data source's part in a sync.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "sync_log_sources")]
pub struct Model {
    /// The sync.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sync_log_id: SyncLogId,
    /// The data source.
    #[sea_orm(primary_key, auto_increment = false)]
    pub data_source_id: DataSourceId,
    /// The extraction that this part is.
    pub extract_id: Option<DataExtractId>,
    /// Where it stands.
    pub status: SyncStatus,
    /// What it is doing, for example reading or committing.
    pub phase: String,
    /// Rows read.
    pub rows: i64,
    /// Bytes read.
    pub bytes: i64,
    /// Rows to expect.
    pub estimated_rows: Option<i64>,
    /// How far it is, 0 to 100; never falls.
    pub percent: Option<f64>,
    /// Rows a second over the last seconds, while it is read.
    pub rows_per_second: Option<f64>,
    /// Seconds until the end, at the present rate.
    pub eta_seconds: Option<f64>,
    /// What it waits for.
    pub waiting_reason: Option<String>,
    /// Why it failed, in words.
    pub error_message: Option<String>,
    /// Why it failed, as a class of errors.
    pub error_code: Option<String>,
    /// How often it was tried again.
    pub attempt: i32,
    /// Rows added to the lake table.
    pub records_added: i64,
    /// Rows changed in the lake table.
    pub records_updated: i64,
    /// Rows deleted from the lake table.
    pub records_deleted: i64,
    /// Rows that could not be converted.
    pub rejected: i64,
    /// Its place among the data sources of the sync, from 0.
    pub position: i32,
    /// By what it is read, as its data source was set when the sync came to it; none in syncs of earlier versions.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub settings: Option<Json>,
    /// When it began.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub completed_at: Option<DateTimeUtc>,
    /// When the row was last changed.
    pub updated_at: DateTimeUtc,
    /// The sync.
    #[sea_orm(belongs_to, from = "sync_log_id", to = "id")]
    pub sync_log: BelongsTo<super::sync_log::Entity>,
    /// The data source.
    #[sea_orm(belongs_to, from = "data_source_id", to = "id")]
    pub data_source: BelongsTo<super::data_source::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
