//! MariaDB and MySQL: tables and views, read as one ordered stream of rows out of one snapshot.
//!
//! sqlx's MySQL client speaks the protocol. Rows come in the binary form, which is the only one that gives floats
//! exactly, and their bytes are decoded straight into Arrow builders.

mod cursor;
mod discover;
mod failure;
mod kind;
mod plan;
mod progress;
mod read;
mod rows;
mod session;
mod table;
mod target;
mod tls;
mod value;

use std::sync::Arc;
use std::time::Duration;

use futures::Stream;
use url::Url;

use super::{DatabaseAuth, DatabaseConfig};
use crate::sdk::{Catalog, ConnectorError, OpenContext, Reachable, ReadEvent, ReadRequest, SourceRef};
use target::Target;

/// What `check` may take in all.
const CHECK_LIMIT: Duration = Duration::from_secs(10);
/// A catalogue of very many tables on a slow server takes long; one that takes this long is stuck.
const DISCOVER_LIMIT: Duration = Duration::from_secs(300);

/// A MariaDB or MySQL server.
pub struct Mysql {
    target: Arc<Target>,
    config: Arc<DatabaseConfig>,
}

impl Mysql {
    pub(super) fn open(
        url: Url,
        config: DatabaseConfig,
        auth: DatabaseAuth,
        context: OpenContext,
    ) -> Result<Self, ConnectorError> {
        let target = Target::new(&url, &config, &auth, &context)?;
        Ok(Self { target: Arc::new(target), config: Arc::new(config) })
    }

    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        self.within(CHECK_LIMIT, discover::check(&self.target, &self.config)).await
    }

    pub(super) async fn discover(&self) -> Result<Catalog, ConnectorError> {
        self.within(DISCOVER_LIMIT, discover::discover(&self.target, &self.config)).await
    }

    async fn within<T>(
        &self,
        limit: Duration,
        work: impl Future<Output = Result<T, ConnectorError>>,
    ) -> Result<T, ConnectorError> {
        tokio::time::timeout(limit, work).await.unwrap_or_else(|elapsed| {
            let message = format!("{} did not answer within {} seconds", self.target.endpoint(), limit.as_secs());
            Err(ConnectorError::unreachable(message, elapsed))
        })
    }

    /// Refuses what the settings leave out.
    pub(super) fn permit(&self, source: &SourceRef) -> Result<(), ConnectorError> {
        let (schema, table) = read::named(source, &self.target)?;
        let is_system = table::SYSTEM.iter().any(|system| schema.eq_ignore_ascii_case(system));
        self.config.permit(schema, table, is_system)
    }

    pub(super) fn read(
        &self,
        request: ReadRequest,
    ) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
        read::stream(Arc::clone(&self.target), request)
    }

    pub(super) fn read_keys(
        &self,
        request: ReadRequest,
    ) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
        read::keys(Arc::clone(&self.target), request)
    }
}
