//! First pass: the newest input row of each key, sorted by key.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Field, Float32Type, Float64Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use arrow::row::{OwnedRow, RowConverter, Rows, SortField};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::ScalarValue;
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::execution::context::SessionContext;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::SortExpr;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::prelude::{ident, lit};
use futures::StreamExt;

use super::MergeRequest;
use super::session::{self, Size};
use crate::lake::{LakeError, LakeTable, StagedFile};

/// Holds the input's row number. In capitals, which no lake column has, as all names of ours in merges.
pub(super) const ORDINAL: &str = "ORDINAL";

/// The newest input rows, each key once.
pub(super) struct Latest {
    /// Files sorted by key.
    pub(super) files: Vec<StagedFile>,
    pub(super) size: Size,
    /// The lowest and the highest value of the first key column, unless one is NULL.
    pub(super) first_key: Option<(ScalarValue, ScalarValue)>,
    /// Rows that are left out, since a newer one has the same key.
    pub(super) superseded: u64,
    /// Rows with NULL in their key, those that are left out included.
    pub(super) with_null_key: u64,
}

pub(super) async fn latest_rows(table: &LakeTable, request: &MergeRequest) -> Result<Latest, LakeError> {
    let session = session::session(table, request, staged_size(&request.input).of_a_row())?;
    let sorted =
        sorted_input(table, request, &session).await.map_err(|cause| table.failed("sort the input of", cause))?;
    let mut writer = table.writer(Arc::clone(&request.schema), session::writer_options(request))?;
    match write_latest(table, request, sorted, &mut writer).await {
        Ok(mut latest) => {
            latest.files = writer.close().await?;
            Ok(latest)
        }
        Err(error) => {
            writer.abort().await;
            Err(error)
        }
    }
}

/// The size of staged rows in memory. Files that do not tell it take several times their bytes.
pub(super) fn staged_size(files: &[StagedFile]) -> Size {
    let rows = files.iter().map(|file| file.rows).sum::<i64>();
    let bytes = files.iter().map(|file| match file.memory_bytes {
        0 => file.bytes.unsigned_abs().saturating_mul(4),
        known => known,
    });
    Size { rows: rows.unsigned_abs(), bytes: usize::try_from(bytes.sum::<u64>()).unwrap_or(usize::MAX) }
}

async fn sorted_input(
    table: &LakeTable,
    request: &MergeRequest,
    session: &SessionContext,
) -> Result<SendableRecordBatchStream, DataFusionError> {
    let input = numbered(table, session, &request.input, &request.schema)?;
    let mut order = key_order(&request.schema, &request.keys, &request.keys)?;
    order.extend(
        request.newest_by.iter().map(String::as_str).chain([ORDINAL]).map(|column| ident(column).sort(true, true)),
    );
    input.sort(order)?.execute_stream().await
}

/// The rows of staged files with their numbers, from 0, in [`ORDINAL`].
fn numbered(
    table: &LakeTable,
    session: &SessionContext,
    files: &[StagedFile],
    schema: &SchemaRef,
) -> Result<DataFrame, DataFusionError> {
    let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(ORDINAL, DataType::Int64, false)));
    let with_number = Arc::new(Schema::new(fields));
    let input = Input {
        table: table.clone(),
        files: files.to_vec(),
        rows: Arc::clone(schema),
        numbered: Arc::clone(&with_number),
        session: session.clone(),
    };
    session.read_table(Arc::new(StreamingTable::try_new(with_number, vec![Arc::new(input)])?))
}

async fn write_latest(
    table: &LakeTable,
    request: &MergeRequest,
    mut sorted: SendableRecordBatchStream,
    writer: &mut crate::lake::StagedWriter,
) -> Result<Latest, LakeError> {
    let failed = |cause: DataFusionError| table.failed("sort the input of", cause);
    let columns: Vec<usize> = (0..request.schema.fields().len()).collect();
    let mut keys = KeyRows::new(&request.schema, &request.keys).map_err(|cause| failed(cause.into()))?;
    let size = Size { rows: 0, bytes: 0 };
    let mut latest = Latest { files: Vec::new(), size, first_key: None, superseded: 0, with_null_key: 0 };
    let mut rows = 0;
    let mut held: Option<(RecordBatch, OwnedRow)> = None;
    while let Some(batch) = sorted.next().await {
        let batch = batch.and_then(|batch| Ok(batch.project(&columns)?)).map_err(failed)?;
        if batch.num_rows() == 0 {
            continue;
        }
        rows += batch.num_rows() as u64;
        latest.with_null_key += keys.with_null(&batch);
        let (kept, last) = keys.last_of_each(&batch).map_err(|cause| failed(cause.into()))?;
        // The last row of a batch waits: the next batch may begin with a newer one.
        if let Some((row, key)) = held.take()
            && keys.first_key(&batch).map_err(|cause| failed(cause.into()))? != key
        {
            latest.take(&request.keys[0], &row).map_err(failed)?;
            writer.write(row).await?;
        }
        if kept.num_rows() > 0 {
            latest.take(&request.keys[0], &kept).map_err(failed)?;
            writer.write(kept).await?;
        }
        held = Some((batch.slice(batch.num_rows() - 1, 1), last));
    }
    if let Some((row, _)) = held {
        latest.take(&request.keys[0], &row).map_err(failed)?;
        writer.write(row).await?;
    }
    latest.superseded = rows - latest.size.rows;
    Ok(latest)
}

impl Latest {
    /// All rows in the order of their keys.
    pub(super) fn stream(
        &self,
        table: &LakeTable,
        session: &SessionContext,
        schema: &SchemaRef,
    ) -> SendableRecordBatchStream {
        in_order(table.clone(), self.files.clone(), session.clone(), Arc::clone(schema))
    }

    /// The same with their numbers, for DataFusion.
    pub(super) fn numbered(
        &self,
        table: &LakeTable,
        session: &SessionContext,
        schema: &SchemaRef,
    ) -> Result<DataFrame, DataFusionError> {
        numbered(table, session, &self.files, schema)
    }

    fn take(&mut self, first_key: &str, rows: &RecordBatch) -> Result<(), DataFusionError> {
        let bytes = rows.columns().iter().map(|column| column.to_data().get_slice_memory_size());
        self.size.bytes += bytes.sum::<Result<usize, _>>()?;
        let keys = rows.column_by_name(first_key).ok_or_else(|| DataFusionError::Plan("no key".to_owned()))?;
        let lowest = ScalarValue::try_from_array(keys, 0)?;
        let highest = ScalarValue::try_from_array(keys, keys.len() - 1)?;
        // Rows come in order with NULL first, so only the first key can be NULL when any is.
        self.first_key = match self.first_key.take() {
            None if self.size.rows == 0 && !lowest.is_null() => Some((lowest, highest)),
            None => None,
            Some((lowest, _)) => Some((lowest, highest)),
        };
        self.size.rows += rows.num_rows() as u64;
        Ok(())
    }
}

/// Sorts rows by the key columns `keys` of `schema`, which are called `names` here: NULL first, and both zeros as one.
pub(super) fn key_order(schema: &Schema, keys: &[String], names: &[String]) -> Result<Vec<SortExpr>, ArrowError> {
    let mut order = Vec::with_capacity(keys.len());
    for (key, name) in keys.iter().zip(names) {
        let key_type = schema.field_with_name(key)?.data_type();
        let value = match key_type {
            DataType::Float32 => ident(name.as_str()) + lit(0_f32),
            DataType::Float64 => ident(name.as_str()) + lit(0_f64),
            _ => ident(name.as_str()),
        };
        order.push(value.sort(true, true));
    }
    Ok(order)
}

/// The column with zeros of one sign: hash joins, as SQL, know of one zero only.
fn with_one_zero(column: &ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Float32 => Arc::new(column.as_primitive::<Float32Type>().unary::<_, Float32Type>(|value| value + 0.)),
        DataType::Float64 => Arc::new(column.as_primitive::<Float64Type>().unary::<_, Float64Type>(|value| value + 0.)),
        _ => Arc::clone(column),
    }
}

/// Compares rows by their key columns alone.
pub(super) struct KeyRows {
    converter: RowConverter,
    columns: Vec<usize>,
}

impl KeyRows {
    pub(super) fn new(schema: &SchemaRef, keys: &[String]) -> Result<Self, ArrowError> {
        let columns = keys.iter().map(|key| schema.index_of(key)).collect::<Result<Vec<_>, _>>()?;
        let fields = columns.iter().map(|column| SortField::new(schema.field(*column).data_type().clone()));
        Ok(Self { converter: RowConverter::new(fields.collect())?, columns })
    }

    pub(super) fn keys(&self, batch: &RecordBatch) -> Result<Rows, ArrowError> {
        let columns: Vec<_> = self.columns.iter().map(|column| with_one_zero(batch.column(*column))).collect();
        self.converter.convert_columns(&columns)
    }

    /// How many rows have NULL in a key column.
    fn with_null(&self, batch: &RecordBatch) -> u64 {
        let nulls = self.columns.iter().filter_map(|column| batch.column(*column).logical_nulls());
        let Some(valid) = nulls.map(|nulls| nulls.into_inner()).reduce(|one, other| &one & &other) else { return 0 };
        (batch.num_rows() - valid.count_set_bits()) as u64
    }

    fn first_key(&self, batch: &RecordBatch) -> Result<OwnedRow, ArrowError> {
        Ok(self.keys(&batch.slice(0, 1))?.row(0).owned())
    }

    /// The last row of each key but the batch's last, and that one's key.
    fn last_of_each(&mut self, batch: &RecordBatch) -> Result<(RecordBatch, OwnedRow), ArrowError> {
        let keys = self.keys(batch)?;
        let last = keys.num_rows() - 1;
        let is_last: BooleanArray =
            (0..=last).map(|row| Some(row < last && keys.row(row) != keys.row(row + 1))).collect();
        Ok((filter_record_batch(batch, &is_last)?, keys.row(last).owned()))
    }
}

/// The staged files one after the other, with row numbers.
struct Input {
    table: LakeTable,
    files: Vec<StagedFile>,
    rows: SchemaRef,
    numbered: SchemaRef,
    session: SessionContext,
}

impl std::fmt::Debug for Input {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Input").field("table", &self.table).field("files", &self.files.len()).finish_non_exhaustive()
    }
}

impl PartitionStream for Input {
    fn schema(&self) -> &SchemaRef {
        &self.numbered
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let (table, files) = (self.table.clone(), self.files.clone());
        let (rows, numbered, session) = (Arc::clone(&self.rows), Arc::clone(&self.numbered), self.session.clone());
        let mut batches = in_order(table, files, session, rows);
        let batches = async_stream::try_stream! {
            let mut ordinal = 0_i64;
            while let Some(batch) = batches.next().await {
                let batch = batch?;
                let next = ordinal + batch.num_rows() as i64;
                let mut columns = batch.columns().to_vec();
                columns.push(Arc::new(Int64Array::from_iter_values(ordinal..next)));
                ordinal = next;
                yield RecordBatch::try_new(Arc::clone(&numbered), columns)?;
            }
        };
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.numbered), batches))
    }
}

/// The rows of staged files, one file after the other.
pub(super) fn in_order(
    table: LakeTable,
    files: Vec<StagedFile>,
    session: SessionContext,
    schema: SchemaRef,
) -> SendableRecordBatchStream {
    let rows = Arc::clone(&schema);
    let batches = async_stream::try_stream! {
        for file in files {
            let file = table.scan_staged(&session, std::slice::from_ref(&file), &rows).await;
            let file = file.map_err(|error| DataFusionError::External(Box::new(error)))?;
            let mut batches = file.execute_stream().await?;
            while let Some(batch) = batches.next().await {
                yield batch?;
            }
        }
    };
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}
