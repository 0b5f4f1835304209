//! Columns in the making: values are appended row by row, and a row that does not fit is taken back whole.
//!
//! Arrow's own builders cannot take a value back, which the exact rejection of rows needs.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, BooleanBufferBuilder, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use arrow::error::ArrowError;

use super::scalar;
use crate::sdk::types::type_name;

/// A value that does not fit the type of its column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Misfit {
    pub(super) reason: String,
}

/// One column in the making.
pub(super) struct Column {
    data_type: DataType,
    valid: Vec<bool>,
    nulls: usize,
    values: Values,
}

enum Values {
    Boolean(BooleanBufferBuilder),
    Integer(Vec<i64>),
    Double(Vec<f64>),
    Decimal { values: Vec<i128>, precision: u8, scale: i8 },
    Date(Vec<i32>),
    Moment { values: Vec<i64>, has_zone: bool },
    Text { ends: Vec<i32>, bytes: Vec<u8> },
}

impl Column {
    /// An empty column of one of the types that [`infer`](super::infer) chooses; text for any other.
    pub(super) fn new(data_type: &DataType) -> Self {
        let values = match data_type {
            DataType::Boolean => Values::Boolean(BooleanBufferBuilder::new(0)),
            DataType::Int64 => Values::Integer(Vec::new()),
            DataType::Float64 => Values::Double(Vec::new()),
            DataType::Decimal128(precision, scale) => {
                Values::Decimal { values: Vec::new(), precision: *precision, scale: *scale }
            }
            DataType::Date32 => Values::Date(Vec::new()),
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                Values::Moment { values: Vec::new(), has_zone: zone.is_some() }
            }
            _ => Values::Text { ends: Vec::new(), bytes: Vec::new() },
        };
        Self { data_type: data_type.clone(), valid: Vec::new(), nulls: 0, values }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self.values, Values::Text { .. })
    }

    pub(super) fn len(&self) -> usize {
        self.valid.len()
    }

    /// Bytes that the values take.
    pub(super) fn bytes(&self) -> usize {
        let values = match &self.values {
            Values::Boolean(bits) => bits.len() / 8,
            Values::Integer(values) => values.len() * 8,
            Values::Double(values) => values.len() * 8,
            Values::Decimal { values, .. } => values.len() * 16,
            Values::Date(values) => values.len() * 4,
            Values::Moment { values, .. } => values.len() * 8,
            Values::Text { ends, bytes } => ends.len() * 4 + bytes.len(),
        };
        values + self.valid.len()
    }

    pub(super) fn null(&mut self) {
        match &mut self.values {
            Values::Boolean(bits) => bits.append(false),
            Values::Integer(values) => values.push(0),
            Values::Double(values) => values.push(0.),
            Values::Decimal { values, .. } => values.push(0),
            Values::Date(values) => values.push(0),
            Values::Moment { values, .. } => values.push(0),
            Values::Text { ends, bytes } => ends.push(end_of(bytes)),
        }
        self.valid.push(false);
        self.nulls += 1;
    }

    /// Appends a text to a text column, and what it says to any other.
    ///
    /// # Errors
    /// Where the text is no value of the column's type; nothing is appended then.
    pub(super) fn parse(&mut self, text: &[u8]) -> Result<(), Misfit> {
        let fits = match &mut self.values {
            Values::Text { ends, bytes } => {
                bytes.extend_from_slice(text);
                ends.push(end_of(bytes));
                true
            }
            Values::Boolean(bits) => scalar::boolean(text).map(|value| bits.append(value)).is_some(),
            Values::Integer(values) => scalar::integer(text).map(|value| values.push(value)).is_some(),
            Values::Double(values) => scalar::double(text).map(|value| values.push(value)).is_some(),
            Values::Decimal { values, precision, scale } => {
                scalar::decimal(text, *precision, *scale).map(|value| values.push(value)).is_some()
            }
            Values::Date(values) => scalar::date(text).map(|value| values.push(value)).is_some(),
            Values::Moment { values, has_zone } => moment(text, *has_zone).map(|value| values.push(value)).is_some(),
        };
        if fits {
            self.valid.push(true);
            return Ok(());
        }
        let shown: String = String::from_utf8_lossy(text).chars().take(60).collect();
        Err(Misfit { reason: format!("{shown:?} is no {}", type_name(&self.data_type)) })
    }

    /// Takes back all values from the `length`-th on.
    pub(super) fn truncate(&mut self, length: usize) {
        if self.valid.len() <= length {
            return;
        }
        self.nulls -= self.valid[length..].iter().filter(|valid| !**valid).count();
        self.valid.truncate(length);
        match &mut self.values {
            Values::Boolean(bits) => bits.truncate(length),
            Values::Integer(values) => values.truncate(length),
            Values::Double(values) => values.truncate(length),
            Values::Decimal { values, .. } => values.truncate(length),
            Values::Date(values) => values.truncate(length),
            Values::Moment { values, .. } => values.truncate(length),
            Values::Text { ends, bytes } => {
                ends.truncate(length);
                bytes.truncate(ends.last().map_or(0, |end| usize::try_from(*end).unwrap_or(0)));
            }
        }
    }

    /// The values as an array; the column is empty afterwards.
    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let valid = std::mem::take(&mut self.valid);
        let nulls = (std::mem::take(&mut self.nulls) > 0).then(|| NullBuffer::from(valid));
        Ok(match &mut self.values {
            Values::Boolean(bits) => Arc::new(BooleanArray::new(bits.finish(), nulls)),
            Values::Integer(values) => Arc::new(Int64Array::new(std::mem::take(values).into(), nulls)),
            Values::Double(values) => Arc::new(Float64Array::new(std::mem::take(values).into(), nulls)),
            Values::Decimal { values, precision, scale } => Arc::new(
                Decimal128Array::new(std::mem::take(values).into(), nulls)
                    .with_precision_and_scale(*precision, *scale)?,
            ),
            Values::Date(values) => Arc::new(Date32Array::new(std::mem::take(values).into(), nulls)),
            Values::Moment { values, has_zone } => {
                let array = TimestampMicrosecondArray::new(std::mem::take(values).into(), nulls);
                Arc::new(if *has_zone { array.with_timezone("UTC") } else { array })
            }
            Values::Text { ends, bytes } => {
                let mut offsets = Vec::with_capacity(ends.len() + 1);
                offsets.push(0);
                offsets.append(ends);
                let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
                Arc::new(StringArray::try_new(offsets, Buffer::from_vec(std::mem::take(bytes)), nulls)?)
            }
        })
    }
}

/// Batches stay far below 2 GiB: they are cut at `batch_bytes`, and one row is at most 64 MiB.
fn end_of(bytes: &[u8]) -> i32 {
    i32::try_from(bytes.len()).expect("a batch of text is cut long before 2 GiB")
}

fn moment(text: &[u8], has_zone: bool) -> Option<i64> {
    match scalar::moment(text) {
        Some(moment) => (moment.has_zone == has_zone).then_some(moment.micros),
        None if has_zone => None,
        None => scalar::date(text).map(|days| i64::from(days) * 86_400_000_000),
    }
}

/// The columns of a table in the making.
pub(super) struct Columns {
    pub(super) schema: SchemaRef,
    pub(super) columns: Vec<Column>,
    rows: usize,
}

impl Columns {
    pub(super) fn new(schema: SchemaRef) -> Self {
        let columns = schema.fields().iter().map(|field| Column::new(field.data_type())).collect();
        Self { schema, columns, rows: 0 }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn bytes(&self) -> usize {
        self.columns.iter().map(Column::bytes).sum()
    }

    /// The row whose values were appended to every column counts.
    pub(super) fn keep_row(&mut self) {
        debug_assert!(
            self.columns.iter().all(|column| column.len() == self.rows + 1),
            "every column has a value for the row"
        );
        self.rows += 1;
    }

    /// Takes back what was appended since the last row that counts.
    pub(super) fn drop_row(&mut self) {
        for column in &mut self.columns {
            column.truncate(self.rows);
        }
    }

    /// Adds a column that has a value for each row so far.
    pub(super) fn add(&mut self, schema: SchemaRef, column: Column) {
        debug_assert_eq!(column.len(), self.rows, "the column has a value for each row");
        self.columns.push(column);
        self.schema = schema;
    }

    /// The rows so far as a batch; the columns are empty afterwards.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let arrays = self.columns.iter_mut().map(Column::finish).collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.rows)));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)
    }
}
