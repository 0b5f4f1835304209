//! A connector's settings between the user, the row and the connector: secrets apart, one true form, opened.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Context, ServiceError, text};
use crate::entity::connector;
use crate::entity::ids::ConnectorId;
use crate::sdk::{AuthType, ConnectorError, ConnectorFactory, ConnectorType, DynConnector, Settings};

/// Settings as they are stored.
pub(super) struct Stored {
    pub(super) auth_type: AuthType,
    pub(super) connection_config: Value,
    pub(super) auth_config: Value,
    pub(super) secrets: Option<String>,
    pub(super) secret_key_id: Option<String>,
}

/// Checks settings and splits them into what is shown and what is encrypted.
pub(super) fn store(
    context: &Context,
    id: &ConnectorId,
    connector_type: ConnectorType,
    mut settings: Settings,
) -> Result<Stored, ServiceError> {
    let factory = context.registry.get(connector_type)?;
    if !settings.connection.is_object() {
        return Err(ServiceError::bad_input("connectionConfig", "must be a JSON object"));
    }
    if !settings.auth.is_object() {
        return Err(ServiceError::bad_input("authConfig", "must be a JSON object"));
    }
    text::check_json("connectionConfig", &settings.connection)?;
    text::check_json("authConfig", &settings.auth)?;
    factory.normalize(&mut settings)?;
    factory.open(settings.clone(), context.open.clone())?;
    let secrets = factory.take_secrets(&mut settings);
    let has_secrets =
        ["connection", "auth"].iter().any(|part| secrets[part].as_object().is_some_and(|map| !map.is_empty()));
    Ok(Stored {
        auth_type: settings.auth_type,
        connection_config: settings.connection,
        auth_config: settings.auth,
        secrets: has_secrets.then(|| context.vault.encrypt(id.as_str(), &secrets)),
        secret_key_id: has_secrets.then(|| context.vault.key_id().to_owned()),
    })
}

/// The whole settings of a row, secrets included. They must not leave the process.
pub(super) fn load(context: &Context, row: &connector::Model) -> Result<Settings, ServiceError> {
    let mut settings =
        Settings { connection: row.connection_config.clone(), auth_type: row.auth_type, auth: row.auth_config.clone() };
    ConnectorFactory::put_secrets(&mut settings, &secrets(context, row)?);
    Ok(settings)
}

fn secrets(context: &Context, row: &connector::Model) -> Result<Value, ServiceError> {
    let Some(sealed) = &row.secrets else { return Ok(Value::Object(Map::new())) };
    context
        .vault
        .decrypt(row.id.as_str(), sealed)
        .map_err(|cause| ServiceError::Internal { what: "stored secrets cannot be read", cause: cause.into() })
}

/// Opens the connector of a row; no I/O.
pub(super) fn open(context: &Context, row: &connector::Model) -> Result<Arc<dyn DynConnector>, ServiceError> {
    if row.demo_mode {
        let message = format!("{} has no demo mode in this build; give it a connection", row.connector_type);
        return Err(ConnectorError::config("demoMode", message).into());
    }
    let settings = load(context, row)?;
    Ok(context.registry.get(row.connector_type)?.open(settings, context.open.clone())?)
}

/// The settings that an update asks for. In the credentials an absent key keeps what is stored and null clears it, so
/// that a password is changed by itself; of where to read, only the secrets are kept.
pub(super) fn change(
    context: &Context,
    row: &connector::Model,
    auth_type: Option<AuthType>,
    connection: Option<Option<Value>>,
    auth: Option<Option<Value>>,
) -> Result<Settings, ServiceError> {
    let kept = secrets(context, row)?;
    let mut settings = load(context, row)?;
    if let Some(connection) = connection {
        settings.connection = with_kept(connection, &kept["connection"]);
    }
    let new_type = auth_type.unwrap_or(row.auth_type);
    if new_type != settings.auth_type {
        // Secrets of another kind of credentials mean nothing to the new one.
        settings.auth_type = new_type;
        settings.auth = without_nulls(auth.flatten().unwrap_or(Value::Object(Map::new())));
    } else if let Some(auth) = auth {
        settings.auth = with_kept(auth, &settings.auth);
    }
    Ok(settings)
}

/// What is given, over what is kept; null for the whole clears all of it.
fn with_kept(given: Option<Value>, kept: &Value) -> Value {
    let Some(given) = given else { return Value::Object(Map::new()) };
    let mut given = given;
    keep(&mut given, kept);
    without_nulls(given)
}

fn keep(given: &mut Value, kept: &Value) {
    let (Value::Object(given), Value::Object(kept)) = (given, kept) else { return };
    for (key, value) in kept {
        match given.get_mut(key) {
            None => drop(given.insert(key.clone(), value.clone())),
            Some(part) => keep(part, value),
        }
    }
}

fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(
            map.into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(key, value)| (key, without_nulls(value)))
                .collect(),
        ),
        other => other,
    }
}
