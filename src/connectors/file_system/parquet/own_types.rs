//! The types of Parquet that are not read as Arrow's reader would.
//!
//! The timestamps of Spark and Impala (INT96) reach further than nanoseconds in 64 bits do, and are read as microseconds.
//! Intervals are months, days and milliseconds, of which Arrow's reader leaves out the months; they are read as bytes,
//! and made intervals here. UUIDs are read as text, as those of databases are.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, IntervalMonthDayNanoArray, RecordBatch, RecordBatchOptions, StringArray, make_array,
};
use arrow::datatypes::{DataType, FieldRef, Fields, IntervalMonthDayNano, IntervalUnit, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use parquet::arrow::ARROW_SCHEMA_META_KEY;
use parquet::basic::{ConvertedType, LogicalType, Type as PhysicalType};
use parquet::file::metadata::{FileMetaData, KeyValue};
use parquet::schema::types::{SchemaDescriptor, Type, TypePtr};
use uuid::Uuid;

use crate::sdk::types::{self, MAPPED, SOURCE_TYPE};

/// Months, days and milliseconds, of four bytes each.
const INTERVAL_BYTES: i32 = 12;
const UUID_BYTES: i32 = 16;

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
        if array.data_type() == to {
            return Ok(Arc::clone(array));
        }
        match to {
            DataType::Utf8 => Ok(uuid_texts(array)),
            DataType::Interval(_) => Ok(self.intervals(array)),
            nested => {
                let data = array.to_data();
                let mut children = Vec::with_capacity(data.child_data().len());
                for (child, field) in data.child_data().iter().zip(&inner_fields(nested)) {
                    children.push(self.converted(&make_array(child.clone()), field.data_type())?.to_data());
                }
                Ok(make_array(data.into_builder().data_type(nested.clone()).child_data(children).build()?))
            }
        }
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
    Some(retyped(read, |leaf, data_type| match data_type {
        DataType::Timestamp(_, zone) if is_int96(leaf) => DataType::Timestamp(TimeUnit::Microsecond, zone.clone()),
        other => other.clone(),
    }))
}

/// The columns with UUIDs as text, and intervals as such.
fn schema(read: &SchemaRef, file: &SchemaDescriptor) -> SchemaRef {
    let handed_on = retyped(read, |leaf, data_type| {
        let Some(file_type) = file.columns().get(leaf).map(|leaf| leaf.self_type()) else { return data_type.clone() };
        match data_type {
            DataType::FixedSizeBinary(UUID_BYTES) if is_uuid(file_type) => DataType::Utf8,
            DataType::FixedSizeBinary(INTERVAL_BYTES) if is_interval(file_type) => {
                DataType::Interval(IntervalUnit::MonthDayNano)
            }
            other => other.clone(),
        }
    });
    let fields = read.fields().iter().zip(handed_on.fields()).map(|(before, field)| {
        if *before.data_type() != DataType::FixedSizeBinary(UUID_BYTES) || *field.data_type() != DataType::Utf8 {
            return Arc::clone(field);
        }
        let notes = [(SOURCE_TYPE, "uuid"), (MAPPED, "uuid is kept as text")];
        Arc::new(types::field(field.name(), DataType::Utf8, field.is_nullable(), &notes))
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), read.metadata().clone()))
}

fn is_uuid(file_type: &Type) -> bool {
    file_type.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid)
}

fn is_interval(file_type: &Type) -> bool {
    file_type.is_primitive() && file_type.get_basic_info().converted_type() == ConvertedType::INTERVAL
}

/// The columns with other types for their leaves, which are counted in the order in which the file has them.
fn retyped(schema: &SchemaRef, retype: impl Fn(usize, &DataType) -> DataType) -> SchemaRef {
    let mut leaf = 0;
    let fields: Vec<_> = schema.fields().iter().map(|field| retyped_field(field, &retype, &mut leaf)).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn retyped_field(field: &FieldRef, retype: &impl Fn(usize, &DataType) -> DataType, leaf: &mut usize) -> FieldRef {
    let mut inner = |field: &FieldRef| retyped_field(field, retype, leaf);
    let data_type = match field.data_type() {
        DataType::List(item) => DataType::List(inner(item)),
        DataType::LargeList(item) => DataType::LargeList(inner(item)),
        DataType::ListView(item) => DataType::ListView(inner(item)),
        DataType::LargeListView(item) => DataType::LargeListView(inner(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(inner(item), *length),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        plain => {
            let number = *leaf;
            *leaf += 1;
            retype(number, plain)
        }
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type))
}

/// The fields that a nested type is made of.
fn inner_fields(data_type: &DataType) -> Fields {
    match data_type {
        DataType::List(inner)
        | DataType::LargeList(inner)
        | DataType::ListView(inner)
        | DataType::LargeListView(inner)
        | DataType::FixedSizeList(inner, _)
        | DataType::Map(inner, _) => Fields::from(vec![Arc::clone(inner)]),
        DataType::Struct(fields) => fields.clone(),
        _ => Fields::empty(),
    }
}

fn uuid_texts(column: &ArrayRef) -> ArrayRef {
    let text = |bytes: &[u8]| Uuid::from_slice(bytes).ok().map(|uuid| uuid.to_string());
    let texts = column.as_fixed_size_binary().iter().map(|bytes| bytes.and_then(text));
    Arc::new(texts.collect::<StringArray>())
}
