//! Relational databases: PostgreSQL, MariaDB and MySQL, SQLite.
//!
//! The URL's scheme chooses the engine; each engine lives in a folder of its own and answers the same verbs.
//! `docs/connectors/database.md` tells what is read and how increments work.

mod batch;
mod config;
mod cursor_names;
mod mysql;
mod postgres;
mod sqlite;

use futures::{StreamExt, stream};

use crate::sdk::{
    Catalog, Connector, ConnectorError, ConnectorFactory, ConnectorType, OpenContext, Reachable, ReadRequest,
    ReadStream, Settings, SourceRef,
};

use config::URL_FIELD;
pub use config::{DatabaseAuth, DatabaseConfig};

/// Reads the tables and views of a relational database.
pub enum Database {
    /// PostgreSQL and what speaks its protocol.
    Postgres(postgres::Postgres),
    /// MariaDB and MySQL.
    Mysql(mysql::Mysql),
    /// A SQLite file.
    Sqlite(sqlite::Sqlite),
}

inventory::submit! { ConnectorFactory::of::<Database>() }

impl Connector for Database {
    const TYPE: ConnectorType = ConnectorType::Database;
    const NAME: &'static str = "Database";
    const DESCRIPTION: &'static str = "Tables and views of PostgreSQL, MariaDB, MySQL and SQLite";
    const SUPPORTS_INCREMENTAL: bool = true;
    const NEEDS_CURSOR_FIELD: bool = true;
    const LISTS_KEYS: bool = true;
    type Config = DatabaseConfig;
    type Auth = DatabaseAuth;

    fn normalize(settings: &mut Settings) -> Result<(), ConnectorError> {
        config::move_password_out_of_url(settings)
    }

    fn open(config: DatabaseConfig, auth: DatabaseAuth, context: OpenContext) -> Result<Self, ConnectorError> {
        config.check_ranges()?;
        let url = config.parsed_url()?;
        match url.scheme() {
            "postgres" | "postgresql" => postgres::Postgres::open(url, config, auth, context).map(Self::Postgres),
            "mysql" | "mariadb" => mysql::Mysql::open(url, config, auth, context).map(Self::Mysql),
            "sqlite" => sqlite::Sqlite::open(url, config, auth, context).map(Self::Sqlite),
            other => Err(ConnectorError::config(
                URL_FIELD,
                format!("{other}:// is not a database we read (known: postgres, mysql, sqlite)"),
            )),
        }
    }

    async fn permitted(&self) -> Result<(), ConnectorError> {
        match self {
            Self::Postgres(_) | Self::Mysql(_) => Ok(()),
            Self::Sqlite(sqlite) => sqlite.permitted().await,
        }
    }

    async fn check(&self) -> Result<Reachable, ConnectorError> {
        match self {
            Self::Postgres(postgres) => postgres.check().await,
            Self::Mysql(mysql) => mysql.check().await,
            Self::Sqlite(sqlite) => sqlite.check().await,
        }
    }

    async fn discover(&self) -> Result<Catalog, ConnectorError> {
        match self {
            Self::Postgres(postgres) => postgres.discover().await,
            Self::Mysql(mysql) => mysql.discover().await,
            Self::Sqlite(sqlite) => sqlite.discover().await,
        }
    }

    fn read(&self, request: ReadRequest) -> ReadStream {
        if let Err(refused) = self.permit(&request.source) {
            return stream::iter([Err(refused)]).boxed();
        }
        match self {
            Self::Postgres(postgres) => postgres.read(request).boxed(),
            Self::Mysql(mysql) => mysql.read(request).boxed(),
            Self::Sqlite(sqlite) => sqlite.read(request).boxed(),
        }
    }

    fn read_keys(&self, request: ReadRequest) -> ReadStream {
        if let Err(refused) = self.permit(&request.source) {
            return stream::iter([Err(refused)]).boxed();
        }
        match self {
            Self::Postgres(postgres) => postgres.read_keys(request).boxed(),
            Self::Mysql(mysql) => mysql.read_keys(request).boxed(),
            Self::Sqlite(sqlite) => sqlite.read_keys(request).boxed(),
        }
    }
}

impl Database {
    /// Refuses what the settings leave out.
    fn permit(&self, source: &SourceRef) -> Result<(), ConnectorError> {
        match self {
            Self::Postgres(postgres) => postgres.permit(source),
            Self::Mysql(mysql) => mysql.permit(source),
            Self::Sqlite(sqlite) => sqlite.permit(source),
        }
    }
}
