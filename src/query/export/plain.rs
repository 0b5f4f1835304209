//! Batches made plainer for formats that do not know every type.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
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
    let mut columns: Vec<ArrayRef> = Vec::with_capacity(rows.num_columns());
    for (column, field) in rows.columns().iter().zip(schema.fields()) {
        columns.push(match (column.data_type(), field.data_type()) {
            (from, to) if from == to => Arc::clone(column),
            (from, DataType::Utf8) if !is_text(from) => {
                Arc::new(values(column)?.into_iter().map(as_text).collect::<StringArray>())
            }
            (_, to) => cast(column, to)?,
        });
    }
    RecordBatch::try_new(Arc::clone(schema), columns)
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
