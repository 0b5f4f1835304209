//! MERGE: rows with a known primary key replace the rows they find, all others are added.
//!
//! It goes in three passes, each a stream through DataFusion that spills to disk:
//!
//! 1. `input` sorts the input by key and keeps the newest row of each.
//! 2. `compare` joins them with the table's rows: what is new or differs goes to new files.
//! 3. `keep` rewrites the touched files without the rows that were replaced or deleted.
//!
//! Files of the table that hold no changed row are not touched. delta-rs has a MERGE of its own,
//! but it is one hash join in memory and counts equal rows as updated. A key of the input that the
//! table holds several times, as after appends, is there once when the merge is done.

mod compare;
mod input;
mod keep;
mod meetings;
mod prune;
mod session;
mod sorted;

use std::path::PathBuf;

use arrow::datatypes::SchemaRef;

use super::{LakeError, LakeTable, StagedFile, TableSnapshot, WriterOptions, schema};
use compare::Comparison;

pub use prune::{PruneRequest, prune};

/// What to merge into a table.
#[derive(Clone, Debug)]
pub struct MergeRequest {
    /// Names of the primary key's columns. NULL is a key like any other.
    pub keys: Vec<String>,
    /// Of several input rows with one key, the one that is highest in this column wins; the last
    /// one read wins among equals, and always if this is None.
    pub newest_by: Option<String>,
    /// The rows to merge: staged files in the order in which they were read. They stay as they are.
    pub input: Vec<StagedFile>,
    /// The columns of the input.
    pub schema: SchemaRef,
    /// Whether rows of the table whose key is not in the input are deleted, as after a full load.
    pub delete_missing: bool,
    /// Memory that sorting, joining and writing may take together, in bytes. With less, more goes to disk; a row and
    /// its like must fit in several times, and on a store of objects parts of 5 MiB come on top.
    pub memory_bytes: usize,
    /// Where to spill what does not fit; the system's temporary folder if None.
    pub spill_folder: Option<PathBuf>,
    /// How the files are written.
    pub writer: WriterOptions,
}

/// What to commit, with [`super::CommitMode::Replace`], to make the merge happen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MergePlan {
    /// New files.
    pub added: Vec<StagedFile>,
    /// Paths of the files that they replace.
    pub removed: Vec<String>,
    /// Rows with a key that the table did not have.
    pub rows_added: u64,
    /// Rows that differ from the table's row with their key.
    pub rows_updated: u64,
    /// Rows of the table whose key is gone.
    pub rows_deleted: u64,
    /// Input rows that are in the table as they are.
    pub rows_unchanged: u64,
    /// Input rows that are left out, since a newer one has the same key.
    pub rows_superseded: u64,
    /// Input rows with NULL in their key, those that are left out included.
    pub rows_with_null_key: u64,
}

/// Plans the merge of `request` into the newest version of `table` and stages its files.
///
/// Nothing is visible before the plan is committed; [`LakeError::Conflict`] from that commit means
/// that upkeep has moved the rows, and the merge must be planned again.
pub async fn merge(table: &LakeTable, request: MergeRequest) -> Result<MergePlan, LakeError> {
    check_columns(table, &request)?;
    let snapshot = table.snapshot().await?;
    if let Some(snapshot) = &snapshot {
        let wanted = schema::delta_schema(table.name(), &request.schema)?;
        schema::evolved(table.name(), &snapshot.delta().schema(), &wanted)?;
    }
    let latest = input::latest_rows(table, &request).await?;
    let (rows_superseded, rows_with_null_key) = (latest.superseded, latest.with_null_key);
    let plan = plan_against(table, snapshot, &request, latest).await?;
    Ok(MergePlan { rows_superseded, rows_with_null_key, ..plan })
}

/// Stages the newest row of each key of `request`, for a table that is to hold nothing else: committed with
/// [`super::CommitMode::Overwrite`]. Nothing that is there is looked at.
pub async fn newest(table: &LakeTable, request: MergeRequest) -> Result<MergePlan, LakeError> {
    check_columns(table, &request)?;
    let latest = input::latest_rows(table, &request).await?;
    Ok(MergePlan {
        rows_added: latest.size.rows,
        rows_superseded: latest.superseded,
        rows_with_null_key: latest.with_null_key,
        added: latest.files,
        ..MergePlan::default()
    })
}

fn check_columns(table: &LakeTable, request: &MergeRequest) -> Result<(), LakeError> {
    let invalid = |reason: String| LakeError::InvalidSchema { table: table.name().to_owned(), reason };
    if request.keys.is_empty() {
        return Err(invalid("there is no column to merge by".to_owned()));
    }
    let mut columns = request.keys.iter().chain(&request.newest_by);
    match columns.find(|column| request.schema.column_with_name(column).is_none()) {
        Some(missing) => Err(invalid(format!("the rows have no column {missing} to merge by"))),
        None => Ok(()),
    }
}

async fn plan_against(
    table: &LakeTable,
    snapshot: Option<TableSnapshot>,
    request: &MergeRequest,
    latest: input::Latest,
) -> Result<MergePlan, LakeError> {
    let Some(snapshot) = snapshot.filter(|snapshot| snapshot.files > 0) else {
        return Ok(MergePlan { rows_added: latest.size.rows, added: latest.files, ..MergePlan::default() });
    };
    let holders = compare::files_with_keys(table, &snapshot, request, &latest).await;
    let planned = match holders {
        // Not one row meets another: the sorted input itself is the answer.
        Ok(Some(holders)) if holders.is_empty() => {
            return Ok(MergePlan { rows_added: latest.size.rows, added: latest.files, ..MergePlan::default() });
        }
        Ok(holders) => plan(table, &snapshot, request, &latest, holders).await,
        Err(error) => Err(error),
    };
    if let Err(error) = table.delete_staged(&latest.files).await {
        tracing::warn!(table = table.name(), %error, "sorted input stays until the next maintenance");
    }
    planned
}

async fn plan(
    table: &LakeTable,
    snapshot: &TableSnapshot,
    request: &MergeRequest,
    latest: &input::Latest,
    holders: Option<Vec<String>>,
) -> Result<MergePlan, LakeError> {
    let Comparison { mut plan, touched } = compare::compare(table, snapshot, request, latest, holders).await?;
    if touched.is_empty() {
        return Ok(plan);
    }
    match keep::untouched_rows(table, snapshot, request, latest, &plan.added, &touched).await {
        Ok(kept) => {
            plan.added.extend(kept);
            plan.removed = touched;
            Ok(plan)
        }
        Err(error) => {
            if let Err(error) = table.delete_staged(&plan.added).await {
                tracing::warn!(table = table.name(), %error, "merged rows stay until the next maintenance");
            }
            Err(error)
        }
    }
}
