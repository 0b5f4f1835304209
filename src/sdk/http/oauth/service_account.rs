//! Service accounts: tokens for a program that proves itself by a signed assertion (RFC 7523), as Google documents it.

use std::fmt;

use chrono::Utc;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sdk::{ConnectorError, SecretString, Settings, jwt};

/// How long an assertion is good, in seconds; Google takes no longer one.
const LIFE: i64 = 3600;
/// The grant's name in a request.
pub(super) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The key of a service account. Its `Debug` shows no secret.
#[derive(Clone)]
pub struct ServiceAccount {
    email: String,
    private_key: SecretString,
    key_id: Option<String>,
    token_url: String,
    subject: Option<String>,
}

/// The members of a key file that are needed; it has others.
#[derive(Deserialize)]
struct KeyFile {
    client_email: String,
    private_key: SecretString,
    private_key_id: Option<String>,
    #[serde(default = "google")]
    token_uri: String,
}

fn google() -> String {
    "https://oauth2.googleapis.com/token".to_owned()
}

impl ServiceAccount {
    /// Reads a key file, which the vendor gives as JSON. `field` is the setting that holds it.
    ///
    /// # Errors
    /// `Config` of the field where it is no such file, or its key cannot sign. The words hold nothing of it.
    pub fn from_key_file(field: &str, text: &SecretString) -> Result<Self, ConnectorError> {
        let wrong = |why: &str| {
            ConnectorError::config(field, format!("{why}; give the whole text of the key file that the vendor made"))
        };
        let json: Value = serde_json::from_str(text.expose()).map_err(|_| wrong("is no JSON"))?;
        let kind = json["type"].as_str();
        if kind.is_some_and(|kind| kind != "service_account") {
            return Err(wrong("is the key of another kind of account than service_account"));
        }
        let file = Settings::parse::<KeyFile>(field, json)?;
        let account = Self {
            email: file.client_email,
            private_key: file.private_key,
            key_id: file.private_key_id,
            token_url: file.token_uri,
            subject: None,
        };
        account.assertion("").map_err(|_| wrong("holds no RSA key in private_key"))?;
        Ok(account)
    }

    /// The user in whose name it acts, where the domain's administrator allows that.
    #[must_use]
    pub fn acting_for(mut self, subject: Option<String>) -> Self {
        self.subject = subject.filter(|subject| !subject.is_empty());
        self
    }

    /// The token endpoint that the key file names.
    pub fn token_url(&self) -> &str {
        &self.token_url
    }

    /// The account's name, with that of the user whom it acts for.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.email, self.subject.as_deref().unwrap_or_default())
    }

    /// What is exchanged for a token, signed now.
    pub(super) fn assertion(&self, scope: &str) -> Result<SecretString, ConnectorError> {
        let now = Utc::now().timestamp();
        let mut header = json!({ "alg": "RS256", "typ": "JWT" });
        if let Some(id) = &self.key_id {
            header["kid"] = json!(id);
        }
        let mut claims =
            json!({ "iss": self.email, "scope": scope, "aud": self.token_url, "iat": now, "exp": now + LIFE });
        if let Some(subject) = &self.subject {
            claims["sub"] = json!(subject);
        }
        let signed = jwt::signed(
            "RS256",
            self.private_key.expose(),
            header.to_string().as_bytes(),
            claims.to_string().as_bytes(),
        );
        let signed = signed.map_err(|error| ConnectorError::config("authConfig", error.to_string()))?;
        Ok(SecretString::new(signed))
    }
}

impl fmt::Debug for ServiceAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service account {}", self.email)
    }
}
