//! The connection to our own database, SQLite or PostgreSQL, and the transactions on it.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use chrono::{DateTime, Utc};
use log::LevelFilter;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Executor};
use tokio::time::timeout;

use super::disk::folder_of;
pub use super::transaction::{WriteTransaction, begin_immediate};
use super::trouble;

/// Connections to one SQLite file: one that writes and the others that read beside it (WAL). Each is a thread,
/// and writers queue up before they take one (see `begin_immediate`), so a few serve many readers.
const SQLITE_CONNECTIONS: u32 = 8;

/// Rows that a connection to a SQLite file reads ahead of whoever takes them: a page of the largest list, and one more.
const ROWS_AHEAD: usize = 501;

/// Connections to PostgreSQL: few enough for several replicas below its usual limit of 100.
pub(super) const POSTGRES_CONNECTIONS: u32 = 16;

/// How long a statement waits for a lock, and a caller for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a replica waits for another one that migrates.
const MIGRATION_PATIENCE: &str = "SET LOCAL lock_timeout = '120s'";

/// A connection that was idle for longer is asked whether it still lives.
const IDLE_CHECK: Duration = Duration::from_secs(30);

/// Statements that take longer are logged as warnings.
const SLOW_STATEMENT: Duration = Duration::from_secs(1);

/// Held by the replica that migrates (PostgreSQL advisory lock; "dwmigrat").
const MIGRATION_LOCK: i64 = 0x6477_6d69_6772_6174;

/// What a URL of a SQLite file may say behind its `?`.
const SQLITE_PARAMETERS: &[&str] = &["mode", "cache", "immutable", "vfs"];

/// What a PostgreSQL URL may say behind its `?`; sqlx takes some under several names.
const POSTGRES_PARAMETERS: &[&str] = &[
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "ssl-mode",
    "ssl-root-cert",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "statement-cache-capacity",
];

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// The URL names no database we know.
    #[error("database url {url} is not understood (use sqlite:///path/file.db or postgres://user@host:5432/database)")]
    UnknownUrl {
        /// The URL without its credentials.
        url: String,
    },
    /// The driver would leave it out, and log it with its value.
    #[error("database url {url}: {parameter} is not known (known: {known})")]
    UnknownParameter {
        /// The URL without its credentials.
        url: String,
        /// The one that is not known.
        parameter: String,
        /// Those that are.
        known: String,
    },
    /// The SQLite file could not be made.
    #[error("could not create the database file {path} (its folder must exist and be writable)")]
    NotCreated {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        cause: io::Error,
    },
    /// The database does not answer, or refuses us.
    #[error("could not connect to the database {url}")]
    NotConnected {
        /// The URL without its credentials.
        url: String,
        /// What the driver said.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// A migration failed; the database is as it was before.
    #[error("could not migrate the database (it is as it was before)")]
    NotMigrated {
        /// What the database said.
        #[source]
        cause: DbErr,
    },
}

/// Connects to `sqlite:///path/file.db`, which is made if it is not there, or to `postgres://…`.
pub async fn connect(url: &str) -> Result<DatabaseConnection, DatabaseError> {
    let options = match url.split_once("://") {
        Some(("sqlite", location)) if !location.is_empty() && !location.starts_with('?') => {
            check_parameters(url, SQLITE_PARAMETERS)?;
            sqlite_options(url)?
        }
        Some(("postgres" | "postgresql", _)) => {
            check_parameters(url, POSTGRES_PARAMETERS)?;
            check_postgres(url).await?;
            postgres_options(url)
        }
        _ => return Err(DatabaseError::UnknownUrl { url: without_credentials(url) }),
    };
    Database::connect(options).await.map_err(|cause| not_connected(url, cause))
}

/// Refuses what the driver does not know.
fn check_parameters(url: &str, known: &[&str]) -> Result<(), DatabaseError> {
    let Some((_, query)) = url.split_once('?') else { return Ok(()) };
    // A server's setting, as in options[search_path].
    let is_known = |name: &str| known.contains(&name) || (name.starts_with("options[") && known.contains(&"options"));
    match url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| !is_known(name)) {
        Some((name, _)) => Err(DatabaseError::UnknownParameter {
            url: without_credentials(url),
            parameter: name.into_owned(),
            known: known.join(", "),
        }),
        None => Ok(()),
    }
}

/// Connects once, for the true reason if it fails: the pool would go on trying and then say it timed out.
async fn check_postgres(url: &str) -> Result<(), DatabaseError> {
    let options: PgConnectOptions = url.parse().map_err(|cause| not_connected(url, cause))?;
    match timeout(PATIENCE, PgConnection::connect_with(&options)).await {
        Ok(Ok(connection)) => connection.close().await.map_err(|cause| not_connected(url, cause)),
        Ok(Err(cause)) => Err(not_connected(url, cause)),
        Err(elapsed) => Err(not_connected(url, elapsed)),
    }
}

fn not_connected(url: &str, cause: impl Error + Send + Sync + 'static) -> DatabaseError {
    DatabaseError::NotConnected { url: without_credentials(url), cause: Box::new(cause) }
}

/// Brings the tables up to date, in one transaction; replicas that start together do it one after the other.
pub async fn migrate(db: &DatabaseConnection) -> Result<(), DatabaseError> {
    migrate_all(db).await.map_err(|cause| DatabaseError::NotMigrated { cause })
}

async fn migrate_all(db: &DatabaseConnection) -> Result<(), DbErr> {
    let transaction = begin_immediate(db).await?;
    if transaction.get_database_backend() == DbBackend::Postgres {
        transaction.execute_unprepared(MIGRATION_PATIENCE).await?;
        let lock = "SELECT pg_advisory_xact_lock($1)";
        let lock = Statement::from_sql_and_values(DbBackend::Postgres, lock, [MIGRATION_LOCK.into()]);
        transaction.execute_raw(lock).await?;
    }
    Migrator::up(&*transaction, None).await?;
    transaction.commit().await
}

/// The time of the database's own clock: replicas whose clocks differ agree on it.
pub async fn now(db: &impl ConnectionTrait) -> Result<DateTime<Utc>, DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Ok(Utc::now());
    }
    let ask = Statement::from_string(DbBackend::Postgres, "SELECT clock_timestamp() AS now");
    let row = db.query_one_raw(ask).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("the database told no time".to_owned()))?.try_get("", "now")
}

/// The file of an embedded database; None for a server's URL, and for one that cannot be read.
pub fn file(url: &str) -> Option<PathBuf> {
    let options: SqliteConnectOptions = url.parse().ok().filter(|_| is_embedded(url))?;
    Some(options.get_filename().to_owned())
}

/// Whether a URL is of a database that lies in a file of this machine.
pub fn is_embedded(url: &str) -> bool {
    url.starts_with("sqlite:")
}

fn sqlite_options(url: &str) -> Result<ConnectOptions, DatabaseError> {
    let parsed: SqliteConnectOptions =
        url.parse().map_err(|_| DatabaseError::UnknownUrl { url: without_credentials(url) })?;
    let path = parsed.get_filename();
    create_private(path).map_err(|cause| DatabaseError::NotCreated { path: path.to_owned(), cause })?;
    trouble::watch(folder_of(path));

    let mut options = shared_options(url, SQLITE_CONNECTIONS);
    // The file does not go away as a server does.
    options.test_before_acquire(false);
    options.map_sqlx_sqlite_opts(|options| {
        options
            .journal_mode(SqliteJournalMode::Wal)
            // With WAL, NORMAL may lose the last commits at a power loss, and never the file.
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(PATIENCE)
            .foreign_keys(true)
            // A page of the largest list waits for nobody to take its first rows.
            .row_buffer_size(ROWS_AHEAD)
    });
    Ok(options)
}

fn postgres_options(url: &str) -> ConnectOptions {
    // One of them listens for what other processes tell.
    let mut options = shared_options(url, POSTGRES_CONNECTIONS + 1);
    options.test_before_acquire_if_idle_for(IDLE_CHECK);
    options.set_application_name("dataweaver");
    // Set by statement, since connection poolers refuse unknown start-up options.
    options.map_sqlx_postgres_pool_opts(|pool| {
        pool.after_connect(|connection, _| {
            Box::pin(async move {
                let seconds = PATIENCE.as_secs();
                // A replica that freezes in the middle of a transaction must not hold its locks against the others.
                let settings =
                    format!("SET lock_timeout = '{seconds}s'; SET idle_in_transaction_session_timeout = '{seconds}s'");
                connection.execute(sqlx::AssertSqlSafe(settings)).await.map(drop)
            })
        })
    });
    options
}

fn shared_options(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .connect_timeout(PATIENCE)
        .acquire_timeout(PATIENCE)
        .sqlx_logging(true)
        .sqlx_logging_level(LevelFilter::Debug)
        .sqlx_slow_statements_logging_settings(LevelFilter::Warn, SLOW_STATEMENT);
    options
}

/// Makes the file, readable by its owner only, unless it is there. SQLite gives its side files the same rights.
fn create_private(path: &Path) -> io::Result<()> {
    let mut file = fs::OpenOptions::new();
    file.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        file.mode(0o600);
    }
    file.open(path).map(drop)
}

/// The URL as it may be shown.
fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "without a scheme".to_owned() };
    let rest = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let place = rest.split_once('?').map_or(rest, |(place, _)| place);
    format!("{scheme}://{place}")
}
