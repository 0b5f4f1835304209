//! Columns whose innermost values are handed on as another type than the file's reader gives, however deep they lie.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringArray, make_array};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use uuid::Uuid;

use crate::sdk::types::{self, MAPPED, SOURCE_TYPE};

pub(super) const UUID_BYTES: i32 = 16;

/// The columns with other types for their leaves, which `retype` is asked for one by one, in their order.
pub(super) fn retyped(schema: &SchemaRef, retype: &mut dyn FnMut(&Field) -> DataType) -> SchemaRef {
    let fields: Vec<_> = schema.fields().iter().map(|field| retyped_field(field, retype)).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

fn retyped_field(field: &FieldRef, retype: &mut dyn FnMut(&Field) -> DataType) -> FieldRef {
    let mut inner = |field: &FieldRef| retyped_field(field, retype);
    let data_type = match field.data_type() {
        DataType::List(item) => DataType::List(inner(item)),
        DataType::LargeList(item) => DataType::LargeList(inner(item)),
        DataType::ListView(item) => DataType::ListView(inner(item)),
        DataType::LargeListView(item) => DataType::LargeListView(inner(item)),
        DataType::FixedSizeList(item, length) => DataType::FixedSizeList(inner(item), *length),
        DataType::Map(entries, sorted) => DataType::Map(inner(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(inner).collect()),
        _ => retype(field),
    };
    Arc::new(field.as_ref().clone().with_data_type(data_type))
}

/// Columns that were UUIDs and are text now say so.
pub(super) fn with_uuids_told(read: &SchemaRef, handed_on: &SchemaRef) -> SchemaRef {
    let fields = read.fields().iter().zip(handed_on.fields()).map(|(before, field)| {
        if *before.data_type() != DataType::FixedSizeBinary(UUID_BYTES) || *field.data_type() != DataType::Utf8 {
            return Arc::clone(field);
        }
        let notes = [(SOURCE_TYPE, "uuid"), (MAPPED, "uuid is kept as text")];
        Arc::new(types::field(field.name(), DataType::Utf8, field.is_nullable(), &notes))
    });
    Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), read.metadata().clone()))
}

/// A column as `to`, which `retyped` gave it. Leaves of another type are handed to `leaf`, with the type they must get.
///
/// # Errors
///
/// What Arrow says of parts that do not fit together.
pub(super) fn converted(
    array: &ArrayRef,
    to: &DataType,
    leaf: &dyn Fn(&ArrayRef, &DataType) -> ArrayRef,
) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == to {
        return Ok(Arc::clone(array));
    }
    let inner = inner_fields(to);
    if inner.is_empty() {
        return Ok(leaf(array, to));
    }
    let data = array.to_data();
    let mut children = Vec::with_capacity(data.child_data().len());
    for (child, field) in data.child_data().iter().zip(&inner) {
        children.push(converted(&make_array(child.clone()), field.data_type(), leaf)?.to_data());
    }
    Ok(make_array(data.into_builder().data_type(to.clone()).child_data(children).build()?))
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

/// The sixteen bytes of each UUID in its usual form.
pub(super) fn uuid_texts(column: &ArrayRef) -> ArrayRef {
    let text = |bytes: &[u8]| Uuid::from_slice(bytes).ok().map(|uuid| uuid.to_string());
    let texts = column.as_fixed_size_binary().iter().map(|bytes| bytes.and_then(text));
    Arc::new(texts.collect::<StringArray>())
}
