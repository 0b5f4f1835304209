//! Links: decisions that records of different sources are the same entity.

use sea_orm::entity::prelude::*;

use super::ids::{DataSourceId, WorkspaceId};
use super::scope::scoped_by_workspace;

/// A decision about two records.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "links")]
pub struct Model {
    /// Unique; made by the one who decides.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The tenant it belongs to.
    pub workspace_id: WorkspaceId,
    /// Where the one record comes from.
    pub left_source_id: DataSourceId,
    /// The one record's key.
    pub left_key: String,
    /// Where the other record comes from.
    pub right_source_id: DataSourceId,
    /// The other record's key.
    pub right_key: String,
    /// How sure the decision is, 0 to 1.
    pub score: f64,
    /// What was decided.
    pub decision: String,
    /// Why: a list.
    #[sea_orm(column_type = "JsonBinary")]
    pub reasons: Json,
    /// When it was decided.
    pub created_at: DateTimeUtc,
}

impl ActiveModelBehavior for ActiveModel {}

scoped_by_workspace!(str);
