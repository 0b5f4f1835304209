//! What the mutations of workflows take and give.

use async_graphql::{ID, InputObject, MaybeUndefined, SimpleObject};
use serde_json::{Map, Value};

use super::Workflow;
use crate::entity::ids::WorkflowId;
use crate::graphql::scalars::DateTime;
use crate::graphql::update::{kept_or_cleared_or_set, kept_or_set};
use crate::scenario::{StepTemplate, WorkflowTemplate};
use crate::services::ServiceError;
use crate::services::workflows::{self, WorkflowChanges};
use crate::vocabulary::StepKind;

/// A step of a workflow.
#[derive(InputObject)]
pub struct WorkflowStepInput {
    /// Unique in the workflow.
    name: String,
    /// What it does.
    kind: StepKind,
    /// The names of the steps that must have succeeded before it. Those that make what it names need not be said.
    #[graphql(default)]
    depends_on: Vec<String>,
    /// How it does it, by its kind: EXTRACT `{ sources: [names] }`, TRANSFORM `{ table, sql }`, LINK `{ left, right }`,
    /// ANALYSE `{ question }`, OUTPUT `{ file, format, sql }` or, for html, `{ file, format, title, sections }`.
    config: Option<Value>,
}

impl WorkflowStepInput {
    fn template(self, place: usize) -> Result<StepTemplate, ServiceError> {
        let config = match self.config {
            None => Map::new(),
            Some(Value::Object(config)) => config,
            Some(_) => return Err(ServiceError::bad_input(format!("steps.{place}.config"), "must be an object")),
        };
        Ok(StepTemplate {
            name: self.name,
            kind: self.kind,
            depends_on: self.depends_on,
            config: config.into_iter().collect(),
        })
    }

    fn templates(steps: Vec<Self>) -> Result<Vec<StepTemplate>, ServiceError> {
        steps.into_iter().enumerate().map(|(place, step)| step.template(place)).collect()
    }
}

/// A workflow to be made.
#[derive(InputObject)]
pub struct CreateWorkflowInput {
    /// What people call it; the slug is made from it.
    name: Option<String>,
    /// What it is for.
    description: Option<String>,
    /// Cron, five fields, in `timezone`; each firing runs the whole workflow.
    schedule: Option<String>,
    /// IANA time zone of the schedule, for example `Europe/Berlin`; UTC unless given.
    timezone: Option<String>,
    /// Its steps.
    steps: Option<Vec<WorkflowStepInput>>,
    /// Or all of this as one text of YAML, with the same names in snake_case. What is refused of it says where: `line` and
    /// `column` stand beside the error's code.
    pub(super) yaml: Option<String>,
}

impl CreateWorkflowInput {
    /// The workflow as a template.
    ///
    /// # Errors
    /// `BadInput` where it is said twice, or not at all.
    pub(super) fn template(self) -> Result<WorkflowTemplate, ServiceError> {
        let Self { name, description, schedule, timezone, steps, yaml } = self;
        match (yaml, name, steps) {
            (Some(yaml), None, None) if description.is_none() && schedule.is_none() && timezone.is_none() => {
                workflows::of_yaml(&yaml)
            }
            (Some(_), ..) => Err(says_all()),
            (None, Some(name), Some(steps)) => Ok(WorkflowTemplate {
                name,
                description,
                schedule,
                timezone,
                steps: WorkflowStepInput::templates(steps)?,
            }),
            (None, None, _) => Err(ServiceError::bad_input("name", "is missing")),
            (None, _, None) => Err(ServiceError::bad_input("steps", "is missing")),
        }
    }
}

fn says_all() -> ServiceError {
    ServiceError::bad_input("yaml", "says all of the workflow: leave the other fields out")
}

/// What to change on a workflow: an absent field is kept, null clears one that may be null.
#[derive(InputObject)]
pub struct UpdateWorkflowInput {
    /// The workflow.
    pub(super) id: WorkflowId,
    /// What people call it; the slug stays.
    name: MaybeUndefined<String>,
    /// What it is for.
    description: MaybeUndefined<String>,
    /// Cron, five fields, in `timezone`.
    schedule: MaybeUndefined<String>,
    /// IANA time zone of the schedule.
    timezone: MaybeUndefined<String>,
    /// All its steps. Those that are as before keep what they made.
    steps: MaybeUndefined<Vec<WorkflowStepInput>>,
    /// Or all of the workflow as one text of YAML, as `Workflow.yaml` gives it: what the text leaves out is cleared. What is
    /// refused of it says where: `line` and `column` stand beside the error's code.
    pub(super) yaml: MaybeUndefined<String>,
    /// Only where this is the workflow's `updatedAt`, exactly as it was read; else it was changed since, which is a `CONFLICT`
    /// with its new `updatedAt` beside the code. Nothing is changed then.
    pub(super) if_updated_at: Option<DateTime>,
}

impl UpdateWorkflowInput {
    /// What is to be changed.
    ///
    /// # Errors
    /// `BadInput` where null stands in a field that always has a value, or a thing is said twice.
    pub(super) fn changes(self) -> Result<WorkflowChanges, ServiceError> {
        let yaml = kept_or_set("yaml", self.yaml)?;
        let changes = WorkflowChanges {
            name: kept_or_set("name", self.name)?,
            description: kept_or_cleared_or_set(self.description),
            schedule: kept_or_cleared_or_set(self.schedule),
            timezone: kept_or_set("timezone", self.timezone)?,
            steps: kept_or_set("steps", self.steps)?.map(WorkflowStepInput::templates).transpose()?,
        };
        match yaml {
            None => Ok(changes),
            Some(yaml) if changes == WorkflowChanges::default() => Ok(workflows::of_yaml(&yaml)?.into()),
            Some(_) => Err(says_all()),
        }
    }
}

/// A workflow to be removed.
#[derive(InputObject)]
pub struct DeleteWorkflowInput {
    /// The workflow. Its files, its tables and the record of its runs go with it.
    pub(super) id: WorkflowId,
}

/// A workflow to be run.
#[derive(InputObject)]
pub struct RunWorkflowInput {
    /// The workflow.
    pub(super) workflow_id: WorkflowId,
    /// Only from this step on: it and all that depend on it run again, and so does every step that has not succeeded.
    pub(super) from_step: Option<String>,
}

/// A workflow to be stopped.
#[derive(InputObject)]
pub struct CancelWorkflowInput {
    /// The workflow.
    pub(super) workflow_id: WorkflowId,
}

/// The workflow that was made.
#[derive(SimpleObject)]
pub struct CreateWorkflowPayload {
    /// The workflow.
    pub(super) workflow: Workflow,
}

/// The workflow as it is now.
#[derive(SimpleObject)]
pub struct UpdateWorkflowPayload {
    /// The workflow.
    pub(super) workflow: Workflow,
}

/// What was removed.
#[derive(SimpleObject)]
pub struct DeleteWorkflowPayload {
    /// The id of the workflow that is no more.
    pub(super) deleted_id: ID,
}

/// The workflow that runs now.
#[derive(SimpleObject)]
pub struct RunWorkflowPayload {
    /// The workflow; follow it by the `workflowProgress` subscription.
    pub(super) workflow: Workflow,
}

/// The workflow that was asked to stop.
#[derive(SimpleObject)]
pub struct CancelWorkflowPayload {
    /// The workflow. It is `CANCELLED` within two seconds.
    pub(super) workflow: Workflow,
}
