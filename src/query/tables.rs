//! The port through which the query engine sees tables: always those of one viewer.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use tokio::runtime::Handle;
use tokio_util::task::AbortOnDropHandle;

use super::QueryError;

/// The tables that one viewer may read. Nothing is opened before a statement names it.
#[async_trait]
pub trait Tables: Send + Sync {
    /// The names of all schemas.
    async fn schemas(&self) -> Result<Vec<String>, QueryError>;

    /// The names of a schema's tables; none if there is no such schema.
    async fn names(&self, schema: &str) -> Result<Vec<String>, QueryError>;

    /// Opens a table; `None` if there is no such table.
    async fn table(&self, schema: &str, name: &str) -> Result<Option<Arc<dyn TableProvider>>, QueryError>;
}

/// The same tables, asked on the caller's runtime, to which its database connections belong.
#[derive(Clone)]
pub(super) struct ViewerTables {
    tables: Arc<dyn Tables>,
    home: Handle,
}

impl ViewerTables {
    /// Must be called on the caller's runtime.
    pub(super) fn new(tables: Arc<dyn Tables>) -> Self {
        Self { tables, home: Handle::current() }
    }

    pub(super) async fn schemas(&self) -> Result<Vec<String>, QueryError> {
        let tables = Arc::clone(&self.tables);
        let mut schemas = self.at_home(async move { tables.schemas().await }).await?;
        schemas.sort_unstable();
        Ok(schemas)
    }

    pub(super) async fn names(&self, schema: &str) -> Result<Vec<String>, QueryError> {
        let tables = Arc::clone(&self.tables);
        let schema = schema.to_owned();
        let mut names = self.at_home(async move { tables.names(&schema).await }).await?;
        names.sort_unstable();
        Ok(names)
    }

    pub(super) async fn table(&self, schema: &str, name: &str) -> Result<Option<Arc<dyn TableProvider>>, QueryError> {
        let tables = Arc::clone(&self.tables);
        let (schema, name) = (schema.to_owned(), name.to_owned());
        self.at_home(async move { tables.table(&schema, &name).await }).await
    }

    async fn at_home<T: Send + 'static>(
        &self,
        answer: impl Future<Output = Result<T, QueryError>> + Send + 'static,
    ) -> Result<T, QueryError> {
        AbortOnDropHandle::new(self.home.spawn(answer)).await.map_err(QueryError::internal)?
    }
}

impl std::fmt::Debug for ViewerTables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ViewerTables").finish_non_exhaustive()
    }
}
