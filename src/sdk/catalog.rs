//! What can be read at a source.

use arrow::datatypes::SchemaRef;
use serde_json::Value;

/// Everything that one connector can read, as `discover` found it.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The data sources, in a stable order.
    pub sources: Vec<CatalogSource>,
}

/// What a second look at a source found.
#[derive(Clone, Debug, Default)]
pub struct Rediscovered {
    /// What is new, or may have changed.
    pub catalog: Catalog,
    /// The paths of known data sources that have not changed since the last look.
    pub unchanged: Vec<String>,
}

impl From<Catalog> for Rediscovered {
    fn from(catalog: Catalog) -> Self {
        Self { catalog, unchanged: Vec::new() }
    }
}

/// One readable thing: a table, a file, a channel.
#[derive(Clone, Debug)]
pub struct CatalogSource {
    /// What people call it, for example `orders`.
    pub name: String,
    /// What the SQL name is made from: the name, or `schema_table` outside the default schema.
    pub sql_name: String,
    /// The kind of thing: `table`, `view`, `csv`, `channel` …
    pub source_type: String,
    /// Where it is, unique within the connector and stable between discoveries, for example `public.orders`.
    pub source_path: String,
    /// The source's own words about it.
    pub description: Option<String>,
    /// Its columns with the source's names and with lake types ([`types`](super::types)). A field's metadata may
    /// hold a description under [`types::DESCRIPTION`](super::types::DESCRIPTION). Empty where reading alone can tell.
    pub schema: SchemaRef,
    /// The source's names of the columns that identify a row; empty where there is none.
    pub primary_key: Vec<String>,
    /// A column that only grows and changes with every update, if the source has one that looks like it.
    pub cursor_field: Option<String>,
    /// Rows, roughly, where the source can tell without reading.
    pub estimated_rows: Option<u64>,
    /// Whatever the connector wants back in [`SourceRef::details`](super::SourceRef).
    pub details: Value,
}
