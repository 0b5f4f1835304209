//! What became of an authorisation, for whoever began it and waits: whichever process took the one who came back.

use std::time::Duration;

use sea_orm::{ActiveModelTrait, DbErr, EntityTrait, IntoActiveModel, QuerySelect, Set};
use tokio::time::{MissedTickBehavior, interval};

use super::{Begun, Unfinished};
use crate::entity::database::{begin_immediate, now};
use crate::entity::{pending_authorisation, stored_time};
use crate::services::{Context, ServiceError, Services};

/// How often it is looked at.
const LOOK: Duration = Duration::from_millis(500);
/// How long connecting may take: the vendor's answer, storing what it gave, and a look whether it can be read. Whoever was at
/// it for longer has died.
const CONNECTING: Duration = Duration::from_secs(180);

/// How an authorisation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The account is connected, and can be read.
    Connected,
    /// It is not connected or cannot be read, for this reason.
    Failed(String),
    /// Nobody came back in time.
    Expired,
    /// Nothing is known of it any more: the connector was removed, or given other credentials.
    Forgotten,
}

/// Waits until it has ended: no longer than until it expires, and for what connecting takes.
///
/// # Errors
/// Where our own database fails.
pub async fn ended(services: &Services, begun: &Begun) -> Result<Outcome, ServiceError> {
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        look.tick().await;
        if let Some(outcome) = outcome(services, begun).await? {
            return Ok(outcome);
        }
    }
}

/// How it ended; None as long as it has not.
async fn outcome(services: &Services, begun: &Begun) -> Result<Option<Outcome>, ServiceError> {
    let db = services.db();
    let found = pending_authorisation::Entity::find_by_id(begun.state_hash.clone()).one(db).await?;
    let Some(pending) = found else { return Ok(Some(Outcome::Forgotten)) };
    let at = now(db).await?;
    Ok(match (pending.finished_at, pending.failure, pending.used_at) {
        (Some(_), None, _) => Some(Outcome::Connected),
        (Some(_), Some(why), _) => Some(Outcome::Failed(why)),
        (None, _, None) => (pending.expires_at <= at).then_some(Outcome::Expired),
        (None, _, Some(used_at)) => (used_at + CONNECTING <= at).then(|| {
            Outcome::Failed("whoever was to connect the account broke off; begin the authorisation again".to_owned())
        }),
    })
}

/// Writes down how it ended. Where that fails, whoever waits is told that it broke off.
pub(super) async fn record(context: &Context, state_hash: &str, failure: Option<&Unfinished>) {
    // PostgreSQL keeps no NUL.
    let words = failure.map(|failure| failure.public_message().replace('\0', " "));
    if let Err(error) = write(context, state_hash, words).await {
        tracing::warn!(error = %error, "how an authorisation ended could not be written down");
    }
}

async fn write(context: &Context, state_hash: &str, failure: Option<String>) -> Result<(), DbErr> {
    let transaction = begin_immediate(&context.db).await?;
    let query = pending_authorisation::Entity::find_by_id(state_hash.to_owned()).lock_exclusive();
    // Credentials that are given anew take it away.
    if let Some(pending) = query.one(&transaction).await? {
        let mut change = pending.into_active_model();
        change.finished_at = Set(Some(stored_time(now(&*transaction).await?)));
        change.failure = Set(failure);
        change.update(&transaction).await?;
    }
    transaction.commit().await
}
