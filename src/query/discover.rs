//! What there is to query: `SHOW TABLES`, `DESCRIBE` and `information_schema`.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{MemTable, Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use futures::{StreamExt, TryStreamExt, stream};

use super::QueryError;
use super::catalog::CATALOG;
use super::pins::pinned;
use super::tables::{ColumnNotes, ViewerTables};
use crate::sdk::types::{DESCRIPTION, type_name};

/// The schema that describes all others.
pub(super) const INFORMATION_SCHEMA: &str = "information_schema";

/// Tables that are opened at the same time for their columns.
const OPENED_AT_ONCE: usize = 8;

/// All tables, or those of one schema: `schema`, `name`.
pub(super) async fn show_tables(tables: &ViewerTables, schema: Option<&str>) -> Result<RecordBatch, QueryError> {
    let named = listed(tables, &Pins { schema: schema.map(str::to_owned), name: None }).await?;
    let (schemas, names): (Vec<_>, Vec<_>) = named.into_iter().unzip();
    batch([("schema", text(schemas)), ("name", text(names))])
}

/// All schemas: `schema`.
pub(super) async fn show_schemas(tables: &ViewerTables) -> Result<RecordBatch, QueryError> {
    batch([("schema", text(tables.schemas().await?))])
}

/// The columns of a table: `column`, `type`, `nullable`, `description`.
pub(super) fn describe(schema: &Schema, notes: &ColumnNotes) -> Result<RecordBatch, QueryError> {
    let fields = schema.fields();
    let nullable: BooleanArray = fields.iter().map(|field| Some(may_be_null(field, notes))).collect();
    let noted = |field: &FieldRef| notes.get(field.name()).and_then(|note| note.description.clone());
    let description: StringArray =
        fields.iter().map(|field| field.metadata().get(DESCRIPTION).cloned().or_else(|| noted(field))).collect();
    batch([
        ("column", text(fields.iter().map(|field| field.name().clone()))),
        ("type", text(fields.iter().map(|field| type_name(field.data_type())))),
        ("nullable", Arc::new(nullable)),
        ("description", Arc::new(description)),
    ])
}

fn may_be_null(field: &FieldRef, notes: &ColumnNotes) -> bool {
    field.is_nullable() && !notes.get(field.name()).is_some_and(|note| note.never_null)
}

fn text(values: impl IntoIterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

fn batch<const N: usize>(columns: [(&str, ArrayRef); N]) -> Result<RecordBatch, QueryError> {
    Ok(RecordBatch::try_from_iter(columns)?)
}

/// Schema and name of each table that the pins let through.
async fn listed(tables: &ViewerTables, pins: &Pins) -> Result<Vec<(String, String)>, QueryError> {
    let schemas = match &pins.schema {
        Some(schema) => vec![schema.clone()],
        None => tables.schemas().await?,
    };
    let mut listed = Vec::new();
    for schema in schemas {
        for name in tables.names(&schema).await? {
            if pins.name.as_ref().is_none_or(|pinned| *pinned == name) {
                listed.push((schema.clone(), name));
            }
        }
    }
    Ok(listed)
}

/// What a statement's filters hold fixed, so that no more than that is opened.
#[derive(Debug, Default)]
struct Pins {
    schema: Option<String>,
    name: Option<String>,
}

impl Pins {
    fn from_filters(filters: &[Expr]) -> Self {
        let mut pinned = pinned(filters);
        let schema = pinned.remove("table_schema").or_else(|| pinned.remove("schema_name"));
        Self { schema, name: pinned.remove("table_name") }
    }
}

/// One table of `information_schema`, made when it is read.
#[derive(Debug)]
pub(super) struct InformationTable {
    view: View,
    tables: ViewerTables,
    schema: SchemaRef,
}

#[derive(Clone, Copy, Debug)]
enum View {
    Schemata,
    Tables,
    Columns,
}

impl InformationTable {
    /// The table of that name.
    pub(super) fn open(tables: &ViewerTables, name: &str) -> Option<Arc<dyn TableProvider>> {
        let view = match name {
            "schemata" => View::Schemata,
            "tables" => View::Tables,
            "columns" => View::Columns,
            _ => return None,
        };
        Some(Arc::new(Self { view, tables: tables.clone(), schema: view.schema() }))
    }

    async fn rows(&self, pins: &Pins) -> Result<RecordBatch, QueryError> {
        let columns = match self.view {
            View::Schemata => {
                let schemas = self.tables.schemas().await?;
                vec![text(vec![CATALOG.to_owned(); schemas.len()]), text(schemas)]
            }
            View::Tables => {
                let (schemas, names): (Vec<_>, Vec<_>) = listed(&self.tables, pins).await?.into_iter().unzip();
                let rows = names.len();
                vec![
                    text(vec![CATALOG.to_owned(); rows]),
                    text(schemas),
                    text(names),
                    text(vec!["BASE TABLE".to_owned(); rows]),
                ]
            }
            View::Columns => self.columns(pins).await?,
        };
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }

    async fn columns(&self, pins: &Pins) -> Result<Vec<ArrayRef>, QueryError> {
        let named = listed(&self.tables, pins).await?;
        let opened: Vec<_> = stream::iter(named)
            .map(|(schema, name)| {
                let tables = self.tables.clone();
                async move {
                    let table = tables.table(&schema, &name).await?;
                    let notes = tables.notes(&schema, &name).await?;
                    Ok::<_, QueryError>((schema, name, table, notes))
                }
            })
            .buffered(OPENED_AT_ONCE)
            .try_collect()
            .await?;
        let (mut schemas, mut names, mut columns) = (Vec::new(), Vec::new(), Vec::new());
        let (mut positions, mut nullable, mut types) = (Vec::new(), Vec::new(), Vec::new());
        for (schema, name, table, notes) in opened {
            let Some(table) = table else { continue };
            for (position, field) in (1..).zip(table.schema().fields()) {
                schemas.push(schema.clone());
                names.push(name.clone());
                columns.push(field.name().clone());
                positions.push(position);
                nullable.push(if may_be_null(field, &notes) { "YES" } else { "NO" }.to_owned());
                types.push(type_name(field.data_type()));
            }
        }
        Ok(vec![
            text(vec![CATALOG.to_owned(); names.len()]),
            text(schemas),
            text(names),
            text(columns),
            Arc::new(Int32Array::from(positions)),
            text(nullable),
            text(types),
        ])
    }
}

impl View {
    fn schema(self) -> SchemaRef {
        let columns: &[&str] = match self {
            Self::Schemata => &["catalog_name", "schema_name"],
            Self::Tables => &["table_catalog", "table_schema", "table_name", "table_type"],
            Self::Columns => &[
                "table_catalog",
                "table_schema",
                "table_name",
                "column_name",
                "ordinal_position",
                "is_nullable",
                "data_type",
            ],
        };
        let field = |name: &&str| {
            let data_type = if *name == "ordinal_position" { DataType::Int32 } else { DataType::Utf8 };
            Field::new(*name, data_type, false)
        };
        Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
    }
}

#[async_trait]
impl TableProvider for InformationTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let rows = self.rows(&Pins::from_filters(filters)).await;
        let rows = rows.map_err(|error| DataFusionError::External(Box::new(error)))?;
        let table = MemTable::try_new(Arc::clone(&self.schema), vec![vec![rows]])?;
        table.scan(session, projection, &[], limit).await
    }
}
