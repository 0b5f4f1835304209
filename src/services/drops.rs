//! Lake tables that are to go: written down by the transaction that removes their owners, deleted after it.
//!
//! What a crash or a failing store leaves is worked off by upkeep, which tries again in every round.

use std::sync::Arc;

use chrono::Utc;
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter, Set};

use super::{Context, ServiceError};
use crate::engine::rejected_path;
use crate::entity::database::begin_immediate;
use crate::entity::{data_source, pending_drop, stored_time, workflow, workflow_table};
use crate::lake::LakeError;

/// Rows of one INSERT: their values stay well below what SQLite binds.
const AT_ONCE: usize = 500;

/// A lake table whose owner goes.
#[derive(Clone, Debug)]
pub(super) struct Unowned {
    lake_path: String,
    owner_id: String,
    name: String,
}

impl Unowned {
    /// That of a data source.
    pub(super) fn of_source(source: &data_source::Model) -> Self {
        Self { lake_path: source.lake_path.clone(), owner_id: source.id.to_string(), name: source.name.clone() }
    }

    /// One of a workflow's.
    pub(super) fn of_workflow(workflow: &workflow::Model, table: &workflow_table::Model) -> Self {
        let name = format!("{}.{}", workflow.slug, table.name);
        Self { lake_path: table.lake_path.clone(), owner_id: workflow.id.to_string(), name }
    }
}

/// Writes down that lake tables are to go.
pub(super) async fn write_down(db: &impl ConnectionTrait, tables: &[Unowned]) -> Result<(), DbErr> {
    let now = stored_time(Utc::now());
    for tables in tables.chunks(AT_ONCE) {
        let rows = tables.iter().map(|table| pending_drop::ActiveModel {
            lake_path: Set(table.lake_path.clone()),
            owner_id: Set(table.owner_id.clone()),
            name: Set(table.name.clone()),
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

/// Deletes these tables, which are written down: all that can be, and tells the first that cannot. A task of its own does
/// it, which goes on when whoever asked does not wait.
pub(super) async fn work_off_these(context: &Arc<Context>, tables: Vec<Unowned>) -> Result<(), ServiceError> {
    let context = Arc::clone(context);
    match tokio::spawn(async move { delete_these(&context, &tables).await }).await {
        Ok(dropped) => dropped,
        Err(cause) => Err(ServiceError::Internal { what: "dropping lake tables broke off", cause: cause.into() }),
    }
}

async fn delete_these(context: &Context, tables: &[Unowned]) -> Result<(), ServiceError> {
    let mut first = None;
    for tables in tables.chunks(AT_ONCE) {
        let paths = tables.iter().map(|table| table.lake_path.as_str());
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
            owner.id = %table.owner_id, location, error = super::with_causes(&error),
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
