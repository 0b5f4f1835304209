//! A connection with settings under which values arrive as they are stored.

use futures::stream::BoxStream;
use sqlx::mysql::{MySqlConnection, MySqlRow};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tokio::time::{Duration, timeout};

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
    /// The server's number for it.
    pub(super) id: u64,
    /// For example `10.11.6-MariaDB`.
    pub(super) version: String,
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
        target.look_up().await?;
        let failed = |error| explain(error, target, None);
        let mut connection = target.options()?.disable_statement_logging().connect().await.map_err(failed)?;
        let settings =
            format!("SET SESSION sql_mode = '', net_write_timeout = {WRITE_PATIENCE}, lock_wait_timeout = {LOCK_WAIT}");
        connection.execute(AssertSqlSafe(settings)).await.map_err(failed)?;
        connection.execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ").await.map_err(failed)?;
        let row = sqlx::query("SELECT CAST(CONNECTION_ID() AS CHAR), VERSION()")
            .persistent(false)
            .fetch_one(&mut connection)
            .await
            .map_err(failed)?;
        let id = text(&row, 0).and_then(|id| id.parse().ok()).unwrap_or_default();
        let mut session = Self { connection, id, version: text(&row, 1).unwrap_or_default() };
        session.lift_time_limit().await;
        Ok(session)
    }

    /// A server may limit the time of statements; a long read is meant to be long. Each engine has its own word.
    async fn lift_time_limit(&mut self) {
        let statement =
            if self.is_mariadb() { "SET SESSION max_statement_time = 0" } else { "SET SESSION max_execution_time = 0" };
        // An old server without the variable has no such limit.
        drop(self.connection.execute(statement).await);
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

/// Ends another connection of ours and what it runs; a server may notice a dropped socket only when it next writes.
pub(super) async fn kill(target: &Target, id: u64) {
    let Ok(mut session) = Session::open(target).await else { return };
    drop(session.connection.execute(AssertSqlSafe(format!("KILL {id}"))).await);
    session.close().await;
}

/// Asks over a second connection whether a connection of ours still stands at the server.
///
/// # Errors
/// `Unreachable` where it does not, or the server does not answer.
pub(super) async fn see_at_work(target: &Target, id: u64) -> Result<(), ConnectorError> {
    let mut session = Session::open(target).await?;
    let sql = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE ID = ?".to_owned();
    let found = session.fetch_all(target, sql, &[Parameter::Unsigned(id)]).await?;
    session.close().await;
    let count = found.first().and_then(|row| super::value::bytes(row, 0)).map(super::value::unsigned);
    if count == Some(Ok(0)) {
        let message = format!("{} has lost our connection", target.endpoint());
        return Err(ConnectorError::Unreachable { message, cause: None });
    }
    Ok(())
}
