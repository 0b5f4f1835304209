//! A sync that is asked for: it is queued, or joins the one that is under way.

use chrono::Utc;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, DbErr, QueryFilter, QuerySelect, Set, SqlErr};
use serde_json::{Value, json};

use super::live;
use crate::entity::database::begin_immediate;
use crate::entity::ids::{ConnectorId, DataSourceId, SyncLogId};
use crate::entity::{connector, data_source, stored_time, sync_event, sync_log};
use crate::events::Fact;
use crate::services::{Role, ServiceError, Services, Viewer, connectors, extracts, sources};
use crate::vocabulary::{ExtractType, SyncEventKind, SyncStatus, SyncTrigger};

/// What to sync.
#[derive(Clone, Debug)]
pub struct SyncRequest {
    /// The connector.
    pub connector_id: ConnectorId,
    /// Only these data sources; without it all that are active and enabled.
    pub data_source_ids: Option<Vec<DataSourceId>>,
    /// Instead of each source's own.
    pub extract_type: Option<ExtractType>,
    /// Who asks.
    pub trigger: SyncTrigger,
    /// Kept with the extracts, for whoever asked.
    pub config: Option<Value>,
}

/// Queues a sync. A connector has one live sync at most: an equal request joins it.
///
/// # Errors
/// `NotFound`, `BadInput` for data sources of another connector, `Conflict` where another sync is under way.
pub async fn start(
    services: &Services,
    viewer: &Viewer,
    request: SyncRequest,
) -> Result<sync_log::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    let connector = connectors::get(services, viewer, &request.connector_id).await?;
    if let Some(extract_type) = request.extract_type {
        sources::refuse_unreadable(extract_type, services.context.registry.get(connector.connector_type)?)?;
    }
    let named = named_sources(services, viewer, &request).await?;
    let wanted = json!({ "dataSourceIds": request.data_source_ids, "extractType": request.extract_type });
    let transaction = begin_immediate(services.db()).await?;
    if let Some(live) = live(&transaction, &connector.id).await? {
        return join(live, &wanted, &connector);
    }
    let sync_type = match (request.extract_type, &request.data_source_ids) {
        (Some(asked_for), _) => asked_for,
        (None, Some(_)) => as_a_whole(named.iter().map(|source| source.extract_type)),
        (None, None) => usual_type(&transaction, &connector).await?,
    };
    let row = queued(&connector, wanted.clone(), sync_type, request.trigger);
    let row = match row.insert(&transaction).await {
        Ok(row) => row,
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            // Another process was first, in this very moment.
            transaction.rollback().await?;
            let live = live(services.db(), &connector.id).await?.ok_or(error)?;
            return join(live, &wanted, &connector);
        }
        // The connector was removed in this very moment.
        Err(error) if matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))) => {
            return Err(ServiceError::not_found("connector", &connector.id));
        }
        Err(error) => return Err(error.into()),
    };
    for source in &named {
        let extract_type = request.extract_type.unwrap_or(source.extract_type);
        let extract = extracts::queued(source, &row, extract_type, request.config.clone(), services.lake());
        extract.insert(&transaction).await?;
    }
    let fact =
        Fact::new(SyncEventKind::State, None, format!("{} is queued", connector.name)).status(SyncStatus::Queued);
    let fact = fact.into_row(row.workspace_id.clone(), row.connector_id.clone(), row.id.clone());
    sync_event::append(&transaction, vec![fact]).await?;
    transaction.commit().await?;
    services.events().grew();
    services.engine.wake();
    Ok(row)
}

/// What a sync reads as a whole: what is new, where that is what it reads of all its data sources.
pub(in crate::services) fn as_a_whole(of_sources: impl IntoIterator<Item = ExtractType>) -> ExtractType {
    let mut of_sources = of_sources.into_iter().peekable();
    let has_any = of_sources.peek().is_some();
    if has_any && of_sources.all(|of_source| of_source != ExtractType::Full) {
        ExtractType::Incremental
    } else {
        ExtractType::Full
    }
}

/// What a sync of all data sources of a connector reads as a whole.
pub(in crate::services) async fn usual_type(
    db: &impl ConnectionTrait,
    connector: &connector::Model,
) -> Result<ExtractType, DbErr> {
    let of_sources: Vec<ExtractType> = data_source::Entity::synced_by(connector)
        .select_only()
        .column(data_source::Column::ExtractType)
        .distinct()
        .into_tuple()
        .all(db)
        .await?;
    Ok(as_a_whole(of_sources))
}

/// A new row of the queue.
pub(in crate::services) fn queued(
    connector: &connector::Model,
    request: Value,
    sync_type: ExtractType,
    trigger: SyncTrigger,
) -> sync_log::ActiveModel {
    let now = stored_time(Utc::now());
    sync_log::ActiveModel {
        id: Set(SyncLogId::generate()),
        workspace_id: Set(connector.workspace_id.clone()),
        connector_id: Set(connector.id.clone()),
        sync_type: Set(sync_type),
        trigger_kind: Set(trigger),
        status: Set(SyncStatus::Queued),
        request: Set(request),
        records_processed: Set(0),
        records_added: Set(0),
        records_updated: Set(0),
        records_deleted: Set(0),
        bytes_processed: Set(0),
        error_message: Set(None),
        error_details: Set(None),
        attempt: Set(0),
        take_overs: Set(0),
        cancel_requested: Set(false),
        lease_owner: Set(None),
        lease_epoch: Set(0),
        lease_expires_at: Set(None),
        not_before: Set(None),
        queued_at: Set(now),
        started_at: Set(None),
        completed_at: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    }
}

fn join(live: sync_log::Model, wanted: &Value, connector: &connector::Model) -> Result<sync_log::Model, ServiceError> {
    // Whoever names the same data sources in another order, or one of them twice, asks for the same.
    let normal = |request: &Value| {
        let mut ids: Option<Vec<Value>> = request["dataSourceIds"].as_array().cloned();
        if let Some(ids) = &mut ids {
            ids.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
            ids.dedup();
        }
        json!({ "dataSourceIds": ids, "extractType": request["extractType"] })
    };
    if normal(&live.request) == normal(wanted) {
        return Ok(live);
    }
    Err(ServiceError::Conflict {
        message: format!("{} is being synced by {} with other settings", connector.name, live.id),
        hint: Some("wait for its end, or cancel it".to_owned()),
    })
}

/// The data sources that the request names; all of them are the connector's.
async fn named_sources(
    services: &Services,
    viewer: &Viewer,
    request: &SyncRequest,
) -> Result<Vec<data_source::Model>, ServiceError> {
    let Some(ids) = &request.data_source_ids else { return Ok(Vec::new()) };
    if ids.is_empty() {
        return Err(ServiceError::bad_input("dataSourceIds", "must name a data source, or be left out for all"));
    }
    let known = data_source::Entity::in_workspace(&viewer.workspace_id)
        .filter(data_source::Column::ConnectorId.eq(request.connector_id.clone()))
        .filter(data_source::Column::Id.is_in(ids.iter().cloned()))
        .all(services.db())
        .await?;
    match ids.iter().find(|id| !known.iter().any(|source| source.id == **id)) {
        Some(stranger) => {
            Err(ServiceError::bad_input("dataSourceIds", format!("{stranger} is no data source of this connector")))
        }
        None => Ok(known),
    }
}
