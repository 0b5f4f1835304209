//! The columns of a data source, now and before.

use async_graphql::{Object, SimpleObject};
use serde_json::Value;

use crate::engine;
use crate::entity::schema_version;
use crate::graphql::in_place::InPlace;
use crate::graphql::scalars::DateTime;
use crate::services::sources;

/// One column of a lake table.
#[derive(Clone, SimpleObject)]
pub struct Column {
    /// Its name in SQL: safe without quotes.
    name: String,
    /// Its name at the source.
    source_name: String,
    /// The lake's type, as SQL writes it.
    #[graphql(name = "type")]
    data_type: String,
    /// Whether it may hold NULL.
    nullable: bool,
    /// The source's words about it.
    description: Option<String>,
}

impl Column {
    /// The columns of the lake table, as a row holds them.
    pub(super) fn list(stored: &Value) -> Vec<InPlace<Self>> {
        sources::lake_columns(stored).into_iter().map(Self::from).map(InPlace).collect()
    }
}

impl From<engine::Column> for Column {
    fn from(column: engine::Column) -> Self {
        let engine::Column {
            name,
            source_name,
            data_type,
            nullable,
            description,
            late: _,
            recast: _,
            texts_of: _,
            presence: _,
        } = column;
        Self { name, source_name, data_type, nullable, description }
    }
}

/// A stored version of a schema.
pub struct SchemaVersion(pub schema_version::Model);

/// The columns of a data source from one time on.
#[Object]
impl SchemaVersion {
    /// Counts the data source's schemas, from 1.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Its columns.
    async fn columns(&self) -> Vec<InPlace<Column>> {
        Column::list(&self.0.columns)
    }

    /// What changed since the version before, a sentence each.
    async fn changes(&self) -> Vec<&str> {
        self.0.changes.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// When it was noticed.
    async fn at(&self) -> DateTime {
        self.0.at.into()
    }
}
