//! The catalogue: one data source a file, one a sheet of a workbook.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::config::TextOptions;
use super::format::{self, Format};
use super::formats::{self, Opening};
use super::input::StoredFile;
use super::listing::{FileEntry, Listing};
use super::store::OpenRoot;
use crate::sdk::types::lake_type;
use crate::sdk::{Catalog, CatalogSource, ConnectorError, ScratchFolder};

/// How many files are looked into at once.
const AT_ONCE: usize = 8;
/// What looking into one file may take.
const MEMORY: usize = 8 << 20;

/// Looks into every file for its columns. A file that cannot be read is listed without columns and says why.
pub(super) async fn catalog(
    open: &OpenRoot,
    listing: Listing,
    options: &TextOptions,
    scratch: &ScratchFolder,
) -> Result<Catalog, ConnectorError> {
    // Dropping the discovery stops the looking that is under way.
    let cancel = CancellationToken::new();
    let _stop = cancel.clone().drop_guard();
    let looked: Vec<Vec<CatalogSource>> = futures::stream::iter(listing.files)
        .map(|entry| {
            let (open, options, scratch, cancel) = (open.clone(), options.clone(), scratch.clone(), cancel.clone());
            async move { look_into(open, entry, options, scratch, cancel).await }
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(Catalog { sources: looked.into_iter().flatten().collect() })
}

async fn look_into(
    open: OpenRoot,
    entry: FileEntry,
    options: TextOptions,
    scratch: ScratchFolder,
    cancel: CancellationToken,
) -> Result<Vec<CatalogSource>, ConnectorError> {
    let location = open.location(&entry.path)?;
    let meta = ObjectMeta {
        location,
        last_modified: entry.modified,
        size: entry.size,
        e_tag: entry.etag.clone(),
        version: None,
    };
    let file = StoredFile::new(Arc::clone(&open.store), meta, entry.path.clone(), cancel, scratch);
    let worker = {
        let entry = entry.clone();
        tokio::task::spawn_blocking(move || tables(&file, &entry, &options))
    };
    match worker.await {
        Ok(Ok(tables)) => Ok(tables.into_iter().map(|table| source(&entry, table)).collect()),
        // The store itself does not answer: what was found so far would be a lie.
        Ok(Err(error))
            if matches!(
                error,
                ConnectorError::Unreachable { .. } | ConnectorError::Auth { .. } | ConnectorError::RateLimited { .. }
            ) =>
        {
            Err(error)
        }
        Ok(Err(error)) => Ok(vec![source(&entry, Look::failed(error.to_string()))]),
        Err(_) => Ok(vec![source(
            &entry,
            Look::failed("the file is damaged in a way that its reader does not understand".into()),
        )]),
    }
}

/// What was seen of one table.
struct Look {
    sheet: Option<String>,
    schema: SchemaRef,
    rows: Option<u64>,
    problem: Option<String>,
}

impl Look {
    fn failed(problem: String) -> Self {
        Self { sheet: None, schema: Arc::new(Schema::empty()), rows: None, problem: Some(problem) }
    }
}

fn tables(file: &Arc<StoredFile>, entry: &FileEntry, options: &TextOptions) -> Result<Vec<Look>, ConnectorError> {
    let named = format::of_name(&entry.path).map_or(format::Compression::Plain, |named| named.compression);
    let sheets = match entry.format {
        Format::Xlsx => formats::sheets(file, named, MEMORY)?.into_iter().map(Some).collect(),
        _ => vec![None],
    };
    let mut looks = Vec::with_capacity(sheets.len());
    for sheet in sheets {
        let opened = formats::open(&Opening {
            file,
            format: entry.format,
            compression: named,
            sheet: sheet.as_deref(),
            options,
            position: None,
            memory_bytes: MEMORY,
        });
        let look = match opened {
            Ok(table) => Look { sheet, schema: lake_schema(&table.schema()), rows: table.total_rows(), problem: None },
            Err(error @ ConnectorError::Data { .. }) => Look { sheet, ..Look::failed(error.to_string()) },
            Err(error) => return Err(error),
        };
        looks.push(look);
    }
    Ok(looks)
}

fn lake_schema(schema: &Schema) -> SchemaRef {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| field.as_ref().clone().with_data_type(lake_type(field.data_type())))
        .collect();
    Arc::new(Schema::new(fields))
}

fn source(entry: &FileEntry, look: Look) -> CatalogSource {
    let (folder, file_name) =
        entry.path.rsplit_once('/').map_or(("", entry.path.as_str()), |(folder, name)| (folder, name));
    let stem = format::of_name(file_name).map_or(file_name, |named| named.stem);
    let mut sql_name = String::new();
    for part in folder.split('/').filter(|part| !part.is_empty()).chain([stem]).chain(look.sheet.as_deref()) {
        if !sql_name.is_empty() {
            sql_name.push('_');
        }
        sql_name.push_str(part);
    }
    let (name, source_path) = match &look.sheet {
        Some(sheet) => (format!("{stem} {sheet}"), format!("{}#{sheet}", entry.path)),
        None => (stem.to_owned(), entry.path.clone()),
    };
    let mut details = json!({ "file": entry.path, "size": entry.size, "modified": entry.modified.to_rfc3339() });
    let facts = [("sheet", look.sheet), ("etag", entry.etag.clone()), ("problem", look.problem)];
    for (key, fact) in facts {
        if let Some(fact) = fact {
            details[key] = Value::String(fact);
        }
    }
    CatalogSource {
        name,
        sql_name,
        source_type: entry.format.as_str().to_owned(),
        source_path,
        description: None,
        schema: look.schema,
        primary_key: Vec::new(),
        cursor_field: None,
        estimated_rows: look.rows,
        details,
    }
}
