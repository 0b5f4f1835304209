//! A connector that is made, under a name in SQL of its own.

use chrono::Utc;
use sea_orm::{ActiveModelTrait, ColumnTrait, NotSet, QueryFilter, QuerySelect, Set, SqlErr};
use serde_json::{Map, Value};

use super::rules::{checked_description, refuse_missing_demo, scheduled};
use crate::entity::ids::ConnectorId;
use crate::entity::{connector, stored_time};
use crate::sdk::{AuthType, ConnectorType, Settings, names};
use crate::services::{Role, ServiceError, Services, Viewer, settings, text};
use crate::vocabulary::ConnectorStatus;

/// Schema names in SQL that no connector can have.
const TAKEN_SLUGS: &[&str] = &["system", "information_schema", "pg_catalog", "public"];

/// How many connectors of one name may be made at the same moment.
const MOST_AT_ONCE: usize = 100;

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
    let mut row = connector::ActiveModel {
        id: Set(id),
        workspace_id: Set(viewer.workspace_id.clone()),
        name: Set(name.clone()),
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
    };
    // Others that make one of this name at the same moment take the next slugs; each of them once.
    for _ in 0..MOST_AT_ONCE {
        row.slug = Set(free_slug(services, viewer, &name).await?);
        match row.clone().insert(services.db()).await {
            Ok(row) => {
                services.events().connector_changed(&row);
                return Ok(row);
            }
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ServiceError::Conflict {
        message: format!("many other connectors named {name} were made at the same moment"),
        hint: Some("try again".to_owned()),
    })
}

async fn free_slug(services: &Services, viewer: &Viewer, name: &str) -> Result<String, ServiceError> {
    let wanted = names::slug(name);
    let taken: Vec<String> = connector::Entity::in_workspace(&viewer.workspace_id)
        .filter(connector::Column::Slug.starts_with(wanted.as_str()))
        .select_only()
        .column(connector::Column::Slug)
        .into_tuple()
        .all(services.db())
        .await?;
    Ok(names::unique(wanted, |slug| TAKEN_SLUGS.contains(&slug) || taken.iter().any(|taken| taken == slug)))
}
