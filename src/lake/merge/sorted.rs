//! Joining two streams that are sorted by key: for inputs that are too large for a hash table.
//!
//! DataFusion has a sort-merge join, but only for several partitions, whose sorts then starve
//! each other of memory. Here one sort of the table's rows has it all; the input is sorted already.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, UInt32Array};
use arrow::compute::kernels::cmp;
use arrow::compute::{cast, filter_record_batch, or, take};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use arrow::row::Rows;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;

use super::input::KeyRows;

/// A stream of rows sorted by key (NULL first), and where in it we are.
pub(super) struct Sorted {
    rows: SendableRecordBatchStream,
    keys: KeyRows,
    current: Option<(RecordBatch, Rows)>,
    at: usize,
}

impl Sorted {
    /// Rows that come in the order of these key columns.
    pub(super) fn new(rows: SendableRecordBatchStream, keys: &[String]) -> Result<Self> {
        let keys = KeyRows::new(&rows.schema(), keys)?;
        Ok(Self { rows, keys, current: None, at: 0 })
    }

    /// Whether the batch in work has been gone through, so that the next one must be loaded.
    fn is_used_up(&self) -> bool {
        self.current.as_ref().is_none_or(|(batch, _)| self.at >= batch.num_rows())
    }

    /// Loads the next batch with rows; without one `current` is None.
    async fn load(&mut self) -> Result<()> {
        self.current = None;
        self.at = 0;
        while let Some(batch) = self.rows.next().await {
            let batch = batch?;
            if batch.num_rows() > 0 {
                let keys = self.keys.keys(&batch)?;
                self.current = Some((batch, keys));
                break;
            }
        }
        Ok(())
    }

    /// How this side's row compares with the other's; a side at its end comes after all rows.
    fn compare(&self, other: &Self) -> Ordering {
        match (&self.current, &other.current) {
            (Some((_, own)), Some((_, others))) => own.row(self.at).cmp(&others.row(other.at)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        }
    }
}

/// What a join of input and table rows gives: the input's columns, the table's file, whether there
/// is an input row, whether it differs.
pub(super) struct Joined {
    pub(super) schema: SchemaRef,
    /// Positions of the columns that are compared.
    pub(super) compared: Vec<usize>,
    /// Whether rows of the table without an input row are given.
    pub(super) with_missing: bool,
}

impl Joined {
    /// Joins the input with table rows that have the same columns and then the file.
    pub(super) fn stream(self, mut input: Sorted, mut table: Sorted) -> SendableRecordBatchStream {
        let schema = Arc::clone(&self.schema);
        let batches = async_stream::try_stream! {
            let mut pairs = Pairs::default();
            let mut is_matched = false;
            input.load().await?;
            table.load().await?;
            while input.current.is_some() || (self.with_missing && table.current.is_some()) {
                match input.compare(&table) {
                    Ordering::Less => {
                        if !is_matched {
                            pairs.push(Some(input.at), None);
                        }
                        is_matched = false;
                        input.at += 1;
                    }
                    Ordering::Equal => {
                        pairs.push(Some(input.at), Some(table.at));
                        is_matched = true;
                        table.at += 1;
                    }
                    Ordering::Greater => {
                        if self.with_missing {
                            pairs.push(None, Some(table.at));
                        }
                        table.at += 1;
                    }
                }
                let is_input_used_up = input.current.is_some() && input.is_used_up();
                let is_table_used_up = table.current.is_some() && table.is_used_up();
                if is_input_used_up || is_table_used_up {
                    yield self.batch(std::mem::take(&mut pairs), &input, &table)?;
                }
                if is_input_used_up {
                    input.load().await?;
                }
                if is_table_used_up {
                    table.load().await?;
                }
            }
        };
        Box::pin(RecordBatchStreamAdapter::new(schema, batches))
    }

    fn batch(&self, pairs: Pairs, input: &Sorted, table: &Sorted) -> Result<RecordBatch> {
        let width = self.schema.fields().len() - 3;
        let rows = pairs.input.len();
        let (input_rows, table_rows) = (UInt32Array::from(pairs.input), UInt32Array::from(pairs.table));
        let mut columns = Vec::with_capacity(width + 3);
        let mut differs = BooleanArray::from(vec![false; rows]);
        for position in 0..width {
            let data_type = self.schema.field(position).data_type();
            let new = pick(input, position, &input_rows, data_type)?;
            if self.compared.contains(&position) {
                let old = pick(table, position, &table_rows, data_type)?;
                differs = or(&differs, &distinct(&new, &old)?)?;
            }
            columns.push(new);
        }
        columns.push(pick(table, width, &table_rows, &DataType::Utf8)?);
        columns.push(Arc::new(input_rows.iter().map(|row| row.map(|_| true)).collect::<BooleanArray>()));
        columns.push(Arc::new(differs));
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

/// Rows of the two current batches that belong together.
#[derive(Default)]
struct Pairs {
    input: Vec<Option<u32>>,
    table: Vec<Option<u32>>,
}

impl Pairs {
    fn push(&mut self, input: Option<usize>, table: Option<usize>) {
        self.input.push(input.and_then(|row| u32::try_from(row).ok()));
        self.table.push(table.and_then(|row| u32::try_from(row).ok()));
    }
}

fn pick(side: &Sorted, position: usize, rows: &UInt32Array, data_type: &DataType) -> Result<ArrayRef> {
    let Some((batch, _)) = &side.current else {
        return Ok(arrow::array::new_null_array(data_type, rows.len()));
    };
    let picked = take(batch.column(position), rows, None)?;
    Ok(if picked.data_type() == data_type { picked } else { cast(&picked, data_type)? })
}

/// `IS DISTINCT FROM`, for nested values too.
fn distinct(one: &ArrayRef, other: &ArrayRef) -> Result<BooleanArray> {
    if !one.data_type().is_nested() {
        return Ok(cmp::distinct(one, other)?);
    }
    Ok((0..one.len()).map(|row| Some(one.slice(row, 1).as_ref() != other.slice(row, 1).as_ref())).collect())
}

/// The rows whose key is among the keys of `others`, or (if `wanted` is false) is not.
pub(super) fn with_keys(mut rows: Sorted, mut others: Sorted, wanted: bool) -> SendableRecordBatchStream {
    let schema = rows.rows.schema();
    let batches = async_stream::try_stream! {
        others.load().await?;
        rows.load().await?;
        let mut is_kept = Vec::new();
        while rows.current.is_some() {
            match rows.compare(&others) {
                Ordering::Greater => {
                    others.at += 1;
                    if others.is_used_up() {
                        others.load().await?;
                    }
                    continue;
                }
                Ordering::Equal => is_kept.push(wanted),
                Ordering::Less => is_kept.push(!wanted),
            }
            rows.at += 1;
            if rows.is_used_up() {
                let is_kept = BooleanArray::from(std::mem::take(&mut is_kept));
                if let Some((batch, _)) = &rows.current {
                    yield filter_record_batch(batch, &is_kept)?;
                }
                rows.load().await?;
            }
        }
    };
    Box::pin(RecordBatchStreamAdapter::new(schema, batches))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use arrow::array::{AsArray, Int64Array, StringArray};
    use arrow::datatypes::{Field, Int64Type, Schema};
    use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
    use futures::TryStreamExt;
    use proptest::prelude::*;

    use super::*;

    type Side = BTreeMap<Option<i64>, Option<i64>>;

    fn side(rows: &Side, batch_rows: usize, file: Option<&str>) -> Sorted {
        let mut fields = vec![Field::new("id", DataType::Int64, true), Field::new("value", DataType::Int64, true)];
        fields.extend(file.map(|_| Field::new("file", DataType::Utf8, false)));
        let schema = Arc::new(Schema::new(fields));
        let rows: Vec<_> = rows.iter().collect();
        let batches: Vec<_> = rows
            .chunks(batch_rows)
            .map(|rows| {
                let mut columns: Vec<ArrayRef> = vec![
                    Arc::new(rows.iter().map(|(id, _)| **id).collect::<Int64Array>()),
                    Arc::new(rows.iter().map(|(_, value)| **value).collect::<Int64Array>()),
                ];
                columns.extend(file.map(|file| Arc::new(StringArray::from(vec![file; rows.len()])) as ArrayRef));
                Ok(RecordBatch::try_new(Arc::clone(&schema), columns).unwrap())
            })
            .collect();
        let rows = RecordBatchStreamAdapter::new(schema, futures::stream::iter(batches));
        Sorted::new(Box::pin(rows), &["id".to_owned()]).unwrap()
    }

    fn ids(batches: &[RecordBatch], column: usize) -> Vec<Option<i64>> {
        batches.iter().flat_map(|batch| batch.column(column).as_primitive::<Int64Type>().iter()).collect()
    }

    fn rows() -> impl Strategy<Value = Side> {
        proptest::collection::btree_map(
            proptest::option::weighted(0.9, -20..20_i64),
            proptest::option::of(0..3_i64),
            0..30,
        )
    }

    proptest! {
        #[test]
        fn a_join_meets_each_row_once(input in rows(), table in rows(), sizes in (1..5_usize, 1..5_usize), with_missing: bool) {
            let joined = Joined {
                schema: Arc::new(Schema::new(vec![
                    Field::new("id", DataType::Int64, true),
                    Field::new("value", DataType::Int64, true),
                    Field::new("file", DataType::Utf8, true),
                    Field::new("present", DataType::Boolean, true),
                    Field::new("differs", DataType::Boolean, false),
                ])),
                compared: vec![1],
                with_missing,
            };
            let stream = joined.stream(side(&input, sizes.0, None), side(&table, sizes.1, Some("f")));
            let batches: Vec<RecordBatch> = futures::executor::block_on(stream.try_collect()).unwrap();
            let mut found = Vec::new();
            for batch in &batches {
                let id = batch.column(0).as_primitive::<Int64Type>();
                for row in 0..batch.num_rows() {
                    let is_present = batch.column(3).is_valid(row);
                    let is_in_table = batch.column(2).is_valid(row);
                    let differs = batch.column(4).as_boolean().value(row);
                    let id = id.is_valid(row).then(|| id.value(row));
                    found.push((is_present.then_some(id), is_in_table, is_present && is_in_table && differs));
                }
            }
            let mut expected: Vec<_> = input
                .iter()
                .map(|(id, value)| (Some(*id), table.contains_key(id), table.get(id).is_some_and(|old| old != value)))
                .collect();
            let missing = table.keys().filter(|id| with_missing && !input.contains_key(id));
            expected.extend(missing.map(|_| (None, true, false)));
            found.sort();
            expected.sort();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn rows_are_kept_by_their_keys(rows in rows(), others in rows(), sizes in (1..5_usize, 1..5_usize), wanted: bool) {
            let stream = with_keys(side(&rows, sizes.0, None), side(&others, sizes.1, None), wanted);
            let batches: Vec<RecordBatch> = futures::executor::block_on(stream.try_collect()).unwrap();
            let expected: Vec<_> = rows.keys().filter(|id| others.contains_key(id) == wanted).copied().collect();
            prop_assert_eq!(ids(&batches, 0), expected);
        }
    }
}
