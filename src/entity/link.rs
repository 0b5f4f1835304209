//! Links: decisions that records of different sources are the same entity.

use sea_orm::entity::prelude::*;

/// A decision about two records.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "links")]
pub struct Model {
    /// The set that it was decided with.
    #[sea_orm(primary_key, auto_increment = false)]
    pub link_set_id: i64,
    /// Its place in the set, from 0.
    #[sea_orm(primary_key, auto_increment = false)]
    pub place: i64,
    /// The one record's key.
    pub left_key: String,
    /// The other record's key.
    pub right_key: String,
    /// How sure the decision is, 0 to 1.
    pub score: f64,
    /// What was decided: `match`, or `possible` where it takes a person to tell.
    pub decision: String,
    /// Why: a list.
    #[sea_orm(column_type = "JsonBinary")]
    pub reasons: Json,
    /// The set that it was decided with.
    #[sea_orm(belongs_to, from = "link_set_id", to = "id")]
    pub link_set: BelongsTo<super::link_set::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
