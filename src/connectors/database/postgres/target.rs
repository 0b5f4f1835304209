//! Where a PostgreSQL server is and how to sign in there, taken from the URL and the credentials.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use url::Url;

use super::super::{DatabaseAuth, DatabaseConfig, URL_FIELD};
use crate::sdk::{ConnectorError, OpenContext, SecretString, refuse_outside};

/// How much TLS is asked for, in libpq's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TlsMode {
    /// Never.
    Disable,
    /// Where the server offers it, without looking at its certificate.
    Prefer,
    /// Always, without looking at the certificate, unless an authority is given.
    Require,
    /// Always, and the certificate must come from a trusted authority.
    VerifyCa,
    /// Always, and the certificate must be for this host too.
    VerifyFull,
}

impl TlsMode {
    const WORDS: [(&'static str, Self); 5] = [
        ("disable", Self::Disable),
        ("prefer", Self::Prefer),
        ("require", Self::Require),
        ("verify-ca", Self::VerifyCa),
        ("verify-full", Self::VerifyFull),
    ];

    /// libpq's word for it.
    pub(super) fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(_, mode)| *mode == self).map_or("prefer", |(word, _)| word)
    }
}

/// What the server listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    /// A host name or address, and a port.
    Tcp { host: String, port: u16 },
    /// The path of a socket in the file system.
    Unix(PathBuf),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Everything that is needed to connect.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) endpoint: Endpoint,
    pub(super) database: String,
    pub(super) user: String,
    pub(super) password: Option<SecretString>,
    pub(super) tls: TlsMode,
    /// A file of certificates in PEM form that are trusted instead of the system's.
    pub(super) root_certificates: Option<PathBuf>,
    /// Whether the system's certificates were asked for, which are worth nothing without a look at the name.
    uses_system_certificates: bool,
    /// Whether signing in must be bound to the server's certificate.
    pub(super) requires_binding: bool,
    pub(super) connect_timeout: Duration,
    pub(super) allow_private_network: bool,
}

impl Target {
    /// Reads the URL, its parameters and the credentials.
    ///
    /// # Errors
    /// `Config` naming the part that makes no sense.
    pub(super) fn new(
        url: &Url,
        config: &DatabaseConfig,
        auth: &DatabaseAuth,
        context: &OpenContext,
    ) -> Result<Self, ConnectorError> {
        let (signed_in_as, password) = match auth {
            DatabaseAuth::UsernamePassword(credentials) => {
                (Some(credentials.username.clone()), Some(credentials.password.clone()))
            }
            DatabaseAuth::None(_) => (None, url.password().map(|password| SecretString::new(decoded(password)))),
        };
        let in_url = Some(decoded(url.username())).filter(|user| !user.is_empty());
        let mut target = Self {
            endpoint: Endpoint::Tcp {
                host: url.host_str().map(|host| decoded(host.trim_matches(['[', ']']))).unwrap_or_default(),
                port: url.port().unwrap_or(5432),
            },
            database: decoded(url.path().trim_start_matches('/')),
            user: signed_in_as.or(in_url).unwrap_or_default(),
            password: password.filter(|password| !password.expose().is_empty()),
            tls: TlsMode::Prefer,
            root_certificates: None,
            uses_system_certificates: false,
            requires_binding: false,
            connect_timeout: Duration::from_secs(config.connect_timeout_seconds.clamp(1, 60)),
            allow_private_network: context.allow_private_network,
        };
        for (key, value) in url.query_pairs() {
            target.set_parameter(&key, &value, context)?;
        }
        target.settle()
    }

    fn set_parameter(&mut self, key: &str, value: &str, context: &OpenContext) -> Result<(), ConnectorError> {
        match key {
            "sslmode" => {
                let found = TlsMode::WORDS.iter().find(|(word, _)| *word == value);
                let (_, mode) = found.ok_or_else(|| {
                    let known: Vec<_> = TlsMode::WORDS.iter().map(|(word, _)| *word).collect();
                    wrong_url(format!("has sslmode={value} (known: {})", known.join(", ")))
                })?;
                self.tls = *mode;
            }
            "sslrootcert" if value == "system" => self.uses_system_certificates = true,
            "sslrootcert" => {
                self.root_certificates =
                    Some(refuse_outside(URL_FIELD, Path::new(value), context.file_roots.as_deref())?);
            }
            "host" => self.endpoint = Endpoint::Tcp { host: value.to_owned(), port: self.port() },
            "port" => {
                let port =
                    value.parse().map_err(|_| wrong_url(format!("has port={value}, which is no port number")))?;
                self.endpoint = Endpoint::Tcp { host: self.host(), port };
            }
            "dbname" => value.clone_into(&mut self.database),
            "user" if self.user.is_empty() => value.clone_into(&mut self.user),
            "channel_binding" => self.requires_binding = value == "require",
            "application_name" | "connect_timeout" | "user" => {}
            other => {
                return Err(wrong_url(format!(
                    "has the unknown parameter {other} (known: sslmode, sslrootcert, channel_binding, host, port, dbname, user)"
                )));
            }
        }
        Ok(())
    }

    fn settle(mut self) -> Result<Self, ConnectorError> {
        if self.user.is_empty() {
            return Err(ConnectorError::config(
                "authConfig.username",
                "is missing; give the name of a database user, or write it in the URL as postgres://user@host/database",
            ));
        }
        if self.uses_system_certificates {
            self.tls = TlsMode::VerifyFull;
        }
        if self.database.is_empty() {
            self.database.clone_from(&self.user);
        }
        let (host, port) = (self.host(), self.port());
        if host.starts_with('/') {
            self.endpoint = Endpoint::Unix(Path::new(&host).join(format!(".s.PGSQL.{port}")));
            self.tls = TlsMode::Disable;
        } else if host.is_empty() {
            self.endpoint = Endpoint::Tcp { host: "localhost".into(), port };
        }
        let has_nul = |text: &str| text.contains('\0');
        if has_nul(&self.user) || has_nul(&self.database) {
            return Err(wrong_url("holds a NUL character"));
        }
        Ok(self)
    }

    /// The host's name; empty for a socket in the file system.
    pub(super) fn host(&self) -> String {
        match &self.endpoint {
            Endpoint::Tcp { host, .. } => host.clone(),
            Endpoint::Unix(_) => String::new(),
        }
    }

    fn port(&self) -> u16 {
        match &self.endpoint {
            Endpoint::Tcp { port, .. } => *port,
            Endpoint::Unix(_) => 5432,
        }
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn wrong_url(message: impl Into<String>) -> ConnectorError {
    ConnectorError::config(URL_FIELD, message)
}
