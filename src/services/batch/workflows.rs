//! What belongs to workflows and their steps.

use std::collections::HashMap;
use std::hash::Hash;

use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

use crate::entity::ids::{WorkflowId, WorkflowStepId, WorkspaceId};
use crate::entity::{file, workflow_step, workflow_table};
use crate::services::{ServiceError, Services};

/// The steps of each workflow, in their order.
///
/// # Errors
/// Where the database fails.
pub async fn steps_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[WorkflowId],
) -> Result<HashMap<WorkflowId, Vec<workflow_step::Model>>, ServiceError> {
    use workflow_step::Column;
    let of_these = Column::WorkflowId.is_in(ids.iter().cloned());
    let query = workflow_step::Entity::in_workspace(workspace).filter(of_these).order_by_asc(Column::Position);
    Ok(grouped(ids, query.all(services.db()).await?, |row| Some(row.workflow_id.clone())))
}

/// The files of each workflow, in the order of their names.
///
/// # Errors
/// Where the database fails.
pub async fn files_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[WorkflowId],
) -> Result<HashMap<WorkflowId, Vec<file::Model>>, ServiceError> {
    use file::Column;
    let of_these = Column::WorkflowId.is_in(ids.iter().cloned());
    let query =
        file::Entity::in_workspace(workspace).filter(of_these).order_by_asc(Column::Name).order_by_asc(Column::Id);
    Ok(grouped(ids, query.all(services.db()).await?, |row| row.workflow_id.clone()))
}

/// The files of each step.
///
/// # Errors
/// Where the database fails.
pub async fn files_of_steps(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[WorkflowStepId],
) -> Result<HashMap<WorkflowStepId, Vec<file::Model>>, ServiceError> {
    use file::Column;
    let of_these = Column::WorkflowStepId.is_in(ids.iter().cloned());
    let query =
        file::Entity::in_workspace(workspace).filter(of_these).order_by_asc(Column::Name).order_by_asc(Column::Id);
    Ok(grouped(ids, query.all(services.db()).await?, |row| row.workflow_step_id.clone()))
}

/// The tables that each workflow has made, in the order of their names.
///
/// # Errors
/// Where the database fails.
pub async fn tables_of(
    services: &Services,
    workspace: &WorkspaceId,
    ids: &[WorkflowId],
) -> Result<HashMap<WorkflowId, Vec<workflow_table::Model>>, ServiceError> {
    use workflow_table::Column;
    let query = workflow_table::Entity::in_workspace(workspace)
        .filter(Column::WorkflowId.is_in(ids.iter().cloned()))
        .filter(Column::TableVersion.is_not_null())
        .order_by_asc(Column::Name);
    Ok(grouped(ids, query.all(services.db()).await?, |row| Some(row.workflow_id.clone())))
}

/// The rows of each parent, in their order; a parent without any has none.
fn grouped<K: Clone + Eq + Hash, M>(ids: &[K], rows: Vec<M>, parent: impl Fn(&M) -> Option<K>) -> HashMap<K, Vec<M>> {
    let mut found: HashMap<K, Vec<M>> = ids.iter().map(|id| (id.clone(), Vec::new())).collect();
    for row in rows {
        if let Some(parent) = parent(&row) {
            found.entry(parent).or_default().push(row);
        }
    }
    found
}
