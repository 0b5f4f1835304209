//! OAuth 2 access tokens (RFC 6749), refreshed ahead of their expiry and kept where others find them.
//!
//! A vendor that rotates refresh tokens takes each only once. So only one refresh of an account runs at a time (the
//! [`TokenStore`]'s lock), what it brings is stored before it is used, and once begun it is finished even if whoever asked
//! has gone.

mod answer;
mod builder;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;
use tracing::debug;

pub use builder::{ClientAuth, OAuth2Builder};

use super::client::HttpClient;
use super::tokens::{TokenSource, TokenStore, Tokens};
use crate::sdk::{ConnectorError, SecretString};

/// A token that expires sooner is replaced; one that lives shortly, in the last quarter of its life.
const AHEAD: Duration = Duration::from_secs(60);

/// Access tokens by a refresh token or by client credentials.
pub struct OAuth2 {
    parts: Arc<Parts>,
    /// What this process used last. Held while new ones are got, so that the others wait for them.
    held: Mutex<Option<Held>>,
}

struct Parts {
    http: HttpClient,
    token_url: String,
    grant: Grant,
    client_id: String,
    client_secret: Option<SecretString>,
    client_auth: ClientAuth,
    scope: Option<String>,
    parameters: Vec<(String, String)>,
    store: Arc<dyn TokenStore>,
}

/// What tokens are got for.
enum Grant {
    /// The refresh token that the account was connected with; the store may hold a later one.
    RefreshToken(SecretString),
    ClientCredentials,
}

struct Held {
    tokens: Tokens,
    /// How long before their expiry they are replaced.
    ahead: Duration,
}

impl Held {
    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let ahead = TimeDelta::from_std(self.ahead).unwrap_or_default();
        self.tokens.expires_at.is_none_or(|expires| expires - ahead > now)
    }
}

#[async_trait]
impl TokenSource for OAuth2 {
    fn identity(&self) -> String {
        let parts = &self.parts;
        let account = match &parts.grant {
            Grant::RefreshToken(first) => first.expose(),
            Grant::ClientCredentials => "",
        };
        format!("{} {} {account}", parts.token_url, parts.client_id)
    }

    async fn token(&self) -> Result<SecretString, ConnectorError> {
        let mut held = self.held.lock().await;
        if let Some(fresh) = held.as_ref().filter(|held| held.is_fresh(Utc::now())) {
            return Ok(fresh.tokens.access_token.clone());
        }
        let new = self.obtain(None).await?;
        Ok(held.insert(new).tokens.access_token.clone())
    }

    async fn renewed(&self, refused: &SecretString) -> Result<SecretString, ConnectorError> {
        let mut held = self.held.lock().await;
        if let Some(other) = held.as_ref().filter(|held| held.tokens.access_token != *refused) {
            return Ok(other.tokens.access_token.clone());
        }
        let new = self.obtain(Some(refused.clone())).await?;
        Ok(held.insert(new).tokens.access_token.clone())
    }
}

impl OAuth2 {
    /// Goes on if it is no longer waited for: a refresh token that the vendor took must not be lost with its successor.
    async fn obtain(&self, refused: Option<SecretString>) -> Result<Held, ConnectorError> {
        let parts = Arc::clone(&self.parts);
        let obtained = tokio::spawn(async move { parts.obtain(refused.as_ref()).await }).await;
        obtained.unwrap_or_else(|error| Err(ConnectorError::unreachable("getting an access token broke off", error)))
    }
}

impl Parts {
    /// Tokens out of the store, where somebody else has put fresh ones, or new ones.
    async fn obtain(&self, refused: Option<&SecretString>) -> Result<Held, ConnectorError> {
        if let Some(held) = usable(self.store.load().await?, refused) {
            return Ok(held);
        }
        let mut locked = self.store.lock().await?;
        let stored = locked.load().await?;
        let last_refresh_token = stored.as_ref().and_then(|tokens| tokens.refresh_token.clone());
        if let Some(held) = usable(stored, refused) {
            return Ok(held);
        }
        let granted = self.ask(last_refresh_token).await?;
        locked.save(&granted.tokens).await?;
        debug!(expires_at = ?granted.tokens.expires_at, "a new access token of {}", self.client_id);
        let ahead = granted.lifetime.map_or(AHEAD, |lifetime| AHEAD.min(lifetime / 4));
        Ok(Held { tokens: granted.tokens, ahead })
    }

    /// Asks the token endpoint (RFC 6749, sections 4.4 and 6).
    async fn ask(&self, last_refresh_token: Option<SecretString>) -> Result<answer::Granted, ConnectorError> {
        let mut form: Vec<(&str, &str)> = Vec::new();
        let refresh_token = match &self.grant {
            Grant::RefreshToken(first) => Some(last_refresh_token.unwrap_or_else(|| first.clone())),
            Grant::ClientCredentials => None,
        };
        match &refresh_token {
            Some(token) => form.extend([("grant_type", "refresh_token"), ("refresh_token", token.expose())]),
            None => form.push(("grant_type", "client_credentials")),
        }
        // With Basic, both are in the header.
        if self.client_auth == ClientAuth::Post || self.client_secret.is_none() {
            form.push(("client_id", &self.client_id));
            form.extend(self.client_secret.as_ref().map(|secret| ("client_secret", secret.expose())));
        }
        form.extend(self.scope.as_deref().map(|scope| ("scope", scope)));
        form.extend(self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let mut request = self.http.post(&self.token_url).header("accept", "application/json").form(form);
        for secret in refresh_token.iter().chain(&self.client_secret) {
            request = request.hiding(secret);
        }
        if refresh_token.is_none() {
            request = request.idempotent();
        }
        let granted = answer::read(&request.send().await?, Utc::now())?;
        Ok(granted.or_refresh_token(refresh_token))
    }
}

/// Stored tokens that need not be replaced.
fn usable(stored: Option<Tokens>, refused: Option<&SecretString>) -> Option<Held> {
    let tokens = stored.filter(|tokens| Some(&tokens.access_token) != refused)?;
    let held = Held { tokens, ahead: AHEAD };
    held.is_fresh(Utc::now()).then_some(held)
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let grant = match self.parts.grant {
            Grant::RefreshToken(_) => "a refresh token",
            Grant::ClientCredentials => "client credentials",
        };
        write!(f, "access tokens of {} by {grant}", self.parts.client_id)
    }
}
