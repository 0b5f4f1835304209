//! A workflow as the text that makes it.

use super::create::USUAL_ZONE;
use crate::entity::{workflow, workflow_step};
use crate::scenario::{StepTemplate, WorkflowTemplate, write_yaml};
use crate::services::ServiceError;

/// A workflow with these steps as YAML, which `of_yaml` reads as the same workflow.
///
/// # Errors
/// Where what is stored has no form in YAML.
pub fn as_yaml(row: &workflow::Model, steps: &[workflow_step::Model]) -> Result<String, ServiceError> {
    let template = WorkflowTemplate {
        name: row.name.clone(),
        description: row.description.clone(),
        schedule: row.schedule.clone(),
        timezone: Some(row.timezone.clone()).filter(|zone| zone != USUAL_ZONE),
        steps: steps.iter().map(template_of).collect(),
    };
    write_yaml(&template)
        .map_err(|error| ServiceError::Internal { what: "the workflow has no form in YAML", cause: Box::new(error) })
}

fn template_of(step: &workflow_step::Model) -> StepTemplate {
    StepTemplate {
        name: step.name.clone(),
        kind: step.kind,
        depends_on: super::dependencies(step).map(str::to_owned).collect(),
        config: step.config.as_object().cloned().unwrap_or_default().into_iter().collect(),
    }
}
