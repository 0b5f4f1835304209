//! The rows of a query as the API gives them.

use std::time::Duration;

use arrow::datatypes::{DataType, Schema};
use serde_json::Value;

use crate::sdk::types::type_name;

/// The answer to a query.
#[derive(Clone, Debug)]
pub struct QueryOutput {
    /// The columns, in the statement's order. Names may repeat.
    pub columns: Vec<OutputColumn>,
    /// The rows, each with one value a column; the rules of the values are those of [`json`](super::json).
    pub rows: Vec<Vec<Value>>,
    /// Whether more rows exist than were returned.
    pub truncated: bool,
    /// From the request to the last row.
    pub elapsed: Duration,
}

impl QueryOutput {
    /// Whether it is what EXPLAIN answers with: plans, each a text of many lines.
    pub fn is_plan(&self) -> bool {
        let named = |(column, name): (&OutputColumn, &str)| column.name == name && !column.nullable;
        self.columns.len() == 2 && self.columns.iter().zip(["plan_type", "plan"]).all(named)
    }
}

/// A column of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputColumn {
    /// Its name, as the statement gives it.
    pub name: String,
    /// Its type in SQL's words, see [`type_name`].
    pub data_type: String,
    /// Whether it may hold NULL.
    pub nullable: bool,
    /// Whether it holds numbers, which are shown right-aligned.
    pub numeric: bool,
}

impl OutputColumn {
    pub(super) fn of(schema: &Schema) -> Vec<Self> {
        let column = |field: &arrow::datatypes::FieldRef| Self {
            name: field.name().clone(),
            data_type: type_name(field.data_type()),
            nullable: field.is_nullable(),
            numeric: is_numeric(field.data_type()),
        };
        schema.fields().iter().map(column).collect()
    }
}

fn is_numeric(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, value) => is_numeric(value),
        other => other.is_numeric(),
    }
}
