//! The schedules that fill the queue of runs. Whoever moves `next_run_at` on fires; all others see that it moved.

use chrono::{DateTime, SecondsFormat, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};

use crate::engine::{MissedFirings, is_missed, next_fire};
use crate::entity::database::begin_immediate;
use crate::entity::{stored_time, workflow, workflow_run};
use crate::services::Services;
use crate::services::workflows::find::{live_run, steps_of};
use crate::services::workflows::start::{queue, record};
use crate::vocabulary::{SyncTrigger, WorkflowStatus};

/// Workflows that fire in one look.
const AT_ONCE: u64 = 100;

/// Queues the runs whose time has come.
pub(super) async fn fire(services: &Services) -> Result<(), DbErr> {
    let now = stored_time(Utc::now());
    let due =
        workflow::Entity::find().filter(workflow::Column::NextRunAt.lte(now)).limit(AT_ONCE).all(services.db()).await?;
    for row in due {
        fire_one(services, &row, now).await?;
    }
    Ok(())
}

async fn fire_one(services: &Services, row: &workflow::Model, now: DateTime<Utc>) -> Result<(), DbErr> {
    let Some(due) = row.next_run_at else { return Ok(()) };
    let next =
        row.schedule.as_deref().and_then(|cron| next_fire(cron, &row.timezone, now, row.id.as_str()).ok().flatten());
    let transaction = begin_immediate(services.db()).await?;
    let moved = workflow::Entity::update_many()
        .col_expr(workflow::Column::NextRunAt, Expr::value(next))
        .filter(workflow::Column::Id.eq(row.id.clone()))
        .filter(workflow::Column::NextRunAt.eq(due))
        .exec(&transaction)
        .await?;
    if moved.rows_affected == 0 {
        return Ok(());
    }
    let was_missed = is_missed(due, now) && services.engine.settings().missed_firings == MissedFirings::Skip;
    match live_run(&transaction, &row.id).await? {
        Some(live) => {
            let because = format!("since {} had not ended", live.id);
            skipped(row, due, now, &because).insert(&transaction).await?;
        }
        None if was_missed => {
            let because = "since no process ran workflows then (engine.missed_firings is skip)";
            skipped(row, due, now, because).insert(&transaction).await?;
        }
        None => {
            let steps = steps_of(&transaction, &row.id).await?;
            queue(&transaction, row, &steps, None, SyncTrigger::Scheduled).await?;
        }
    }
    workflow::Entity::changed(&transaction, &row.id).await?;
    transaction.commit().await?;
    services.events().workflow_changed(&row.workspace_id, &row.id);
    Ok(())
}

/// The record of a run that there will not be: no firing goes by in silence.
fn skipped(row: &workflow::Model, due: DateTime<Utc>, now: DateTime<Utc>, because: &str) -> workflow_run::ActiveModel {
    let due = due.to_rfc3339_opts(SecondsFormat::Secs, true);
    workflow_run::ActiveModel {
        status: Set(WorkflowStatus::Cancelled),
        error_message: Set(Some(format!("the schedule was due at {due} and was skipped, {because}"))),
        completed_at: Set(Some(now)),
        ..record(row, None, SyncTrigger::Scheduled)
    }
}
