//! The port through which the query engine sees tables: always those of one viewer.

use std::collections::HashMap;
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

    /// What is known of a table's columns besides what the table itself says, by their names.
    async fn notes(&self, _schema: &str, _name: &str) -> Result<ColumnNotes, QueryError> {
        Ok(ColumnNotes::new())
    }
}

/// What is known of the columns of a table, by their names.
pub type ColumnNotes = HashMap<String, ColumnNote>;

/// What is known of a column besides what its table says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ColumnNote {
    /// Whether no row holds NULL in it, though the lake would take one.
    pub never_null: bool,
    /// The source's words about it.
    pub description: Option<String>,
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

    pub(super) async fn notes(&self, schema: &str, name: &str) -> Result<ColumnNotes, QueryError> {
        let tables = Arc::clone(&self.tables);
        let (schema, name) = (schema.to_owned(), name.to_owned());
        self.at_home(async move { tables.notes(&schema, &name).await }).await
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
