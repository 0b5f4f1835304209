//! Rejected rows and values: kept beside the table, counted, and told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use chrono::Utc;
use serde_json::json;

use super::{Lease, SourceError, SourcePlan};
use crate::events::Fact;
use crate::lake::{LakeTable, StagedFile, WriterOptions};
use crate::sdk::{RejectedRow, RejectedValue, counted, types};
use crate::vocabulary::{EventLevel, SyncEventKind};

/// What the name of a table of rejected rows ends with.
pub const REJECTED: &str = "_rejected";

/// The rejects of one attempt to read a source.
#[derive(Default)]
pub(super) struct Rejects {
    waiting: Vec<RejectedRow>,
    values: BTreeMap<(String, String), u64>,
    /// The columns with such values, so far.
    nulled: BTreeSet<String>,
    /// Rows rejected so far.
    pub(super) count: u64,
    /// Where and why the first of this attempt was.
    pub(super) first: Option<String>,
}

impl Rejects {
    /// After so many that earlier attempts have kept.
    pub(super) fn after(count: u64) -> Self {
        Self { count, ..Self::default() }
    }

    /// Whether rows wait for the next checkpoint.
    pub(super) fn are_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Keeps rejected rows until the next checkpoint.
    ///
    /// # Errors
    /// Over the data source's limit.
    pub(super) fn add(&mut self, rows: Vec<RejectedRow>, source: &SourcePlan) -> Result<(), SourceError> {
        self.count += rows.len() as u64;
        if self.first.is_none() {
            self.first = rows.first().map(|row| match row.position.as_str() {
                "" => row.reason.clone(),
                position => format!("{position}: {}", row.reason),
            });
        }
        self.waiting.extend(rows);
        if i64::try_from(self.count).unwrap_or(i64::MAX) > source.reject_limit {
            return Err(SourceError::TooManyRejected {
                rejected: self.count,
                limit: source.reject_limit,
                first: self.first.clone().unwrap_or_default(),
            });
        }
        Ok(())
    }

    /// Counts values that became NULL.
    pub(super) fn add_value(&mut self, value: RejectedValue) {
        self.nulled.insert(value.column.clone());
        *self.values.entry((value.column, value.reason)).or_default() += value.count;
    }

    /// The columns of the key with values that became NULL.
    pub(super) fn nulled_key(&self, source: &SourcePlan) -> Vec<String> {
        source.primary_key.iter().filter(|column| self.nulled.contains(*column)).cloned().collect()
    }

    /// One fact for each column and reason since the last call.
    pub(super) fn facts(&mut self, source: &SourcePlan) -> Vec<Fact> {
        std::mem::take(&mut self.values)
            .into_iter()
            .map(|((column, reason), count)| {
                let (one, many) = (format!("value of {column} was"), format!("values of {column} were"));
                let message = format!("{} read as NULL: {reason}", counted(count, &one, &many));
                Fact::new(SyncEventKind::Log, Some(&source.id), message)
                    .level(EventLevel::Warning)
                    .details(json!({ "rejectedValues": count, "column": column, "reason": reason }))
            })
            .collect()
    }

    /// Writes the waiting rows to files of the table of rejected rows; gives the number of rows, too.
    pub(super) async fn stage(
        &mut self,
        table: &LakeTable,
        lease: &Lease,
    ) -> Result<(Vec<StagedFile>, u64), SourceError> {
        if self.waiting.is_empty() {
            return Ok((Vec::new(), 0));
        }
        let rows = self.waiting.len() as u64;
        let batch = batch(std::mem::take(&mut self.waiting), lease)?;
        let mut writer = table.writer(schema(), WriterOptions::default())?;
        writer.write(batch).await?;
        Ok((writer.close().await?, rows))
    }
}

/// Tells at the end of a source that rows are missing from its table, why, and where they are.
pub(super) fn warning(source: &SourcePlan, count: u64, first: Option<&str>) -> Option<Fact> {
    let name = &source.name;
    let table = format!("{}{REJECTED}", source.table_name);
    let message = match (count, first) {
        (0, _) => return None,
        (1, Some(reason)) => format!("{name}: 1 row was rejected ({reason}) and is kept in {table}"),
        (1, None) => format!("{name}: 1 row was rejected and is kept in {table}"),
        (_, Some(reason)) => {
            format!("{name}: {count} rows were rejected (the first: {reason}) and are kept in {table}")
        }
        (_, None) => format!("{name}: {count} rows were rejected and are kept in {table}"),
    };
    let fact = Fact::new(SyncEventKind::Log, Some(&source.id), message).level(EventLevel::Warning);
    Some(fact.details(json!({ "rejectedRows": count, "reason": first, "table": table })))
}

/// Where the rejected rows of the table at `lake_path` lie.
pub fn rejected_path(lake_path: &str) -> String {
    format!("{lake_path}{REJECTED}")
}

/// The columns of a table of rejected rows.
pub(super) fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("position", DataType::Utf8, true),
        Field::new("reason", DataType::Utf8, true),
        Field::new("row", DataType::Utf8, true),
        Field::new("sync_log_id", DataType::Utf8, true),
        Field::new("rejected_at", types::instant(), true),
    ]))
}

fn batch(rows: Vec<RejectedRow>, lease: &Lease) -> Result<RecordBatch, SourceError> {
    let now = Utc::now().timestamp_micros();
    let count = rows.len();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.position))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.reason))),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.row))),
        Arc::new(StringArray::from_iter_values(std::iter::repeat_n(lease.sync_log_id.as_str(), count))),
        Arc::new(TimestampMicrosecondArray::from_value(now, count).with_timezone("UTC")),
    ];
    Ok(RecordBatch::try_new(schema(), columns)?)
}
