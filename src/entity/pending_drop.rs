//! Pending drops: lake tables of data sources that were removed, written down with the removal until they are deleted.

use sea_orm::entity::prelude::*;

use super::ids::DataSourceId;

/// One lake table that is to go.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_drops")]
pub struct Model {
    /// Where it lies, below the lake root.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lake_path: String,
    /// The data source that it was of; there is no such row any more.
    pub data_source_id: DataSourceId,
    /// What people called that.
    pub name: String,
    /// When it was removed.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
