//! Incremental reading by a column: rows at or after where the last sync ended.

use std::sync::Arc;
use std::time::Duration;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, Scalar, StringArray};
use arrow::compute::kernels::cmp::gt_eq;
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type, Schema};
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};

use crate::sdk::ConnectorError;
use crate::sdk::types::{instant, lake_type, local_timestamp, to_lake};

/// Passes the rows of one column at or after a value, and keeps the largest value that it saw. Rows whose value is NULL
/// or NaN always pass: nothing says that they are old.
pub(super) struct Filter {
    column: String,
    data_type: DataType,
    floor: Option<ArrayRef>,
    largest: Option<ArrayRef>,
    order: RowConverter,
}

impl Filter {
    /// A filter by `column`: `since` is the largest value of the last sync, `seen` that of this one so far.
    ///
    /// # Errors
    /// `Config` where there is no such column, or none that has an order.
    pub(super) fn new(
        schema: &Schema,
        column: &str,
        since: Option<&str>,
        seen: Option<&str>,
        lookback: Duration,
    ) -> Result<Self, ConnectorError> {
        let wrong = |message: String| ConnectorError::config("cursorField", message);
        let Ok(field) = schema.field_with_name(column) else {
            let known: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            return Err(wrong(format!("{column} is no column of the file (known: {})", known.join(", "))));
        };
        let data_type = lake_type(field.data_type());
        if data_type.is_nested() {
            return Err(wrong(format!("{column} has no order; choose a number, a date, a timestamp or a text")));
        }
        let unreadable = |error: ArrowError| {
            wrong(format!("{column} has another type than in the last sync ({error}); sync it in full"))
        };
        let floor = since.map(|text| of_text(text, &data_type)).transpose().map_err(unreadable)?;
        // Nothing comes after NaN. Older versions have kept it as a cursor.
        let floor = floor.filter(|floor| !is_nan(floor, 0));
        let floor = floor.map(|floor| earlier(&floor, lookback)).transpose().map_err(unreadable)?;
        let largest = seen.map(|text| of_text(text, &data_type)).transpose().map_err(unreadable)?;
        let order = RowConverter::new(vec![SortField::new(data_type.clone())])
            .map_err(|error| wrong(format!("{column} has no order ({error})")))?;
        Ok(Self { column: column.to_owned(), data_type, floor, largest, order })
    }

    /// The rows that pass.
    pub(super) fn apply(&mut self, batch: RecordBatch) -> Result<RecordBatch, ArrowError> {
        let Some(column) = batch.column_by_name(&self.column) else { return Ok(batch) };
        let column = to_lake(column)?;
        self.remember(&column)?;
        let Some(floor) = &self.floor else { return Ok(batch) };
        let reaches = gt_eq(&column, &Scalar::new(floor))?;
        let passes =
            BooleanArray::from_iter((0..reaches.len()).map(|row| Some(column.is_null(row) || reaches.value(row))));
        if passes.true_count() == batch.num_rows() { Ok(batch) } else { filter_record_batch(&batch, &passes) }
    }

    /// The largest value so far, as text.
    pub(super) fn largest(&self) -> Option<String> {
        let text = cast(self.largest.as_ref()?, &DataType::Utf8).ok()?;
        let text = text.as_any().downcast_ref::<StringArray>()?;
        (!text.is_empty() && text.is_valid(0)).then(|| text.value(0).to_owned())
    }

    fn remember(&mut self, column: &ArrayRef) -> Result<(), ArrowError> {
        let rows = self.order.convert_columns(&[Arc::clone(column)])?;
        let counts = |row: &usize| column.is_valid(*row) && !is_nan(column, *row);
        let Some(best) = (0..column.len()).filter(counts).max_by_key(|row| rows.row(*row)) else {
            return Ok(());
        };
        if let Some(largest) = &self.largest {
            let largest = self.order.convert_columns(&[Arc::clone(largest)])?;
            if rows.row(best) <= largest.row(0) {
                return Ok(());
            }
        }
        // A copy: a slice would keep the whole batch in memory.
        self.largest = Some(arrow::compute::concat(&[column.slice(best, 1).as_ref()])?);
        debug_assert_eq!(column.data_type(), &self.data_type);
        Ok(())
    }
}

fn is_nan(column: &ArrayRef, row: usize) -> bool {
    match column.data_type() {
        DataType::Float32 => column.as_primitive::<Float32Type>().value(row).is_nan(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).is_nan(),
        _ => false,
    }
}

fn of_text(text: &str, data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    let text: ArrayRef = Arc::new(StringArray::from(vec![text]));
    crate::sdk::types::convert(&text, data_type)
}

/// The value as much earlier as rows may be late; only times can be.
fn earlier(value: &ArrayRef, lookback: Duration) -> Result<ArrayRef, ArrowError> {
    let data_type = value.data_type();
    let is_time = matches!(data_type, DataType::Date32 | DataType::Timestamp(..));
    if lookback.is_zero() || !is_time {
        return Ok(Arc::clone(value));
    }
    let as_micros = if *data_type == instant() { instant() } else { local_timestamp() };
    let micros = cast(&cast(value, &as_micros)?, &DataType::Int64)?;
    let micros = micros.as_primitive::<Int64Type>().value(0);
    let earlier = micros.saturating_sub(i64::try_from(lookback.as_micros()).unwrap_or(i64::MAX));
    let earlier: ArrayRef = Arc::new(arrow::array::Int64Array::from(vec![earlier]));
    cast(&cast(&earlier, &as_micros)?, data_type)
}
