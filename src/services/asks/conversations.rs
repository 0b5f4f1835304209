//! Conversations: found, listed, kept and forgotten. Each is seen by the viewer alone who asked.

use std::time::Duration;

use chrono::Utc;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, Select,
};
use serde_json::Value;

use super::stored::without_nul;
use crate::ask::Memory;
use crate::entity::database::begin_immediate;
use crate::entity::ids::ConversationId;
use crate::entity::{answer, conversation, stored_time};
use crate::services::page::{self, Order, Page, PageRequest};
use crate::services::{Context, ServiceError, Services, Viewer};

/// Characters of the first question that a conversation is called by.
const TITLE: usize = 200;
/// The largest memory of a conversation, in bytes; it forgets what is larger.
const MOST_MEMORY: usize = 64 * 1024;
/// Conversations that are deleted in one transaction.
const AT_ONCE: u64 = 500;

/// One conversation of the viewer.
///
/// # Errors
/// `NotFound`, also where it is somebody else's.
pub async fn get(
    services: &Services,
    viewer: &Viewer,
    id: &ConversationId,
) -> Result<conversation::Model, ServiceError> {
    find(services, viewer, id).await?.ok_or_else(|| ServiceError::not_found("conversation", id))
}

/// One conversation of the viewer, if there is such a one.
///
/// # Errors
/// Where the database fails.
pub async fn find(
    services: &Services,
    viewer: &Viewer,
    id: &ConversationId,
) -> Result<Option<conversation::Model>, ServiceError> {
    let query = of(viewer, None).filter(conversation::Column::Id.eq(id.clone()));
    Ok(query.one(services.db()).await?)
}

fn of(viewer: &Viewer, scenario_id: Option<&str>) -> Select<conversation::Entity> {
    let query = conversation::Entity::of_viewer(&viewer.workspace_id, &viewer.name);
    match scenario_id {
        Some(id) => query.filter(conversation::Column::ScenarioId.eq(id)),
        None => query,
    }
}

/// A page of the viewer's conversations, about one scenario or whatever, the newest first.
///
/// # Errors
/// `BadInput` where the page makes no sense.
pub async fn list(
    services: &Services,
    viewer: &Viewer,
    scenario_id: Option<&str>,
    request: &PageRequest,
) -> Result<Page<conversation::Model>, ServiceError> {
    let query = of(viewer, scenario_id);
    page::read(services.db(), query, conversation::Column::Id, Order::NewestFirst, request).await
}

/// How many conversations the list has.
///
/// # Errors
/// Where the database fails.
pub async fn count(services: &Services, viewer: &Viewer, scenario_id: Option<&str>) -> Result<u64, ServiceError> {
    Ok(of(viewer, scenario_id).count(services.db()).await?)
}

/// Deletes a conversation with its answers.
///
/// # Errors
/// `NotFound`, also where it is somebody else's.
pub async fn delete(services: &Services, viewer: &Viewer, id: &ConversationId) -> Result<(), ServiceError> {
    let row = get(services, viewer, id).await?;
    let transaction = begin_immediate(services.db()).await?;
    conversation::Entity::delete_by_id(row.id).exec(&*transaction).await?;
    Ok(transaction.commit().await?)
}

/// The last answers of a conversation, the oldest first.
pub(super) async fn latest(
    services: &Services,
    conversation: &conversation::Model,
    most: u64,
) -> Result<Vec<answer::Model>, ServiceError> {
    let query = answer::Entity::in_workspace(&conversation.workspace_id)
        .filter(answer::Column::ConversationId.eq(conversation.id.clone()))
        .order_by_desc(answer::Column::Id)
        .limit(most);
    let mut rows = query.all(services.db()).await?;
    rows.reverse();
    Ok(rows)
}

/// A conversation that begins with this question.
pub(super) fn begun(viewer: &Viewer, scenario_id: Option<String>, question: &str) -> conversation::Model {
    let now = stored_time(Utc::now());
    conversation::Model {
        id: ConversationId::generate(),
        workspace_id: viewer.workspace_id.clone(),
        viewer: viewer.name.clone(),
        scenario_id,
        title: question.chars().take(TITLE).collect(),
        memory: None,
        created_at: now,
        updated_at: now,
    }
}

/// What the next question of a conversation may refer to.
pub(super) fn memory(conversation: &conversation::Model) -> Option<Memory> {
    conversation.memory.clone().map(Memory)
}

/// Keeps an answer and what its conversation remembers now; the conversation is begun with its first one.
pub(super) async fn keep(
    services: &Services,
    conversation: &conversation::Model,
    is_new: bool,
    memory: Memory,
    row: answer::Model,
) -> Result<(), ServiceError> {
    let memory = Some(without_nul(memory.0)).filter(is_bearable);
    let transaction = begin_immediate(services.db()).await?;
    if is_new {
        let begun = conversation::Model { memory, ..conversation.clone() };
        begun.into_active_model().insert(&*transaction).await?;
        forget_oldest_of(&*transaction, conversation, services.context.asking.settings().conversations.max(1)).await?;
    } else {
        let update = conversation::Entity::update_many()
            .col_expr(conversation::Column::Memory, json(memory))
            .col_expr(conversation::Column::UpdatedAt, Expr::val(row.created_at))
            .filter(conversation::Column::Id.eq(conversation.id.clone()));
        if update.exec(&*transaction).await?.rows_affected == 0 {
            // Somebody has deleted it meanwhile, or upkeep has.
            return Err(ServiceError::not_found("conversation", &conversation.id));
        }
    }
    row.into_active_model().insert(&*transaction).await?;
    let most = services.context.asking.settings().conversation_answers.max(1);
    forget_oldest(&*transaction, &conversation.id, most).await?;
    Ok(transaction.commit().await?)
}

/// Whether something is remembered, and no more than a question can say.
fn is_bearable(memory: &Value) -> bool {
    !memory.is_null() && memory.to_string().len() <= MOST_MEMORY
}

fn json(value: Option<Value>) -> Expr {
    Expr::val(sea_orm::Value::Json(value.map(Box::new)))
}

/// Deletes the viewer's conversations but for the newest.
async fn forget_oldest_of(
    db: &impl ConnectionTrait,
    newest: &conversation::Model,
    most: u64,
) -> Result<(), ServiceError> {
    use conversation::Column;
    let of_viewer = || conversation::Entity::of_viewer(&newest.workspace_id, &newest.viewer);
    let last_too_many: Option<String> = of_viewer()
        .order_by_desc(Column::Id)
        .offset(most)
        .limit(1)
        .select_only()
        .column(Column::Id)
        .into_tuple()
        .one(db)
        .await?;
    if let Some(id) = last_too_many {
        let delete = conversation::Entity::delete_many()
            .filter(Column::WorkspaceId.eq(newest.workspace_id.clone()))
            .filter(Column::Viewer.eq(newest.viewer.as_str()))
            .filter(Column::Id.lte(id));
        delete.exec(db).await?;
    }
    Ok(())
}

/// Deletes the answers of a conversation but for the newest.
async fn forget_oldest(
    db: &impl ConnectionTrait,
    conversation: &ConversationId,
    most: u64,
) -> Result<(), ServiceError> {
    let of_this = answer::Column::ConversationId.eq(conversation.clone());
    let last_too_many: Option<String> = answer::Entity::find()
        .filter(of_this.clone())
        .order_by_desc(answer::Column::Id)
        .offset(most)
        .limit(1)
        .select_only()
        .column(answer::Column::Id)
        .into_tuple()
        .one(db)
        .await?;
    if let Some(id) = last_too_many {
        answer::Entity::delete_many().filter(of_this).filter(answer::Column::Id.lte(id)).exec(db).await?;
    }
    Ok(())
}

/// Deletes conversations in which nothing was asked for so long; gives how many.
pub(in crate::services) async fn expire(context: &Context, keep: Duration) -> Result<u64, ServiceError> {
    use conversation::Column;
    let Some(before) = chrono::Duration::from_std(keep).ok().and_then(|keep| Utc::now().checked_sub_signed(keep))
    else {
        return Ok(0);
    };
    let mut deleted = 0;
    loop {
        let transaction = begin_immediate(&context.db).await?;
        let old: Vec<String> = conversation::Entity::find()
            .filter(Column::UpdatedAt.lt(stored_time(before)))
            .limit(AT_ONCE)
            .select_only()
            .column(Column::Id)
            .into_tuple()
            .all(&*transaction)
            .await?;
        if old.is_empty() {
            return Ok(deleted);
        }
        let gone = conversation::Entity::delete_many().filter(Column::Id.is_in(old)).exec(&*transaction).await?;
        transaction.commit().await?;
        deleted += gone.rows_affected;
    }
}
