//! A run that is to stop.

use chrono::Utc;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Set};

use super::find::{live_run, locked};
use super::run::end_steps;
use crate::entity::database::begin_immediate;
use crate::entity::ids::WorkflowId;
use crate::entity::{stored_time, workflow};
use crate::services::{Role, ServiceError, Services, Viewer};
use crate::vocabulary::{StepStatus, WorkflowStatus};

/// Asks the run of a workflow to stop; it ends as CANCELLED within two seconds, or, where the process that runs it has died,
/// when another takes it over. What its steps have made stays. A workflow that does not run stays as it is.
///
/// # Errors
/// `NotFound`.
pub async fn cancel(services: &Services, viewer: &Viewer, id: &WorkflowId) -> Result<workflow::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    let transaction = begin_immediate(services.db()).await?;
    let row = locked(&transaction, viewer, id).await?;
    let Some(run) = live_run(&transaction, id).await? else { return Ok(row) };
    let run_id = run.id.clone();
    let was_waiting = run.lease_owner.is_none();
    let mut change = run.into_active_model();
    change.cancel_requested = Set(true);
    if was_waiting {
        // Nobody runs it: it ends here.
        change.status = Set(WorkflowStatus::Cancelled);
        change.completed_at = Set(Some(stored_time(Utc::now())));
        end_steps(&transaction, id, StepStatus::Cancelled).await?;
        workflow::Entity::update_many()
            .col_expr(workflow::Column::Status, Expr::value(WorkflowStatus::Cancelled.as_str()))
            .filter(workflow::Column::Id.eq(id.clone()))
            .exec(&transaction)
            .await?;
    }
    change.update(&transaction).await?;
    workflow::Entity::changed(&transaction, id).await?;
    transaction.commit().await?;
    services.context.workflows.cancel(&run_id);
    let row = super::get(services, viewer, id).await?;
    services.events().workflow_changed(&row.workspace_id, &row.id);
    Ok(row)
}
