//! PostgreSQL: binary COPY of one snapshot over several connections, decoded in place into Arrow.

mod catalog;
mod columns;
mod cursor;
mod decode;
mod discover;
mod failure;
mod full;
mod incremental;
mod numeric;
mod order;
mod pieces;
mod pull;
mod quote;
mod session;
mod target;
mod tls;
mod way;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use async_stream::stream;
use futures::{Stream, StreamExt};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{DatabaseAuth, DatabaseConfig};
use crate::sdk::{
    Catalog, ConnectorError, EventLevel, Extract, OpenContext, Reachable, ReadEvent, ReadRequest, ReadStream,
    SourceRef, counted,
};
use target::Target;
use wire::Connection;

/// What `check` may take in all.
const CHECK_LIMIT: Duration = Duration::from_secs(10);
/// A catalogue of very many tables on a slow server takes long; one that takes this long is stuck.
const DISCOVER_LIMIT: Duration = Duration::from_secs(300);

/// A PostgreSQL database.
pub struct Postgres {
    target: Arc<Target>,
    config: DatabaseConfig,
}

impl Postgres {
    pub(super) fn open(
        url: Url,
        config: DatabaseConfig,
        auth: DatabaseAuth,
        context: OpenContext,
    ) -> Result<Self, ConnectorError> {
        let target = Arc::new(Target::new(&url, &config, &auth, &context)?);
        Ok(Self { target, config })
    }

    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        self.within(CHECK_LIMIT, self.look_around()).await
    }

    pub(super) async fn discover(&self) -> Result<Catalog, ConnectorError> {
        self.within(DISCOVER_LIMIT, async {
            let mut connection = Connection::open(&self.target).await?;
            let begin = session::begin(catalog::version(&connection));
            let found = catalog::load(&mut connection, &begin, catalog::LISTED).await?;
            connection.close().await;
            Ok(discover::catalog(found, &self.config))
        })
        .await
    }

    pub(super) fn read(
        &self,
        mut request: ReadRequest,
    ) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
        let (target, parallelism) = (Arc::clone(&self.target), self.config.parallelism);
        let cancel = request.cancel.clone();
        let events: ReadStream = match std::mem::replace(&mut request.extract, Extract::Full) {
            Extract::Full => full::read(target, parallelism, request),
            Extract::Incremental { cursor_field, since, lookback } => {
                incremental::read(target, request, cursor_field, since, lookback)
            }
        };
        until_cancelled(events, cancel)
    }

    pub(super) fn read_keys(
        &self,
        request: ReadRequest,
    ) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
        let cancel = request.cancel.clone();
        until_cancelled(full::read_keys(Arc::clone(&self.target), self.config.parallelism, request), cancel)
    }

    /// Refuses what the settings leave out. A path that is none is told where it is looked up.
    pub(super) fn permit(&self, source: &SourceRef) -> Result<(), ConnectorError> {
        let Some((schema, table)) = quote::split_path(&source.source_path) else { return Ok(()) };
        let is_system = schema.starts_with("pg_") || schema == "information_schema";
        self.config.permit(&schema, &table, is_system)
    }

    async fn look_around(&self) -> Result<Reachable, ConnectorError> {
        let mut connection = Connection::open(&self.target).await?;
        let count = format!(
            "{} SELECT c.oid::regclass, n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND {}",
            session::begin(catalog::version(&connection)),
            catalog::LISTED
        );
        let tables = connection.query(&count, None).await?.pop().unwrap_or_default();
        let is_selected = |row: &&Vec<Option<String>>| match row.as_slice() {
            [_, Some(schema), Some(table)] => self.config.selects(schema, table),
            _ => false,
        };
        let readable = tables.iter().filter(is_selected).count();
        let version = connection.server_version.split(' ').next().unwrap_or_default().to_owned();
        let details = json!({
            "version": connection.server_version, "user": self.target.user, "database": self.target.database, "tables": readable,
        });
        connection.close().await;
        let tables = counted(readable as u64, "table", "tables");
        Ok(Reachable { message: format!("PostgreSQL {version} as {}, {tables} to read", self.target.user), details })
    }

    async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, ConnectorError>>,
    ) -> Result<T, ConnectorError> {
        tokio::time::timeout(limit, work).await.unwrap_or_else(|elapsed| {
            let message = format!("{} did not answer within {} seconds", self.target.endpoint, limit.as_secs());
            Err(ConnectorError::unreachable(message, elapsed))
        })
    }
}

fn log(level: EventLevel, message: impl Into<String>) -> ReadEvent {
    ReadEvent::Log { level, message: message.into() }
}

/// The events, until the read is cancelled.
fn until_cancelled(
    mut events: ReadStream,
    cancel: CancellationToken,
) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
    stream! {
        loop {
            let event = tokio::select! {
                biased;
                () = cancel.cancelled() => Some(Err(ConnectorError::Cancelled)),
                event = events.next() => event,
            };
            let Some(event) = event else { break };
            let is_end = event.is_err();
            yield event;
            if is_end {
                break;
            }
        }
    }
}
