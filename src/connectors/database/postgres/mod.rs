//! PostgreSQL.

use futures::Stream;
use url::Url;

use super::{DatabaseAuth, DatabaseConfig};
use crate::sdk::{Catalog, ConnectorError, OpenContext, Reachable, ReadEvent, ReadRequest};

/// A PostgreSQL database.
pub struct Postgres {}

impl Postgres {
    pub(super) fn open(
        _url: Url,
        _config: DatabaseConfig,
        _auth: DatabaseAuth,
        _context: OpenContext,
    ) -> Result<Self, ConnectorError> {
        Ok(Self {})
    }

    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        Err(ConnectorError::config("url", "this engine is not read yet"))
    }

    pub(super) async fn discover(&self) -> Result<Catalog, ConnectorError> {
        Err(ConnectorError::config("url", "this engine is not read yet"))
    }

    pub(super) fn read(
        &self,
        _request: ReadRequest,
    ) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
        futures::stream::once(async { Err(ConnectorError::config("url", "this engine is not read yet")) })
    }
}
