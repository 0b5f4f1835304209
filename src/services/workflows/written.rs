//! A workflow as the text that makes it.

use super::create::USUAL_ZONE;
use crate::entity::{workflow, workflow_step};
use crate::scenario::{StepTemplate, WorkflowTemplate, place_of, read_yaml, write_yaml};
use crate::sdk::ConnectorError;
use crate::services::ServiceError;

/// Reads a workflow that is written as YAML.
///
/// # Errors
/// `BadText` with the place of what is wrong; `BadInput` where that has none.
pub fn of_yaml(text: &str) -> Result<WorkflowTemplate, ServiceError> {
    read_yaml(text).map_err(|error| {
        let (field, message) = ("yaml".to_owned(), error.to_string());
        match error.place {
            Some(place) => ServiceError::BadText { field, message, hint: None, place },
            None => ServiceError::bad_input(field, message),
        }
    })
}

/// What a workflow that was given as a text is refused with, with the place in the text of what it names.
pub fn placed_in(text: &str, refusal: ServiceError) -> ServiceError {
    let (field, message, hint) = match refusal {
        ServiceError::BadInput { field, message, hint } => (field, message, hint),
        // What a step is told is read as the settings of connectors are.
        ServiceError::Connector(ConnectorError::Config { field, message, .. }) => (field, message, None),
        other => return other,
    };
    // The one name that is another one in the text.
    match place_of(text, &field.replace(".dependsOn.", ".depends_on.")) {
        Some(place) => ServiceError::BadText { field, message, hint, place },
        None => ServiceError::BadInput { field, message, hint },
    }
}

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
