//! Lake tables that are to go: written down by the transaction that removes their data sources, deleted after it.
//!
//! What a crash or a failing store leaves is worked off by upkeep, which tries again in every round.

use chrono::Utc;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};

use super::{Context, ServiceError};
use crate::engine::rejected_path;
use crate::entity::database::begin_immediate;
use crate::entity::{data_source, pending_drop, stored_time};
use crate::lake::LakeError;

/// Rows of one INSERT: their values stay well below what SQLite binds.
const AT_ONCE: usize = 500;

/// Writes down that the lake tables of data sources are to go.
pub(super) async fn write_down(db: &impl ConnectionTrait, sources: &[data_source::Model]) -> Result<(), DbErr> {
    let now = stored_time(Utc::now());
    for sources in sources.chunks(AT_ONCE) {
        let rows = sources.iter().map(|source| pending_drop::ActiveModel {
            lake_path: Set(source.lake_path.clone()),
            data_source_id: Set(source.id.clone()),
            name: Set(source.name.clone()),
            created_at: Set(now),
        });
        pending_drop::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Deletes every table that is written down, as far as that is possible, and returns how many.
pub(super) async fn work_off(context: &Context) -> Result<u64, DbErr> {
    let pending = pending_drop::Entity::find().all(&context.db).await?;
    let mut dropped = 0;
    for table in pending {
        if drop_table(context, &table).await?.is_ok() {
            dropped += 1;
        }
    }
    Ok(dropped)
}

/// Deletes the tables of these data sources: all that can be, and tells the first that cannot.
pub(super) async fn work_off_those_of(context: &Context, sources: &[data_source::Model]) -> Result<(), ServiceError> {
    let mut first = None;
    for sources in sources.chunks(AT_ONCE) {
        let paths = sources.iter().map(|source| source.lake_path.as_str());
        let pending = pending_drop::Entity::find().filter(pending_drop::Column::LakePath.is_in(paths));
        for table in pending.all(&context.db).await? {
            if let Err(error) = drop_table(context, &table).await? {
                first.get_or_insert(error);
            }
        }
    }
    first.map_or(Ok(()), |error| Err(error.into()))
}

/// Deletes a table with that of its rejected rows, and forgets it where nothing is left; gives what kept it.
async fn drop_table(context: &Context, table: &pending_drop::Model) -> Result<Result<(), LakeError>, DbErr> {
    let mut first = None;
    for path in [table.lake_path.clone(), rejected_path(&table.lake_path)] {
        let Err(error) = context.lake.table(&path).drop_table().await else { continue };
        let location = context.lake.location(&path);
        tracing::error!(
            data_source.id = %table.data_source_id, location, error = super::with_causes(&error),
            "{} is removed and its lake table is not; upkeep tries again, or delete {location} by hand", table.name
        );
        first.get_or_insert(error);
    }
    if let Some(error) = first {
        return Ok(Err(error));
    }
    let transaction = begin_immediate(&context.db).await?;
    pending_drop::Entity::delete_by_id(table.lake_path.clone()).exec(&transaction).await?;
    transaction.commit().await?;
    Ok(Ok(()))
}
