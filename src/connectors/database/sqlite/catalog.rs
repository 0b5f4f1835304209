//! What a SQLite file holds that can be read.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::Schema;
use rusqlite::{Connection, OptionalExtension};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::super::DatabaseConfig;
use super::file::DatabaseFile;
use super::table::{self, Form, Key, Table, quote};
use crate::sdk::{Catalog, CatalogSource, ConnectorError, Reachable, counted};

/// The one schema that a file has, as the setting `schemas` may name it.
pub(super) const SCHEMA: &str = "main";
/// Up to this size of file, rows are counted.
const SMALL_FILE: i64 = 64 << 20;

/// Opens the file and counts what is in it.
pub(super) fn check(file: &DatabaseFile, config: &DatabaseConfig) -> Result<Reachable, ConnectorError> {
    let connection = file.open(&CancellationToken::new())?;
    let explain = |error| file.explain(error);
    let tables = table::list(&connection).map_err(explain)?;
    let selected: Vec<&Table> = tables.iter().filter(|table| config.selects(SCHEMA, &table.name)).collect();
    let views = selected.iter().filter(|table| table.form == Form::View).count();
    let journal: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0)).map_err(explain)?;
    let encoding: String = connection.query_row("PRAGMA encoding", [], |row| row.get(0)).map_err(explain)?;
    Ok(Reachable {
        message: format!(
            "SQLite file {}, {} and {} to read",
            file.name(),
            counted((selected.len() - views) as u64, "table", "tables"),
            counted(views as u64, "view", "views")
        ),
        details: json!({
            "engine": "sqlite", "library": rusqlite::version(), "journal_mode": journal, "encoding": encoding,
            "tables": selected.len() - views, "views": views,
        }),
    })
}

/// Lists tables and views.
pub(super) fn discover(file: &DatabaseFile, config: &DatabaseConfig) -> Result<Catalog, ConnectorError> {
    let connection = file.open(&CancellationToken::new())?;
    let explain = |error| file.explain(error);
    let counts = Counts::of(&connection).map_err(explain)?;
    let mut sources = Vec::new();
    for table in table::list(&connection).map_err(explain)? {
        if config.selects(SCHEMA, &table.name) {
            let estimated_rows = counts.estimate(&connection, &table).map_err(explain)?;
            let primary_key = table.primary_key(&connection).map_err(explain)?;
            sources.push(source(table, primary_key, estimated_rows));
        }
    }
    Ok(Catalog { sources })
}

fn source(table: Table, primary_key: Vec<String>, estimated_rows: Option<u64>) -> CatalogSource {
    let fields: Vec<_> = table
        .columns
        .iter()
        .map(|column| column.proposed_kind().field(&column.name, &column.declared, !table.is_required(column)))
        .collect();
    CatalogSource {
        source_type: table.form.source_type().into(),
        source_path: table.name.clone(),
        description: None,
        schema: Arc::new(Schema::new(fields)),
        primary_key,
        cursor_field: table.cursor_field(),
        estimated_rows,
        details: json!({}),
        sql_name: table.name.clone(),
        name: table.name,
    }
}

/// About how many rows a table has.
pub(super) fn estimated_rows(connection: &Connection, table: &Table) -> rusqlite::Result<Option<u64>> {
    Counts::of(connection)?.estimate(connection, table)
}

/// What is known of the sizes of all tables.
struct Counts {
    file_bytes: i64,
    /// What ANALYZE wrote down.
    analyzed: HashMap<String, u64>,
}

impl Counts {
    fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let page_bytes: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let has_statistics = connection
            .query_row("SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat1'", [], |_| Ok(()))
            .optional()?
            .is_some();
        let mut analyzed = HashMap::new();
        if has_statistics {
            let mut statement = connection.prepare("SELECT tbl, stat FROM sqlite_stat1")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let (Ok(table), Ok(numbers)) = (row.get::<_, String>(0), row.get::<_, String>(1)) else { continue };
                let count = numbers.split_ascii_whitespace().next().and_then(|count| count.parse::<u64>().ok());
                if let Some(count) = count {
                    let known: &mut u64 = analyzed.entry(table).or_default();
                    *known = count.max(*known);
                }
            }
        }
        Ok(Self { file_bytes: pages.saturating_mul(page_bytes), analyzed })
    }

    fn estimate(&self, connection: &Connection, table: &Table) -> rusqlite::Result<Option<u64>> {
        if table.form != Form::Table {
            return Ok(None);
        }
        let name = quote(&table.name);
        if self.file_bytes <= SMALL_FILE {
            let rows: i64 = connection.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0))?;
            return Ok(u64::try_from(rows).ok());
        }
        if let Some(count) = self.analyzed.get(&table.name) {
            return Ok(Some(*count));
        }
        let Key::Rowid { quoted, .. } = &table.key else { return Ok(None) };
        // Both ends of the tree, each found at once; made-up numbers may span more than the file can hold.
        let sql = format!("SELECT (SELECT max({quoted}) FROM {name}), (SELECT min({quoted}) FROM {name})");
        let ends =
            connection.query_row(&sql, [], |row| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?)))?;
        let (Some(last), Some(first)) = ends else { return Ok(Some(0)) };
        let span = last.saturating_sub(first).saturating_add(1).min(self.file_bytes / 8);
        Ok(u64::try_from(span).ok())
    }
}
