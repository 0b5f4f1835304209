//! Deletes the rows whose key is not among given ones: what is gone at the source is found by its keys alone.
//!
//! The first pass reads no more of the table than its keys, and tells which files hold rows that are gone. The second
//! writes these files anew without them. Both are hash joins where the given keys fit into memory; where they do not,
//! keys and rows are gone through in the order of the keys.

use std::collections::BTreeSet;
use std::path::PathBuf;

use arrow::array::AsArray;
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::JoinType;
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SessionContext;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::{ident, lit};
use futures::StreamExt;

use super::compare::{FILE, table_paths};
use super::input::{self, Latest};
use super::keep::{by_key, by_sorted_key, in_key_order};
use super::session::{self, Size};
use super::{MergePlan, MergeRequest};
use crate::lake::{LakeError, LakeTable, StagedFile, TableSnapshot, WriterOptions, schema};

/// Which rows of a table stay.
#[derive(Clone, Debug)]
pub struct PruneRequest {
    /// The columns of the key, as the table has them.
    pub keys: SchemaRef,
    /// Staged files with the keys of the rows that stay, in these columns. They stay as they are.
    pub input: Vec<StagedFile>,
    /// See [`MergeRequest::memory_bytes`].
    pub memory_bytes: usize,
    /// See [`MergeRequest::spill_folder`].
    pub spill_folder: Option<PathBuf>,
    /// How the files are written.
    pub writer: WriterOptions,
}

/// Plans the deletion of the rows of the newest version of `table` whose key is not among those of `request`, and stages
/// the files without them. A row with NULL in its key is never deleted: by such a key nobody can tell it from others.
///
/// Nothing is visible before the plan is committed; see [`merge`](super::merge()).
pub async fn prune(table: &LakeTable, request: PruneRequest) -> Result<MergePlan, LakeError> {
    let PruneRequest { keys, input, memory_bytes, spill_folder, writer } = request;
    if keys.fields().is_empty() {
        let reason = "there is no column to compare rows by".to_owned();
        return Err(LakeError::InvalidSchema { table: table.name().to_owned(), reason });
    }
    let Some(snapshot) = table.snapshot().await?.filter(|snapshot| snapshot.files > 0) else {
        return Ok(MergePlan::default());
    };
    // Where the table does not have a column of the key, that is NULL in all its rows.
    if keys.fields().iter().any(|key| snapshot.schema.column_with_name(key.name()).is_none()) {
        return Ok(MergePlan::default());
    }
    schema::evolved(table.name(), &snapshot.delta().schema(), &schema::delta_schema(table.name(), &keys)?)?;
    let request = MergeRequest {
        keys: keys.fields().iter().map(|key| key.name().clone()).collect(),
        newest_by: None,
        input,
        schema: keys,
        delete_missing: true,
        memory_bytes,
        spill_folder,
        writer,
    };
    let size = input::staged_size(&request.input);
    let sorted =
        if session::fits_hash_table(&request, size) { None } else { Some(input::latest_rows(table, &request).await?) };
    let pruning = Pruning { table, snapshot: &snapshot, request: &request, size, sorted };
    let planned = pruning.plan().await;
    if let Some(sorted) = &pruning.sorted {
        table.discard(&sorted.files).await;
    }
    planned
}

struct Pruning<'a> {
    table: &'a LakeTable,
    snapshot: &'a TableSnapshot,
    request: &'a MergeRequest,
    /// The size of the given keys.
    size: Size,
    /// They in their order, where they do not fit into a hash table.
    sorted: Option<Latest>,
}

impl Pruning<'_> {
    async fn plan(&self) -> Result<MergePlan, LakeError> {
        let (files, rows_deleted) = self.gone().await?;
        if files.is_empty() {
            return Ok(MergePlan::default());
        }
        let removed = table_paths(self.snapshot, &files);
        let added = self.rewritten(&removed).await?;
        Ok(MergePlan { added, removed, rows_deleted, ..MergePlan::default() })
    }

    /// The files with rows that are gone, and how many such rows there are.
    async fn gone(&self) -> Result<(BTreeSet<String>, u64), LakeError> {
        let session = session::session(self.table, self.request, self.size.of_a_row())?;
        let rows = self.table.scan(&session, self.snapshot, None, Some(FILE)).await?;
        let mut columns: Vec<Expr> = self.request.keys.iter().map(|key| ident(key.as_str())).collect();
        columns.push(ident(FILE));
        let rows =
            rows.filter(self.has_key()).and_then(|rows| rows.select(columns)).map_err(|cause| self.failed(cause))?;
        let mut gone = self.part(&session, rows, false).await?;
        let (mut files, mut count) = (BTreeSet::new(), 0);
        while let Some(batch) = gone.next().await {
            let batch = batch.map_err(|cause| self.failed(cause))?;
            let named = cast(batch.column(self.request.keys.len()), &DataType::Utf8);
            let named = named.map_err(|cause| self.failed(cause.into()))?;
            for file in named.as_string::<i32>().iter().flatten() {
                if !files.contains(file) {
                    files.insert(file.to_owned());
                }
            }
            count += batch.num_rows() as u64;
        }
        Ok((files, count))
    }

    /// The files at `paths` without the rows that are gone.
    async fn rewritten(&self, paths: &[String]) -> Result<Vec<StagedFile>, LakeError> {
        // Here batches hold whole rows, which may be huge where their keys are small.
        let row_bytes = self.size.of_a_row().max(Size::in_table(self.snapshot, Some(paths)).of_a_row());
        let session = session::session(self.table, self.request, row_bytes)?;
        let rows = self.table.scan(&session, self.snapshot, Some(paths.to_vec()), None).await?;
        let nameless = rows.clone().filter(self.lacks_key()).map_err(|cause| self.failed(cause))?;
        let rows = rows.filter(self.has_key()).map_err(|cause| self.failed(cause))?;
        let stay = self.part(&session, rows, true).await?;
        let nameless = nameless.execute_stream().await.map_err(|cause| self.failed(cause))?;
        let schema = stay.schema();
        let kept: SendableRecordBatchStream = Box::pin(RecordBatchStreamAdapter::new(schema, stay.chain(nameless)));
        self.table.write_all(self.snapshot.schema.clone(), session::writer_options(self.request), kept).await
    }

    /// Those of `rows` whose key is among the given ones, or (if `wanted` is false) is not.
    async fn part(
        &self,
        session: &SessionContext,
        rows: DataFrame,
        wanted: bool,
    ) -> Result<SendableRecordBatchStream, LakeError> {
        let Some(sorted) = &self.sorted else {
            let keys = self.table.scan_staged(session, &self.request.input, &self.request.schema).await?;
            let join_type = if wanted { JoinType::RightSemi } else { JoinType::RightAnti };
            let joined = by_key(self.request, keys, rows, join_type).map_err(|cause| self.failed(cause))?;
            return joined.execute_stream().await.map_err(|cause| self.failed(cause));
        };
        let keys = sorted.stream(self.table, session, &self.request.schema);
        let rows = in_key_order(self.request, rows).await.map_err(|cause| self.failed(cause))?;
        by_sorted_key(self.request, keys, rows, wanted).map_err(|cause| self.failed(cause))
    }

    /// Whether no column of a row's key is NULL.
    fn has_key(&self) -> Expr {
        let parts = self.request.keys.iter().map(|key| ident(key.as_str()).is_not_null());
        parts.reduce(Expr::and).unwrap_or_else(|| lit(true))
    }

    /// Whether one is.
    fn lacks_key(&self) -> Expr {
        let parts = self.request.keys.iter().map(|key| ident(key.as_str()).is_null());
        parts.reduce(Expr::or).unwrap_or_else(|| lit(false))
    }

    fn failed(&self, cause: DataFusionError) -> LakeError {
        self.table.failed("look for missing keys in", cause)
    }
}
