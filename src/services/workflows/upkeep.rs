//! What upkeep does for workflows: old records of runs and files that a crash left go.

use std::collections::HashSet;
use std::time::Duration;

use chrono::Utc;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect};

use crate::entity::database::begin_immediate;
use crate::entity::{file, stored_time, workflow_run};
use crate::services::Context;

/// Deletes the records of runs that ended longer than `keep` ago, but for each workflow's newest. Returns how many.
pub(in crate::services) async fn expire_runs(context: &Context, keep: Duration) -> Result<u64, DbErr> {
    use workflow_run::Column;
    let Some(before) = chrono::Duration::from_std(keep).ok().and_then(|keep| Utc::now().checked_sub_signed(keep))
    else {
        return Ok(0);
    };
    let newest = Query::select()
        .expr(Expr::col(Column::Id).max())
        .from(workflow_run::Entity)
        .group_by_col(Column::WorkflowId)
        .take();
    let transaction = begin_immediate(&context.db).await?;
    let gone = workflow_run::Entity::delete_many()
        .filter(Column::CompletedAt.lt(stored_time(before)))
        .filter(Column::Id.not_in_subquery(newest))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    Ok(gone.rows_affected)
}

/// Removes files that no row knows. Returns how many.
pub(in crate::services) async fn sweep_files(context: &Context) -> Result<u64, DbErr> {
    let known: Vec<String> =
        file::Entity::find().select_only().column(file::Column::Path).into_tuple().all(&context.db).await?;
    let known: HashSet<String> = known.into_iter().collect();
    match context.workflows.files().sweep(&known).await {
        Ok(removed) => Ok(removed),
        Err(error) => {
            tracing::warn!(%error, "the files of workflows cannot be looked through; trying again");
            Ok(0)
        }
    }
}
