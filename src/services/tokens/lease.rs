//! The lease on a connector's tokens: whoever has it is the only one, in all processes, that renews them.
//!
//! It is a row and no lock of the database: a vendor is asked while it is held, and no transaction may be open then. Its
//! owner prolongs it as long as it lives, and whoever finds it expired takes it. An owner that was frozen past its lease
//! cannot overwrite what others stored meanwhile, since it stores in place of the version that it has seen.

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseConnection, DbErr, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect,
    Set,
};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{DatabaseTokens, make_room};
use crate::entity::database::{begin_immediate, now};
use crate::entity::ids::ConnectorId;
use crate::entity::{connector_token, stored_time};
use crate::sdk::ConnectorError;
use crate::sdk::http::{LockedTokens, Tokens};

/// How often those who wait look whether it is free.
const LOOK: Duration = Duration::from_millis(100);

/// The tokens of a connector, for one owner.
pub(super) struct Leased {
    tokens: DatabaseTokens,
    owner: String,
    /// The version that new tokens take the place of.
    version: i64,
    prolonging: AbortHandle,
    is_given_back: bool,
}

/// What came of trying to take it.
enum Tried {
    Taken { version: i64 },
    Held,
    NoConnector,
}

impl Leased {
    /// Waits for the lease, as long as the settings say.
    pub(super) async fn take(tokens: &DatabaseTokens) -> Result<Self, ConnectorError> {
        let owner = Uuid::now_v7().to_string();
        let patience = tokens.settings.patience();
        let deadline = Instant::now() + patience;
        loop {
            let tried = try_to_take(&tokens.db, &tokens.connector, &owner, tokens.settings.lease()).await;
            match tried.map_err(|error| tokens.unavailable("locked", error))? {
                Tried::Taken { version } => {
                    let prolonging = prolong(tokens, &owner);
                    let tokens = tokens.clone();
                    return Ok(Self { tokens, owner, version, prolonging, is_given_back: false });
                }
                Tried::NoConnector => {
                    let what = format!("the connector {}", tokens.name);
                    return Err(ConnectorError::NotFound { what, hint: String::new() });
                }
                Tried::Held if Instant::now() >= deadline => {
                    let message = format!(
                        "another process has been renewing the tokens of {} for longer than {} s \
                         (authorisation.wait_seconds)",
                        tokens.name,
                        patience.as_secs()
                    );
                    return Err(ConnectorError::Unreachable { message, cause: None });
                }
                Tried::Held => sleep(LOOK).await,
            }
        }
    }
}

async fn try_to_take(
    db: &DatabaseConnection,
    connector: &ConnectorId,
    owner: &str,
    lease: Duration,
) -> Result<Tried, DbErr> {
    // Those who wait only read, so that they stand in nobody's way.
    let is_held =
        |row: &connector_token::Model, at: DateTime<Utc>| row.lease_expires_at.is_some_and(|until| until > at);
    let before = connector_token::Entity::find_by_id(connector.clone()).one(db).await?;
    if let Some(row) = &before
        && row.lease_expires_at.is_some()
        && is_held(row, now(db).await?)
    {
        return Ok(Tried::Held);
    }
    let transaction = begin_immediate(db).await?;
    if before.is_none() && make_room(&transaction, connector).await?.is_none() {
        return Ok(Tried::NoConnector);
    }
    let query = connector_token::Entity::find_by_id(connector.clone()).lock_exclusive();
    let Some(row) = query.one(&transaction).await? else { return Ok(Tried::NoConnector) };
    let at = now(&*transaction).await?;
    if is_held(&row, at) {
        return Ok(Tried::Held);
    }
    let version = row.version;
    let mut change = row.into_active_model();
    change.lease_owner = Set(Some(owner.to_owned()));
    change.lease_expires_at = Set(Some(stored_time(at + lease)));
    change.update(&transaction).await?;
    transaction.commit().await?;
    Ok(Tried::Taken { version })
}

/// Prolongs the lease for as long as its owner has it.
fn prolong(tokens: &DatabaseTokens, owner: &str) -> AbortHandle {
    let (db, connector, owner) = (tokens.db.clone(), tokens.connector.clone(), owner.to_owned());
    let lease = tokens.settings.lease();
    let prolonging = async move {
        loop {
            sleep(lease / 3).await;
            let prolonged = match now(&db).await {
                Ok(at) => set(&db, &connector, &owner, Some(&owner), Some(stored_time(at + lease))).await,
                Err(error) => Err(error),
            };
            if let Err(error) = prolonged {
                tracing::warn!(connector.id = %connector, %error, "the lease on tokens could not be prolonged");
            }
        }
    };
    tokio::spawn(prolonging).abort_handle()
}

/// Changes the lease of an owner, if it is still its own.
async fn set(
    db: &DatabaseConnection,
    connector: &ConnectorId,
    owner: &str,
    new_owner: Option<&str>,
    until: Option<DateTime<Utc>>,
) -> Result<(), DbErr> {
    use connector_token::Column;
    let transaction = begin_immediate(db).await?;
    connector_token::Entity::update_many()
        .col_expr(Column::LeaseOwner, Expr::value(new_owner.map(str::to_owned)))
        .col_expr(Column::LeaseExpiresAt, Expr::value(until))
        .filter(Column::ConnectorId.eq(connector.clone()))
        .filter(Column::LeaseOwner.eq(owner))
        .exec(&transaction)
        .await?;
    transaction.commit().await
}

#[async_trait]
impl LockedTokens for Leased {
    async fn load(&mut self) -> Result<Option<Tokens>, ConnectorError> {
        let row = self.tokens.row().await?;
        if let Some(row) = &row {
            self.version = row.version;
        }
        self.tokens.opened(row.as_ref())
    }

    async fn save(&mut self, tokens: &Tokens) -> Result<(), ConnectorError> {
        self.prolonging.abort();
        self.tokens.store(tokens, Some(self.version)).await?;
        self.version += 1;
        self.is_given_back = true;
        Ok(())
    }
}

impl Drop for Leased {
    fn drop(&mut self) {
        self.prolonging.abort();
        if self.is_given_back {
            return;
        }
        let (db, connector, owner) = (self.tokens.db.clone(), self.tokens.connector.clone(), self.owner.clone());
        // Where the process ends before, the lease expires.
        let giving_back = async move {
            if let Err(error) = set(&db, &connector, &owner, None, None).await {
                tracing::debug!(connector.id = %connector, %error, "the lease on tokens was left to expire");
            }
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(giving_back);
        }
    }
}
