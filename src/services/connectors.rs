//! Connectors: make, find, change, test and remove them.

use chrono::Utc;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, IntoActiveModel, NotSet, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Select, Set, SqlErr,
};
use serde_json::{Map, Value};

use super::error::chain;
use super::page::{self, Order, Page, PageRequest};
use super::{Role, ServiceError, Services, Viewer, removal, search, settings, text};
use crate::engine::next_fire;
use crate::entity::database::begin_immediate;
use crate::entity::ids::ConnectorId;
use crate::entity::{connector, stored_time};
use crate::sdk::{AuthType, ConnectorType, Settings, names};
use crate::vocabulary::ConnectorStatus;

/// Schema names in SQL that no connector can have.
const TAKEN_SLUGS: &[&str] = &["system", "information_schema", "pg_catalog", "public"];

/// How many connectors of one name may be made at the same moment.
const MOST_AT_ONCE: usize = 100;

/// Which connectors a list shows; an absent part shows all.
#[derive(Clone, Debug, Default)]
pub struct ConnectorFilter {
    /// Only these types.
    pub types: Option<Vec<ConnectorType>>,
    /// Only in these states.
    pub status: Option<Vec<ConnectorStatus>>,
    /// Only those with this text in their name, slug or description, in any case.
    pub search: Option<String>,
}

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

/// What is to be changed; an absent part is left alone, an inner `None` clears.
#[derive(Clone, Debug, Default)]
pub struct ConnectorChanges {
    /// See [`NewConnector`].
    pub name: Option<String>,
    /// See [`NewConnector`].
    pub description: Option<Option<String>>,
    /// See [`NewConnector`].
    pub auth_type: Option<AuthType>,
    /// See [`NewConnector`]; an absent secret in it keeps the stored one, null clears it.
    pub auth_config: Option<Option<Value>>,
    /// See [`NewConnector`].
    pub connection_config: Option<Option<Value>>,
    /// See [`NewConnector`].
    pub demo_mode: Option<bool>,
    /// See [`NewConnector`].
    pub sync_enabled: Option<bool>,
    /// See [`NewConnector`].
    pub sync_schedule: Option<Option<String>>,
    /// See [`NewConnector`].
    pub timezone: Option<String>,
}

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

/// One connector.
///
/// # Errors
/// `NotFound`.
pub async fn get(services: &Services, viewer: &Viewer, id: &ConnectorId) -> Result<connector::Model, ServiceError> {
    find(services.db(), viewer, id).await
}

/// One connector, as `db` sees it.
pub(super) async fn find(
    db: &impl ConnectionTrait,
    viewer: &Viewer,
    id: &ConnectorId,
) -> Result<connector::Model, ServiceError> {
    let found = connector::Entity::by_id_in(&viewer.workspace_id, id).one(db).await?;
    found.ok_or_else(|| ServiceError::NotFound { kind: "connector", id: id.to_string() })
}

/// One connector, or all of the workspace; nothing for one that is gone.
///
/// # Errors
/// Where the database fails.
pub async fn as_they_are(
    services: &Services,
    viewer: &Viewer,
    only: Option<&ConnectorId>,
) -> Result<Vec<connector::Model>, ServiceError> {
    let query = match only {
        Some(id) => connector::Entity::by_id_in(&viewer.workspace_id, id),
        None => connector::Entity::in_workspace(&viewer.workspace_id),
    };
    Ok(query.order_by_asc(connector::Column::Id).all(services.db()).await?)
}

/// One connector, whose row nobody else changes until the transaction ends.
pub(super) async fn locked(
    transaction: &impl ConnectionTrait,
    viewer: &Viewer,
    id: &ConnectorId,
) -> Result<connector::Model, ServiceError> {
    let query = connector::Entity::by_id_in(&viewer.workspace_id, id);
    let found = query.lock_exclusive().one(transaction).await?;
    found.ok_or_else(|| ServiceError::NotFound { kind: "connector", id: id.to_string() })
}

/// One connector by its id or its slug.
///
/// # Errors
/// `NotFound`.
pub async fn by_id_or_slug(services: &Services, viewer: &Viewer, key: &str) -> Result<connector::Model, ServiceError> {
    if let Ok(id) = key.parse::<ConnectorId>() {
        return get(services, viewer, &id).await;
    }
    let query = connector::Entity::in_workspace(&viewer.workspace_id).filter(connector::Column::Slug.eq(key));
    let found = query.one(services.db()).await?;
    found.ok_or_else(|| ServiceError::NotFound { kind: "connector", id: key.to_owned() })
}

fn filtered(
    services: &Services,
    viewer: &Viewer,
    filter: &ConnectorFilter,
) -> Result<Select<connector::Entity>, ServiceError> {
    let mut query = connector::Entity::in_workspace(&viewer.workspace_id);
    if let Some(types) = &filter.types {
        query = query.filter(connector::Column::ConnectorType.is_in(types.iter().copied()));
    }
    if let Some(status) = &filter.status {
        query = query.filter(connector::Column::Status.is_in(status.iter().copied()));
    }
    if let Some(search) = &filter.search {
        let columns = [connector::Column::Name, connector::Column::Slug, connector::Column::Description];
        query = query.filter(search::contains(services.db().get_database_backend(), search, &columns)?);
    }
    Ok(query)
}

/// A page of the workspace's connectors, the oldest first.
///
/// # Errors
/// `BadInput` where the page makes no sense.
pub async fn list(
    services: &Services,
    viewer: &Viewer,
    filter: &ConnectorFilter,
    request: &PageRequest,
) -> Result<Page<connector::Model>, ServiceError> {
    let query = filtered(services, viewer, filter)?;
    page::read(services.db(), query, connector::Column::Id, Order::OldestFirst, request).await
}

/// How many connectors the list has.
///
/// # Errors
/// Where the database fails.
pub async fn count(services: &Services, viewer: &Viewer, filter: &ConnectorFilter) -> Result<u64, ServiceError> {
    Ok(filtered(services, viewer, filter)?.count(services.db()).await?)
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
    let stored = settings::store(&services.context, &id, new.connector_type, given).await?;
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

/// Removes a connector with its data sources and records; the lake tables stay unless `drop_data`.
///
/// # Errors
/// `NotFound`, or `Conflict` while it syncs.
pub async fn delete(
    services: &Services,
    viewer: &Viewer,
    id: &ConnectorId,
    drop_data: bool,
) -> Result<(), ServiceError> {
    removal::connector(services, viewer, id, drop_data).await
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

fn checked_description(description: Option<String>) -> Result<Option<String>, ServiceError> {
    description.map(|words| text::bounded("description", words, text::LONGEST_DESCRIPTION)).transpose()
}

/// Refuses a simulator to a type that has none.
fn refuse_missing_demo(services: &Services, wanted: ConnectorType, demo_mode: bool) -> Result<(), ServiceError> {
    if !demo_mode || services.context.registry.get(wanted)?.supports_demo {
        return Ok(());
    }
    Err(ServiceError::BadInput {
        field: "demoMode".to_owned(),
        message: format!("there is no simulator of {wanted} in this build"),
        hint: Some("leave demoMode out, and say in connectionConfig where to read".to_owned()),
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

fn scheduled(
    enabled: bool,
    schedule: Option<&str>,
    timezone: &str,
    id: &str,
) -> Result<Option<chrono::DateTime<Utc>>, ServiceError> {
    let zone_known = timezone.parse::<chrono_tz::Tz>();
    zone_known.map_err(|_| {
        ServiceError::bad_input("timezone", format!("{timezone} is no IANA time zone, such as Europe/Berlin or UTC"))
    })?;
    let Some(schedule) = schedule else { return Ok(None) };
    let next = next_fire(schedule, timezone, Utc::now(), id)
        .map_err(|message| ServiceError::bad_input("syncSchedule", message))?;
    Ok(next.filter(|_| enabled))
}
