//! Boundary hashes: the rows already taken at an incremental cursor's edge, where the source has no key.

use sea_orm::entity::prelude::*;

use super::ids::DataSourceId;

/// The hash of one row at the boundary of a checkpoint.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "boundary_hashes")]
pub struct Model {
    /// The data source.
    #[sea_orm(primary_key, auto_increment = false)]
    pub data_source_id: DataSourceId,
    /// The checkpoint at whose edge the row lies.
    #[sea_orm(primary_key, auto_increment = false)]
    pub sequence: i64,
    /// The hash of the row's content, in hexadecimal.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
}

impl ActiveModelBehavior for ActiveModel {}
