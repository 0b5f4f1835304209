//! Where a pack is tried: tables in memory with an engine, what the pack calls them, and what was found wrong so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::Utc;
use futures::StreamExt;

use super::shelf::{Rows, Shelf};
use crate::ask::{BoundTable, Data, Dataset};
use crate::engine::Column;
use crate::query::{QueryEngine, QueryError, QueryOutput, near_names};
use crate::scenario::Problem;
use crate::services::scenarios::run::words_of;
use crate::services::tables::{SYSTEM, SYSTEM_TABLES};
use crate::services::workflows::Statement;
use crate::services::{ServiceError, links};

/// Columns that a problem lists.
const MOST_LISTED: usize = 20;

/// Where a pack is tried. A table that could not be made is on none of its lists: what needs it is not tried, since the reason
/// has been told.
pub(super) struct Bench {
    engine: QueryEngine,
    shelf: Arc<Shelf>,
    /// The data sources, by their names in the pack.
    sources: BTreeMap<String, BoundTable>,
    /// The tables that TRANSFORM steps have made, by their names.
    made: BTreeMap<String, BoundTable>,
    /// What is wrong with the pack.
    pub(super) problems: Vec<Problem>,
}

impl Bench {
    /// One without tables, but for `system.links`, which is empty.
    pub(super) fn new(engine: QueryEngine) -> Self {
        let shelf = Arc::new(Shelf::default());
        shelf.put(SYSTEM, "links", Rows { schema: links::schema(), batches: Vec::new() });
        Self { engine, shelf, sources: BTreeMap::new(), made: BTreeMap::new(), problems: Vec::new() }
    }

    /// Adds a data source.
    pub(super) fn add_source(&mut self, table: NewTable<'_>, connector: &str, rows: Rows) {
        let bound = self.shelved(&table, rows);
        // Whatever it is, as long as no other has it.
        let source_id = Some(bound.name.clone());
        let bound = BoundTable { source_id, connector: Some(connector.to_owned()), ..bound };
        self.sources.insert(table.called.to_owned(), bound);
    }

    /// Adds a table of the workflow.
    pub(super) fn add_made(&mut self, table: NewTable<'_>, rows: Rows) {
        let bound = self.shelved(&table, rows);
        self.made.insert(table.called.to_owned(), bound);
    }

    fn shelved(&self, table: &NewTable<'_>, rows: Rows) -> BoundTable {
        let bound = BoundTable {
            name: format!("{}.{}", table.schema, table.name),
            source: table.called.to_owned(),
            source_id: None,
            columns: table.columns.iter().map(|column| (column.name.clone(), column.data_type.clone())).collect(),
            last_updated: Some(Utc::now()),
            rows: Some(rows.count()),
            connector: None,
        };
        self.shelf.put(table.schema, table.name, rows);
        bound
    }

    /// The table that is named as a data source or as a table of the workflow.
    pub(super) fn table(&self, source: Option<&str>, reference: Option<&str>) -> Option<&BoundTable> {
        match (source, reference) {
            (Some(name), _) => self.sources.get(name),
            (None, name) => self.made.get(name?),
        }
    }

    /// The table that a dataset is.
    pub(super) fn table_of(&self, dataset: &Dataset) -> Option<&BoundTable> {
        self.table(dataset.source.as_deref(), dataset.reference.as_deref())
    }

    /// Runs a statement of the pack to its end. None where it fails, which is told, or needs a table that could not be made.
    pub(super) async fn tried(&mut self, path: &str, statement: &Statement) -> Result<Option<Rows>, ServiceError> {
        let has_all = statement.sources().iter().all(|name| self.sources.contains_key(*name))
            && statement.references().iter().all(|name| self.made.contains_key(*name));
        if !has_all {
            return Ok(None);
        }
        let named = |tables: &BTreeMap<String, BoundTable>, name: &str| {
            tables.get(name).map(|table| table.name.clone()).ok_or_else(|| ServiceError::not_found("table", name))
        };
        let sql = statement.filled(|name| named(&self.sources, name), |name| named(&self.made, name))?;
        match self.run(&sql).await {
            Ok(rows) => Ok(Some(rows)),
            Err(error) => self.failed(path, error).map(|()| None),
        }
    }

    /// Runs a statement to its end.
    pub(super) async fn run(&self, sql: &str) -> Result<Rows, QueryError> {
        let mut stream = self.engine.stream(Arc::clone(&self.shelf) as _, sql).await?;
        let schema = stream.schema();
        let mut batches = Vec::new();
        while let Some(batch) = stream.next().await {
            batches.push(batch?);
        }
        Ok(Rows { schema, batches })
    }

    /// Tells that something is wrong.
    pub(super) fn problem(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem { path: path.into(), message: message.into() });
    }

    /// Tells that a statement failed. One over our own tables cannot be tried without an installation.
    ///
    /// # Errors
    /// Where it is no fault of the statement.
    pub(super) fn failed(&mut self, path: &str, error: QueryError) -> Result<(), ServiceError> {
        let is_ours = |name: &str| {
            name.split_once('.').is_some_and(|(schema, table)| schema == SYSTEM && SYSTEM_TABLES.contains(&table))
        };
        match &error {
            QueryError::UnknownTable { name, .. } if is_ours(name) => {}
            _ if error.is_users_fault() || error.is_limit() => self.problem(path, error.to_string()),
            _ => return Err(error.into()),
        }
        Ok(())
    }

    /// Tells what a service refuses, at the path that it names.
    ///
    /// # Errors
    /// Where it names none.
    pub(super) fn refused(&mut self, error: ServiceError) -> Result<(), ServiceError> {
        let Some(field) = error.field().map(str::to_owned) else { return Err(error) };
        let told = words_of(&error);
        let message = told.strip_prefix(&field).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&told);
        self.problem(in_brackets(&field), message);
        Ok(())
    }

    /// Tells that a table has no such column, where it has none.
    pub(super) fn needs_column(&mut self, path: impl Into<String>, table: &BoundTable, column: &str) {
        let columns: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        if !columns.contains(&column) {
            self.problem(path, no_column(&table.source, column, &columns));
        }
    }

    /// Tells that an answer has no such column, where it has none.
    pub(super) fn needs_answer(&mut self, path: &str, columns: &[String], column: &str) {
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        if !columns.iter().any(|known| known.eq_ignore_ascii_case(column)) {
            self.problem(path, no_column("the answer", column, &columns));
        }
    }
}

#[async_trait]
impl Data for Bench {
    async fn rows(&self, sql: &str, limit: u64) -> Result<QueryOutput, QueryError> {
        self.engine.run(Arc::clone(&self.shelf) as _, sql, limit, 0).await
    }
}

/// A table to be added.
#[derive(Clone, Copy)]
pub(super) struct NewTable<'a> {
    /// What the pack calls it.
    pub(super) called: &'a str,
    /// Its schema in SQL.
    pub(super) schema: &'a str,
    /// Its name there.
    pub(super) name: &'a str,
    /// Its columns.
    pub(super) columns: &'a [Column],
}

/// That something has no such column, with those that may be meant.
pub(super) fn no_column(of: &str, column: &str, columns: &[&str]) -> String {
    let near = near_names(column, columns.iter().copied());
    if near.is_empty() {
        let known = columns.iter().take(MOST_LISTED).copied().collect::<Vec<_>>().join(", ");
        return format!("{of} has no column {column} (columns: {known})");
    }
    format!("{of} has no column {column}, did you mean {}", near.join(" or "))
}

/// A path as packs have them: `sections[0].sql` for `sections.0.sql`.
pub(super) fn in_brackets(path: &str) -> String {
    let mut all = String::new();
    for part in path.split('.') {
        let is_place = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        match (is_place, all.is_empty()) {
            (true, _) => all.push_str(&format!("[{part}]")),
            (false, true) => all.push_str(part),
            (false, false) => all.push_str(&format!(".{part}")),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_packs() {
        assert_eq!(in_brackets("workflow.steps[1].config.sections.0.sql"), "workflow.steps[1].config.sections[0].sql");
        assert_eq!(in_brackets("config"), "config");
    }

    #[test]
    fn a_column_that_is_not_there_comes_with_those_that_may_be_meant() {
        let columns = ["customer_id", "company"];
        assert_eq!(no_column("Orders", "compny", &columns), "Orders has no column compny, did you mean company");
        assert_eq!(no_column("Orders", "x", &columns), "Orders has no column x (columns: customer_id, company)");
    }
}
