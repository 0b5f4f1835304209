//! Schema versions: how the columns of a data source changed.

use sea_orm::entity::prelude::*;

use super::ids::DataSourceId;

/// The columns of a data source from one time on.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "schema_versions")]
pub struct Model {
    /// The data source.
    #[sea_orm(primary_key, auto_increment = false)]
    pub data_source_id: DataSourceId,
    /// Counts its schemas, from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub version: i32,
    /// The columns: a list of `{name, sourceName, type, nullable, description}`.
    #[sea_orm(column_type = "JsonBinary")]
    pub columns: Json,
    /// What changed since the version before: a list of sentences.
    #[sea_orm(column_type = "JsonBinary")]
    pub changes: Json,
    /// When it was noticed.
    pub at: DateTimeUtc,
    /// The data source.
    #[sea_orm(belongs_to, from = "data_source_id", to = "id")]
    pub data_source: BelongsTo<super::data_source::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
