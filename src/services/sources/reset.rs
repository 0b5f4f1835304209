//! A data source whose checkpoint is forgotten.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::json;

use super::get;
use crate::entity::database::begin_immediate;
use crate::entity::ids::DataSourceId;
use crate::entity::{checkpoint, data_source};
use crate::services::{Role, ServiceError, Services, Viewer, connectors, removal};

/// Forgets the checkpoint: the next sync reads everything, and what does not come again is gone where the settings say so.
///
/// # Errors
/// `NotFound`, or `Conflict` while it is synced.
pub async fn reset(
    services: &Services,
    viewer: &Viewer,
    id: &DataSourceId,
) -> Result<data_source::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    let row = get(services, viewer, id).await?;
    let transaction = begin_immediate(services.db()).await?;
    let connector = connectors::locked(&transaction, viewer, &row.connector_id).await?;
    removal::refuse_while_synced(&transaction, &connector, &row).await?;
    // The rows stay for their sequences, which the lake table knows; what they vouched for is forgotten.
    checkpoint::Entity::update_many()
        .col_expr(checkpoint::Column::State, Expr::value(json!({})))
        .filter(checkpoint::Column::DataSourceId.eq(id.clone()))
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    get(services, viewer, &row.id).await
}
