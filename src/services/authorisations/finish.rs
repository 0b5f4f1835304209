//! A person comes back from a vendor's page.

use std::sync::Arc;

use chrono::Utc;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use tracing::Instrument;

use super::begin::consent_of;
use super::{Sealed, hash, outcome, place};
use crate::entity::database::{begin_immediate, now};
use crate::entity::{connector, pending_authorisation, stored_time};
use crate::sdk::{ConnectorError, SecretString};
use crate::services::auth::{TokenSettings, still_signed_in};
use crate::services::connectors::{self, reach};
use crate::services::tokens::DatabaseTokens;
use crate::services::{Context, Role, ServiceError, Services, settings, with_causes};

/// What the vendor sends along (RFC 6749, section 4.1.2).
#[derive(Clone, Default)]
pub struct Callback {
    /// What we gave it.
    pub state: Option<String>,
    /// What tokens are given for.
    pub code: Option<String>,
    /// Why there is no code, as a word for machines.
    pub error: Option<String>,
    /// The same for people.
    pub error_description: Option<String>,
    /// Who answers (RFC 9207).
    pub issuer: Option<String>,
}

/// An account that is connected.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The connector, with its new status.
    pub connector: connector::Model,
    /// The path that the browser goes to.
    pub return_to: Option<String>,
}

/// Why an account is not connected.
#[derive(Debug, thiserror::Error)]
pub enum Unfinished {
    /// No such state was given to anybody.
    #[error("this link belongs to no authorisation that was begun here; begin it again")]
    Unknown,
    /// It is good once.
    #[error("this link was used already; begin the authorisation again if the connector is not connected")]
    Used,
    /// It took too long.
    #[error("the authorisation was begun too long ago; begin it again")]
    Expired,
    /// Whoever began it may not do so any more.
    #[error("who began this authorisation ({asked_by}) may not change connectors any more; ask somebody who may")]
    NotAllowed { asked_by: String },
    /// The connector is gone, or signs in another way by now.
    #[error("the connector was changed or removed meanwhile; begin the authorisation again")]
    Changed,
    /// Another authorisation server answered than the one that was asked.
    #[error("{name} was not connected: {why}; begin the authorisation again, and at this vendor only")]
    Foreign { name: String, why: String, return_to: Option<String> },
    /// The person, or the vendor, said no.
    #[error("{}", refusal(name, error, description.as_deref()))]
    Refused { name: String, error: String, description: Option<String>, return_to: Option<String> },
    /// The vendor gave no tokens for the code.
    #[error("could not connect {name}: {}", with_causes(cause.as_ref()))]
    NoTokens { name: String, cause: Box<ConnectorError>, return_to: Option<String> },
    /// The vendor gave tokens, and reading does not work with them.
    #[error("the account of {name} was authorised, and cannot be read: {why}")]
    Unreadable { name: String, why: String, return_to: Option<String> },
    /// We failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl Unfinished {
    /// The words that may be shown; see [`ServiceError::public_message`].
    pub fn public_message(&self) -> String {
        match self {
            Self::Service(error) => error.public_message(),
            other => other.to_string(),
        }
    }
}

fn refusal(name: &str, error: &str, description: Option<&str>) -> String {
    let said = description.map_or_else(|| error.to_owned(), |words| format!("{words} ({error})"));
    match error {
        "access_denied" => format!("access to {name} was not allowed: {said}"),
        _ => format!("the vendor refused to connect {name}: {said}"),
    }
}

impl From<sea_orm::DbErr> for Unfinished {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Service(error.into())
    }
}

/// Takes whoever comes back; `tokens` are those who may sign in by now. It goes on when the browser stops waiting: a code
/// is good once.
///
/// # Errors
/// What to tell the person.
pub async fn finish(services: &Services, tokens: &[TokenSettings], callback: Callback) -> Result<Finished, Unfinished> {
    let (context, tokens) = (Arc::clone(&services.context), tokens.to_vec());
    let taking = async move {
        let pending = use_up(&context, callback.state.as_deref()).await?;
        let taken = take(&context, &tokens, &pending, callback).await;
        outcome::record(&context, &pending.state_hash, taken.as_ref().err()).await;
        taken
    };
    match tokio::spawn(taking.in_current_span()).await {
        Ok(taken) => taken,
        Err(cause) => {
            let error = ServiceError::Internal { what: "an authorisation broke off", cause: cause.into() };
            Err(Unfinished::Service(error))
        }
    }
}

async fn take(
    context: &Context,
    tokens: &[TokenSettings],
    pending: &pending_authorisation::Model,
    callback: Callback,
) -> Result<Finished, Unfinished> {
    let Some(viewer) = still_signed_in(tokens, &pending.asked_by, Role::Editor) else {
        return Err(Unfinished::NotAllowed { asked_by: pending.asked_by.clone() });
    };
    let row = connector::Entity::by_id_in(&viewer.workspace_id, &pending.connector_id).one(&context.db).await?;
    let row = row.ok_or(Unfinished::Changed)?;
    let plain = context.vault.decrypt(&place(&row.id, &pending.state_hash), &pending.sealed);
    let sealed: Option<Sealed> = plain.ok().and_then(|plain| serde_json::from_value(plain).ok());
    let sealed = sealed.ok_or(Unfinished::Changed)?;
    // Ahead of all that the answer says: it may be anybody's.
    if let Err(foreign) = sealed.issuer.check(callback.issuer.as_deref()) {
        tracing::warn!(connector.id = %row.id, "an authorisation was refused: {}", for_people(&foreign.to_string()));
        let (name, why, return_to) = (row.name, for_people(&foreign.to_string()), sealed.return_to);
        return Err(Unfinished::Foreign { name, why, return_to });
    }
    let code = match callback {
        Callback { error: Some(error), error_description, .. } => {
            let (name, return_to) = (row.name, sealed.return_to);
            let description = error_description.map(|words| for_people(&words)).filter(|words| !words.is_empty());
            return Err(Unfinished::Refused { name, error: for_people(&error), description, return_to });
        }
        Callback { code: Some(code), .. } if !code.is_empty() => SecretString::new(code),
        _ => {
            let (name, return_to) = (row.name, sealed.return_to);
            let description = Some("it sent neither a code nor a reason".to_owned());
            return Err(Unfinished::Refused { name, error: "invalid_response".to_owned(), description, return_to });
        }
    };
    connect(context, row, code, sealed).await
}

/// Finds what is pending, for nobody else from now on.
async fn use_up(context: &Context, state: Option<&str>) -> Result<pending_authorisation::Model, Unfinished> {
    use pending_authorisation::{Column, Entity};
    let state_hash = hash(state.filter(|state| !state.is_empty()).ok_or(Unfinished::Unknown)?);
    let found = Entity::find_by_id(state_hash.clone()).one(&context.db).await?;
    let pending = found.ok_or(Unfinished::Unknown)?;
    if pending.used_at.is_some() {
        return Err(Unfinished::Used);
    }
    let at = now(&context.db).await?;
    if pending.expires_at <= at {
        return Err(Unfinished::Expired);
    }
    let transaction = begin_immediate(&context.db).await?;
    let used = Entity::update_many()
        .col_expr(Column::UsedAt, Expr::value(stored_time(at)))
        .filter(Column::StateHash.eq(state_hash))
        .filter(Column::UsedAt.is_null())
        .exec(&transaction)
        .await?;
    transaction.commit().await?;
    if used.rows_affected == 1 { Ok(pending) } else { Err(Unfinished::Used) }
}

async fn connect(
    context: &Context,
    row: connector::Model,
    code: SecretString,
    sealed: Sealed,
) -> Result<Finished, Unfinished> {
    let consent = consent_of(context, &row).map_err(|error| match error {
        ServiceError::BadInput { .. } => Unfinished::Changed,
        other => other.into(),
    })?;
    let open = settings::open_context(context, &row);
    let Sealed { verifier, redirect_uri, consent: asked_for, return_to, issuer: _ } = sealed;
    let identity = consent.identity(&open, row.connector_type).map_err(ServiceError::from)?;
    if identity != asked_for {
        return Err(Unfinished::Changed);
    }
    reach::begin(context, &row).await?;
    let verifier = SecretString::new(verifier);
    let exchanged = consent.exchange(&open, row.connector_type, &redirect_uri, &code, &verifier).await;
    let stored = match exchanged {
        Ok(tokens) => DatabaseTokens::of(context, &row).put(&tokens).await,
        Err(error) => Err(error),
    };
    if let Err(cause) = stored {
        let failed = Unfinished::NoTokens { name: row.name.clone(), cause: Box::new(cause), return_to };
        reach::end(context, &row, Some(failed.to_string())).await?;
        return Err(failed);
    }
    tracing::info!(connector.id = %row.id, at = %Utc::now(), "the account of a connector was authorised");
    let name = row.name.clone();
    let tested = connectors::look(context, row).await?;
    if !tested.success {
        return Err(Unfinished::Unreadable { name, why: tested.message, return_to });
    }
    Ok(Finished { connector: tested.connector, return_to })
}

/// The vendor's words on one line of bearable length.
fn for_people(words: &str) -> String {
    words.chars().filter(|char| !char.is_control()).take(300).collect::<String>().trim().to_owned()
}
