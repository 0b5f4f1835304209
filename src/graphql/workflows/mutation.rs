//! What can be done with workflows.

use async_graphql::{Context, Object, Result};

use super::Workflow;
use super::input::{
    CancelWorkflowInput, CancelWorkflowPayload, CreateWorkflowInput, CreateWorkflowPayload, DeleteWorkflowInput,
    DeleteWorkflowPayload, RunWorkflowInput, RunWorkflowPayload, UpdateWorkflowInput, UpdateWorkflowPayload,
};
use crate::graphql::context::ContextExt;
use crate::services::{ServiceError, workflows};

/// The workflows' part of the mutation root.
#[derive(Default)]
pub struct WorkflowMutation;

#[Object]
impl WorkflowMutation {
    /// Makes a workflow. Nothing is run yet: `runWorkflow` or its schedule does that.
    async fn create_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow.")] input: CreateWorkflowInput,
    ) -> Result<CreateWorkflowPayload> {
        let yaml = input.yaml.clone();
        let made = workflows::create(ctx.services(), ctx.viewer()?, input.template()?, None).await;
        Ok(CreateWorkflowPayload { workflow: Workflow::of(made.map_err(placed_in(yaml))?) })
    }

    /// Changes a workflow. Its steps cannot be changed while it runs.
    async fn update_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The changes.")] input: UpdateWorkflowInput,
    ) -> Result<UpdateWorkflowPayload> {
        let (id, yaml) = (input.id.clone(), input.yaml.value().cloned());
        let read = input.if_updated_at.map(|time| time.0);
        let changed = workflows::update(ctx.services(), ctx.viewer()?, &id, read, input.changes()?).await;
        Ok(UpdateWorkflowPayload { workflow: Workflow::of(changed.map_err(placed_in(yaml))?) })
    }

    /// Removes a workflow with its files, its tables and the record of its runs.
    async fn delete_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow.")] input: DeleteWorkflowInput,
    ) -> Result<DeleteWorkflowPayload> {
        workflows::delete(ctx.services(), ctx.viewer()?, &input.id).await?;
        Ok(DeleteWorkflowPayload { deleted_id: input.id.as_str().into() })
    }

    /// Runs a workflow. Returns at once; an equal run that is under way is joined, another is a conflict.
    async fn run_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to run.")] input: RunWorkflowInput,
    ) -> Result<RunWorkflowPayload> {
        let (id, from_step) = (&input.workflow_id, input.from_step.as_deref());
        let workflow = workflows::start(ctx.services(), ctx.viewer()?, id, from_step).await?;
        Ok(RunWorkflowPayload { workflow: Workflow::of(workflow) })
    }

    /// Stops a workflow that runs. What its steps have made stays.
    async fn cancel_workflow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The workflow.")] input: CancelWorkflowInput,
    ) -> Result<CancelWorkflowPayload> {
        let workflow = workflows::cancel(ctx.services(), ctx.viewer()?, &input.workflow_id).await?;
        Ok(CancelWorkflowPayload { workflow: Workflow::of(workflow) })
    }
}

/// Adds to a refusal where in the text that was given it is about, if a text was.
fn placed_in(yaml: Option<String>) -> impl FnOnce(ServiceError) -> ServiceError {
    move |refusal| match yaml {
        Some(text) => workflows::placed_in(&text, refusal),
        None => refusal,
    }
}
