//! One workflow, those that a list shows, and what belongs to one.

use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::entity::ids::WorkflowId;
use crate::entity::{file, workflow, workflow_run, workflow_step, workflow_table};
use crate::query::near_names;
use crate::services::page::{self, Order, Page, PageRequest};
use crate::services::{ServiceError, Services, Viewer};
use crate::vocabulary::WorkflowStatus;

/// Slugs that an unknown one is compared with.
const MOST_COMPARED: u64 = 10_000;

/// One workflow.
///
/// # Errors
/// `NotFound`.
pub async fn get(services: &Services, viewer: &Viewer, id: &WorkflowId) -> Result<workflow::Model, ServiceError> {
    let found = workflow::Entity::by_id_in(&viewer.workspace_id, id).one(services.db()).await?;
    found.ok_or_else(|| ServiceError::not_found("workflow", id))
}

/// One workflow, whose row nobody else changes until the transaction ends.
pub(super) async fn locked(
    transaction: &impl ConnectionTrait,
    viewer: &Viewer,
    id: &WorkflowId,
) -> Result<workflow::Model, ServiceError> {
    let query = workflow::Entity::by_id_in(&viewer.workspace_id, id);
    let found = query.lock_exclusive().one(transaction).await?;
    found.ok_or_else(|| ServiceError::not_found("workflow", id))
}

/// One workflow by its id or its slug.
///
/// # Errors
/// `NotFound`, naming slugs that are near.
pub async fn by_id_or_slug(services: &Services, viewer: &Viewer, key: &str) -> Result<workflow::Model, ServiceError> {
    if let Ok(id) = key.parse::<WorkflowId>() {
        return get(services, viewer, &id).await;
    }
    let all = workflow::Entity::in_workspace(&viewer.workspace_id);
    if let Some(found) = all.clone().filter(workflow::Column::Slug.eq(key)).one(services.db()).await? {
        return Ok(found);
    }
    let slugs = all.select_only().column(workflow::Column::Slug).limit(MOST_COMPARED);
    let slugs: Vec<String> = slugs.into_tuple().all(services.db()).await?;
    let near = near_names(key, slugs.iter().map(String::as_str));
    let hint = (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")));
    Err(ServiceError::NotFound { kind: "workflow", id: key.to_owned(), hint })
}

/// The workflow that a scenario set up; the newest, where it did so twice.
///
/// # Errors
/// Where the database fails.
pub async fn of_scenario(
    services: &Services,
    viewer: &Viewer,
    scenario_id: &str,
) -> Result<Option<workflow::Model>, ServiceError> {
    let query = workflow::Entity::in_workspace(&viewer.workspace_id)
        .filter(workflow::Column::ScenarioId.eq(scenario_id))
        .order_by_desc(workflow::Column::Id);
    Ok(query.one(services.db()).await?)
}

/// A page of the workspace's workflows, the oldest first.
///
/// # Errors
/// `BadInput` where the page makes no sense.
pub async fn list(
    services: &Services,
    viewer: &Viewer,
    request: &PageRequest,
) -> Result<Page<workflow::Model>, ServiceError> {
    let query = workflow::Entity::in_workspace(&viewer.workspace_id);
    page::read(services.db(), query, workflow::Column::Id, Order::OldestFirst, request).await
}

/// How many workflows the list has.
///
/// # Errors
/// Where the database fails.
pub async fn count(services: &Services, viewer: &Viewer) -> Result<u64, ServiceError> {
    Ok(workflow::Entity::in_workspace(&viewer.workspace_id).count(services.db()).await?)
}

/// The steps of a workflow, in their order.
///
/// # Errors
/// Where the database fails.
pub async fn steps(services: &Services, id: &WorkflowId) -> Result<Vec<workflow_step::Model>, ServiceError> {
    Ok(steps_of(services.db(), id).await?)
}

/// The steps of a workflow, in their order, as `db` sees them.
pub(super) async fn steps_of(db: &impl ConnectionTrait, id: &WorkflowId) -> Result<Vec<workflow_step::Model>, DbErr> {
    workflow_step::Entity::find()
        .filter(workflow_step::Column::WorkflowId.eq(id.clone()))
        .order_by_asc(workflow_step::Column::Position)
        .all(db)
        .await
}

/// The files that the steps of a workflow made, in the order of their names.
///
/// # Errors
/// Where the database fails.
pub async fn files(services: &Services, id: &WorkflowId) -> Result<Vec<file::Model>, ServiceError> {
    let query = file::Entity::find().filter(file::Column::WorkflowId.eq(id.clone()));
    Ok(query.order_by_asc(file::Column::Name).order_by_asc(file::Column::Id).all(services.db()).await?)
}

/// The tables that the steps of a workflow made, in the order of their names.
///
/// # Errors
/// Where the database fails.
pub async fn tables(services: &Services, id: &WorkflowId) -> Result<Vec<workflow_table::Model>, ServiceError> {
    let query = workflow_table::Entity::find()
        .filter(workflow_table::Column::WorkflowId.eq(id.clone()))
        .filter(workflow_table::Column::TableVersion.is_not_null());
    Ok(query.order_by_asc(workflow_table::Column::Name).all(services.db()).await?)
}

/// The newest run of a workflow.
///
/// # Errors
/// Where the database fails.
pub async fn latest_run(services: &Services, id: &WorkflowId) -> Result<Option<workflow_run::Model>, ServiceError> {
    let query = workflow_run::Entity::find().filter(workflow_run::Column::WorkflowId.eq(id.clone()));
    Ok(query.order_by_desc(workflow_run::Column::Id).one(services.db()).await?)
}

/// The run of a workflow that waits or is under way.
pub(super) async fn live_run(db: &impl ConnectionTrait, id: &WorkflowId) -> Result<Option<workflow_run::Model>, DbErr> {
    workflow_run::Entity::find()
        .filter(workflow_run::Column::WorkflowId.eq(id.clone()))
        .filter(workflow_run::Column::Status.eq(WorkflowStatus::Running))
        .one(db)
        .await
}
