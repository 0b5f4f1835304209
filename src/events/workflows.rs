//! Workflows as they change, whichever process changed them: only that they did. Whoever hears it reads the tables.

use std::collections::HashMap;

use sea_orm::{DbErr, EntityTrait, QuerySelect};
use tokio::sync::broadcast;

use super::EventLog;
use crate::entity::ids::{WorkflowId, WorkspaceId};
use crate::entity::workflow;

/// A workflow that changed: its row, its steps or its run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkflowChange {
    /// Its workspace.
    pub workspace_id: WorkspaceId,
    /// The workflow.
    pub workflow_id: WorkflowId,
}

/// The workflows as they were at the last look.
pub(super) type SeenWorkflows = HashMap<WorkflowId, (WorkspaceId, i64)>;

impl EventLog {
    /// Tells subscribers that this process has changed a workflow, and committed it.
    pub fn workflow_changed(&self, workspace: &WorkspaceId, id: &WorkflowId) {
        // No receiver is no fault: nobody looks just now.
        drop(self.workflows.send(WorkflowChange { workspace_id: workspace.clone(), workflow_id: id.clone() }));
    }

    /// Workflows as they change from now on. One who lags behind has to look at what it follows.
    pub fn workflow_changes(&self) -> broadcast::Receiver<WorkflowChange> {
        self.workflows.subscribe()
    }

    /// Tells the workflows that have another version than at the last look.
    pub(super) async fn look_at_workflows(&self, seen: &mut SeenWorkflows) -> Result<(), DbErr> {
        if self.workflows.receiver_count() == 0 {
            return Ok(());
        }
        let rows: Vec<(WorkflowId, WorkspaceId, i64)> = workflow::Entity::find()
            .select_only()
            .columns([workflow::Column::Id, workflow::Column::WorkspaceId, workflow::Column::Version])
            .into_tuple()
            .all(&self.db)
            .await?;
        let mut before = std::mem::take(seen);
        for (id, workspace_id, version) in rows {
            if before.remove(&id).is_none_or(|(_, known)| known != version) {
                self.workflow_changed(&workspace_id, &id);
            }
            seen.insert(id, (workspace_id, version));
        }
        // Those that are gone: whoever follows one finds that out.
        for (id, (workspace_id, _)) in before {
            self.workflow_changed(&workspace_id, &id);
        }
        Ok(())
    }
}
