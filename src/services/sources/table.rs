//! The lake table of a data source: its columns, its key and its first rows.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::get;
use crate::engine::{Column, Presence};
use crate::entity::data_source;
use crate::entity::ids::DataSourceId;
use crate::query::{OutputColumn, QueryOutput};
use crate::services::{ServiceError, Services, Viewer, queries};

/// The most rows of a preview.
const MAX_PREVIEW: i32 = 1000;

/// The columns of its lake table, as the last sync or discovery saw them.
pub fn columns(row: &data_source::Model) -> Vec<Column> {
    lake_columns(&row.columns)
}

/// The columns of a lake table out of what the `columns` of a row hold: not those that are at the source only. Each says
/// whether rows of the lake table may hold NULL in it.
pub fn lake_columns(stored: &Value) -> Vec<Column> {
    let all: Vec<Column> = Vec::deserialize(stored).unwrap_or_default();
    let of_lake = all.into_iter().filter(|column| column.presence != Presence::Source);
    of_lake.map(|column| Column { nullable: column.may_be_null(), ..column }).collect()
}

/// The source's names of the columns that identify a row.
pub fn primary_key(row: &data_source::Model) -> Vec<String> {
    serde_json::from_value(row.primary_key.clone()).unwrap_or_default()
}

/// The first rows of the lake table; none, under the columns that are known, where it was never synced.
///
/// # Errors
/// `NotFound`, or `BadInput` where the limit makes no sense.
pub async fn preview(
    services: &Services,
    viewer: &Viewer,
    id: &DataSourceId,
    limit: i32,
) -> Result<QueryOutput, ServiceError> {
    if !(0..=MAX_PREVIEW).contains(&limit) {
        return Err(ServiceError::bad_input("limit", format!("must be between 0 and {MAX_PREVIEW}")));
    }
    let row = get(services, viewer, id).await?;
    if row.sequence == 0 {
        return Ok(QueryOutput {
            columns: columns(&row).into_iter().map(output_column).collect(),
            rows: Vec::new(),
            truncated: false,
            elapsed: Duration::ZERO,
        });
    }
    let statement = queries::select_all(services, viewer, &row).await?;
    queries::sql(services, viewer, &statement, limit, 0).await
}

fn output_column(column: Column) -> OutputColumn {
    OutputColumn { name: column.name, data_type: column.data_type, nullable: column.nullable, numeric: false }
}
