//! A connector's settings between the user, the row and the connector: secrets apart, one true form, opened.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::tokens::DatabaseTokens;
use super::{Context, ServiceError, VaultError, text};
use crate::entity::connector;
use crate::entity::ids::ConnectorId;
use crate::sdk::{AuthType, ConnectorFactory, ConnectorType, DynConnector, OpenContext, Settings};

/// Settings as they are stored.
pub(super) struct Stored {
    pub(super) auth_type: AuthType,
    pub(super) connection_config: Value,
    pub(super) auth_config: Value,
    pub(super) secrets: Option<String>,
    pub(super) secret_key_id: Option<String>,
}

/// Checks settings and splits them into what is shown and what is encrypted.
pub(super) async fn store(
    context: &Context,
    id: &ConnectorId,
    connector_type: ConnectorType,
    demo_mode: bool,
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
    if demo_mode {
        return store_demo(factory, settings);
    }
    factory.normalize(&mut settings)?;
    factory.open(settings.clone(), context.open.clone())?.permitted().await?;
    let secrets = factory.take_secrets(&mut settings);
    let has_secrets =
        ["connection", "auth"].iter().any(|part| secrets[part].as_object().is_some_and(|map| !map.is_empty()));
    let (sealed, key_id) = if has_secrets {
        let sealed = context.vault.encrypt(id.as_str(), &secrets).map_err(no_key)?;
        (Some(sealed), Some(context.vault.key_id().map_err(no_key)?.to_owned()))
    } else {
        (None, None)
    };
    Ok(Stored {
        auth_type: settings.auth_type,
        connection_config: settings.connection,
        auth_config: settings.auth,
        secrets: sealed,
        secret_key_id: key_id,
    })
}

/// What a connector in demo mode is set to: its world at most, and no credentials, since the simulator's are known. The auth
/// type may be one that the connector takes, as for the real thing.
fn store_demo(factory: &ConnectorFactory, settings: Settings) -> Result<Stored, ServiceError> {
    factory.simulator(settings.connection.clone())?;
    if settings.auth.as_object().is_some_and(|auth| !auth.is_empty()) {
        return Err(ServiceError::BadInput {
            field: "authConfig".to_owned(),
            message: "demo mode takes no credentials".to_owned(),
            hint: Some("leave authConfig out, or set it to null".to_owned()),
        });
    }
    if settings.auth_type != AuthType::None && !factory.auth_types.contains(&settings.auth_type) {
        let known = factory.auth_types.iter().map(|known| known.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!("{} is not taken by this connector (known: {known})", settings.auth_type);
        return Err(ServiceError::bad_input("authType", message));
    }
    Ok(Stored {
        auth_type: settings.auth_type,
        connection_config: settings.connection,
        auth_config: settings.auth,
        secrets: None,
        secret_key_id: None,
    })
}

/// The whole settings of a row, secrets included. They must not leave the process.
pub(super) fn load(context: &Context, row: &connector::Model) -> Result<Settings, ServiceError> {
    Ok(with_secrets(row, &secrets(context, row)?))
}

fn with_secrets(row: &connector::Model, secrets: &Value) -> Settings {
    let mut settings =
        Settings { connection: row.connection_config.clone(), auth_type: row.auth_type, auth: row.auth_config.clone() };
    ConnectorFactory::put_secrets(&mut settings, secrets);
    settings
}

fn secrets(context: &Context, row: &connector::Model) -> Result<Value, ServiceError> {
    let Some(sealed) = &row.secrets else { return Ok(Value::Object(Map::new())) };
    if are_lost(context, row) {
        let key = row.secret_key_id.as_deref().unwrap_or_default();
        return Err(ServiceError::Conflict {
            message: format!(
                "the secrets of {} cannot be read: they are encrypted with the key {key}, which is not here; put it back, \
                 or give the secrets anew in authConfig",
                row.name
            ),
            hint: Some(format!("dataweaver connectors update {} --password-stdin", row.slug)),
        });
    }
    context
        .vault
        .decrypt(row.id.as_str(), sealed)
        .map_err(|cause| ServiceError::Internal { what: "stored secrets cannot be read", cause: cause.into() })
}

/// Whether the row has secrets that our key does not open.
fn are_lost(context: &Context, row: &connector::Model) -> bool {
    row.secrets.is_some() && row.secret_key_id.as_deref() != context.vault.key_id().ok()
}

pub(super) fn no_key(error: VaultError) -> ServiceError {
    ServiceError::Conflict { message: error.to_string(), hint: None }
}

/// Opens the connector of a row; no I/O. In demo mode its simulator is started, and ends with it.
pub(super) fn open(context: &Context, row: &connector::Model) -> Result<Arc<dyn DynConnector>, ServiceError> {
    if row.demo_mode {
        let factory = context.registry.get(row.connector_type)?;
        return Ok(factory.open_demo(row.connection_config.clone(), context.open.clone())?);
    }
    let settings = load(context, row)?;
    Ok(context.registry.get(row.connector_type)?.open(settings, open_context(context, row))?)
}

/// What a connector is lent: the bounds of all, and its own tokens.
pub(super) fn open_context(context: &Context, row: &connector::Model) -> OpenContext {
    OpenContext { tokens: Some(Arc::new(DatabaseTokens::of(context, row))), ..context.open.clone() }
}

/// The settings that an update asks for. In the credentials an absent key keeps what is stored and null clears it, so
/// that a password is changed by itself; of where to read, only the secrets are kept. Credentials that are given anew
/// take the place of secrets whose key is lost, with a new key if need be.
pub(super) fn change(
    context: &Context,
    row: &connector::Model,
    auth_type: Option<AuthType>,
    connection: Option<Option<Value>>,
    auth: Option<Option<Value>>,
) -> Result<Settings, ServiceError> {
    let kept = if are_lost(context, row) && matches!(auth, Some(Some(_))) {
        context.vault.make_key().map_err(no_key)?;
        Value::Object(Map::new())
    } else {
        secrets(context, row)?
    };
    let mut settings = with_secrets(row, &kept);
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
