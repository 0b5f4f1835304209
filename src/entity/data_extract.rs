//! Data extracts: one extraction of a data source each, with where its rows went and how many there were.

use sea_orm::entity::prelude::*;

use super::ids::{DataExtractId, DataSourceId, SyncLogId, WorkflowId, WorkspaceId};
use super::scope::scoped_by_workspace;
use crate::vocabulary::{ExtractType, SyncStatus};

/// One extraction of a data source.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "data_extracts")]
pub struct Model {
    /// `ext_…`
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: DataExtractId,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// What was extracted.
    pub data_source_id: DataSourceId,
    /// The sync that extracted it, as long as its record is kept.
    pub sync_log_id: Option<SyncLogId>,
    /// The workflow that asked for it, as long as it exists.
    pub workflow_id: Option<WorkflowId>,
    /// What was read: all, what is new, or the vendor's changes.
    pub extract_type: ExtractType,
    /// Where it stands.
    pub status: SyncStatus,
    /// The format of the data, for example `delta`.
    pub data_format: String,
    /// Where the data lies.
    pub data_file_path: Option<String>,
    /// The lake table's version after it.
    pub table_version: Option<i64>,
    /// Rows extracted.
    pub row_count: Option<i64>,
    /// Columns extracted.
    pub column_count: Option<i32>,
    /// Bytes extracted.
    pub byte_size: Option<i64>,
    /// What was asked for besides the data source's own settings.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub config: Option<Json>,
    /// When reading began.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended, well or not.
    pub completed_at: Option<DateTimeUtc>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
    /// What was extracted.
    #[sea_orm(belongs_to, from = "data_source_id", to = "id")]
    pub data_source: BelongsTo<super::data_source::Entity>,
    /// The sync that extracted it.
    #[sea_orm(belongs_to, from = "sync_log_id", to = "id")]
    pub sync_log: BelongsTo<Option<super::sync_log::Entity>>,
    /// The workflow that asked for it.
    #[sea_orm(belongs_to, from = "workflow_id", to = "id")]
    pub workflow: BelongsTo<Option<super::workflow::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(DataExtractId);
