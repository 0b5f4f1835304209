//! Rows by their ids.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, QueryFilter};

use crate::entity::ids::{
    ConnectorId, DataExtractId, DataSourceId, FileId, SyncLogId, WorkflowId, WorkflowStepId, WorkspaceId,
};
use crate::entity::{connector, data_extract, data_source, file, sync_log, workflow, workflow_step};
use crate::services::{ServiceError, Services};

macro_rules! by_id {
    ($( $(#[$doc:meta])* $name:ident: $id:ty => $entity:ident; )+) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// Where the database fails.
        pub async fn $name(
            services: &Services,
            workspace: &WorkspaceId,
            ids: &[$id],
        ) -> Result<HashMap<$id, $entity::Model>, ServiceError> {
            let of_these = $entity::Column::Id.is_in(ids.iter().cloned());
            let rows = $entity::Entity::in_workspace(workspace).filter(of_these).all(services.db()).await?;
            Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
        }
    )+};
}

by_id! {
    /// Connectors; those that are not in the workspace are left out.
    connectors: ConnectorId => connector;
    /// Data sources; those that are not in the workspace are left out.
    data_sources: DataSourceId => data_source;
    /// Data extracts; those that are not in the workspace are left out.
    data_extracts: DataExtractId => data_extract;
    /// Sync logs; those that are not in the workspace are left out.
    sync_logs: SyncLogId => sync_log;
    /// Workflows; those that are not in the workspace are left out.
    workflows: WorkflowId => workflow;
    /// Steps of workflows; those that are not in the workspace are left out.
    workflow_steps: WorkflowStepId => workflow_step;
    /// Files of workflows; those that are not in the workspace are left out.
    files: FileId => file;
}
