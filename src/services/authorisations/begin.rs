//! A person is sent to a vendor's page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveModelTrait, Set};
use serde_json::Value;
use url::Url;

use super::{Sealed, forget_old, hash, place, return_to};
use crate::entity::database::{begin_immediate, now};
use crate::entity::ids::ConnectorId;
use crate::entity::{connector, pending_authorisation, stored_time};
use crate::sdk::http::{Consent, ConsentPage};
use crate::sdk::{AuthType, SecretString};
use crate::services::{Context, Role, ServiceError, Services, Viewer, connectors, settings};

/// An authorisation that was begun.
pub struct Begun {
    /// The vendor's page, to be opened in a browser.
    pub page: Url,
    /// Where the vendor sends the browser back to.
    pub redirect_uri: String,
    /// Until when somebody must have come back.
    pub expires_at: DateTime<Utc>,
    /// What is pending, by its hash.
    pub(super) state_hash: String,
}

/// Begins to connect the account of a connector.
///
/// `return_to` is a path of our own that the browser goes to in the end.
///
/// # Errors
/// `NotFound`, `BadInput` where the connector needs no consent or the path leads elsewhere, `Conflict` where it is not
/// known how browsers find this server; the vendor's, where it has to be asked where its page is.
pub async fn begin(
    services: &Services,
    viewer: &Viewer,
    id: &ConnectorId,
    return_to: Option<&str>,
) -> Result<Begun, ServiceError> {
    viewer.require(Role::Editor)?;
    let context = &services.context;
    let row = connectors::get(services, viewer, id).await?;
    let return_to = return_to.map(return_to::checked).transpose()?;
    let consent = consent_of(context, &row)?;
    let redirect_uri = match consent.wanted_redirect_uri() {
        Some(uri) => checked_redirect_uri(uri)?,
        None => context.public_address.callback()?,
    };
    let open = settings::open_context(context, &row);
    let identity = consent.identity(&open, row.connector_type)?;
    let (state, verifier) = (random(), random());
    let ConsentPage { url: page, issuer } =
        consent.page(&open, row.connector_type, &redirect_uri, &state, &verifier).await?;
    let sealed = Sealed {
        verifier: verifier.expose().to_owned(),
        redirect_uri: redirect_uri.clone(),
        consent: identity,
        return_to,
        issuer,
    };
    let state_hash = hash(state.expose());
    let expires_at = write_down(context, viewer, &row, &state_hash, sealed).await?;
    Ok(Begun { page, redirect_uri, expires_at, state_hash })
}

/// What a person must allow for this connector.
pub(super) fn consent_of(context: &Context, row: &connector::Model) -> Result<Consent, ServiceError> {
    let needs_none = |why: String| {
        Err(ServiceError::BadInput {
            field: "connectorId".to_owned(),
            message: why,
            hint: Some("testConnection says whether it can sign in".to_owned()),
        })
    };
    if row.auth_type != AuthType::Oauth2 {
        return needs_none(format!("{} signs in by {}; only OAUTH2 has a page to consent on", row.name, row.auth_type));
    }
    if row.demo_mode {
        return needs_none(format!("{} is in demo mode, and has no account to connect", row.name));
    }
    let factory = context.registry.get(row.connector_type)?;
    match factory.consent(settings::load(context, row)?)? {
        Some(consent) => Ok(consent),
        None => needs_none(format!(
            "{} has no page to consent on: connectors of type {} with these settings sign in by themselves",
            row.name, row.connector_type
        )),
    }
}

fn checked_redirect_uri(uri: &str) -> Result<String, ServiceError> {
    let url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.fragment().is_none());
    match url {
        Some(_) => Ok(uri.to_owned()),
        None => Err(ServiceError::bad_input(
            "authConfig.redirect_uri",
            "must be an http or https URL without a fragment, exactly as it is registered at the vendor",
        )),
    }
}

async fn write_down(
    context: &Context,
    viewer: &Viewer,
    row: &connector::Model,
    state_hash: &str,
    sealed: Sealed,
) -> Result<DateTime<Utc>, ServiceError> {
    let plain = serde_json::to_value(sealed).unwrap_or(Value::Null);
    let sealed = context.vault.encrypt(&place(&row.id, state_hash), &plain).map_err(settings::no_key)?;
    let transaction = begin_immediate(&context.db).await?;
    // It may have been removed meanwhile.
    connectors::locked(&transaction, viewer, &row.id).await?;
    let at = now(&*transaction).await?;
    forget_old(&transaction, at).await?;
    let expires_at = stored_time(at + context.authorisation.consent());
    let pending = pending_authorisation::ActiveModel {
        state_hash: Set(state_hash.to_owned()),
        connector_id: Set(row.id.clone()),
        sealed: Set(sealed),
        asked_by: Set(viewer.name.clone()),
        used_at: Set(None),
        finished_at: Set(None),
        failure: Set(None),
        expires_at: Set(expires_at),
        created_at: Set(stored_time(at)),
    };
    pending.insert(&transaction).await?;
    transaction.commit().await?;
    Ok(expires_at)
}

/// 256 bits that nobody guesses, as 43 characters that mean the same everywhere (RFC 7636, section 4.1).
fn random() -> SecretString {
    SecretString::new(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
}
