//! The catalogue: one data source a file, one a sheet of a workbook.
//!
//! What a data source was made of, the file's version and the settings it was read with, is kept in its details. A second
//! look opens only the files of which that is not true any more.

use std::collections::HashMap;
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
use super::listing::FileEntry;
use super::store::OpenRoot;
use crate::sdk::types::lake_type;
use crate::sdk::{Catalog, CatalogSource, ConnectorError, Rediscovered, ScratchFolder, SourceRef};

/// How many files are looked into at once.
const AT_ONCE: usize = 8;
/// The key of a workbook's sheet in the details of a data source.
const SHEET: &str = "sheet";
/// What looking into one file may take.
const MEMORY: usize = 8 << 20;

/// Looks into every file for its columns. A file that cannot be read is listed without columns and says why.
pub(super) async fn catalog(
    open: &OpenRoot,
    files: Vec<FileEntry>,
    options: &TextOptions,
    scratch: &ScratchFolder,
) -> Result<Catalog, ConnectorError> {
    // Dropping the discovery stops the looking that is under way.
    let cancel = CancellationToken::new();
    let _stop = cancel.clone().drop_guard();
    let looked: Vec<Vec<CatalogSource>> = futures::stream::iter(files)
        .map(|entry| {
            let (open, options, scratch, cancel) = (open.clone(), options.clone(), scratch.clone(), cancel.clone());
            async move { look_into(open, entry, options, scratch, cancel).await }
        })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(Catalog { sources: looked.into_iter().flatten().collect() })
}

/// Looks into those files that are new or not as they were when the `known` data sources were found.
pub(super) async fn changes(
    open: &OpenRoot,
    files: Vec<FileEntry>,
    options: &TextOptions,
    scratch: &ScratchFolder,
    known: Vec<SourceRef>,
) -> Result<Rediscovered, ConnectorError> {
    let mut of_files: HashMap<String, Vec<SourceRef>> = HashMap::new();
    for source in known {
        let file = source.details["file"].as_str().unwrap_or_default().to_owned();
        of_files.entry(file).or_default().push(source);
    }
    let mut unchanged = Vec::new();
    let mut to_look_into = Vec::new();
    let digest = options.digest();
    for entry in files {
        let before = of_files.remove(&entry.path).unwrap_or_default();
        let facts = facts(&entry, &digest);
        if !before.is_empty() && before.iter().all(|source| is_of(&source.details, &facts)) {
            unchanged.extend(before.into_iter().map(|source| source.source_path));
        } else {
            to_look_into.push(entry);
        }
    }
    Ok(Rediscovered { catalog: catalog(open, to_look_into, options, scratch).await?, unchanged })
}

/// Whether a data source was found in this version of its file. What could not be read then may be readable now.
fn is_of(details: &Value, facts: &Value) -> bool {
    let mut details = details.clone();
    if let Some(details) = details.as_object_mut() {
        details.remove(SHEET);
    }
    details == *facts
}

/// What a data source is made of.
fn facts(entry: &FileEntry, options: &str) -> Value {
    let modified = entry.modified.to_rfc3339();
    let mut facts = json!({ "file": entry.path, "size": entry.size, "modified": modified, "options": options });
    if let Some(etag) = &entry.etag {
        facts["etag"] = etag.as_str().into();
    }
    facts
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
    let facts = facts(&entry, &options.digest());
    let worker = {
        let entry = entry.clone();
        tokio::task::spawn_blocking(move || tables(&file, &entry, &options))
    };
    match worker.await {
        Ok(Ok(tables)) => Ok(tables.into_iter().map(|table| source(&entry, facts.clone(), table)).collect()),
        // The store itself does not answer: what was found so far would be a lie.
        Ok(Err(error))
            if matches!(
                error,
                ConnectorError::Unreachable { .. } | ConnectorError::Auth { .. } | ConnectorError::RateLimited { .. }
            ) =>
        {
            Err(error)
        }
        Ok(Err(error)) => Ok(vec![source(&entry, facts, Look::failed(error.to_string()))]),
        Err(_) => Ok(vec![source(
            &entry,
            facts,
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

fn source(entry: &FileEntry, mut details: Value, look: Look) -> CatalogSource {
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
    for (key, fact) in [(SHEET, look.sheet), ("problem", look.problem)] {
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
