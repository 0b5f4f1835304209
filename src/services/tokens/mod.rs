//! The tokens of connectors in our database: encrypted, bound to their connector, and renewed by one process at a time.

mod lease;

use std::fmt;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect, Set,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::authorisations::AuthorisationSettings;
use super::{Context, ServiceError, Vault};
use crate::entity::database::begin_immediate;
use crate::entity::ids::ConnectorId;
use crate::entity::{connector, connector_token, stored_time};
use crate::sdk::http::{LockedTokens, TokenStore, Tokens};
use crate::sdk::{BoxError, ConnectorError, SecretString};

/// Where the tokens of one connector are.
#[derive(Clone)]
pub(super) struct DatabaseTokens {
    db: DatabaseConnection,
    vault: Vault,
    settings: AuthorisationSettings,
    connector: ConnectorId,
    /// What people call it.
    name: String,
    /// The version of its credentials that these tokens are got with.
    credentials: i64,
}

/// Tokens as they are encrypted.
#[derive(Deserialize, Serialize)]
struct Plain {
    access_token: String,
    refresh_token: Option<String>,
    expires_at: Option<DateTime<Utc>>,
    renew_at: Option<DateTime<Utc>>,
    got_with: String,
}

impl DatabaseTokens {
    /// Those of a connector.
    pub(super) fn of(context: &Context, row: &connector::Model) -> Self {
        Self {
            db: context.db.clone(),
            vault: context.vault.clone(),
            settings: context.authorisation.clone(),
            connector: row.id.clone(),
            name: row.name.clone(),
            credentials: row.credentials_version,
        }
    }

    /// Stores tokens that a person's consent has brought, over what was there and whoever renews that just now.
    pub(super) async fn put(&self, tokens: &Tokens) -> Result<(), ConnectorError> {
        self.store(tokens, None).await
    }

    /// What a ciphertext is bound to.
    fn place(&self) -> String {
        format!("{}/tokens", self.connector)
    }

    async fn row(&self) -> Result<Option<connector_token::Model>, ConnectorError> {
        let found = connector_token::Entity::find_by_id(self.connector.clone()).one(&self.db).await;
        found.map_err(|error| self.unavailable("read", error))
    }

    fn opened(&self, row: Option<&connector_token::Model>) -> Result<Option<Tokens>, ConnectorError> {
        let Some((row, sealed)) = row.and_then(|row| Some((row, row.sealed.as_deref()?))) else { return Ok(None) };
        let unreadable = |why: String| ConnectorError::Auth {
            message: format!("the tokens of {} cannot be read: {why}; authorise it again", self.name),
            cause: None,
        };
        if row.credentials_version != self.credentials {
            let message = format!("the credentials of {} were given anew meanwhile; begin again with them", self.name);
            return Err(ConnectorError::Auth { message, cause: None });
        }
        let key = row.key_id.as_deref().unwrap_or_default();
        if self.vault.key_id().ok() != Some(key) {
            return Err(unreadable(format!("they are encrypted with the key {key}, which is not here")));
        }
        let plain = self.vault.decrypt(&self.place(), sealed).map_err(|error| unreadable(error.to_string()))?;
        let plain: Plain =
            serde_json::from_value(plain).map_err(|_| unreadable("they are of an unknown form".to_owned()))?;
        Ok(Some(Tokens {
            access_token: SecretString::new(plain.access_token),
            expires_at: plain.expires_at,
            renew_at: plain.renew_at,
            refresh_token: plain.refresh_token.map(SecretString::new),
            got_with: plain.got_with,
        }))
    }

    /// Stores tokens in place of a version, or of whatever is there, and gives the lease back.
    async fn store(&self, tokens: &Tokens, instead_of: Option<i64>) -> Result<(), ConnectorError> {
        let plain = Plain {
            access_token: tokens.access_token.expose().to_owned(),
            refresh_token: tokens.refresh_token.as_ref().map(|token| token.expose().to_owned()),
            expires_at: tokens.expires_at,
            renew_at: tokens.renew_at,
            got_with: tokens.got_with.clone(),
        };
        let plain = serde_json::to_value(plain).unwrap_or(Value::Null);
        let no_key = |error: super::VaultError| ConnectorError::config("authConfig", error.to_string());
        let sealed = self.vault.encrypt(&self.place(), &plain).map_err(no_key)?;
        let key = self.vault.key_id().map_err(no_key)?.to_owned();
        let stored = self.replace(instead_of, sealed, key, tokens.expires_at).await;
        let is_stored = stored.map_err(|error| self.unavailable("written", error))?;
        if is_stored {
            return Ok(());
        }
        let message =
            format!("{} was given other tokens or credentials meanwhile, or was removed; try again", self.name);
        Err(ConnectorError::Unreachable { message, cause: None })
    }

    async fn replace(
        &self,
        instead_of: Option<i64>,
        sealed: String,
        key: String,
        expires_at: Option<DateTime<Utc>>,
    ) -> Result<bool, DbErr> {
        let transaction = begin_immediate(&self.db).await?;
        if make_room(&transaction, &self.connector).await? != Some(self.credentials) {
            return Ok(false);
        }
        let query = connector_token::Entity::find_by_id(self.connector.clone()).lock_exclusive();
        let Some(row) = query.one(&transaction).await? else { return Ok(false) };
        let version = row.version;
        if instead_of.is_some_and(|expected| expected != version) {
            return Ok(false);
        }
        let mut change = row.into_active_model();
        change.sealed = Set(Some(sealed));
        change.key_id = Set(Some(key));
        change.expires_at = Set(expires_at.map(stored_time));
        change.credentials_version = Set(self.credentials);
        change.version = Set(version + 1);
        change.lease_owner = Set(None);
        change.lease_expires_at = Set(None);
        change.updated_at = Set(stored_time(Utc::now()));
        change.update(&transaction).await?;
        transaction.commit().await?;
        Ok(true)
    }

    fn unavailable(&self, what: &str, error: impl Into<BoxError>) -> ConnectorError {
        let error: BoxError = error.into();
        tracing::error!(connector.id = %self.connector, error = %error, "tokens could not be {what}");
        let message = format!("the tokens of {} could not be {what}: DataWeaver's own database fails", self.name);
        ConnectorError::Unreachable { message, cause: None }
    }
}

/// Forgets the tokens of a connector, as when its credentials are given anew. What a renewal that is under way brings is
/// not stored any more.
pub(super) async fn forget(db: &impl ConnectionTrait, connector: &ConnectorId) -> Result<(), ServiceError> {
    use connector_token::Column;
    connector_token::Entity::update_many()
        .col_expr(Column::Sealed, Expr::value(Option::<String>::None))
        .col_expr(Column::KeyId, Expr::value(Option::<String>::None))
        .col_expr(Column::ExpiresAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .col_expr(Column::UpdatedAt, Expr::value(stored_time(Utc::now())))
        .filter(Column::ConnectorId.eq(connector.clone()))
        .exec(db)
        .await?;
    Ok(())
}

/// Makes the connector's row, if there is none; gives the version of its credentials, None where the connector is gone.
async fn make_room(db: &impl ConnectionTrait, connector: &ConnectorId) -> Result<Option<i64>, DbErr> {
    let found = connector::Entity::find_by_id(connector.clone()).lock_shared().one(db).await?;
    if let Some(found) = &found {
        let row = connector_token::ActiveModel {
            connector_id: Set(connector.clone()),
            sealed: Set(None),
            key_id: Set(None),
            expires_at: Set(None),
            credentials_version: Set(found.credentials_version),
            version: Set(0),
            lease_owner: Set(None),
            lease_expires_at: Set(None),
            updated_at: Set(stored_time(Utc::now())),
        };
        connector_token::Entity::insert(row).on_conflict_do_nothing().exec_without_returning(db).await?;
    }
    Ok(found.map(|found| found.credentials_version))
}

#[async_trait]
impl TokenStore for DatabaseTokens {
    fn identity(&self) -> String {
        self.connector.to_string()
    }

    async fn load(&self) -> Result<Option<Tokens>, ConnectorError> {
        self.opened(self.row().await?.as_ref())
    }

    async fn lock(&self) -> Result<Box<dyn LockedTokens>, ConnectorError> {
        Ok(Box::new(lease::Leased::take(self).await?))
    }
}

impl fmt::Debug for DatabaseTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the tokens of {}", self.connector)
    }
}
