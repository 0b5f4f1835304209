//! Second pass: which input rows are new or differ, and which of the table's files they touch.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use arrow::row::Row;
use datafusion::common::{JoinType, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::error::{DataFusionError, Result as DataFusionResult};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::Expr;
use datafusion::prelude::{cast, ident, lit};
use futures::StreamExt;

use super::input::{KeyRows, Latest, ORDINAL, key_order};
use super::meetings::Meetings;
use super::session::Size;
use super::sorted::{Joined, Sorted};
use super::{MergePlan, MergeRequest, session};
use crate::lake::{LakeError, LakeTable, StagedWriter, TableSnapshot};

/// The scan's column with the file that a row is from.
pub(super) const FILE: &str = "FILE";
/// True where the joined row has an input row.
const PRESENT: &str = "PRESENT";
/// True where the input row differs from the table's.
const DIFFERS: &str = "DIFFERS";

/// What the second pass found.
pub(super) struct Comparison {
    /// The plan so far: new and changed rows are staged.
    pub(super) plan: MergePlan,
    /// Paths of the files with rows that are replaced or deleted.
    pub(super) touched: Vec<String>,
}

/// Joins the input with the rows of `files` (None for all), and stages what is new or differs.
pub(super) async fn compare(
    table: &LakeTable,
    snapshot: &TableSnapshot,
    request: &MergeRequest,
    latest: &Latest,
    files: Option<Vec<String>>,
) -> Result<Comparison, LakeError> {
    // Rows of the table may be wider than those of the input.
    let row_bytes = latest.size.of_a_row().max(Size::in_table(snapshot, files.as_deref()).of_a_row());
    let session = session::session(table, request, row_bytes)?;
    let rows = table.scan(&session, snapshot, files, Some(FILE)).await?;
    let failed = |cause| table.failed("merge into", cause);
    let rows = row_columns(snapshot, request, rows).map_err(failed)?;
    let (joined, meetings) = if session::fits_hash_table(request, latest.size) {
        let input = latest.numbered(table, &session, &request.schema).map_err(failed)?;
        (hash_joined(request, input, rows).await.map_err(failed)?, Meetings::by_number(latest.size.rows))
    } else {
        let input = latest.stream(table, &session, &request.schema);
        (sort_joined(request, input, rows).await.map_err(failed)?, Meetings::in_order())
    };
    let mut writer = table.writer(Arc::clone(&request.schema), session::writer_options(request))?;
    let mut differences = Differences::new(table, request, meetings)?;
    match differences.write(joined, &mut writer).await {
        Ok(()) => {
            differences.plan.added = writer.close().await?;
            Ok(Comparison { touched: table_paths(snapshot, &differences.touched), plan: differences.plan })
        }
        Err(error) => {
            writer.abort().await;
            Err(error)
        }
    }
}

/// Files that hold a key of the input, found by reading no more than keys; None for all files.
pub(super) async fn files_with_keys(
    table: &LakeTable,
    snapshot: &TableSnapshot,
    request: &MergeRequest,
    latest: &Latest,
) -> Result<Option<Vec<String>>, LakeError> {
    // A large input has keys in most files, and all must be sorted anyhow.
    let is_worthwhile = snapshot.files > 1 && session::fits_hash_table(request, latest.size);
    if request.delete_missing || !is_worthwhile {
        return Ok(None);
    }
    if latest.size.rows == 0 {
        return Ok(Some(Vec::new()));
    }
    let session = &session::session(table, request, latest.size.of_a_row())?;
    let failed = |cause: DataFusionError| table.failed("look for changed keys in", cause);
    // A table that lacks a key column has no row with that key, unless the key is NULL.
    if request.keys.iter().any(|key| snapshot.schema.column_with_name(key).is_none()) {
        return Ok(None);
    }
    let mut rows = table.scan(session, snapshot, None, Some(FILE)).await?;
    // Among floats, a zero may be of another sign in the table.
    let is_float = request.schema.field_with_name(&request.keys[0]).is_ok_and(|key| key.data_type().is_floating());
    if let Some((lowest, highest)) = latest.first_key.as_ref().filter(|_| !is_float) {
        let key = ident(request.keys[0].as_str());
        let range = key.clone().gt_eq(lit(lowest.clone())).and(key.lt_eq(lit(highest.clone())));
        rows = rows.filter(range).map_err(failed)?;
    }
    let mut columns = renamed(&request.keys, "t");
    columns.push(ident(FILE));
    let rows = rows.select(columns).map_err(failed)?;
    let input = table.scan_staged(session, &latest.files, &request.schema).await?;
    let input = input.select(renamed(&request.keys, "d")).map_err(failed)?;
    let (left, right) = (names(&request.keys, "d"), names(&request.keys, "t"));
    let matches = session::join(input, rows, JoinType::RightSemi, left, right).map_err(failed)?;
    let files = matches.select(vec![file_text()]).and_then(DataFrame::distinct).map_err(failed)?;
    let mut files = files.execute_stream().await.map_err(failed)?;
    let mut found = BTreeSet::new();
    while let Some(batch) = files.next().await {
        let batch = batch.map_err(failed)?;
        found.extend(batch.column(0).as_string::<i32>().iter().flatten().map(str::to_owned));
    }
    Ok(Some(table_paths(snapshot, &found)))
}

/// The table's rows as the columns t0, t1 … of the input's schema, and their file.
fn row_columns(snapshot: &TableSnapshot, request: &MergeRequest, rows: DataFrame) -> DataFusionResult<DataFrame> {
    let mut columns = Vec::with_capacity(request.schema.fields().len() + 1);
    for (position, field) in request.schema.fields().iter().enumerate() {
        // A column that the table does not have yet is NULL in all its rows.
        let value = match snapshot.schema.column_with_name(field.name()) {
            Some(_) => ident(field.name().as_str()),
            None => cast(lit(ScalarValue::Null), field.data_type().clone()),
        };
        columns.push(value.alias(format!("t{position}")));
    }
    columns.push(ident(FILE));
    rows.select(columns)
}

/// Every input row with the table's row of the same key, by a hash table of the input.
async fn hash_joined(
    request: &MergeRequest,
    input: DataFrame,
    rows: DataFrame,
) -> DataFusionResult<SendableRecordBatchStream> {
    let columns: Vec<String> = request.schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut input_columns = renamed(&columns, "d");
    input_columns.extend([lit(true).alias(PRESENT), ident(ORDINAL)]);
    let input = input.select(input_columns)?;
    let keys = key_positions(request)?;
    let (left, right) =
        (keys.iter().map(|key| format!("d{key}")).collect(), keys.iter().map(|key| format!("t{key}")).collect());
    let join_type = if request.delete_missing { JoinType::Full } else { JoinType::Left };
    let joined = session::join(input, rows, join_type, left, right)?;
    let differs = (0..columns.len())
        .filter(|position| !keys.contains(position))
        .map(|position| distinct(ident(format!("d{position}")), ident(format!("t{position}"))))
        .reduce(Expr::or)
        .unwrap_or_else(|| lit(false));
    let mut result: Vec<Expr> = (0..columns.len()).map(|position| ident(format!("d{position}"))).collect();
    result.extend([file_text(), ident(PRESENT), differs.alias(DIFFERS), ident(ORDINAL)]);
    joined.select(result)?.execute_stream().await
}

/// The same, by going through both in the order of their keys.
async fn sort_joined(
    request: &MergeRequest,
    input: SendableRecordBatchStream,
    rows: DataFrame,
) -> DataFusionResult<SendableRecordBatchStream> {
    let keys = key_positions(request)?;
    let names: Vec<String> = keys.iter().map(|key| format!("t{key}")).collect();
    let rows = rows.sort(key_order(&request.schema, &request.keys, &names)?)?.execute_stream().await?;
    let mut fields: Vec<_> = nullable(&request.schema).fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(FILE, DataType::Utf8, true)));
    fields.push(Arc::new(Field::new(PRESENT, DataType::Boolean, true)));
    fields.push(Arc::new(Field::new(DIFFERS, DataType::Boolean, false)));
    let joined = Joined {
        compared: (0..request.schema.fields().len()).filter(|position| !keys.contains(position)).collect(),
        schema: Arc::new(Schema::new(fields)),
        with_missing: request.delete_missing,
    };
    Ok(joined.stream(Sorted::new(input, &request.keys)?, Sorted::new(rows, &names)?))
}

fn key_positions(request: &MergeRequest) -> DataFusionResult<Vec<usize>> {
    Ok(request.keys.iter().map(|key| request.schema.index_of(key)).collect::<Result<Vec<_>, _>>()?)
}

/// Collects the second pass's findings batch by batch.
struct Differences<'a> {
    table: &'a LakeTable,
    schema: SchemaRef,
    keys: KeyRows,
    meetings: Meetings,
    plan: MergePlan,
    touched: BTreeSet<String>,
}

impl<'a> Differences<'a> {
    fn new(table: &'a LakeTable, request: &MergeRequest, meetings: Meetings) -> Result<Self, LakeError> {
        let keys = KeyRows::new(&request.schema, &request.keys).map_err(|cause| table.failed("merge into", cause))?;
        Ok(Self {
            table,
            schema: Arc::clone(&request.schema),
            keys,
            meetings,
            plan: MergePlan::default(),
            touched: BTreeSet::new(),
        })
    }

    async fn write(
        &mut self,
        mut joined: SendableRecordBatchStream,
        writer: &mut StagedWriter,
    ) -> Result<(), LakeError> {
        while let Some(batch) = joined.next().await {
            let changed = batch.and_then(|batch| self.changed_rows(&batch));
            writer.write(changed.map_err(|cause| self.table.failed("merge into", cause))?).await?;
        }
        Ok(())
    }

    /// Counts the rows of a joined batch and returns the input rows that must be written.
    fn changed_rows(&mut self, joined: &RecordBatch) -> DataFusionResult<RecordBatch> {
        let width = self.schema.fields().len();
        let columns: Vec<ArrayRef> = joined.columns()[..width].to_vec();
        let files = joined.column(width).as_string::<i32>();
        let present = joined.column(width + 1).as_boolean();
        let differs = joined.column(width + 2).as_boolean();
        let ordinals = joined.columns().get(width + 3).map(|ordinals| ordinals.as_primitive::<Int64Type>());
        let keys = self.keys.keys(&RecordBatch::try_new(nullable(&self.schema), columns.clone())?)?;
        let mut written = Vec::with_capacity(joined.num_rows());
        for row in 0..joined.num_rows() {
            let is_written = if present.is_null(row) {
                self.plan.rows_deleted += 1;
                self.touch(files.value(row));
                false
            } else if files.is_null(row) {
                self.plan.rows_added += 1;
                true
            } else {
                let ordinal = ordinals.map_or(0, |ordinals| ordinals.value(row));
                self.meet(ordinal, keys.row(row), files.value(row), differs.value(row))
            };
            written.push(is_written);
        }
        let batch = RecordBatch::try_new(nullable(&self.schema), columns)?;
        Ok(filter_record_batch(&batch, &BooleanArray::from(written))?)
    }

    /// An input row meets a row of the table with its key. Returns whether it is to be written now.
    ///
    /// A table that holds the key more than once joins its input row as often. That row is then written, once, and takes
    /// the place of all of them, even of those that are equal to it.
    fn meet(&mut self, ordinal: i64, key: Row<'_>, file: &str, differs: bool) -> bool {
        let earlier = self.meetings.earlier(ordinal, key.as_ref());
        let is_written = match &earlier {
            None => differs,
            Some(earlier) => !earlier.is_written,
        };
        if differs || earlier.is_some() {
            self.touch(file);
        }
        match &earlier {
            None if differs => self.plan.rows_updated += 1,
            None => self.plan.rows_unchanged += 1,
            Some(earlier) if !earlier.is_written => {
                self.touch(&earlier.file);
                self.plan.rows_unchanged -= 1;
                self.plan.rows_updated += 1;
            }
            Some(_) => {}
        }
        self.meetings.remember(ordinal, key.as_ref(), file, is_written || earlier.is_some());
        is_written
    }

    fn touch(&mut self, file: &str) {
        if !self.touched.contains(file) {
            self.touched.insert(file.to_owned());
        }
    }
}

/// The joined input columns: all nullable, since a deleted row has none of them.
fn nullable(schema: &SchemaRef) -> SchemaRef {
    let fields = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The file column as text; until the join it is a small dictionary, which sorts carry along cheaply.
fn file_text() -> Expr {
    cast(ident(FILE), DataType::Utf8).alias(FILE)
}

fn distinct(left: Expr, right: Expr) -> Expr {
    datafusion::logical_expr::binary_expr(left, datafusion::logical_expr::Operator::IsDistinctFrom, right)
}

fn renamed(columns: &[String], prefix: &str) -> Vec<Expr> {
    columns.iter().zip(names(columns, prefix)).map(|(column, name)| ident(column.as_str()).alias(name)).collect()
}

fn names(columns: &[String], prefix: &str) -> Vec<String> {
    (0..columns.len()).map(|position| format!("{prefix}{position}")).collect()
}

/// The scan names files by their full URL; the table knows them by their path below its folder.
pub(super) fn table_paths(snapshot: &TableSnapshot, files: &BTreeSet<String>) -> Vec<String> {
    let by_name: HashMap<String, String> =
        snapshot.file_list().into_iter().map(|file| (file_name(&file.path).to_owned(), file.path)).collect();
    files.iter().filter_map(|file| by_name.get(file_name(file)).cloned()).collect()
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
