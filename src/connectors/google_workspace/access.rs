//! How the connector proves who it is: a token, an account that has consented, or a service account.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::config::{GoogleConfig, Service};
use crate::sdk::http::{Authorisation, Consent, OAuth2, ServiceAccount};
use crate::sdk::{ConnectorError, ConnectorType, OpenContext, SecretString, Settings, Token, auth_forms};

const TYPE: ConnectorType = ConnectorType::GoogleWorkspace;
/// Where people consent.
const CONSENT_PAGE: &str = "https://accounts.google.com/o/oauth2/v2/auth";
/// Who the page says that it is.
const ISSUER: &str = "https://accounts.google.com";
/// Google's token endpoint.
const TOKEN_URL: &str = "https://oauth2.googleapis.com/token";
/// What every scope begins with.
const SCOPES: &str = "https://www.googleapis.com/auth/";

/// A client of Google's, with the account that it reads.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GoogleOAuth {
    /// The client's id, from the page Credentials of the Google Cloud console; a service account has none.
    pub client_id: Option<String>,
    /// The client's secret, from the same page.
    pub client_secret: Option<SecretString>,
    /// A refresh token of the account that is read, where one was got elsewhere; then nobody has to consent.
    pub refresh_token: Option<SecretString>,
    /// Instead of a client: the whole text of a service account's key file, or the JSON in it.
    pub service_account: Option<SecretString>,
    /// The user in whose name a service account acts, by domain-wide delegation.
    pub subject: Option<String>,
    /// Where Google sends people back to, if it is not this server's own `/oauth/callback`.
    pub redirect_uri: Option<String>,
    /// The scopes to ask for; where it is absent, those that the services need to read.
    pub scopes: Option<Vec<String>>,
}

auth_forms! {
    /// How to prove who asks: a client with an account, a service account, or an access token.
    pub enum GoogleAuth { Oauth2(GoogleOAuth), Token(Token) }
}

impl GoogleAuth {
    /// What requests are signed with.
    ///
    /// # Errors
    /// `Config` where no token can be had.
    pub(super) fn authorisation(
        self,
        config: &GoogleConfig,
        context: &OpenContext,
    ) -> Result<Authorisation, ConnectorError> {
        let oauth = match self {
            Self::Token(Token { token }) => return Ok(Authorisation::bearer(token)),
            Self::Oauth2(oauth) => oauth,
        };
        let builder = OAuth2::builder(context, TYPE, &token_url(config)).options(&config.http);
        let tokens = match (&oauth.service_account, &oauth.refresh_token) {
            (Some(key), None) => {
                let account = ServiceAccount::from_key_file("authConfig.service_account", key)?;
                let account = account.acting_for(oauth.subject.clone());
                builder.service_account(account).scope(oauth.scopes(config).join(" ")).build()?
            }
            (None, Some(token)) => {
                builder.client(oauth.client_id()?, oauth.client_secret.clone()).refresh_token(token.clone()).build()?
            }
            (None, None) => OAuth2::consented(context, TYPE, &oauth.consent(config)?)?,
            (Some(_), Some(_)) => {
                let message = "cannot be given along with a refresh_token: one account is read";
                return Err(ConnectorError::config("authConfig.service_account", message));
            }
        };
        Ok(Authorisation::tokens(tokens))
    }

    /// What a person is asked to allow; none where no person is.
    ///
    /// # Errors
    /// `Config` where the client is missing.
    pub(super) fn consent(&self, config: &GoogleConfig) -> Result<Option<Consent>, ConnectorError> {
        match self {
            Self::Oauth2(oauth) if oauth.service_account.is_none() => oauth.consent(config).map(Some),
            _ => Ok(None),
        }
    }
}

impl GoogleOAuth {
    fn consent(&self, config: &GoogleConfig) -> Result<Consent, ConnectorError> {
        let consent = Consent::at(consent_page(config), token_url(config))
            .client(self.client_id()?, self.client_secret.clone())
            .scopes(self.scopes(config))
            // Without these, Google gives no refresh token, or none the second time.
            .parameter("access_type", "offline")
            .parameter("prompt", "consent")
            .redirect_uri(self.redirect_uri.clone())
            .options(&config.http);
        let is_google = config.base_url.is_none();
        Ok(if is_google { consent.issuer(ISSUER) } else { consent })
    }

    fn client_id(&self) -> Result<String, ConnectorError> {
        self.client_id.clone().ok_or_else(|| {
            let message = "is missing; give client_id and client_secret, or a service_account";
            ConnectorError::config("authConfig.client_id", message)
        })
    }

    fn scopes(&self, config: &GoogleConfig) -> Vec<String> {
        self.scopes.clone().unwrap_or_else(|| scopes(config))
    }
}

/// Puts a key file that was given as JSON, and not as its text, into the form that is stored.
pub(super) fn normalize(settings: &mut Settings) {
    if let Some(key) = settings.auth.get_mut("service_account").filter(|key| key.is_object()) {
        *key = Value::String(key.to_string());
    }
}

/// Where people consent.
fn consent_page(config: &GoogleConfig) -> String {
    let base = config.base_url.as_ref().map(|base| base.trim_end_matches('/').to_owned());
    base.map_or_else(|| CONSENT_PAGE.to_owned(), |base| format!("{base}/o/oauth2/v2/auth"))
}

/// Where tokens are asked for.
fn token_url(config: &GoogleConfig) -> String {
    config
        .base_url
        .as_ref()
        .map_or_else(|| TOKEN_URL.to_owned(), |base| format!("{}/token", base.trim_end_matches('/')))
}

/// The scopes to read what the settings ask for.
pub(super) fn scopes(config: &GoogleConfig) -> Vec<String> {
    let services = [Service::Drive, Service::Sheets, Service::Docs, Service::Gmail, Service::Calendar];
    let mut scopes: Vec<String> = Vec::new();
    for service in services.into_iter().filter(|service| config.reads(*service)) {
        for scope in service.scopes() {
            let scope = format!("{SCOPES}{scope}");
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
    }
    scopes
}

impl Service {
    /// What it asks for, without the beginning that all scopes have.
    pub(super) fn scopes(self) -> &'static [&'static str] {
        match self {
            // With drive.metadata.readonly files can be listed, and shared drives cannot.
            Self::Drive => &["drive.readonly"],
            Self::Sheets => &["spreadsheets.readonly", "drive.readonly"],
            Self::Docs => &["documents.readonly", "drive.readonly"],
            Self::Gmail => &["gmail.readonly"],
            Self::Calendar => &["calendar.readonly"],
        }
    }
}
