//! Where a server is and how to sign in there, taken from the URL and the credentials.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::percent_decode_str;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use url::Url;

use super::super::{DatabaseAuth, DatabaseConfig, URL_FIELD};
use crate::sdk::{ConnectorError, OpenContext, SecretString, is_private, refuse_outside};

/// Everything that is needed to connect.
#[derive(Debug)]
pub(super) struct Target {
    host: String,
    port: u16,
    pub(super) user: String,
    password: SecretString,
    /// The database that the URL names.
    pub(super) database: Option<String>,
    tls: Tls,
    root_certificates: Option<PathBuf>,
    pub(super) connect_timeout: Duration,
    allow_private_network: bool,
}

/// How much TLS is asked for, in MySQL's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tls {
    Disabled,
    Preferred,
    Required,
    VerifyIdentity,
}

impl Tls {
    const WORDS: [(&'static str, Self); 4] = [
        ("disabled", Self::Disabled),
        ("preferred", Self::Preferred),
        ("required", Self::Required),
        ("verify_identity", Self::VerifyIdentity),
    ];

    fn parse(word: &str) -> Result<Self, ConnectorError> {
        let plain = word.to_ascii_lowercase().replace('-', "_");
        if plain == "verify_ca" {
            // sqlx trusts the public authorities beside ours, who give a certificate for some name to anybody.
            return Err(wrong_url(format!(
                "has ssl-mode={word}, which would take the certificate of any public authority for any host; use verify_identity"
            )));
        }
        let found = Self::WORDS.iter().find(|(known, _)| *known == plain).map(|(_, tls)| *tls);
        found.ok_or_else(|| {
            wrong_url(format!("has ssl-mode={word} (known: {})", Self::WORDS.map(|(known, _)| known).join(", ")))
        })
    }

    fn mode(self) -> MySqlSslMode {
        match self {
            Self::Disabled => MySqlSslMode::Disabled,
            Self::Preferred => MySqlSslMode::Preferred,
            Self::Required => MySqlSslMode::Required,
            Self::VerifyIdentity => MySqlSslMode::VerifyIdentity,
        }
    }
}

impl Target {
    /// Reads the URL, its parameters and the credentials; does no I/O.
    ///
    /// # Errors
    /// `Config` naming the part that makes no sense.
    pub(super) fn new(
        url: &Url,
        config: &DatabaseConfig,
        auth: &DatabaseAuth,
        context: &OpenContext,
    ) -> Result<Self, ConnectorError> {
        let host = url.host_str().map(|host| decoded(host.trim_matches(['[', ']']))).unwrap_or_default();
        if host.is_empty() {
            return Err(wrong_url("names no host; write it like mysql://host:3306/database"));
        }
        let (user, password) = match auth {
            DatabaseAuth::UsernamePassword(credentials) => (credentials.username.clone(), credentials.password.clone()),
            DatabaseAuth::None(_) => {
                (decoded(url.username()), SecretString::new(url.password().map(decoded).unwrap_or_default()))
            }
        };
        let database = decoded(url.path().trim_matches('/'));
        let mut target = Self {
            host,
            port: url.port().unwrap_or(3306),
            user,
            password,
            database: Some(database).filter(|database| !database.is_empty()),
            tls: Tls::Preferred,
            root_certificates: None,
            connect_timeout: Duration::from_secs(config.connect_timeout_seconds.clamp(1, 60)),
            allow_private_network: context.allow_private_network,
        };
        let mut asked = None;
        for (key, value) in url.query_pairs() {
            match key.as_ref() {
                "ssl-mode" | "sslmode" | "ssl_mode" => asked = Some(Tls::parse(&value)?),
                "sslrootcert" | "ssl-ca" => {
                    let file = refuse_outside(URL_FIELD, Path::new(value.as_ref()), context.file_roots.as_deref())?;
                    target.root_certificates = Some(file);
                }
                other => {
                    return Err(wrong_url(format!("has the unknown parameter {other} (known: ssl-mode, sslrootcert)")));
                }
            }
        }
        target.tls = match (asked, &target.root_certificates) {
            // Who gives an authority wants it to be looked at.
            (None, Some(_)) => Tls::VerifyIdentity,
            (Some(tls), Some(_)) if tls != Tls::VerifyIdentity => {
                return Err(wrong_url("has sslrootcert, which only ssl-mode=verify_identity looks at"));
            }
            (asked, _) => asked.unwrap_or(Tls::Preferred),
        };
        Ok(target)
    }

    /// `host:port`, for people.
    pub(super) fn endpoint(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// Whether the certificate is looked at.
    pub(super) fn verifies(&self) -> bool {
        self.tls == Tls::VerifyIdentity
    }

    /// How to connect. Reads the certificates of the authorities where they are needed.
    ///
    /// # Errors
    /// `Config` where the file of `sslrootcert` cannot be used.
    pub(super) fn options(&self, address: IpAddr) -> Result<MySqlConnectOptions, ConnectorError> {
        // The name is what the certificate is compared with; otherwise it goes to the very address that was looked at.
        let host = if self.verifies() { self.host.clone() } else { address.to_string() };
        let mut options = MySqlConnectOptions::new()
            .host(&host)
            .port(self.port)
            .username(&self.user)
            .ssl_mode(self.tls.mode())
            .charset("utf8mb4")
            .timezone(Some("+00:00".to_owned()))
            .pipes_as_concat(false)
            .no_engine_substitution(false)
            .statement_cache_capacity(0);
        if !self.password.expose().is_empty() {
            options = options.password(self.password.expose());
        }
        if let Some(database) = &self.database {
            options = options.database(database);
        }
        if self.verifies() {
            options = options.ssl_ca_from_pem(super::tls::authorities(self.root_certificates.as_deref())?);
        }
        Ok(options)
    }

    /// The addresses of the host. Refuses those of private networks where the process does not allow them.
    ///
    /// # Errors
    /// `Config` for a private address, `Unreachable` where the name has no address.
    pub(super) async fn look_up(&self) -> Result<Vec<IpAddr>, ConnectorError> {
        let unknown = |error| {
            let message = format!("no address is known for {}; check the host of the URL", self.host);
            ConnectorError::unreachable(message, error)
        };
        let found = tokio::net::lookup_host((self.host.as_str(), self.port)).await.map_err(unknown)?;
        let found: Vec<IpAddr> = found.map(|address| address.ip()).collect();
        if !self.allow_private_network && found.iter().copied().any(is_private) {
            let endpoint = self.endpoint();
            let message =
                format!("{endpoint} is in a private network; the operator allows these with network.allow_private");
            return Err(ConnectorError::config(URL_FIELD, message));
        }
        Ok(found)
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn wrong_url(message: impl Into<String>) -> ConnectorError {
    ConnectorError::config(URL_FIELD, message)
}
