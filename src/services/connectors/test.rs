//! A look whether a connector's other end answers.

use chrono::Utc;
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::Value;

use super::find::{get, locked};
use crate::entity::database::begin_immediate;
use crate::entity::ids::ConnectorId;
use crate::entity::{connector, stored_time};
use crate::services::error::chain;
use crate::services::{Role, ServiceError, Services, Viewer, settings};
use crate::vocabulary::ConnectorStatus;

/// What a test of the connection found.
#[derive(Clone, Debug)]
pub struct TestResult {
    /// Whether reading will work.
    pub success: bool,
    /// A sentence for people.
    pub message: String,
    /// Facts for machines.
    pub details: Value,
    /// The connector with its new status.
    pub connector: connector::Model,
}

/// Connects and looks whether reading will work; the connector's status follows.
///
/// # Errors
/// `NotFound`; a source that does not answer is a result, not an error.
pub async fn test(services: &Services, viewer: &Viewer, id: &ConnectorId) -> Result<TestResult, ServiceError> {
    viewer.require(Role::Editor)?;
    let row = get(services, viewer, id).await?;
    let checked = match settings::open(&services.context, &row) {
        Ok(connector) => connector.check().await.map_err(ServiceError::from),
        Err(error) => Err(error),
    };
    let (success, message, details) = match checked {
        Ok(reachable) => (true, reachable.message, reachable.details),
        Err(error @ (ServiceError::Database(_) | ServiceError::Internal { .. })) => return Err(error),
        Err(error) => (false, chain(&error), serde_json::json!({ "code": error.code() })),
    };
    // The row as it is now: meanwhile a sync may have begun, or somebody may have removed it.
    let transaction = begin_immediate(services.db()).await?;
    let row = locked(&transaction, viewer, id).await?;
    let is_syncing = row.status == ConnectorStatus::Syncing;
    let mut change = row.into_active_model();
    if !is_syncing {
        change.status = Set(if success { ConnectorStatus::Connected } else { ConnectorStatus::Error });
        change.status_message = Set((!success).then(|| message.clone()));
    }
    change.updated_at = Set(stored_time(Utc::now()));
    let connector = change.update(&transaction).await?;
    transaction.commit().await?;
    services.events().connector_changed(&connector);
    Ok(TestResult { success, message, details, connector })
}
