//! Where a mail server is and how to sign in there.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::config::{Certificate, EmailAuth, EmailConfig, Tls};
use super::super::names::quoted;
use crate::sdk::http::{OAuth2, TokenSource};
use crate::sdk::tls::{Authorities, Verification};
use crate::sdk::{ConnectorError, OpenContext, SecretString, refuse_outside};

/// How much of a server's words is repeated.
const MOST_WORDS: usize = 300;

/// Everything that is needed to connect.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) verification: Verification,
    pub(super) authorities: Option<Authorities>,
    pub(super) credentials: Credentials,
    pub(super) connect_timeout: Duration,
    pub(super) command_timeout: Duration,
    pub(super) allow_private_network: bool,
    /// The access tokens that it has signed in with: they are shown no more than a password.
    sent: Mutex<Vec<SecretString>>,
}

/// Who signs in, and by what.
#[derive(Debug)]
pub(super) enum Credentials {
    Password {
        user: String,
        password: SecretString,
    },
    Token {
        user: String,
        token: SecretString,
    },
    /// Access tokens that expire, and are renewed.
    Tokens {
        user: String,
        tokens: Arc<OAuth2>,
    },
    /// A server may let in whoever reaches it.
    None,
}

/// What one sign-in goes by.
pub(super) enum Proof<'t> {
    Password { user: &'t str, password: &'t SecretString },
    Token { user: &'t str, token: SecretString },
    None,
}

impl Target {
    /// Takes the settings.
    ///
    /// # Errors
    /// `Config` naming the one that makes no sense, or that the process does not allow.
    pub(super) fn new(config: &EmailConfig, auth: EmailAuth, context: &OpenContext) -> Result<Self, ConnectorError> {
        let host = config.host.clone().unwrap_or_default().trim().trim_matches(['[', ']']).to_owned();
        if host.is_empty() || host.contains(['/', '@', ' ', '\0']) {
            let message = "must be a server's name or address, such as imap.example.com";
            return Err(ConnectorError::config("connectionConfig.host", message));
        }
        let credentials = match auth {
            EmailAuth::UsernamePassword(form) => Credentials::Password { user: form.username, password: form.password },
            EmailAuth::Oauth2(form) => {
                let tokens = form.tokens(config, context)?;
                Credentials::Tokens { user: form.username, tokens }
            }
            EmailAuth::Token(form) => Credentials::Token { user: form.username, token: form.token },
            EmailAuth::None(_) => Credentials::None,
        };
        if !matches!(credentials, Credentials::None) && credentials.user().is_empty() {
            return Err(ConnectorError::config("authConfig.username", "is empty"));
        }
        let (field, secret) = credentials.secret();
        for (field, text) in [("username", credentials.user()), (field, secret.map_or("", SecretString::expose))] {
            if text.contains(['\r', '\n', '\0', '\x01']) {
                return Err(ConnectorError::config(format!("authConfig.{field}"), "holds a control character"));
            }
        }
        let verification = match config.certificate {
            Certificate::Full => Verification::Full,
            Certificate::Authority => Verification::Authority,
            Certificate::Any => Verification::None,
        };
        if config.ca_certificate.is_some() && verification == Verification::None {
            let message = "is not looked at while certificate is any; leave one of them out";
            return Err(ConnectorError::config("connectionConfig.ca_certificate", message));
        }
        let given = config.ca_certificate.as_deref();
        Ok(Self {
            host,
            port: config.port.unwrap_or(config.tls.port()),
            tls: config.tls,
            verification,
            authorities: given.map(|given| authorities(given, context)).transpose()?,
            credentials,
            connect_timeout: Duration::from_secs(config.connect_timeout_seconds),
            command_timeout: Duration::from_secs(config.command_timeout_seconds),
            allow_private_network: context.allow_private_network,
            sent: Mutex::default(),
        })
    }

    /// `host:port`, for people.
    pub(super) fn endpoint(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// The user's name.
    pub(super) fn user(&self) -> &str {
        self.credentials.user()
    }

    /// Whether its sessions end with tokens, which are renewed.
    pub(super) fn renews(&self) -> bool {
        matches!(self.credentials, Credentials::Tokens { .. })
    }

    /// What to sign in by now.
    ///
    /// # Errors
    /// Where no access token is to be had: `Auth` where a person must act.
    pub(super) async fn proof(&self) -> Result<Proof<'_>, ConnectorError> {
        Ok(match &self.credentials {
            Credentials::Password { user, password } => Proof::Password { user, password },
            Credentials::Token { user, token } => Proof::Token { user, token: token.clone() },
            Credentials::Tokens { user, tokens } => Proof::Token { user, token: self.noted(tokens.token().await?) },
            Credentials::None => Proof::None,
        })
    }

    /// What to sign in by instead of what the server has refused; None where there is nothing else.
    ///
    /// # Errors
    /// As of [`proof`](Self::proof).
    pub(super) async fn other_proof(&self, refused: &Proof<'_>) -> Result<Option<Proof<'_>>, ConnectorError> {
        let (Credentials::Tokens { user, tokens }, Proof::Token { token, .. }) = (&self.credentials, refused) else {
            return Ok(None);
        };
        let token = self.noted(tokens.renewed(token).await?);
        Ok(Some(Proof::Token { user, token }))
    }

    /// All that the secret may be sent as, before base64.
    fn responses(&self, secret: &str) -> [String; 3] {
        let user = self.user();
        [plain(user, secret), xoauth2(user, secret), oauthbearer(user, &self.host, self.port, secret)]
    }

    fn noted(&self, token: SecretString) -> SecretString {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if !sent.contains(&token) {
            sent.push(token.clone());
        }
        token
    }

    /// A server's words as they may be shown: a server that repeats what it was told must not tell the secret.
    pub(super) fn shown(&self, words: &str) -> String {
        let mut words = words.trim().to_owned();
        let mut secrets = self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone();
        secrets.extend(self.credentials.secret().1.cloned());
        for secret in &secrets {
            let secret = secret.expose();
            let responses = self.responses(secret).map(|response| STANDARD.encode(response));
            let plain = [quoted(secret).trim_matches('"').to_owned(), secret.to_owned(), STANDARD.encode(secret)];
            for hidden in plain.iter().chain(&responses).filter(|hidden| !hidden.is_empty()) {
                words = words.replace(hidden.as_str(), "***");
            }
        }
        if let Some((end, _)) = words.char_indices().nth(MOST_WORDS) {
            words.truncate(end);
            words.push('…');
        }
        words.replace(|c: char| c.is_control(), " ")
    }
}

/// The `ca_certificate` setting.
fn authorities(given: &str, context: &OpenContext) -> Result<Authorities, ConnectorError> {
    if given.trim_start().starts_with("-----BEGIN") {
        return Ok(Authorities::Pem(given.to_owned()));
    }
    let field = "connectionConfig.ca_certificate";
    if !Path::new(given).is_absolute() {
        let message = "must be certificates in PEM form, or the absolute path of a file of such";
        return Err(ConnectorError::config(field, message));
    }
    refuse_outside(field, Path::new(given), context.file_roots.as_deref()).map(Authorities::File)
}

impl Credentials {
    fn user(&self) -> &str {
        match self {
            Self::Password { user, .. } | Self::Token { user, .. } | Self::Tokens { user, .. } => user,
            Self::None => "nobody",
        }
    }

    /// What was given for good, with the name of its field.
    fn secret(&self) -> (&'static str, Option<&SecretString>) {
        match self {
            Self::Password { password, .. } => ("password", Some(password)),
            Self::Token { token, .. } => ("token", Some(token)),
            Self::Tokens { .. } | Self::None => ("", None),
        }
    }
}

/// The response of PLAIN (RFC 4616), before base64.
pub(super) fn plain(user: &str, password: &str) -> String {
    format!("\0{user}\0{password}")
}

/// The response of XOAUTH2 (Google's and Microsoft's), before base64.
pub(super) fn xoauth2(user: &str, token: &str) -> String {
    format!("user={user}\x01auth=Bearer {token}\x01\x01")
}

/// The response of OAUTHBEARER (RFC 7628, section 3.1), before base64. In the name, `=` and `,` are spelt out.
pub(super) fn oauthbearer(user: &str, host: &str, port: u16, token: &str) -> String {
    let name = user.replace('=', "=3D").replace(',', "=2C");
    format!("n,a={name},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01")
}
