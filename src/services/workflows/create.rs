//! A workflow that is made, under a name in SQL of its own.

use chrono::Utc;
use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, EntityTrait, Set};
use serde_json::json;

use super::check::{self, PlannedStep};
use crate::entity::database::begin_immediate;
use crate::entity::ids::{WorkflowId, WorkflowStepId};
use crate::entity::{stored_time, workflow, workflow_step};
use crate::scenario::WorkflowTemplate;
use crate::sdk::names;
use crate::services::{Role, ServiceError, Services, Viewer, firing, slugs, text};
use crate::vocabulary::{StepStatus, WorkflowStatus};

/// The time zone of a schedule that says none.
pub(super) const USUAL_ZONE: &str = "UTC";

/// Makes a workflow. Nothing is run yet.
///
/// # Errors
/// `BadInput` with the path of what is wrong.
pub async fn create(
    services: &Services,
    viewer: &Viewer,
    template: WorkflowTemplate,
    scenario_id: Option<&str>,
) -> Result<workflow::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    let name = text::required("name", &template.name, text::LONGEST_NAME)?;
    let description = checked_description(template.description.clone())?;
    let id = WorkflowId::generate();
    let timezone = template.timezone.clone().unwrap_or_else(|| USUAL_ZONE.to_owned());
    let next_run_at = firing::first("schedule", template.schedule.as_deref(), &timezone, id.as_str())?;
    let steps = check::steps(services, viewer, &template, scenario_id, &names::slug(&name)).await?;
    let now = stored_time(Utc::now());
    let transaction = begin_immediate(services.db()).await?;
    let slug = slugs::free(&transaction, viewer, &name).await?;
    let row = workflow::ActiveModel {
        id: Set(id.clone()),
        workspace_id: Set(viewer.workspace_id.clone()),
        name: Set(name),
        slug: Set(slug),
        description: Set(description),
        status: Set(WorkflowStatus::Draft),
        schedule: Set(template.schedule),
        timezone: Set(timezone),
        next_run_at: Set(next_run_at),
        scenario_id: Set(scenario_id.map(str::to_owned)),
        version: Set(1),
        created_at: Set(now),
        updated_at: Set(now),
    };
    let row = row.insert(&transaction).await?;
    store_steps(&transaction, &id, steps.into_iter().zip(0..).collect()).await?;
    transaction.commit().await?;
    services.events().workflow_changed(&row.workspace_id, &row.id);
    Ok(row)
}

/// Stores new steps of a workflow, each at its position.
pub(super) async fn store_steps(
    db: &impl ConnectionTrait,
    workflow: &WorkflowId,
    steps: Vec<(PlannedStep, i32)>,
) -> Result<(), DbErr> {
    let rows = steps.into_iter().map(|(step, position)| workflow_step::ActiveModel {
        id: Set(WorkflowStepId::generate()),
        workflow_id: Set(workflow.clone()),
        name: Set(step.name),
        kind: Set(step.kind),
        depends_on: Set(json!(step.depends_on)),
        config: Set(step.config),
        status: Set(StepStatus::Pending),
        rows: Set(None),
        result: Set(None),
        error_message: Set(None),
        position: Set(position),
        started_at: Set(None),
        completed_at: Set(None),
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    workflow_step::Entity::insert_many(rows).exec_without_returning(db).await.map(drop)
}

/// The description, if it is not too long.
pub(super) fn checked_description(description: Option<String>) -> Result<Option<String>, ServiceError> {
    description.map(|words| text::bounded("description", words, text::LONGEST_DESCRIPTION)).transpose()
}
