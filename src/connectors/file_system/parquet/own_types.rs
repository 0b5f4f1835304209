//! The types of Parquet that are not read as Arrow's reader would.
//!
//! The timestamps of Spark and Impala (INT96) reach further than nanoseconds in 64 bits do, and are read as microseconds.
//! UUIDs are read as text, as those of databases are.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use parquet::basic::{LogicalType, Type as PhysicalType};
use parquet::schema::types::SchemaDescriptor;
use uuid::Uuid;

use crate::sdk::types::{self, MAPPED, SOURCE_TYPE};

/// The columns with INT96 as microseconds; `None` where there are none.
pub(super) fn with_microseconds(schema: &SchemaRef, file: &SchemaDescriptor) -> Option<SchemaRef> {
    let is_int96 = |leaf: usize| leaf < file.num_columns() && file.column(leaf).physical_type() == PhysicalType::INT96;
    if !(0..file.num_columns()).any(is_int96) {
        return None;
    }
    let mut leaf = 0;
    let fields: Vec<_> = schema.fields().iter().map(|field| in_microseconds(field, &is_int96, &mut leaf)).collect();
    Some(Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone())))
}

/// Goes through the leaves of a column in the order in which the file has them.
fn in_microseconds(field: &FieldRef, is_int96: &impl Fn(usize) -> bool, leaf: &mut usize) -> FieldRef {
    let mut inner = |field: &FieldRef| in_microseconds(field, is_int96, leaf);
    let data_type = match field.data_type() {
        DataType::List(item) => DataType::List(inner(item)),
        DataType::LargeList(item) => DataType::LargeList(inner(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(inner(item), *length),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        plain => {
            let number = *leaf;
            *leaf += 1;
            match plain {
                DataType::Timestamp(_, zone) if is_int96(number) => {
                    DataType::Timestamp(TimeUnit::Microsecond, zone.clone())
                }
                other => other.clone(),
            }
        }
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type))
}

/// The columns with UUIDs as text.
pub(super) fn with_texts(schema: &SchemaRef, file: &SchemaDescriptor) -> SchemaRef {
    let columns = file.root_schema().get_fields();
    let is_uuid = |place: usize, field: &Field| {
        let kind = columns.get(place).and_then(|column| column.get_basic_info().logical_type_ref());
        kind == Some(&LogicalType::Uuid) && *field.data_type() == DataType::FixedSizeBinary(16)
    };
    let fields = schema.fields().iter().enumerate().map(|(place, field)| {
        if !is_uuid(place, field) {
            return Arc::clone(field);
        }
        let notes = [(SOURCE_TYPE, "uuid"), (MAPPED, "uuid is kept as text")];
        Arc::new(types::field(field.name(), DataType::Utf8, field.is_nullable(), &notes))
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone()))
}

pub(super) fn handed_on(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields()).map(|(column, field)| {
        if column.data_type() == field.data_type() { Arc::clone(column) } else { uuid_texts(column) }
    });
    RecordBatch::try_new(Arc::clone(schema), columns.collect())
}

fn uuid_texts(column: &ArrayRef) -> ArrayRef {
    let text = |bytes: &[u8]| Uuid::from_slice(bytes).ok().map(|uuid| uuid.to_string());
    let texts = column.as_fixed_size_binary().iter().map(|bytes| bytes.and_then(text));
    Arc::new(texts.collect::<StringArray>())
}
