//! Authorisations: people connect their account at a vendor, who sends them back with a code for tokens.
//!
//! What is kept in between is a row of our database, so that any replica can take the one who comes back. The state that
//! travels along proves who that is: it is kept as a hash, is good once, and not for long.

mod address;
mod begin;
mod finish;
mod outcome;
mod return_to;
mod settings;

pub use address::{CALLBACK_PATH, PublicAddress};
pub use begin::{Begun, begin};
pub use finish::{Callback, Finished, Unfinished, finish};
pub use outcome::{Outcome, ended};
pub use settings::AuthorisationSettings;

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbErr, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::entity::ids::ConnectorId;
use crate::entity::{pending_authorisation, stored_time};
use crate::sdk::http::Issuer;

/// How long a consent that was not given in time is remembered, to say so to whoever comes late.
const REMEMBERED: Duration = Duration::from_hours(24);

/// The secret part of what is pending.
#[derive(Deserialize, Serialize)]
struct Sealed {
    verifier: String,
    redirect_uri: String,
    /// The consent that was asked for.
    consent: String,
    return_to: Option<String>,
    /// Whose answer is waited for.
    #[serde(default)]
    issuer: Issuer,
}

/// How a state is kept.
fn hash(state: &str) -> String {
    hex::encode(Sha256::digest(state))
}

/// What the secret part is bound to.
fn place(connector: &ConnectorId, state_hash: &str) -> String {
    format!("{connector}/authorisations/{state_hash}")
}

/// Deletes what expired long ago; returns how many there were.
pub(super) async fn forget_old(db: &impl ConnectionTrait, now: DateTime<Utc>) -> Result<u64, DbErr> {
    use pending_authorisation::{Column, Entity};
    let old = Entity::delete_many().filter(Column::ExpiresAt.lt(stored_time(now - REMEMBERED)));
    Ok(old.exec(db).await?.rows_affected)
}

/// Deletes what is pending for a connector, whose credentials have changed.
pub(super) async fn forget_of(db: &impl ConnectionTrait, connector: &ConnectorId) -> Result<(), DbErr> {
    use pending_authorisation::{Column, Entity};
    Entity::delete_many().filter(Column::ConnectorId.eq(connector.clone())).exec(db).await?;
    Ok(())
}
