//! The answer to a statement as the API shows it.

use async_graphql::SimpleObject;
use serde_json::Value;

use crate::graphql::scalars::BigInt;
use crate::query::QueryOutput;

/// One column of an answer.
#[derive(SimpleObject)]
pub struct QueryColumn {
    /// Its name, as the statement gives it; names may repeat.
    name: String,
    /// Its type, as SQL writes it.
    #[graphql(name = "type")]
    data_type: String,
    /// Whether it may hold NULL.
    nullable: bool,
}

/// The answer to a statement.
#[derive(SimpleObject)]
pub struct QueryResult {
    /// The columns, in the statement's order.
    columns: Vec<QueryColumn>,
    /// The rows, each with one value a column. Integers up to 2^53 and finite doubles are JSON numbers; larger
    /// integers, decimals, times and text are strings; binary is base64; lists and structs are JSON.
    rows: Vec<Vec<Option<Value>>>,
    /// Rows returned.
    row_count: BigInt,
    /// More rows exist than were returned.
    truncated: bool,
    /// From the request to the last row, in milliseconds.
    elapsed_ms: f64,
}

impl From<QueryOutput> for QueryResult {
    fn from(output: QueryOutput) -> Self {
        let columns = output.columns.into_iter();
        let nullable = |value: Value| if value.is_null() { None } else { Some(value) };
        Self {
            columns: columns
                .map(|column| QueryColumn { name: column.name, data_type: column.data_type, nullable: column.nullable })
                .collect(),
            row_count: output.rows.len().into(),
            rows: output.rows.into_iter().map(|row| row.into_iter().map(nullable).collect()).collect(),
            truncated: output.truncated,
            elapsed_ms: output.elapsed.as_secs_f64() * 1000.0,
        }
    }
}
