//! Settings of who may use the API.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ConfigError, Origins};
use crate::services::auth::TokenSettings;

/// Length of a SHA-256 digest in hexadecimal digits.
const DIGEST_DIGITS: usize = 64;

/// Who may use the API.
#[derive(Clone, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AuthSettings {
    /// Bearer tokens, each with `name`, `role` (`viewer`, `editor` or `admin`) and `sha256` (the token's SHA-256 in hexadecimal). Without any, authentication is off, and the server listens on loopback only.
    #[schemars(with = "Vec<serde_json::Value>")]
    pub tokens: Vec<TokenSettings>,
}

impl AuthSettings {
    pub(super) fn check(&self, origins: &Origins) -> Result<(), ConfigError> {
        let is_digest = |text: &str| text.len() == DIGEST_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        match self.tokens.iter().find(|token| !is_digest(&token.sha256)) {
            Some(token) => Err(ConfigError::BadToken { name: token.name.clone(), origin: origins.of("auth.tokens") }),
            None => Ok(()),
        }
    }
}
