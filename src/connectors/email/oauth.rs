//! Signing in by OAuth 2: whose page people consent on, what is asked for there, and where the tokens come from.
//!
//! Google (<https://developers.google.com/workspace/gmail/imap/xoauth2-protocol>) and Microsoft
//! (<https://learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth>)
//! are known by the name of their mail servers; of others the settings say where their endpoints are.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::config::EmailConfig;
use crate::sdk::http::{Consent, OAuth2, segment};
use crate::sdk::{ConnectorError, ConnectorType, OpenContext, SecretString};

const TYPE: ConnectorType = ConnectorType::Email;
/// The tenant of accounts of any organisation, and of private ones.
const ANY_TENANT: &str = "common";

/// A client that is registered with the mail account's vendor, and the account that is read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailOAuth {
    /// The user's name at the mail server, as a rule the whole address. Whoever consents must be this user, or may read their
    /// mailbox.
    pub username: String,
    /// The client's id, as the vendor gave it.
    pub client_id: String,
    /// The client's secret; a public client has none.
    pub client_secret: Option<SecretString>,
    /// A refresh token of the account, where one was got elsewhere; then nobody has to consent.
    pub refresh_token: Option<SecretString>,
    /// Microsoft only: its directory (tenant), by id or domain; any where it is absent.
    pub tenant_id: Option<String>,
    /// Where people consent. Google's and Microsoft's pages are known from `host`; give it for other vendors, and for a server
    /// of the same protocol that stands for one of them.
    pub authorization_url: Option<String>,
    /// Where tokens are asked for; known, or to be given, in the same cases as `authorization_url`.
    pub token_url: Option<String>,
    /// The scopes to ask for; where it is empty, what Google and Microsoft want for IMAP.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Where the vendor sends people back to, if it is not this server's own `/oauth/callback`.
    pub redirect_uri: Option<String>,
}

/// Whose mail server it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vendor {
    Google,
    Microsoft,
}

/// A vendor's endpoints, and what is asked of them.
struct Endpoints {
    vendor: Option<Vendor>,
    page: String,
    token_url: String,
    scopes: Vec<String>,
}

impl Vendor {
    /// By the mail server's name.
    fn of(host: &str) -> Option<Self> {
        let host = host.trim().to_ascii_lowercase();
        match host.as_str() {
            "imap.gmail.com" | "imap.googlemail.com" => Some(Self::Google),
            "outlook.office365.com" | "outlook.office.com" | "imap-mail.outlook.com" => Some(Self::Microsoft),
            _ => None,
        }
    }

    fn endpoints(self, tenant: &str) -> Endpoints {
        let (page, token_url, scopes): (String, String, &[&str]) = match self {
            Self::Google => (
                "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
                "https://oauth2.googleapis.com/token".to_owned(),
                &["https://mail.google.com/"],
            ),
            Self::Microsoft => {
                let login = format!("https://login.microsoftonline.com/{}/oauth2/v2.0", segment(tenant));
                (
                    format!("{login}/authorize"),
                    format!("{login}/token"),
                    // Without the second there is no refresh token.
                    &["https://outlook.office.com/IMAP.AccessAsUser.All", "offline_access"],
                )
            }
        };
        Endpoints {
            vendor: Some(self),
            page,
            token_url,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
        }
    }
}

impl MailOAuth {
    /// What the account's owner is asked to allow; none where a refresh token is given.
    ///
    /// # Errors
    /// `Config` where it is not known where the vendor's endpoints are.
    pub(super) fn consent(&self, config: &EmailConfig) -> Result<Option<Consent>, ConnectorError> {
        if self.refresh_token.is_some() {
            return Ok(None);
        }
        self.asked(config).map(Some)
    }

    /// Where access tokens come from.
    ///
    /// # Errors
    /// `Config` where it is not known where the vendor's endpoints are.
    pub(super) fn tokens(&self, config: &EmailConfig, context: &OpenContext) -> Result<Arc<OAuth2>, ConnectorError> {
        let Some(refresh_token) = &self.refresh_token else {
            return OAuth2::consented(context, TYPE, &self.asked(config)?);
        };
        let Endpoints { token_url, scopes, vendor, .. } = self.endpoints(config)?;
        let mut tokens = OAuth2::builder(context, TYPE, &token_url)
            .client(self.client_id.clone(), self.client_secret.clone())
            .refresh_token(refresh_token.clone());
        if vendor == Some(Vendor::Microsoft) {
            // A refresh token of Microsoft's is good for several services: this says for which one is asked.
            tokens = tokens.scope(scopes.join(" "));
        }
        tokens.build()
    }

    fn asked(&self, config: &EmailConfig) -> Result<Consent, ConnectorError> {
        let Endpoints { vendor, page, token_url, scopes } = self.endpoints(config)?;
        let consent = Consent::at(page, token_url)
            .client(self.client_id.clone(), self.client_secret.clone())
            .scopes(scopes)
            .parameter("login_hint", &self.username)
            .redirect_uri(self.redirect_uri.clone());
        let consent = match vendor {
            Some(Vendor::Google) if self.authorization_url.is_none() => consent.issuer("https://accounts.google.com"),
            _ => consent,
        };
        Ok(match vendor {
            // Without these, Google gives no refresh token, or none the second time.
            Some(Vendor::Google) => consent.parameter("access_type", "offline").parameter("prompt", "consent"),
            Some(Vendor::Microsoft) => consent,
            // Of OpenID Connect, `offline_access` is heeded only so.
            None => consent.parameter("prompt", "consent"),
        })
    }

    fn endpoints(&self, config: &EmailConfig) -> Result<Endpoints, ConnectorError> {
        let host = config.host.as_deref().unwrap_or_default();
        let vendor = Vendor::of(host);
        if self.tenant_id.is_some() && vendor != Some(Vendor::Microsoft) {
            let message = "is Microsoft's, and the mail server is not; leave it out";
            return Err(ConnectorError::config("authConfig.tenant_id", message));
        }
        let known = vendor.map(|vendor| vendor.endpoints(self.tenant_id.as_deref().unwrap_or(ANY_TENANT)));
        let given = |field: &str, given: &Option<String>, known: Option<String>| {
            given.clone().or(known).ok_or_else(|| {
                let message = format!(
                    "is missing; it is known for imap.gmail.com and outlook.office365.com, and not for {host}: its vendor's \
                     documentation says it"
                );
                ConnectorError::config(format!("authConfig.{field}"), message)
            })
        };
        let (page, token_url, scopes) = match known {
            Some(known) => (Some(known.page), Some(known.token_url), known.scopes),
            None => (None, None, Vec::new()),
        };
        // With a refresh token nobody is sent to the page.
        let page = match &self.refresh_token {
            Some(_) => self.authorization_url.clone().or(page).unwrap_or_default(),
            None => given("authorization_url", &self.authorization_url, page)?,
        };
        let token_url = given("token_url", &self.token_url, token_url)?;
        let scopes = if self.scopes.is_empty() { scopes } else { self.scopes.clone() };
        Ok(Endpoints { vendor, page, token_url, scopes })
    }
}
