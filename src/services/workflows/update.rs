//! A workflow that is changed, or removed.

use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter, Set,
};
use serde_json::json;

use super::check::{self, PlannedStep};
use super::config::StepConfig;
use super::create::{USUAL_ZONE, checked_description, store_steps};
use super::find::{live_run, locked, steps_of};
use super::start::is_running;
use crate::entity::database::begin_immediate;
use crate::entity::ids::WorkflowId;
use crate::entity::{file, stored_time, workflow, workflow_step, workflow_table};
use crate::scenario::{StepTemplate, WorkflowTemplate};
use crate::services::drops::{self, Unowned};
use crate::services::{Role, ServiceError, Services, Viewer, firing, text};
use crate::vocabulary::WorkflowStatus;

/// What is to be changed; an absent part is left alone, an inner `None` clears.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkflowChanges {
    /// What people call it; the slug stays.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// Cron, five fields.
    pub schedule: Option<Option<String>>,
    /// IANA time zone of the schedule.
    pub timezone: Option<String>,
    /// All its steps. Those that are as before keep what they made.
    pub steps: Option<Vec<StepTemplate>>,
}

impl From<WorkflowTemplate> for WorkflowChanges {
    /// All of a workflow becomes what the template says; what it leaves out is cleared.
    fn from(template: WorkflowTemplate) -> Self {
        Self {
            name: Some(template.name),
            description: Some(template.description),
            schedule: Some(template.schedule),
            timezone: Some(template.timezone.unwrap_or_else(|| USUAL_ZONE.to_owned())),
            steps: Some(template.steps),
        }
    }
}

/// Changes a workflow. Files of steps that changed go, and so do tables that no step makes any more. With `if_updated_at`, it is
/// changed only where it was last changed then; of several who have read the same and write at once, one does.
///
/// # Errors
/// `NotFound`, `Conflict` while it runs, `ChangedSince`, or `BadInput` with the path of what is wrong.
pub async fn update(
    services: &Services,
    viewer: &Viewer,
    id: &WorkflowId,
    if_updated_at: Option<DateTime<Utc>>,
    changes: WorkflowChanges,
) -> Result<workflow::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    let now = super::get(services, viewer, id).await?;
    let planned = match changes.steps {
        Some(steps) => {
            let template =
                WorkflowTemplate { name: now.name.clone(), description: None, schedule: None, timezone: None, steps };
            Some(check::steps(services, viewer, &template, now.scenario_id.as_deref(), &now.slug).await?)
        }
        None => None,
    };
    let transaction = begin_immediate(services.db()).await?;
    let before = locked(&transaction, viewer, id).await?;
    if if_updated_at.is_some_and(|read| read != before.updated_at) {
        return Err(ServiceError::ChangedSince { name: before.name, updated_at: before.updated_at });
    }
    let mut row = before.clone().into_active_model();
    if let Some(name) = changes.name {
        row.name = Set(text::required("name", &name, text::LONGEST_NAME)?);
    }
    if let Some(description) = changes.description {
        row.description = Set(checked_description(description)?);
    }
    if changes.schedule.is_some() || changes.timezone.is_some() {
        let schedule = changes.schedule.unwrap_or(before.schedule.clone());
        let timezone = changes.timezone.unwrap_or(before.timezone.clone());
        row.next_run_at = Set(firing::first("schedule", schedule.as_deref(), &timezone, id.as_str())?);
        row.schedule = Set(schedule);
        row.timezone = Set(timezone);
    }
    row.updated_at = Set(after(before.updated_at));
    let mut left = Left::default();
    if let Some(planned) = planned {
        if let Some(live) = live_run(&transaction, id).await? {
            return Err(is_running(&before, &live));
        }
        if let Some(of_former_steps) = replace_steps(&transaction, &before, planned).await? {
            left = of_former_steps;
            row.status = Set(WorkflowStatus::Draft);
        }
    }
    row.update(&transaction).await?;
    workflow::Entity::changed(&transaction, id).await?;
    // As it is now, not as somebody else makes it after.
    let row = locked(&transaction, viewer, id).await?;
    drops::write_down(&transaction, &left.tables).await?;
    transaction.commit().await?;
    services.events().workflow_changed(&row.workspace_id, &row.id);
    left.remove(services).await?;
    Ok(row)
}

/// The time of a change that follows one at `before`: now, and later than that one whatever the clock says, so that no two
/// changes of a workflow have the same.
fn after(before: DateTime<Utc>) -> DateTime<Utc> {
    stored_time(Utc::now()).max(before + TimeDelta::microseconds(1))
}

/// Removes a workflow with its files, its tables and the record of its runs.
///
/// # Errors
/// `NotFound`, or `Conflict` while it runs.
pub async fn delete(services: &Services, viewer: &Viewer, id: &WorkflowId) -> Result<(), ServiceError> {
    viewer.require(Role::Editor)?;
    let transaction = begin_immediate(services.db()).await?;
    let row = locked(&transaction, viewer, id).await?;
    if let Some(live) = live_run(&transaction, id).await? {
        return Err(is_running(&row, &live));
    }
    let of_workflow = workflow_table::Column::WorkflowId.eq(id.clone());
    let tables = workflow_table::Entity::find().filter(of_workflow).all(&transaction).await?;
    let files = file::Entity::find().filter(file::Column::WorkflowId.eq(id.clone())).all(&transaction).await?;
    let left = Left { tables: tables.iter().map(|table| Unowned::of_workflow(&row, table)).collect(), files };
    row.clone().delete(&transaction).await?;
    drops::write_down(&transaction, &left.tables).await?;
    transaction.commit().await?;
    services.events().workflow_changed(&row.workspace_id, &row.id);
    left.remove(services).await
}

/// What nobody owns any more.
#[derive(Default)]
struct Left {
    tables: Vec<Unowned>,
    files: Vec<file::Model>,
}

impl Left {
    async fn remove(self, services: &Services) -> Result<(), ServiceError> {
        for file in &self.files {
            services.context.workflows.files().remove(&file.path).await;
        }
        drops::work_off_these(&services.context, self.tables).await
    }
}

/// Puts other steps in place of a workflow's, but for those that are the same; gives what nobody owns then, and nothing where
/// all are the same.
async fn replace_steps(
    db: &impl ConnectionTrait,
    row: &workflow::Model,
    planned: Vec<PlannedStep>,
) -> Result<Option<Left>, DbErr> {
    let before = steps_of(db, &row.id).await?;
    let is_same = |old: &workflow_step::Model, new: &PlannedStep| {
        old.name == new.name
            && old.kind == new.kind
            && old.config == new.config
            && old.depends_on == json!(new.depends_on)
    };
    let kept: HashMap<String, workflow_step::Model> = before
        .iter()
        .filter(|old| planned.iter().any(|new| is_same(old, new)))
        .map(|old| (old.name.clone(), old.clone()))
        .collect();
    if kept.len() == before.len() && planned.len() == before.len() {
        return Ok(None);
    }
    let gone: Vec<_> = before.iter().filter(|old| !kept.contains_key(&old.name)).map(|old| old.id.clone()).collect();
    let of_gone = file::Column::WorkflowStepId.is_in(gone.iter().cloned());
    let files = file::Entity::find().filter(of_gone).all(db).await?;
    workflow_step::Entity::delete_many().filter(workflow_step::Column::Id.is_in(gone)).exec(db).await?;
    let tables = drop_unmade(db, row, &planned).await?;
    let mut fresh = Vec::new();
    for (new, position) in planned.into_iter().zip(0..) {
        match kept.get(&new.name) {
            Some(old) => {
                let mut moved = old.clone().into_active_model();
                moved.position = Set(position);
                moved.update(db).await?;
            }
            None => fresh.push((new, position)),
        }
    }
    store_steps(db, &row.id, fresh).await?;
    Ok(Some(Left { tables, files }))
}

/// Forgets the tables that no step makes any more.
async fn drop_unmade(
    db: &impl ConnectionTrait,
    row: &workflow::Model,
    planned: &[PlannedStep],
) -> Result<Vec<Unowned>, DbErr> {
    use workflow_table::Column;
    let made: BTreeSet<String> = planned
        .iter()
        .filter_map(|step| match StepConfig::read(step.kind, &step.config, "config") {
            Ok(StepConfig::Transform(transform)) => Some(transform.table),
            _ => None,
        })
        .collect();
    let tables = workflow_table::Entity::find().filter(Column::WorkflowId.eq(row.id.clone())).all(db).await?;
    let unmade: Vec<_> = tables.into_iter().filter(|table| !made.contains(&table.name)).collect();
    let names = unmade.iter().map(|table| table.name.clone());
    workflow_table::Entity::delete_many()
        .filter(Column::WorkflowId.eq(row.id.clone()))
        .filter(Column::Name.is_in(names))
        .exec(db)
        .await?;
    Ok(unmade.iter().map(|table| Unowned::of_workflow(row, table)).collect())
}
