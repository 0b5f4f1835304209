//! The data sources of a pack, read from its demo world as a sync reads them.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::datatypes::{FieldRef, Schema};
use arrow::error::ArrowError;
use futures::StreamExt;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::bench::{Bench, NewTable, no_column};
use super::shelf::Rows;
use crate::engine::{Column, columns_of};
use crate::query::QueryError;
use crate::scenario::{Pack, PackConnector, PackSource};
use crate::sdk::{
    CatalogSource, DynConnector, Extract, OpenContext, ReadEvent, ReadRequest, Registry, SourceRef, types,
};
use crate::services::scenarios::run::words_of;
use crate::services::scenarios::sources::{Readable, called, lacking, missing};
use crate::services::workflows::Shape;
use crate::services::{ServiceError, discovery, slugs};

/// Rows of this many bytes travel together.
const BATCH_BYTES: usize = 2 << 20;
/// What a read may hold in memory.
const MEMORY_BYTES: usize = 64 << 20;

/// A connector in demo mode, with all that it can read.
struct Opened {
    connector: Arc<dyn DynConnector>,
    found: Vec<Found>,
    /// Its schema in SQL.
    schema: String,
}

/// Something that can be read.
struct Found {
    source: CatalogSource,
    /// Its table's name in SQL.
    table: String,
}

impl Readable for Found {
    fn name(&self) -> Option<&str> {
        Some(&self.source.name)
    }

    fn columns(&self) -> Vec<Column> {
        columns_of(&self.source.schema)
    }
}

/// Reads the data sources of all connectors, and gives the names that these have in SQL.
pub(super) async fn read(bench: &mut Bench, pack: &Pack) -> Vec<String> {
    let registry = Registry::collect();
    let mut schemas = Vec::new();
    for (place, wanted) in pack.connectors.iter().enumerate() {
        let at = format!("connectors[{place}]");
        let schema = slugs::unique(&wanted.name, &schemas);
        schemas.push(schema.clone());
        match open(&registry, pack, wanted, schema).await {
            Ok(opened) => {
                for (place, source) in wanted.sources.iter().enumerate() {
                    add(bench, pack, wanted, source, &opened, &format!("{at}.sources[{place}]")).await;
                }
            }
            Err(error) => bench.problem(format!("{at}.type"), words_of(&error)),
        }
    }
    schemas
}

/// Opens a connector as set-up does, and looks what it can read.
async fn open(
    registry: &Registry,
    pack: &Pack,
    wanted: &PackConnector,
    schema: String,
) -> Result<Opened, ServiceError> {
    let settings = json!({ "world": pack.world, "size_factor": 1.0 });
    let connector = registry.get(wanted.connector_type)?.open_demo(settings, OpenContext::default())?;
    let mut slugs = HashSet::new();
    let catalog = discovery::dedup(connector.discover().await?);
    let found = catalog.sources.into_iter().map(|source| {
        let table = discovery::new_slug(&source, &mut slugs);
        Found { source, table }
    });
    let found = found.collect();
    Ok(Opened { connector, found, schema })
}

/// Reads a data source, and looks whether it is what the pack says of it.
async fn add(
    bench: &mut Bench,
    pack: &Pack,
    connector: &PackConnector,
    wanted: &PackSource,
    opened: &Opened,
    at: &str,
) {
    let Some(found) = called(wanted, &opened.found) else {
        let key = if wanted.discovered.is_some() { "discovered" } else { "name" };
        return bench.problem(format!("{at}.{key}"), missing(wanted, &connector.name, &opened.found));
    };
    let (columns, rows) = match rows_of(&*opened.connector, &found.source).await {
        Ok(read) => read,
        Err(error) => return bench.problem(at, format!("cannot be read: {}", words_of(&error))),
    };
    let lacking = lacking(wanted, &columns);
    let known: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    for (place, name) in wanted.columns.iter().enumerate().filter(|(_, name)| lacking.contains(&name.as_str())) {
        bench.problem(format!("{at}.columns[{place}]"), no_column(&wanted.name, name, &known));
    }
    let count = rows.count();
    if count < wanted.rows {
        let world = &pack.world;
        let message = format!("{} has {count} rows in the world {world} at size 1, not {}", wanted.name, wanted.rows);
        bench.problem(format!("{at}.rows"), message);
    }
    let table = NewTable { called: &wanted.name, schema: &opened.schema, name: &found.table, columns: &columns };
    bench.add_source(table, &connector.name, rows);
}

/// All rows of a data source, with the columns of its lake table.
async fn rows_of(connector: &dyn DynConnector, source: &CatalogSource) -> Result<(Vec<Column>, Rows), ServiceError> {
    let mut events = connector.read(ReadRequest {
        source: SourceRef::from(source),
        extract: Extract::Full,
        primary_key: source.primary_key.clone(),
        resume: None,
        batch_bytes: BATCH_BYTES,
        memory_bytes: MEMORY_BYTES,
        cancel: CancellationToken::new(),
    });
    let (mut fields, mut read) = (Vec::new(), Vec::new());
    while let Some(event) = events.next().await {
        match event? {
            ReadEvent::Schema(schema) => learn(&mut fields, &schema),
            ReadEvent::Batch(batch) => read.push(batch),
            _ => {}
        }
    }
    if fields.is_empty() {
        learn(&mut fields, &source.schema);
    }
    let schema = Schema::new(fields);
    let shape = Shape::of(&schema);
    let fitted = read.iter().map(|batch| fitted(batch, &schema, &shape));
    let batches = fitted.collect::<Result<Vec<_>, ArrowError>>().map_err(QueryError::from)?;
    Ok((shape.columns, Rows { schema: shape.schema, batches }))
}

/// Adds the columns that are new, and takes the newer type of those that are not.
fn learn(fields: &mut Vec<FieldRef>, schema: &Schema) {
    for field in schema.fields() {
        match fields.iter_mut().find(|known| known.name() == field.name()) {
            Some(known) => *known = Arc::clone(field),
            None => fields.push(Arc::clone(field)),
        }
    }
}

/// Rows as the lake table has them; columns that they do not have are NULL.
fn fitted(batch: &RecordBatch, schema: &Schema, shape: &Shape) -> Result<RecordBatch, ArrowError> {
    let fields = schema.fields().iter().zip(shape.schema.fields());
    let arrays = fields.map(|(field, kept)| -> Result<ArrayRef, ArrowError> {
        match batch.column_by_name(field.name()) {
            Some(array) => types::convert(&types::to_lake(array)?, kept.data_type()),
            None => Ok(new_null_array(kept.data_type(), batch.num_rows())),
        }
    });
    let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(&shape.schema), arrays, &options)
}
