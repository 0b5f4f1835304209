//! Pending drops: lake tables whose owners were removed, written down with the removal until they are deleted.

use sea_orm::entity::prelude::*;

/// One lake table that is to go.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pending_drops")]
pub struct Model {
    /// Where it lies, below the lake root.
    #[sea_orm(primary_key, auto_increment = false)]
    pub lake_path: String,
    /// The id of the data source or workflow that it was of; there may be no such row any more.
    pub owner_id: String,
    /// What people called its owner.
    pub name: String,
    /// When it was removed.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}
