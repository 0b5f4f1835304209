//! What a user sets on a database connector.

use std::fmt;
use std::ops::RangeInclusive;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use crate::sdk::{AuthType, ConnectorError, NoAuth, Settings, UsernamePassword, auth_forms};

/// The setting that says which database, and how it is reached.
pub(super) const URL_FIELD: &str = "connectionConfig.url";

/// Connections that one read may be allowed.
const PARALLELISM: RangeInclusive<u64> = 1..=16;
/// How long one may wait for a connection.
const CONNECT_TIMEOUT_SECONDS: RangeInclusive<u64> = 1..=60;

/// A relational database.
#[derive(Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// Where the database is: `postgres://host:5432/db`, `mysql://host/db` (MariaDB, too) or `sqlite:///path/file.db`. A user
    /// name and password in it are moved into the credentials. TLS by `?sslmode=disable|prefer|require|verify-ca|verify-full`
    /// (PostgreSQL, `prefer` where it is absent) or `?ssl-mode=disabled|preferred|required|verify_identity` (MariaDB and MySQL,
    /// `preferred` where it is absent), a private authority by `sslrootcert=/path/ca.pem`.
    pub url: String,
    /// Only these schemas, which MariaDB and MySQL call databases. Where it is absent: all but the system's own; of MariaDB and
    /// MySQL, the database that the URL names, if it names one.
    #[serde(default)]
    pub schemas: Vec<String>,
    /// Only these tables and views, as `table` or `schema.table`, letter by letter; all where it is absent.
    #[serde(default)]
    pub tables: Vec<String>,
    /// How many connections a full read of one PostgreSQL table may use at once, 1 to 16; all other reads take one. More read
    /// faster and weigh more on the source.
    #[serde(default = "default_parallelism")]
    #[schemars(range(min = *PARALLELISM.start(), max = *PARALLELISM.end()))]
    pub parallelism: usize,
    /// Seconds to wait for a connection to a server, 1 to 60.
    #[serde(default = "default_connect_timeout")]
    #[schemars(range(min = *CONNECT_TIMEOUT_SECONDS.start(), max = *CONNECT_TIMEOUT_SECONDS.end()))]
    pub connect_timeout_seconds: u64,
}

fn default_parallelism() -> usize {
    4
}

fn default_connect_timeout() -> u64 {
    8
}

auth_forms! {
    /// How to sign in at a database.
    pub enum DatabaseAuth { UsernamePassword(UsernamePassword), None(NoAuth) }
}

impl DatabaseConfig {
    /// The URL in its parts.
    ///
    /// # Errors
    /// `Config` where it is no URL.
    pub fn parsed_url(&self) -> Result<Url, ConnectorError> {
        parse(&self.url)
    }

    /// Refuses numbers that make no sense.
    ///
    /// # Errors
    /// `Config` naming the range.
    pub fn check_ranges(&self) -> Result<(), ConnectorError> {
        let refused = |field: &str, range: &RangeInclusive<u64>| {
            let message = format!("must be between {} and {}", range.start(), range.end());
            Err(ConnectorError::config(format!("connectionConfig.{field}"), message))
        };
        if !PARALLELISM.contains(&(self.parallelism as u64)) {
            return refused("parallelism", &PARALLELISM);
        }
        if !CONNECT_TIMEOUT_SECONDS.contains(&self.connect_timeout_seconds) {
            return refused("connect_timeout_seconds", &CONNECT_TIMEOUT_SECONDS);
        }
        Ok(())
    }

    /// Whether `schemas` and `tables` allow this table.
    pub fn selects(&self, schema: &str, table: &str) -> bool {
        let by_schema = self.schemas.is_empty() || self.schemas.iter().any(|allowed| allowed == schema);
        let by_table = self.tables.is_empty()
            || self.tables.iter().any(|allowed| {
                allowed == table
                    || allowed
                        .strip_prefix(schema)
                        .and_then(|rest| rest.strip_prefix('.'))
                        .is_some_and(|rest| rest == table)
            });
        by_schema && by_table
    }
}

impl DatabaseConfig {
    /// Refuses to read a table that these settings leave out, or that is the system's own, whoever made a data source of it.
    ///
    /// # Errors
    /// `Config` naming the setting.
    pub fn permit(&self, schema: &str, table: &str, is_system: bool) -> Result<(), ConnectorError> {
        if is_system && !self.schemas.iter().any(|named| named == schema) {
            let message = format!("{schema}.{table} belongs to the database system itself, which is not read");
            return Err(ConnectorError::config("sourcePath", message));
        }
        if self.selects(schema, table) {
            return Ok(());
        }
        let setting = if self.schemas.is_empty() { "tables" } else { "schemas and tables" };
        let message = format!("leaves out {schema}.{table}: name it in {setting} to read it");
        Err(ConnectorError::config("connectionConfig", message))
    }
}

/// A password that still stands in the URL is not shown.
impl fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut url = Url::parse(&self.url).ok();
        if let Some(url) = &mut url {
            url.set_password(None).ok();
        }
        f.debug_struct("DatabaseConfig")
            .field("url", &url.as_ref().map_or("***", Url::as_str))
            .field("schemas", &self.schemas)
            .field("tables", &self.tables)
            .field("parallelism", &self.parallelism)
            .field("connect_timeout_seconds", &self.connect_timeout_seconds)
            .finish()
    }
}

fn parse(url: &str) -> Result<Url, ConnectorError> {
    Url::parse(url).map_err(|error| {
        ConnectorError::config(URL_FIELD, format!("is no URL ({error}); write it like postgres://host:5432/database"))
    })
}

/// Moves a user name and password that stand in the URL into `authConfig`, where the password is a secret.
///
/// # Errors
/// `Config` where the URL cannot be read; the words never repeat it.
pub fn move_password_out_of_url(settings: &mut Settings) -> Result<(), ConnectorError> {
    let Some(text) = settings.connection.get("url").and_then(Value::as_str) else { return Ok(()) };
    let mut url = parse(text)?;
    if url.password().is_none() {
        return Ok(());
    }
    let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
    let credentials =
        json!({ "username": decoded(url.username()), "password": decoded(url.password().unwrap_or_default()) });
    let refused = |()| ConnectorError::config(URL_FIELD, "cannot hold a user name; give it in authConfig");
    url.set_password(None).map_err(refused)?;
    url.set_username("").map_err(refused)?;
    settings.connection["url"] = Value::String(url.into());
    settings.auth_type = AuthType::UsernamePassword;
    settings.auth = credentials;
    Ok(())
}
