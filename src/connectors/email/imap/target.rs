//! Where a mail server is and how to sign in there.

use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::super::config::{Certificate, EmailAuth, EmailConfig, Tls};
use super::super::names::quoted;
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
    /// A server may let in whoever reaches it.
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
            EmailAuth::Token(form) => Credentials::Token { user: form.username, token: form.token },
            EmailAuth::None(_) => Credentials::None,
        };
        if !matches!(credentials, Credentials::None) && credentials.user().is_empty() {
            return Err(ConnectorError::config("authConfig.username", "is empty"));
        }
        for (field, text) in [("username", credentials.user()), credentials.secret()] {
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

    /// A server's words as they may be shown: a server that repeats what it was told must not tell the secret.
    pub(super) fn shown(&self, words: &str) -> String {
        let (_, secret) = self.credentials.secret();
        let mut words = words.trim().to_owned();
        let response = STANDARD.encode(self.credentials.sasl());
        for hidden in [quoted(secret).trim_matches('"'), secret, response.as_str(), &STANDARD.encode(secret)] {
            if !hidden.is_empty() {
                words = words.replace(hidden, "***");
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
            Self::Password { user, .. } | Self::Token { user, .. } => user,
            Self::None => "nobody",
        }
    }

    fn secret(&self) -> (&'static str, &str) {
        match self {
            Self::Password { password, .. } => ("password", password.expose()),
            Self::Token { token, .. } => ("token", token.expose()),
            Self::None => ("", ""),
        }
    }

    /// The response of PLAIN (RFC 4616) or of XOAUTH2 (Google's and Microsoft's), before base64.
    pub(super) fn sasl(&self) -> String {
        match self {
            Self::Password { user, password } => format!("\0{user}\0{}", password.expose()),
            Self::Token { user, token } => format!("user={user}\x01auth=Bearer {}\x01\x01", token.expose()),
            Self::None => String::new(),
        }
    }
}
