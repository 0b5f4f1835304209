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
use crate::services::{Role, ServiceError, Services, Viewer, authorisations, settings, text, tokens};

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
    let demo_mode = changes.demo_mode.unwrap_or(before.demo_mode);
    refuse_missing_demo(services, before.connector_type, demo_mode)?;
    row.demo_mode = Set(demo_mode);
    // With demo mode the settings change their meaning.
    let is_set_anew = demo_mode != before.demo_mode
        || changes.auth_type.is_some()
        || changes.auth_config.is_some()
        || changes.connection_config.is_some();
    if is_set_anew {
        let context = &services.context;
        let wanted = settings::change(
            context,
            &before,
            changes.auth_type,
            changes.connection_config,
            changes.auth_config.clone(),
        )?;
        let stored = settings::store(context, id, before.connector_type, demo_mode, wanted).await?;
        if is_anew(changes.auth_type, changes.auth_config.as_ref(), &before) {
            row.credentials_version = Set(before.credentials_version + 1);
            tokens::forget(&transaction, id).await?;
            authorisations::forget_of(&transaction, id).await?;
        }
        row.auth_type = Set(stored.auth_type);
        row.connection_config = Set(stored.connection_config);
        row.auth_config = Set(stored.auth_config);
        row.secrets = Set(stored.secrets);
        row.secret_key_id = Set(stored.secret_key_id);
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

/// Whether credentials are given, and not only named: tokens that were got with the former ones are forgotten.
fn is_anew(auth_type: Option<AuthType>, auth_config: Option<&Option<Value>>, before: &connector::Model) -> bool {
    let is_other_type = auth_type.is_some_and(|auth_type| auth_type != before.auth_type);
    is_other_type
        || match auth_config {
            Some(Some(Value::Object(given))) => !given.is_empty(),
            Some(_) => true,
            None => false,
        }
}
