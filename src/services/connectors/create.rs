//! A connector that is made, under a name in SQL of its own.

use chrono::Utc;
use sea_orm::{ActiveModelTrait, DbErr, NotSet, Set};
use serde_json::{Map, Value};

use super::rules::{checked_description, refuse_missing_demo, scheduled};
use crate::entity::database::{WriteTransaction, begin_immediate};
use crate::entity::ids::ConnectorId;
use crate::entity::{connector, stored_time};
use crate::sdk::{AuthType, ConnectorType, Settings};
use crate::services::{Role, ServiceError, Services, Viewer, settings, slugs, text};
use crate::vocabulary::ConnectorStatus;

/// A connector to be made.
#[derive(Clone, Debug)]
pub struct NewConnector {
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The system.
    pub connector_type: ConnectorType,
    /// How it proves who it is.
    pub auth_type: AuthType,
    /// Its credentials.
    pub auth_config: Option<Value>,
    /// Where and what it reads.
    pub connection_config: Option<Value>,
    /// Whether it talks to its simulator.
    pub demo_mode: bool,
    /// Whether the schedule fires.
    pub sync_enabled: bool,
    /// Cron, five fields.
    pub sync_schedule: Option<String>,
    /// IANA time zone of the schedule.
    pub timezone: String,
}

/// Makes a connector; nothing is connected to yet.
///
/// # Errors
/// `BadInput` with the path of what is wrong.
pub async fn create(services: &Services, viewer: &Viewer, new: NewConnector) -> Result<connector::Model, ServiceError> {
    let row = prepared(services, viewer, new).await?;
    let transaction = begin_immediate(services.db()).await?;
    let row = insert(&transaction, viewer, row).await?;
    transaction.commit().await?;
    services.events().connector_changed(&row);
    Ok(row)
}

/// Inserts what was prepared, under a name in SQL that is free. Whoever commits tells of it.
pub(in crate::services) async fn insert(
    transaction: &WriteTransaction,
    viewer: &Viewer,
    mut row: connector::ActiveModel,
) -> Result<connector::Model, DbErr> {
    row.slug = Set(slugs::free(transaction, viewer, row.name.as_ref()).await?);
    row.insert(transaction).await
}

/// The row of a connector that is to be made, without its name in SQL.
pub(in crate::services) async fn prepared(
    services: &Services,
    viewer: &Viewer,
    new: NewConnector,
) -> Result<connector::ActiveModel, ServiceError> {
    viewer.require(Role::Editor)?;
    let name = text::required("name", &new.name, text::LONGEST_NAME)?;
    let description = checked_description(new.description)?;
    refuse_missing_demo(services, new.connector_type, new.demo_mode)?;
    let id = ConnectorId::generate();
    let given = Settings {
        connection: new.connection_config.unwrap_or(Value::Object(Map::new())),
        auth_type: new.auth_type,
        auth: new.auth_config.unwrap_or(Value::Object(Map::new())),
    };
    let stored = settings::store(&services.context, &id, new.connector_type, new.demo_mode, given).await?;
    let now = stored_time(Utc::now());
    let next_sync_at = scheduled(new.sync_enabled, new.sync_schedule.as_deref(), &new.timezone, id.as_str())?;
    Ok(connector::ActiveModel {
        id: Set(id),
        workspace_id: Set(viewer.workspace_id.clone()),
        name: Set(name),
        slug: NotSet,
        description: Set(description),
        connector_type: Set(new.connector_type),
        status: Set(ConnectorStatus::Disconnected),
        status_message: Set(None),
        auth_type: Set(stored.auth_type),
        connection_config: Set(stored.connection_config),
        auth_config: Set(stored.auth_config),
        secrets: Set(stored.secrets),
        secret_key_id: Set(stored.secret_key_id),
        credentials_version: Set(0),
        demo_mode: Set(new.demo_mode),
        sync_enabled: Set(new.sync_enabled),
        sync_schedule: Set(new.sync_schedule),
        timezone: Set(new.timezone),
        last_sync_at: Set(None),
        next_sync_at: Set(next_sync_at),
        discovered_at: Set(None),
        scenario_id: Set(None),
        created_at: Set(now),
        updated_at: Set(now),
    })
}
