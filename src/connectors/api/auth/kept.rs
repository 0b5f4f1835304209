//! Where tokens are kept whose refresh tokens may be used once: whoever uses one leaves its successor to all others, in this
//! process and in later ones.

use std::sync::Arc;

use chrono::DateTime;

use super::super::failure::{Blame, Failure};
use super::super::hashing;
use super::super::http::Transport;
use super::super::time::Moment;
use super::oauth::Held;
use crate::sdk::http::{LockedTokens, TokenStore, Tokens};
use crate::sdk::{ConnectorError, ErrorClass, SecretString};

#[derive(Debug)]
pub(super) struct Kept {
    store: Arc<dyn TokenStore>,
    got_with: String,
}

/// The tokens, held against everybody else.
pub(super) struct Locked<'a> {
    tokens: Box<dyn LockedTokens>,
    got_with: &'a str,
}

impl Kept {
    /// Those that are got with a credential. Where a person has given another one, what was kept before counts no more.
    pub(super) fn of(credential: &[Option<&str>], transport: &Transport) -> Self {
        let digest = hashing::digest("sha256", format!("{credential:?}").as_bytes()).unwrap_or_default();
        let got_with = hex::encode(digest);
        Self { store: transport.tokens(&["OAuthAuthenticator", &got_with]), got_with }
    }

    /// # Errors
    /// Where they cannot be read.
    pub(super) async fn load(&self) -> Result<Option<Held>, Failure> {
        Ok(held(self.store.load().await.map_err(failure)?, &self.got_with))
    }

    /// Waits until nobody else may renew them.
    ///
    /// # Errors
    /// Where that takes too long.
    pub(super) async fn lock(&self) -> Result<Locked<'_>, Failure> {
        Ok(Locked { tokens: self.store.lock().await.map_err(failure)?, got_with: &self.got_with })
    }
}

impl Locked<'_> {
    /// # Errors
    /// Where they cannot be read.
    pub(super) async fn load(&mut self) -> Result<Option<Held>, Failure> {
        Ok(held(self.tokens.load().await.map_err(failure)?, self.got_with))
    }

    /// # Errors
    /// Where they cannot be written, or somebody has stored others meanwhile.
    pub(super) async fn save(&mut self, held: &Held) -> Result<(), Failure> {
        let expires = held.expires.and_then(|expires| DateTime::from_timestamp_micros(expires.micros()));
        let tokens = Tokens {
            access_token: SecretString::new(held.access_token.clone().unwrap_or_default()),
            expires_at: expires,
            renew_at: None,
            refresh_token: held.refresh_token.clone().map(SecretString::new),
            got_with: self.got_with.to_owned(),
        };
        self.tokens.save(&tokens).await.map_err(failure)
    }
}

/// Tokens that were got with something else are not ours.
fn held(tokens: Option<Tokens>, got_with: &str) -> Option<Held> {
    let tokens = tokens.filter(|tokens| tokens.got_with == got_with)?;
    let expires = tokens.expires_at.and_then(|at| Moment::from_micros(i128::from(at.timestamp_micros())).ok());
    Some(Held {
        access_token: Some(tokens.access_token.expose().to_owned()),
        refresh_token: tokens.refresh_token.map(|token| token.expose().to_owned()),
        expires,
        is_loaded: true,
        is_unsaved: false,
    })
}

fn failure(error: ConnectorError) -> Failure {
    let message = error.to_string();
    match error.class() {
        ErrorClass::Cancelled => Failure::Cancelled,
        ErrorClass::Auth => Failure::Answer { message, status: Some(401), blame: Blame::Config },
        ErrorClass::Config => Failure::Config(message),
        _ => Failure::Exhausted { message, status: None, blame: Blame::Transient, stream: None },
    }
}
