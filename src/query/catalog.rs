//! The catalogue that one statement is planned against: only the tables it names.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::common::TableReference;
use futures::{StreamExt, TryStreamExt, stream};

use super::QueryError;
use super::discover::{INFORMATION_SCHEMA, InformationTable};
use super::suggest::near_names;
use super::tables::ViewerTables;

/// The name before schema and table, where somebody writes it.
pub(super) const CATALOG: &str = "dataweaver";
/// The schema of names without one, which holds no table.
pub(super) const NO_SCHEMA: &str = "none";

/// Tables that are opened at the same time.
const OPENED_AT_ONCE: usize = 8;
/// Schemas that are looked through for a name like the wanted one.
const SEARCHED_SCHEMAS: usize = 50;

/// The opened tables of one statement, by schema and name.
#[derive(Debug)]
pub(super) struct StatementCatalog {
    schemas: HashMap<String, Arc<StatementSchema>>,
}

#[derive(Debug, Default)]
struct StatementSchema {
    tables: HashMap<String, Arc<dyn TableProvider>>,
}

impl StatementCatalog {
    /// Opens the tables of a statement.
    ///
    /// # Errors
    /// [`QueryError::UnknownTable`] for the first one that is not there.
    pub(super) async fn open(tables: &ViewerTables, wanted: Vec<TableReference>) -> Result<Self, QueryError> {
        let opened: Vec<(String, String, Arc<dyn TableProvider>)> = stream::iter(wanted)
            .map(|reference| {
                let tables = tables.clone();
                async move {
                    let table = open(&tables, &reference).await?;
                    let schema = reference.schema().unwrap_or(NO_SCHEMA).to_owned();
                    Ok::<_, QueryError>((schema, reference.table().to_owned(), table))
                }
            })
            .buffered(OPENED_AT_ONCE)
            .try_collect()
            .await?;
        let mut schemas: HashMap<String, StatementSchema> = HashMap::new();
        for (schema, name, table) in opened {
            schemas.entry(schema).or_default().tables.insert(name, table);
        }
        Ok(Self { schemas: schemas.into_iter().map(|(name, schema)| (name, Arc::new(schema))).collect() })
    }
}

/// Opens one table.
///
/// # Errors
/// [`QueryError::UnknownTable`] if it is not there.
pub(super) async fn open(
    tables: &ViewerTables,
    reference: &TableReference,
) -> Result<Arc<dyn TableProvider>, QueryError> {
    let ours = reference.catalog().is_none_or(|catalog| catalog == CATALOG);
    if let (true, Some(schema)) = (ours, reference.schema()) {
        let table = match schema {
            INFORMATION_SCHEMA => InformationTable::open(tables, reference.table()),
            _ => tables.table(schema, reference.table()).await?,
        };
        if let Some(table) = table {
            return Ok(table);
        }
    }
    Err(unknown(tables, reference).await?)
}

/// The error for a table that is not there, with the names it may be a slip of.
async fn unknown(tables: &ViewerTables, reference: &TableReference) -> Result<QueryError, QueryError> {
    let all = tables.schemas().await?;
    let wanted = reference.table();
    let all_names = || all.iter().take(SEARCHED_SCHEMAS).map(String::as_str);
    let searched: Vec<&str> = match reference.schema() {
        Some(schema) if all.iter().any(|known| known == schema) => vec![schema],
        Some(schema) => near_names(schema, all.iter().map(String::as_str)),
        None => all_names().collect(),
    };
    let mut exact = Vec::new();
    let mut similar = Vec::new();
    for schema in &searched {
        let names = tables.names(schema).await?;
        if names.iter().any(|name| name == wanted) {
            exact.push(format!("{schema}.{wanted}"));
        }
        let slips = near_names(wanted, names.iter().map(String::as_str).filter(|name| *name != wanted));
        similar.extend(slips.into_iter().map(|name| format!("{schema}.{name}")));
    }
    if exact.is_empty() && similar.is_empty() {
        for schema in all_names().filter(|schema| !searched.contains(schema)) {
            if tables.names(schema).await?.iter().any(|name| name == wanted) {
                exact.push(format!("{schema}.{wanted}"));
            }
        }
    }
    let mut suggestions = if exact.is_empty() { similar } else { exact };
    suggestions.truncate(3);
    let schemas = if suggestions.is_empty() { all.into_iter().take(10).collect() } else { Vec::new() };
    Ok(QueryError::UnknownTable { name: reference.to_string(), suggestions, schemas })
}

impl CatalogProviderList for StatementCatalog {
    fn register_catalog(&self, _: String, _: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        None
    }

    fn catalog_names(&self) -> Vec<String> {
        vec![CATALOG.to_owned()]
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        (name == CATALOG).then(|| Arc::new(Self { schemas: self.schemas.clone() }) as _)
    }
}

impl CatalogProvider for StatementCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.schemas.keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.schemas.get(name).map(|schema| Arc::clone(schema) as _)
    }
}

#[async_trait]
impl SchemaProvider for StatementSchema {
    fn table_names(&self) -> Vec<String> {
        self.tables.keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>, DataFusionError> {
        Ok(self.tables.get(name).cloned())
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }
}
