//! How rows become those of a lake table.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use crate::engine::{Column, columns_of};
use crate::sdk::types;

/// How the rows of a statement become rows of the table: under names that need no quotes, in types that the lake holds.
pub(in crate::services) struct Shape {
    pub(in crate::services) schema: SchemaRef,
    pub(in crate::services) columns: Vec<Column>,
}

impl Shape {
    /// That of rows with these columns.
    pub(in crate::services) fn of(schema: &Schema) -> Self {
        let columns = columns_of(schema);
        let fields = schema.fields().iter().zip(&columns);
        let fields = fields.map(|(field, column)| Field::new(&column.name, types::lake_type(field.data_type()), true));
        Self { schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())), columns }
    }

    /// Rows as the table has them.
    ///
    /// # Errors
    /// Where a value does not fit.
    pub(in crate::services) fn fitted(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let columns = batch.columns().iter().map(types::to_lake).collect::<Result<Vec<ArrayRef>, _>>()?;
        RecordBatch::try_new(Arc::clone(&self.schema), columns)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{Int64Array, UInt64Array};

    use super::*;

    #[test]
    fn columns_get_names_without_quotes_and_types_of_the_lake() {
        let count: ArrayRef = Arc::new(UInt64Array::from(vec![u64::MAX]));
        let id: ArrayRef = Arc::new(Int64Array::from(vec![7]));
        let fields = vec![
            Field::new("count(*)", count.data_type().clone(), false),
            Field::new("Order Id", id.data_type().clone(), true),
            Field::new("order id", id.data_type().clone(), true),
        ];
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![count, Arc::clone(&id), id]).unwrap();
        let shape = Shape::of(&batch.schema());
        let fitted = shape.fitted(&batch).unwrap();
        let names: Vec<_> = fitted.schema().fields().iter().map(|field| field.name().clone()).collect();
        assert_eq!(names, ["count", "order_id", "order_id_2"]);
        assert_eq!(types::type_name(fitted.schema().field(0).data_type()), "decimal(20,0)");
    }
}
