//! How far the event log has expired: one row, written when events are deleted for their age.

use sea_orm::Set;
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::{Expr, OnConflict};

/// The row. A log without it is whole.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "event_expiry")]
pub struct Model {
    /// Always 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    /// The position of the last event that was deleted for its age. A reader at an earlier one has missed events.
    pub position: i64,
}

impl ActiveModelBehavior for ActiveModel {}

impl Entity {
    /// The position up to which events have expired; 0 where none have.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub async fn position(db: &impl ConnectionTrait) -> Result<i64, DbErr> {
        Ok(Self::find_by_id(1).one(db).await?.map_or(0, |row| row.position))
    }

    /// Records that events up to a position are deleted in this transaction.
    ///
    /// # Errors
    /// When the table cannot be written.
    pub async fn move_to(db: &impl ConnectionTrait, position: i64) -> Result<(), DbErr> {
        let row = ActiveModel { id: Set(1), position: Set(position) };
        // Two replicas may do it at once; a position that has gone does not come back.
        let higher = Expr::cust(
            "CASE WHEN excluded.position > event_expiry.position THEN excluded.position ELSE event_expiry.position END",
        );
        let replace = OnConflict::column(Column::Id).value(Column::Position, higher).to_owned();
        Self::insert(row).on_conflict(replace).exec_without_returning(db).await.map(drop)
    }
}
