//! A connection with settings under which values arrive as they are stored.

use futures::stream::BoxStream;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tokio::time::{Duration, timeout};
use uuid::Uuid;

use super::cursor::Parameter;
use super::failure::explain;
use super::target::Target;
use super::value::text;
use crate::sdk::ConnectorError;

/// How long a statement may wait for a lock on the table's definition.
const LOCK_WAIT: &str = "60";
/// How long the server waits for us to take what it sends: a slow lake must not break off a read.
const WRITE_PATIENCE: &str = "3600";

/// A signed-in connection.
pub(super) struct Session {
    pub(super) connection: MySqlConnection,
    pub(super) identity: Identity,
    /// For example `10.11.6-MariaDB`.
    pub(super) version: String,
}

/// What tells a connection from all others. Its number alone does not: behind one name there may be several servers, and
/// a server that was restarted counts from 1 again.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    /// The server's number for it.
    id: String,
    /// The server's own words for itself.
    server: String,
    /// A named lock that it holds for as long as it stands; none where the server gives no such locks.
    token: Option<String>,
}

impl Session {
    /// Connects, signs in and settles the session, within the time that the configuration gives.
    ///
    /// # Errors
    /// Whatever keeps us from it, in words for the user.
    pub(super) async fn open(target: &Target) -> Result<Self, ConnectorError> {
        let patience = target.connect_timeout;
        let late = |cause| {
            let message = format!("{} did not answer within {} s", target.endpoint(), patience.as_secs());
            ConnectorError::unreachable(message, cause)
        };
        timeout(patience, Self::connect(target)).await.map_err(late)?
    }

    async fn connect(target: &Target) -> Result<Self, ConnectorError> {
        let failed = |error| explain(error, target, None);
        let mut connection = Self::reach(target).await?;
        let settings =
            format!("SET SESSION sql_mode = '', net_write_timeout = {WRITE_PATIENCE}, lock_wait_timeout = {LOCK_WAIT}");
        connection.execute(AssertSqlSafe(settings)).await.map_err(failed)?;
        connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").await.map_err(failed)?;
        let asked = "SELECT CAST(CONNECTION_ID() AS CHAR), VERSION(), CONCAT_WS(' ', @@hostname, @@port, @@server_id)";
        let row = sqlx::query(asked).persistent(false).fetch_one(&mut connection).await.map_err(failed)?;
        let said = |index| text(&row, index).unwrap_or_default();
        let identity = Identity { id: said(0), server: said(2), token: None };
        let mut session = Self { connection, identity, version: said(1) };
        session.lift_time_limit().await;
        Ok(session)
    }

    /// Signs in at the first address of the host that answers.
    async fn reach(target: &Target) -> Result<MySqlConnection, ConnectorError> {
        let mut failure = None;
        for address in target.look_up().await? {
            match target.options(address)?.disable_statement_logging().connect().await {
                Ok(connection) => return Ok(connection),
                Err(sqlx::Error::Io(error)) => failure = Some(sqlx::Error::Io(error)),
                Err(error) => return Err(explain(error, target, None)),
            }
        }
        let nowhere = || sqlx::Error::Io(std::io::Error::from(std::io::ErrorKind::AddrNotAvailable));
        Err(explain(failure.unwrap_or_else(nowhere), target, None))
    }

    /// Makes this connection one that another can find again.
    pub(super) async fn take_token(&mut self, target: &Target) {
        let token = format!("dataweaver {}", Uuid::now_v7().simple());
        let sql = "SELECT CAST(GET_LOCK(?, 0) AS CHAR)".to_owned();
        let taken = self.fetch_all(target, sql, &[token.as_str().into()]).await;
        if taken.is_ok_and(|rows| rows.first().and_then(|row| text(row, 0)).as_deref() == Some("1")) {
            self.identity.token = Some(token);
        }
    }

    /// A server may limit the time of statements; a long read is meant to be long. Each engine has its own word.
    async fn lift_time_limit(&mut self) {
        let statement =
            if self.is_mariadb() { "SET SESSION max_statement_time = 0" } else { "SET SESSION max_execution_time = 0" };
        // An old server without the variable has no such limit.
        drop(self.connection.execute(statement).await);
        if !self.is_mariadb() {
            // Otherwise MySQL 8 tells how many rows there were yesterday.
            drop(self.connection.execute("SET SESSION information_schema_stats_expiry = 0").await);
        }
    }

    pub(super) fn is_mariadb(&self) -> bool {
        self.version.to_ascii_lowercase().contains("mariadb")
    }

    /// Runs a statement that gives rows, one after the other as they come.
    pub(super) fn fetch(
        &mut self,
        sql: String,
        parameters: &[Parameter],
    ) -> BoxStream<'_, Result<MySqlRow, sqlx::Error>> {
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(false);
        for parameter in parameters {
            query = match parameter.clone() {
                Parameter::Integer(integer) => query.bind(integer),
                Parameter::Unsigned(integer) => query.bind(integer),
                Parameter::Real(real) => query.bind(real),
                Parameter::Text(text) => query.bind(text),
                Parameter::Bytes(bytes) => query.bind(bytes),
            };
        }
        query.fetch(&mut self.connection)
    }

    /// Runs a statement that gives few rows.
    pub(super) async fn fetch_all(
        &mut self,
        target: &Target,
        sql: String,
        parameters: &[Parameter],
    ) -> Result<Vec<MySqlRow>, ConnectorError> {
        use futures::TryStreamExt;
        self.fetch(sql, parameters).try_collect().await.map_err(|error| explain(error, target, None))
    }

    /// Signs off.
    pub(super) async fn close(self) {
        // The answer does not matter any more.
        drop(timeout(Duration::from_secs(2), self.connection.close()).await);
    }
}

/// Whether a connection still stands, as another one sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    AtWork,
    Gone,
    /// The other one is at another server, or may not know.
    Unknown,
}

impl Session {
    async fn standing(&mut self, target: &Target, other: &Identity) -> Standing {
        let Some(token) = &other.token else { return Standing::Unknown };
        let sql = "SELECT CAST(IS_USED_LOCK(?) AS CHAR)".to_owned();
        let Ok(rows) = self.fetch_all(target, sql, &[token.as_str().into()]).await else { return Standing::Unknown };
        match rows.first().and_then(|row| text(row, 0)) {
            Some(holder) if holder == other.id => Standing::AtWork,
            _ if self.identity.server == other.server => Standing::Gone,
            _ => Standing::Unknown,
        }
    }
}

/// Ends another connection of ours and what it runs; a server may notice a dropped socket only when it next writes.
pub(super) async fn kill(target: &Target, other: &Identity) {
    let Ok(mut session) = Session::open(target).await else { return };
    if session.standing(target, other).await == Standing::AtWork {
        drop(session.connection.execute(AssertSqlSafe(format!("KILL {}", other.id))).await);
    }
    session.close().await;
}

/// Asks over a second connection whether a connection of ours still stands at the server.
///
/// # Errors
/// What kept us from asking.
pub(super) async fn look_after(target: &Target, other: &Identity) -> Result<Standing, ConnectorError> {
    let mut session = Session::open(target).await?;
    let standing = session.standing(target, other).await;
    session.close().await;
    Ok(standing)
}
