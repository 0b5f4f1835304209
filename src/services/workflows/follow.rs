//! A workflow as it runs, whichever process runs it.

use async_stream::try_stream;
use futures::{Stream, StreamExt};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use tokio::sync::broadcast::error::RecvError;

use super::find::steps_of;
use crate::entity::ids::WorkflowId;
use crate::entity::{workflow, workflow_run, workflow_step};
use crate::services::{ServiceError, Services, Viewer};
use crate::vocabulary::WorkflowStatus;

/// A workflow as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowState {
    /// Its row.
    pub workflow: workflow::Model,
    /// Its steps, in their order.
    pub steps: Vec<workflow_step::Model>,
    /// Its newest run.
    pub run: Option<workflow_run::Model>,
}

impl WorkflowState {
    /// Whether nothing runs.
    pub fn is_at_rest(&self) -> bool {
        self.workflow.status != WorkflowStatus::Running
    }
}

/// A workflow as it stands now.
///
/// # Errors
/// `NotFound`.
pub async fn state(services: &Services, viewer: &Viewer, id: &WorkflowId) -> Result<WorkflowState, ServiceError> {
    let db = services.db();
    loop {
        let workflow = super::get(services, viewer, id).await?;
        let steps = steps_of(db, id).await?;
        let run = workflow_run::Entity::find()
            .filter(workflow_run::Column::WorkflowId.eq(id.clone()))
            .order_by_desc(workflow_run::Column::Id)
            .limit(1)
            .one(db)
            .await?;
        // All of one moment: whatever changes one of them changes the version.
        if super::get(services, viewer, id).await?.version == workflow.version {
            return Ok(WorkflowState { workflow, steps, run });
        }
    }
}

/// The states of a workflow: first the one now, last the end of its run.
pub fn follow(
    services: &Services,
    viewer: &Viewer,
    id: &WorkflowId,
) -> impl Stream<Item = Result<WorkflowState, ServiceError>> + Send + use<> {
    let (services, viewer, id) = (services.clone(), viewer.clone(), id.clone());
    // Before the first state is read, so that no change falls between the two.
    let mut changes = services.events().workflow_changes();
    try_stream! {
        let mut told = None;
        loop {
            let now = state(&services, &viewer, &id).await?;
            let is_at_rest = now.is_at_rest();
            if told != Some(now.workflow.version) {
                told = Some(now.workflow.version);
                yield now;
            }
            if is_at_rest {
                return;
            }
            loop {
                match changes.recv().await {
                    Ok(change) if change.workflow_id != id => {}
                    Ok(_) | Err(RecvError::Lagged(_)) => break,
                    Err(RecvError::Closed) => return,
                }
            }
        }
    }
}

/// The state of a workflow at the end of its run; as it stands, where it does not run.
///
/// # Errors
/// `NotFound`, also where it is removed meanwhile.
pub async fn until_the_end(
    services: &Services,
    viewer: &Viewer,
    id: &WorkflowId,
) -> Result<WorkflowState, ServiceError> {
    let mut states = std::pin::pin!(follow(services, viewer, id));
    let mut last = state(services, viewer, id).await?;
    while let Some(next) = states.next().await {
        last = next?;
    }
    Ok(last)
}
