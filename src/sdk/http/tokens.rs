//! Access tokens: where they come from, and where they are kept.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

use super::client::HttpClient;
use crate::sdk::{ConnectorError, SecretString};

/// Gives access tokens that are good now. Its `Debug` shows no secret.
#[async_trait]
pub trait TokenSource: Send + Sync + fmt::Debug {
    /// What a rate budget is shared by: the same as long as the account is the same, while tokens come and go. It may
    /// hold secrets, since only a keyed hash of it is kept.
    fn identity(&self) -> String;

    /// A token; a new one where the last one is about to expire.
    ///
    /// # Errors
    /// `Auth` where none is given any more and a person must act.
    async fn token(&self) -> Result<SecretString, ConnectorError>;

    /// A token in place of one that was refused with 401. Whoever comes later with the same refused one gets the same.
    ///
    /// # Errors
    /// `Auth` where none is given any more and a person must act.
    async fn renewed(&self, refused: &SecretString) -> Result<SecretString, ConnectorError>;
}

/// What a token endpoint gave. Its `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Tokens {
    /// What requests are sent with.
    pub access_token: SecretString,
    /// When it expires; `None` where the vendor does not say.
    pub expires_at: Option<DateTime<Utc>>,
    /// From when on it is replaced, ahead of its expiry.
    pub renew_at: Option<DateTime<Utc>>,
    /// What the next ones are got with. Vendors that rotate it take each only once.
    pub refresh_token: Option<SecretString>,
    /// A name for what they were got with, the endpoint and the client: for another one they are not.
    pub got_with: String,
}

impl Tokens {
    /// Whether they need not be replaced yet.
    pub(super) fn are_fresh(&self, now: DateTime<Utc>) -> bool {
        self.renew_at.or(self.expires_at).is_none_or(|at| at > now)
    }
}

/// Where the tokens of one connector are kept, shared by all that use them.
#[async_trait]
pub trait TokenStore: Send + Sync + fmt::Debug {
    /// Tells the account whose tokens they are from others, where the settings do not: what a rate budget is shared by.
    fn identity(&self) -> String {
        String::new()
    }

    /// The tokens as they are stored now; `None` where none were stored.
    ///
    /// # Errors
    /// `Unreachable` where the store cannot be read.
    async fn load(&self) -> Result<Option<Tokens>, ConnectorError>;

    /// Waits until nobody else may change the tokens: the others wait until what is returned is dropped.
    ///
    /// # Errors
    /// `Unreachable` where the lock cannot be taken within the store's time.
    async fn lock(&self) -> Result<Box<dyn LockedTokens>, ConnectorError>;
}

/// The tokens of a connector, held against everybody else.
#[async_trait]
pub trait LockedTokens: Send {
    /// The tokens as they are stored now; they may have changed while the lock was waited for.
    ///
    /// # Errors
    /// `Unreachable` where the store cannot be read.
    async fn load(&mut self) -> Result<Option<Tokens>, ConnectorError>;

    /// Stores tokens. They are used only after this has succeeded.
    ///
    /// # Errors
    /// `Unreachable` where the store cannot be written, or somebody has stored others meanwhile.
    async fn save(&mut self, tokens: &Tokens) -> Result<(), ConnectorError>;
}

/// Tokens in the memory of this process, which are gone with it.
#[derive(Clone, Default)]
pub(super) struct MemoryTokens(Arc<AsyncMutex<Option<Tokens>>>);

#[async_trait]
impl TokenStore for MemoryTokens {
    async fn load(&self) -> Result<Option<Tokens>, ConnectorError> {
        Ok(self.0.lock().await.clone())
    }

    async fn lock(&self) -> Result<Box<dyn LockedTokens>, ConnectorError> {
        Ok(Box::new(LockedMemory(Arc::clone(&self.0).lock_owned().await)))
    }
}

impl fmt::Debug for MemoryTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tokens in memory")
    }
}

struct LockedMemory(OwnedMutexGuard<Option<Tokens>>);

#[async_trait]
impl LockedTokens for LockedMemory {
    async fn load(&mut self) -> Result<Option<Tokens>, ConnectorError> {
        Ok(self.0.clone())
    }

    async fn save(&mut self, tokens: &Tokens) -> Result<(), ConnectorError> {
        *self.0 = Some(tokens.clone());
        Ok(())
    }
}

/// The stores in memory of all credentials of the process: a connector is opened many times, and its tokens go on.
#[derive(Default)]
pub(super) struct MemoryStores(Mutex<HashMap<u64, MemoryTokens>>);

impl HttpClient {
    /// Where a credential's tokens are kept for as long as the process lives, where its connector has no store of its own.
    pub fn memory_tokens(&self, credential: &[&str]) -> Arc<dyn TokenStore> {
        self.shared().stores().of(self.shared().budgets().fingerprint(credential))
    }
}

impl MemoryStores {
    /// The store of the credential with this fingerprint.
    pub(super) fn of(&self, fingerprint: u64) -> Arc<dyn TokenStore> {
        let mut stores = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::new(stores.entry(fingerprint).or_default().clone())
    }
}
