//! A connector that is changed.

use chrono::Utc;
use sea_orm::{ActiveModelTrait, IntoActiveModel, Set};
use serde_json::Value;

use super::find::locked;
use super::rules::{checked_description, refuse_missing_demo, scheduled};
use crate::entity::database::begin_immediate;
use crate::entity::ids::ConnectorId;
use crate::entity::{connector, stored_time};
use crate::sdk::AuthType;
use crate::services::{Role, ServiceError, Services, Viewer, settings, text};

/// What is to be changed; an absent part is left alone, an inner `None` clears.
#[derive(Clone, Debug, Default)]
pub struct ConnectorChanges {
    /// See [`NewConnector`](super::NewConnector).
    pub name: Option<String>,
    /// See [`NewConnector`](super::NewConnector).
    pub description: Option<Option<String>>,
    /// See [`NewConnector`](super::NewConnector).
    pub auth_type: Option<AuthType>,
    /// See [`NewConnector`](super::NewConnector); an absent secret in it keeps the stored one, null clears it.
    pub auth_config: Option<Option<Value>>,
    /// See [`NewConnector`](super::NewConnector).
    pub connection_config: Option<Option<Value>>,
    /// See [`NewConnector`](super::NewConnector).
    pub demo_mode: Option<bool>,
    /// See [`NewConnector`](super::NewConnector).
    pub sync_enabled: Option<bool>,
    /// See [`NewConnector`](super::NewConnector).
    pub sync_schedule: Option<Option<String>>,
    /// See [`NewConnector`](super::NewConnector).
    pub timezone: Option<String>,
}

/// Changes a connector.
///
/// # Errors
/// `NotFound`, or `BadInput` with the path of what is wrong.
pub async fn update(
    services: &Services,
    viewer: &Viewer,
    id: &ConnectorId,
    changes: ConnectorChanges,
) -> Result<connector::Model, ServiceError> {
    viewer.require(Role::Editor)?;
    let transaction = begin_immediate(services.db()).await?;
    let before = locked(&transaction, viewer, id).await?;
    let mut row = before.clone().into_active_model();
    if let Some(name) = changes.name {
        row.name = Set(text::required("name", &name, text::LONGEST_NAME)?);
    }
    if let Some(description) = changes.description {
        row.description = Set(checked_description(description)?);
    }
    if changes.auth_type.is_some() || changes.auth_config.is_some() || changes.connection_config.is_some() {
        let context = &services.context;
        let wanted =
            settings::change(context, &before, changes.auth_type, changes.connection_config, changes.auth_config)?;
        let stored = settings::store(context, id, before.connector_type, wanted).await?;
        row.auth_type = Set(stored.auth_type);
        row.connection_config = Set(stored.connection_config);
        row.auth_config = Set(stored.auth_config);
        row.secrets = Set(stored.secrets);
        row.secret_key_id = Set(stored.secret_key_id);
    }
    if let Some(demo_mode) = changes.demo_mode {
        refuse_missing_demo(services, before.connector_type, demo_mode)?;
        row.demo_mode = Set(demo_mode);
    }
    let schedule_changes =
        changes.sync_enabled.is_some() || changes.sync_schedule.is_some() || changes.timezone.is_some();
    if schedule_changes {
        let enabled = changes.sync_enabled.unwrap_or(before.sync_enabled);
        let schedule = changes.sync_schedule.unwrap_or(before.sync_schedule);
        let timezone = changes.timezone.unwrap_or(before.timezone);
        row.next_sync_at = Set(scheduled(enabled, schedule.as_deref(), &timezone, id.as_str())?);
        row.sync_enabled = Set(enabled);
        row.sync_schedule = Set(schedule);
        row.timezone = Set(timezone);
    }
    row.updated_at = Set(stored_time(Utc::now()));
    let row = row.update(&transaction).await?;
    transaction.commit().await?;
    services.events().connector_changed(&row);
    Ok(row)
}
