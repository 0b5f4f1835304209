//! SQLite: tables and views of one database file, read in one snapshot.
//!
//! The file is opened read-only on a blocking thread, which feeds a bounded channel. SQLite types values, not columns;
//! [`kind`] holds the rule by which a column gets its one type, [`survey`] the look at the values that settles it.

mod batch;
mod catalog;
mod column;
mod cursor;
mod file;
mod kind;
mod moment;
mod plan;
mod progress;
mod read;
mod survey;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use futures::Stream;
use url::Url;

use super::{DatabaseAuth, DatabaseConfig};
use crate::sdk::{Catalog, ConnectorError, OpenContext, Reachable, ReadEvent, ReadRequest, SourceRef, on_a_thread};
use file::DatabaseFile;

/// A SQLite database file.
pub struct Sqlite {
    file: Arc<DatabaseFile>,
    config: Arc<DatabaseConfig>,
}

impl Sqlite {
    pub(super) fn open(
        url: Url,
        config: DatabaseConfig,
        _auth: DatabaseAuth,
        context: OpenContext,
    ) -> Result<Self, ConnectorError> {
        let file = Arc::new(DatabaseFile::of_url(&url, context)?);
        Ok(Self { file, config: Arc::new(config) })
    }

    pub(super) async fn permitted(&self) -> Result<(), ConnectorError> {
        let file = Arc::clone(&self.file);
        on_a_thread(move || file.permitted()).await
    }

    pub(super) async fn check(&self) -> Result<Reachable, ConnectorError> {
        let (file, config) = (Arc::clone(&self.file), Arc::clone(&self.config));
        on_a_thread(move || catalog::check(&file, &config)).await
    }

    pub(super) async fn discover(&self) -> Result<Catalog, ConnectorError> {
        let (file, config) = (Arc::clone(&self.file), Arc::clone(&self.config));
        on_a_thread(move || catalog::discover(&file, &config)).await
    }

    /// Refuses what the settings leave out.
    pub(super) fn permit(&self, source: &SourceRef) -> Result<(), ConnectorError> {
        let table = &source.source_path;
        let is_system = table.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("sqlite_"));
        self.config.permit(catalog::SCHEMA, table, is_system)
    }

    pub(super) fn read(
        &self,
        request: ReadRequest,
    ) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
        read::stream(Arc::clone(&self.file), request)
    }

    pub(super) fn read_keys(
        &self,
        request: ReadRequest,
    ) -> impl Stream<Item = Result<ReadEvent, ConnectorError>> + Send + 'static {
        read::keys(Arc::clone(&self.file), request)
    }
}
