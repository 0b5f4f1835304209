//! Batches made plainer for formats that do not know every type.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, GenericListArray, MapArray, OffsetSizeTrait, RecordBatch, StringArray, StructArray,
};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::query::json::{as_text, values};

/// The same columns under names of which none repeats.
pub(super) fn unique_names(schema: &Schema) -> SchemaRef {
    let mut taken: HashSet<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let mut seen = HashSet::new();
    let mut fields = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        if seen.insert(field.name().clone()) {
            fields.push(Arc::clone(field));
            continue;
        }
        let free = (2..).map(|number| format!("{}_{number}", field.name())).find(|name| !taken.contains(name));
        let name = free.expect("a schema has a finite number of columns");
        taken.insert(name.clone());
        fields.push(Arc::new(field.as_ref().clone().with_name(name)));
    }
    Arc::new(Schema::new(fields))
}

/// What a format keeps of a type.
pub(super) type Kept = fn(&DataType) -> DataType;

/// The schema of a format that keeps types so.
pub(super) fn schema(schema: &Schema, kept: Kept) -> SchemaRef {
    let field = |field: &Arc<Field>| Arc::new(field.as_ref().clone().with_data_type(kept(field.data_type())));
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

/// The rows with the types that a format keeps: those kept as text have the text of [`json`](crate::query::json).
pub(super) fn convert(rows: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = rows.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| converted(column, field.data_type())).collect::<Result<_, _>>()?;
    RecordBatch::try_new(Arc::clone(schema), columns)
}

fn converted(column: &ArrayRef, to: &DataType) -> Result<ArrayRef, ArrowError> {
    Ok(match (column.data_type(), to) {
        (from, to) if from == to => Arc::clone(column),
        (DataType::List(_), DataType::List(item)) => Arc::new(list(column.as_list::<i32>(), item)?),
        (DataType::LargeList(_), DataType::LargeList(item)) => Arc::new(list(column.as_list::<i64>(), item)?),
        (DataType::Struct(_), DataType::Struct(fields)) => Arc::new(structs(column.as_struct(), fields)?),
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let map = column.as_map();
            let DataType::Struct(fields) = entries.data_type() else { return cast(column, to) };
            let pairs = structs(map.entries(), fields)?;
            let nulls = map.nulls().cloned();
            Arc::new(MapArray::try_new(Arc::clone(entries), map.offsets().clone(), pairs, nulls, *sorted)?)
        }
        (from, DataType::Utf8) if !is_text(from) => {
            Arc::new(values(column)?.into_iter().map(as_text).collect::<StringArray>())
        }
        (_, to) => cast(column, to)?,
    })
}

fn list<O: OffsetSizeTrait>(list: &GenericListArray<O>, item: &Arc<Field>) -> Result<GenericListArray<O>, ArrowError> {
    let items = converted(list.values(), item.data_type())?;
    GenericListArray::try_new(Arc::clone(item), list.offsets().clone(), items, list.nulls().cloned())
}

fn structs(array: &StructArray, fields: &Fields) -> Result<StructArray, ArrowError> {
    let columns = array.columns().iter().zip(fields);
    let columns = columns.map(|(column, field)| converted(column, field.data_type())).collect::<Result<_, _>>()?;
    StructArray::try_new(fields.clone(), columns, array.nulls().cloned())
}

/// Dictionaries and runs as the values they stand for.
pub(super) fn resolved(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Dictionary(_, value) => resolved(value),
        DataType::RunEndEncoded(_, value) => resolved(value.data_type()),
        other => other.clone(),
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(resolved(data_type), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}
