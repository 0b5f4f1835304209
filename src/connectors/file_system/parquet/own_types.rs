//! The types of Parquet that are not read as Arrow's reader would.
//!
//! The timestamps of Spark and Impala (INT96) reach further than nanoseconds in 64 bits do, and are read as microseconds.
//! Intervals are months, days and milliseconds, of which Arrow's reader leaves out the months; they are read as bytes,
//! and made intervals here. UUIDs are read as text, as those of databases are.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, IntervalMonthDayNanoArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, IntervalMonthDayNano, IntervalUnit, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use parquet::arrow::ARROW_SCHEMA_META_KEY;
use parquet::basic::{ConvertedType, LogicalType, Type as PhysicalType};
use parquet::file::metadata::{FileMetaData, KeyValue};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};

use crate::connectors::file_system::leaves::{self, UUID_BYTES};

/// Months, days and milliseconds, of four bytes each.
const INTERVAL_BYTES: i32 = 12;

/// What becomes of the columns that Arrow's reader gives.
pub(super) struct OwnTypes {
    /// The columns as they are handed on.
    pub(super) schema: SchemaRef,
    /// Milliseconds of an interval may be less than none. The format knows no such intervals, Arrow's writers do.
    has_signed_millis: bool,
}

impl OwnTypes {
    /// What becomes of columns that are `read` of a file which says this of itself.
    pub(super) fn of(file: &FileMetaData, read: &SchemaRef) -> Self {
        let is_of_arrow = |notes: &Vec<KeyValue>| notes.iter().any(|note| note.key == ARROW_SCHEMA_META_KEY);
        let has_signed_millis = file.key_value_metadata().is_some_and(is_of_arrow);
        Self { schema: schema(read, file.schema_descr()), has_signed_millis }
    }

    /// Rows as they are handed on.
    pub(super) fn handed_on(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let columns = batch.columns().iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| self.converted(column, field.data_type()));
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns.collect::<Result<_, _>>()?, &options)
    }

    fn converted(&self, array: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
        leaves::converted(array, to, &|leaf, to| match to {
            DataType::Utf8 => leaves::uuid_texts(leaf),
            _ => self.intervals(leaf),
        })
    }

    fn intervals(&self, column: &ArrayRef) -> ArrayRef {
        let interval = |bytes: &[u8]| {
            let (&[months, days, millis], []) = bytes.as_chunks::<4>() else { return None };
            let millis = if self.has_signed_millis {
                i64::from(i32::from_le_bytes(millis))
            } else {
                i64::from(u32::from_le_bytes(millis))
            };
            let (months, days) = (i32::from_le_bytes(months), i32::from_le_bytes(days));
            Some(IntervalMonthDayNano::new(months, days, millis * 1_000_000))
        };
        let intervals = column.as_fixed_size_binary().iter().map(|bytes| bytes.and_then(interval));
        Arc::new(intervals.collect::<IntervalMonthDayNanoArray>())
    }
}

/// The file's types with plain bytes for intervals; `None` where there are none.
pub(super) fn without_intervals(file: &SchemaDescriptor) -> Option<Arc<SchemaDescriptor>> {
    let has_intervals = file.columns().iter().any(|leaf| is_interval(leaf.self_type()));
    has_intervals.then(|| Arc::new(SchemaDescriptor::new(as_bytes(&file.root_schema_ptr()))))
}

fn as_bytes(file_type: &TypePtr) -> TypePtr {
    match file_type.as_ref() {
        Type::GroupType { basic_info, fields } => {
            let fields = fields.iter().map(as_bytes).collect();
            Arc::new(Type::GroupType { basic_info: basic_info.clone(), fields })
        }
        interval if is_interval(interval) => {
            let info = interval.get_basic_info();
            let bytes = Type::primitive_type_builder(info.name(), PhysicalType::FIXED_LEN_BYTE_ARRAY)
                .with_repetition(info.repetition())
                .with_length(INTERVAL_BYTES)
                .with_id(info.has_id().then(|| info.id()))
                .build();
            Arc::new(bytes.expect("bytes of a known length are a type"))
        }
        Type::PrimitiveType { .. } => Arc::clone(file_type),
    }
}

/// The columns with INT96 as microseconds; `None` where there are none.
pub(super) fn with_microseconds(read: &SchemaRef, file: &SchemaDescriptor) -> Option<SchemaRef> {
    let is_int96 =
        |leaf: usize| file.columns().get(leaf).is_some_and(|leaf| leaf.physical_type() == PhysicalType::INT96);
    if !(0..file.num_columns()).any(is_int96) {
        return None;
    }
    Some(with_leaf_numbers(read, |leaf, data_type| match data_type {
        DataType::Timestamp(_, zone) if is_int96(leaf) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        other => other.clone(),
    }))
}

/// The columns with UUIDs as text, and intervals as such.
fn schema(read: &SchemaRef, file: &SchemaDescriptor) -> SchemaRef {
    let handed_on = with_leaf_numbers(read, |leaf, data_type| {
        let Some(file_type) = file.columns().get(leaf).map(|leaf| leaf.self_type()) else { return data_type.clone() };
        match data_type {
            DataType::FixedSizeBinary(UUID_BYTES) if is_uuid(file_type) => DataType::Utf8,
            DataType::FixedSizeBinary(INTERVAL_BYTES) if is_interval(file_type) => {
                DataType::Interval(IntervalUnit::MonthDayNano)
            }
            other => other.clone(),
        }
    });
    leaves::with_uuids_told(read, &handed_on)
}

/// The columns with other types for their leaves, which are counted in the order in which the file has them.
fn with_leaf_numbers(read: &SchemaRef, retype: impl Fn(usize, &DataType) -> DataType) -> SchemaRef {
    let mut leaf = 0;
    leaves::retyped(read, &mut |field| {
        let number = leaf;
        leaf += 1;
        retype(number, field.data_type())
    })
}

fn is_uuid(file_type: &Type) -> bool {
    file_type.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid)
}

fn is_interval(file_type: &Type) -> bool {
    file_type.is_primitive() && file_type.get_basic_info().converted_type() == ConvertedType::INTERVAL
}
