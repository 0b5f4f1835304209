//! Removal of connectors and data sources, with their lake tables where that is wanted.
//!
//! That nothing syncs them is looked at by the transaction that removes their rows, so that no sync can begin between
//! the two. It writes down which tables are to go with them. Those are dropped afterwards.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ModelTrait, QueryFilter, QueryOrder};

use super::drops::{self, Unowned};
use super::{Role, ServiceError, Services, Viewer, connectors, sources, syncs};
use crate::entity::database::begin_immediate;
use crate::entity::ids::{ConnectorId, DataSourceId};
use crate::entity::{connector, data_source, sync_log};

/// Removes a connector with its data sources and records.
pub(super) async fn connector(
    services: &Services,
    viewer: &Viewer,
    id: &ConnectorId,
    drop_data: bool,
) -> Result<(), ServiceError> {
    viewer.require(Role::Editor)?;
    let transaction = begin_immediate(services.db()).await?;
    let row = connectors::locked(&transaction, viewer, id).await?;
    if let Some(live) = syncs::live(&transaction, id).await? {
        return Err(is_synced(&row.name, &live));
    }
    let of_connector = data_source::Entity::find().filter(data_source::Column::ConnectorId.eq(id.clone()));
    let tables = of_connector.order_by_asc(data_source::Column::Id).all(&transaction).await?;
    let tables: Vec<Unowned> = tables.iter().map(Unowned::of_source).collect();
    row.clone().delete(&transaction).await?;
    if drop_data {
        drops::write_down(&transaction, &tables).await?;
    }
    transaction.commit().await?;
    services.events().connector_changed(&row);
    if drop_data { drops::work_off_these(&services.context, tables).await } else { Ok(()) }
}

/// Removes one data source.
pub(super) async fn data_source(
    services: &Services,
    viewer: &Viewer,
    id: &DataSourceId,
    drop_data: bool,
) -> Result<(), ServiceError> {
    viewer.require(Role::Editor)?;
    let parent = sources::get(services, viewer, id).await?.connector_id;
    let transaction = begin_immediate(services.db()).await?;
    let connector = connectors::locked(&transaction, viewer, &parent).await?;
    let row = data_source::Entity::by_id_in(&viewer.workspace_id, id).one(&transaction).await?;
    let row = row.ok_or_else(|| ServiceError::not_found("data source", id))?;
    refuse_while_synced(&transaction, &connector, &row).await?;
    row.clone().delete(&transaction).await?;
    let removed = vec![Unowned::of_source(&row)];
    if drop_data {
        drops::write_down(&transaction, &removed).await?;
    }
    transaction.commit().await?;
    if drop_data { drops::work_off_these(&services.context, removed).await } else { Ok(()) }
}

/// Refuses a change that a sync of the data source would stumble over. The connector's row has to be locked.
pub(super) async fn refuse_while_synced(
    db: &impl ConnectionTrait,
    connector: &connector::Model,
    source: &data_source::Model,
) -> Result<(), ServiceError> {
    match syncs::live(db, &connector.id).await? {
        Some(live) if concerns(&live, &source.id) => Err(is_synced(&source.name, &live)),
        _ => Ok(()),
    }
}

/// Whether a sync reads a data source. One that waits has no list of them yet: what was asked for says it.
fn concerns(live: &sync_log::Model, source: &DataSourceId) -> bool {
    let named = live.request["dataSourceIds"].as_array();
    named.is_none_or(|ids| ids.iter().any(|id| id.as_str() == Some(source.as_str())))
}

fn is_synced(name: &str, live: &sync_log::Model) -> ServiceError {
    ServiceError::Conflict {
        message: format!("{name} is being synced by {}", live.id),
        hint: Some("cancel the sync first, or wait for its end".to_owned()),
    }
}
