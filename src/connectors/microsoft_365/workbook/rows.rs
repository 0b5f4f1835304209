//! Cells as rows of a batch.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow::datatypes::SchemaRef;

use super::cell::Cell;
use super::layout::{ColumnKind, SheetColumn};
use crate::sdk::{ConnectorError, RejectedValue};

/// The rows as a batch, and what of them became NULL. Rows without a value are left out.
pub(super) fn batch(
    columns: &[SheetColumn],
    schema: &SchemaRef,
    rows: &[Vec<Cell>],
) -> Result<(RecordBatch, Vec<RejectedValue>), ConnectorError> {
    let rows: Vec<&Vec<Cell>> = rows.iter().filter(|row| row.iter().any(|cell| !cell.is_empty())).collect();
    let mut rejected = Vec::new();
    let arrays = columns.iter().map(|column| {
        let cells = rows.iter().map(|row| row.get(column.place).unwrap_or(&Cell::Empty));
        let errors: Vec<&String> =
            cells.clone().filter_map(|cell| if let Cell::Error(error) = cell { Some(error) } else { None }).collect();
        if let Some(first) = errors.first() {
            let reason = format!("the formula gives {first}");
            rejected.push(RejectedValue { column: column.name.clone(), reason, count: errors.len() as u64 });
        }
        array(column.kind, cells)
    });
    let arrays: Vec<ArrayRef> = arrays.collect();
    let batch = RecordBatch::try_new(Arc::clone(schema), arrays);
    Ok((batch.map_err(|error| ConnectorError::data("workbook", error.to_string()))?, rejected))
}

fn array<'a>(kind: ColumnKind, cells: impl Iterator<Item = &'a Cell>) -> ArrayRef {
    match kind {
        ColumnKind::Integer => {
            let mut builder = Int64Builder::new();
            cells.for_each(|cell| builder.append_option(number(cell).map(|value| value as i64)));
            Arc::new(builder.finish())
        }
        ColumnKind::Number | ColumnKind::Percent | ColumnKind::Currency => {
            let mut builder = Float64Builder::new();
            cells.for_each(|cell| builder.append_option(number(cell)));
            Arc::new(builder.finish())
        }
        ColumnKind::Flag => {
            let mut builder = BooleanBuilder::new();
            cells.for_each(|cell| builder.append_option(if let Cell::Flag(flag) = cell { Some(*flag) } else { None }));
            Arc::new(builder.finish())
        }
        ColumnKind::Date => {
            let mut builder = Date32Builder::new();
            cells.for_each(|cell| builder.append_option(if let Cell::Date(day) = cell { Some(*day) } else { None }));
            Arc::new(builder.finish())
        }
        ColumnKind::Moment => {
            let mut builder = TimestampMicrosecondBuilder::new();
            cells.for_each(|cell| {
                builder.append_option(match cell {
                    Cell::Date(day) => Some(i64::from(*day) * 86_400_000_000),
                    Cell::Moment(micros) => Some(*micros),
                    _ => None,
                });
            });
            Arc::new(builder.finish())
        }
        ColumnKind::Text => {
            let mut builder = StringBuilder::new();
            cells.for_each(|cell| builder.append_option(cell.text()));
            Arc::new(builder.finish())
        }
    }
}

fn number(cell: &Cell) -> Option<f64> {
    if let Cell::Number(value, _) = cell { Some(*value) } else { None }
}
