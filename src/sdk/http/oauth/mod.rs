//! OAuth 2 access tokens (RFC 6749), refreshed ahead of their expiry and kept where others find them.
//!
//! A vendor that rotates refresh tokens takes each only once. So only one refresh of an account runs at a time (the
//! [`TokenStore`]'s lock), what it brings is stored before it is used, and once begun it is finished even if whoever asked
//! has gone.

mod answer;
mod builder;
mod consent;
mod endpoint;
mod issuer;
mod service_account;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::Utc;
use tokio::sync::Mutex as AsyncMutex;
use tracing::debug;

pub use builder::{ClientAuth, OAuth2Builder};
pub use consent::{Consent, ConsentPage};
use endpoint::{Question, TokenEndpoint};
pub use issuer::{ForeignAnswer, Issuer};
pub use service_account::ServiceAccount;

use super::tokens::{TokenSource, TokenStore, Tokens};
use crate::sdk::{ConnectorError, ErrorClass, SecretString};

/// Access tokens of one account: by a person's consent, a refresh token, client credentials or a service account.
pub struct OAuth2 {
    parts: Arc<Parts>,
    /// What this process used last. Held while new ones are got, so that the others wait for them.
    held: AsyncMutex<Option<Tokens>>,
}

struct Parts {
    endpoint: TokenEndpoint,
    grant: Grant,
    scope: Option<String>,
    parameters: Vec<(String, String)>,
    store: Arc<dyn TokenStore>,
    /// Stored tokens that were got with something else are not ours.
    got_with: String,
    /// A refresh token that the vendor does not take any more, with its words: it is not asked again.
    refused: Mutex<Option<(SecretString, String)>>,
    /// What the vendor gave for a refresh token, and the store did not take: it is stored before the vendor is asked again.
    unsaved: Mutex<Option<(SecretString, Tokens)>>,
}

/// What tokens are got for.
enum Grant {
    /// The refresh token that the account was connected with; the store may hold a later one.
    RefreshToken(SecretString),
    /// What a person allowed; the store holds it.
    Consent,
    ClientCredentials,
    ServiceAccount(ServiceAccount),
}

#[async_trait]
impl TokenSource for OAuth2 {
    fn identity(&self) -> String {
        let parts = &self.parts;
        let account = match &parts.grant {
            Grant::RefreshToken(first) => first.expose().to_owned(),
            Grant::Consent => parts.store.identity(),
            Grant::ServiceAccount(account) => account.name(),
            Grant::ClientCredentials => String::new(),
        };
        format!("{} {} {account}", parts.endpoint.name(), parts.endpoint.client.id)
    }

    async fn token(&self) -> Result<SecretString, ConnectorError> {
        let mut held = self.held.lock().await;
        if let Some(fresh) = held.as_ref().filter(|held| held.are_fresh(Utc::now())) {
            return Ok(fresh.access_token.clone());
        }
        let new = self.obtain(None).await?;
        Ok(held.insert(new).access_token.clone())
    }

    async fn renewed(&self, refused: &SecretString) -> Result<SecretString, ConnectorError> {
        let mut held = self.held.lock().await;
        if let Some(other) = held.as_ref().filter(|held| held.access_token != *refused) {
            return Ok(other.access_token.clone());
        }
        let new = self.obtain(Some(refused.clone())).await?;
        Ok(held.insert(new).access_token.clone())
    }
}

impl OAuth2 {
    /// Goes on if it is no longer waited for: a refresh token that the vendor took must not be lost with its successor.
    async fn obtain(&self, refused: Option<SecretString>) -> Result<Tokens, ConnectorError> {
        let parts = Arc::clone(&self.parts);
        let obtained = tokio::spawn(async move { parts.obtain(refused.as_ref()).await }).await;
        obtained.unwrap_or_else(|error| Err(ConnectorError::unreachable("getting an access token broke off", error)))
    }
}

impl Parts {
    /// Tokens out of the store, where somebody else has put fresh ones, or new ones.
    async fn obtain(&self, refused: Option<&SecretString>) -> Result<Tokens, ConnectorError> {
        let stored = self.own(self.store.load().await?);
        if let Some(tokens) = usable(stored.as_ref(), refused) {
            return Ok(tokens);
        }
        // Without a refresh token there is nothing to be got for those who wait.
        self.refresh_token(stored.as_ref())?;
        let mut locked = self.store.lock().await?;
        let stored = self.own(locked.load().await?);
        if let Some(tokens) = usable(stored.as_ref(), refused) {
            return Ok(tokens);
        }
        let refresh_token = self.refresh_token(stored.as_ref())?;
        let tokens = match self.take_unsaved(refresh_token.as_ref()) {
            Some(tokens) => tokens,
            None => self.ask(refresh_token.as_ref()).await?,
        };
        if let Err(error) = locked.save(&tokens).await {
            let mut unsaved = self.unsaved.lock().unwrap_or_else(PoisonError::into_inner);
            *unsaved = refresh_token.map(|replaced| (replaced, tokens));
            return Err(error);
        }
        debug!(expires_at = ?tokens.expires_at, "a new access token of {}", self.endpoint.name());
        Ok(tokens)
    }

    fn own(&self, stored: Option<Tokens>) -> Option<Tokens> {
        stored.filter(|tokens| tokens.got_with == self.got_with)
    }

    /// What a refresh token was exchanged for already.
    fn take_unsaved(&self, refresh_token: Option<&SecretString>) -> Option<Tokens> {
        let unsaved = self.unsaved.lock().unwrap_or_else(PoisonError::into_inner).take();
        unsaved.filter(|(replaced, _)| Some(replaced) == refresh_token).map(|(_, tokens)| tokens)
    }

    /// The newest refresh token, where the grant goes by one.
    ///
    /// # Errors
    /// `Auth` where there is none any more, or the vendor has refused it.
    fn refresh_token(&self, stored: Option<&Tokens>) -> Result<Option<SecretString>, ConnectorError> {
        let last = stored.and_then(|tokens| tokens.refresh_token.clone());
        let token = match (&self.grant, last) {
            (Grant::ClientCredentials | Grant::ServiceAccount(_), _) => return Ok(None),
            (Grant::RefreshToken(_) | Grant::Consent, Some(last)) => last,
            (Grant::RefreshToken(first), None) => first.clone(),
            (Grant::Consent, None) => {
                let message = match stored {
                    Some(_) => {
                        "access was revoked or has run out, and nothing was given to renew it with; authorise the account again"
                    }
                    None => "no account is connected yet; authorise the connector at the vendor first",
                };
                return Err(ConnectorError::Auth { message: message.to_owned(), cause: None });
            }
        };
        match &*self.refused.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((refused, message)) if *refused == token => {
                Err(ConnectorError::Auth { message: message.clone(), cause: None })
            }
            _ => Ok(Some(token)),
        }
    }

    /// Asks the token endpoint (RFC 6749, sections 4.4 and 6; RFC 7523, section 2.1).
    async fn ask(&self, refresh_token: Option<&SecretString>) -> Result<Tokens, ConnectorError> {
        let scope = self.scope.as_deref().unwrap_or_default();
        let assertion = match &self.grant {
            Grant::ServiceAccount(account) => Some(account.assertion(scope)?),
            _ => None,
        };
        let mut form: Vec<(&str, &str)> = match (refresh_token, &assertion) {
            (Some(token), _) => vec![("grant_type", "refresh_token"), ("refresh_token", token.expose())],
            (None, Some(assertion)) => {
                vec![("grant_type", service_account::GRANT_TYPE), ("assertion", assertion.expose())]
            }
            (None, None) => vec![("grant_type", "client_credentials")],
        };
        // An assertion names its scopes itself.
        if assertion.is_none() {
            form.push(("scope", scope));
        }
        form.extend(self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let secrets = refresh_token.into_iter().chain(&assertion).collect();
        let question = Question { form, secrets, is_idempotent: refresh_token.is_none() };
        let asked = self.endpoint.ask(question).await;
        if let (Err(error), Some(token)) = (&asked, refresh_token)
            && error.class() == ErrorClass::Auth
        {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            *refused = Some((token.clone(), error.to_string()));
        }
        let mut tokens = asked?;
        tokens.got_with.clone_from(&self.got_with);
        // A vendor that gives no new refresh token leaves the old one good.
        tokens.refresh_token = tokens.refresh_token.or_else(|| refresh_token.cloned());
        Ok(tokens)
    }
}

/// Stored tokens that need not be replaced.
fn usable(stored: Option<&Tokens>, refused: Option<&SecretString>) -> Option<Tokens> {
    let tokens = stored.filter(|tokens| Some(&tokens.access_token) != refused)?;
    tokens.are_fresh(Utc::now()).then(|| tokens.clone())
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = &self.parts.endpoint.client.id;
        match &self.parts.grant {
            Grant::RefreshToken(_) => write!(f, "access tokens of {client} by a refresh token"),
            Grant::Consent => write!(f, "access tokens of {client} by consent"),
            Grant::ClientCredentials => write!(f, "access tokens of {client} by client credentials"),
            Grant::ServiceAccount(account) => write!(f, "access tokens of {account:?}"),
        }
    }
}
