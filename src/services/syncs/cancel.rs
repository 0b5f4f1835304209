//! A sync that is to stop.

use chrono::Utc;
use sea_orm::{ActiveModelTrait, IntoActiveModel, QuerySelect, Set};

use crate::entity::database::begin_immediate;
use crate::entity::ids::SyncLogId;
use crate::entity::{stored_time, sync_event, sync_log};
use crate::events::Fact;
use crate::services::{Role, ServiceError, Services, Viewer, sync_store};
use crate::vocabulary::{SyncEventKind, SyncStatus};

/// Asks a sync to stop; it ends as CANCELLED within two seconds, or, where the process that runs it has died, as soon as
/// another has noticed that. One that has ended stays as it is.
///
/// # Errors
/// `NotFound`.
pub async fn cancel(services: &Services, viewer: &Viewer, id: &SyncLogId) -> Result<sync_log::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    let transaction = begin_immediate(services.db()).await?;
    let query = sync_log::Entity::by_id_in(&viewer.workspace_id, id);
    let row = query.lock_exclusive().one(&transaction).await?;
    let row = row.ok_or_else(|| ServiceError::not_found("sync log", id))?;
    if row.status.is_final() {
        return Ok(row);
    }
    let now = stored_time(Utc::now());
    let was_queued = row.status == SyncStatus::Queued;
    let mut change = row.into_active_model();
    change.cancel_requested = Set(true);
    change.updated_at = Set(now);
    if was_queued {
        // Nobody runs it: it ends here.
        change.status = Set(SyncStatus::Cancelled);
        change.completed_at = Set(Some(now));
    }
    let row = change.update(&transaction).await?;
    if was_queued {
        let fact = Fact::new(SyncEventKind::State, None, "cancelled before it began").status(SyncStatus::Cancelled);
        let fact = fact.into_row(row.workspace_id.clone(), row.connector_id.clone(), row.id.clone());
        sync_store::end_extracts(&transaction, id, SyncStatus::Cancelled, None).await?;
        sync_event::append(&transaction, vec![fact]).await?;
    }
    transaction.commit().await?;
    services.engine.cancel(id);
    services.events().grew();
    Ok(row)
}
