//! Reads the records of a table by SQL, one batch after the other.

use arrow::array::{Array, AsArray, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use futures::{Stream, StreamExt};

use super::config::{LinkSide, LinkTable, Role};
use crate::link::Record;
use crate::query::QueryError;
use crate::services::{ServiceError, Services, Viewer, queries};

/// The records of a table. Rows without a key are left out: nothing could be said of them.
pub(super) async fn records(
    services: &Services,
    viewer: &Viewer,
    side: &LinkSide,
    table: &LinkTable,
) -> Result<impl Stream<Item = Result<Vec<Record>, ServiceError>> + Send + use<>, ServiceError> {
    let rows = queries::rows(services, viewer, &statement(side, table)).await?;
    let roles: Vec<Role> = side.columns().map(|(role, _)| role).collect();
    let has_thread = side.thread.is_some();
    Ok(rows.map(move |batch| records_of(&batch?, &roles, has_thread)))
}

/// The statement that reads the columns which count, as texts.
fn statement(side: &LinkSide, table: &LinkTable) -> String {
    let columns = side.columns().map(|(_, column)| column);
    let columns = [side.key.as_str()].into_iter().chain(columns).chain(side.thread.as_deref());
    let selected: Vec<String> = columns
        .enumerate()
        .map(|(place, column)| format!("CAST(\"{}\" AS VARCHAR) AS c{place}", column.replace('"', "\"\"")))
        .collect();
    let name: Vec<String> =
        table.table_name.split('.').map(|part| format!("\"{}\"", part.replace('"', "\"\""))).collect();
    format!("SELECT {} FROM {}", selected.join(", "), name.join("."))
}

fn records_of(batch: &RecordBatch, roles: &[Role], has_thread: bool) -> Result<Vec<Record>, ServiceError> {
    let columns: Vec<StringArray> = batch
        .columns()
        .iter()
        .map(|column| cast(column, &DataType::Utf8).map(|texts| texts.as_string::<i32>().clone()))
        .collect::<Result<_, _>>()
        .map_err(QueryError::from)?;
    let text = |column: usize, row: usize| columns[column].is_valid(row).then(|| columns[column].value(row));
    let mut records = Vec::with_capacity(batch.num_rows());
    for row in 0..batch.num_rows() {
        let Some(key) = text(0, row) else { continue };
        let mut record = Record { key: key.to_owned(), ..Record::default() };
        for (place, role) in roles.iter().enumerate() {
            let Some(value) = text(place + 1, row).filter(|value| !value.trim().is_empty()) else { continue };
            let values = match role {
                Role::Id => &mut record.ids,
                Role::Email => &mut record.emails,
                Role::Phone => &mut record.phones,
                Role::Domain => &mut record.domains,
                Role::Handle => &mut record.handles,
                Role::Name => &mut record.names,
                Role::Company => &mut record.companies,
                Role::Text => &mut record.texts,
            };
            values.push(value.to_owned());
        }
        // Columns for first and last name.
        if record.names.len() > 1 && record.names.iter().all(|name| !name.trim().contains(char::is_whitespace)) {
            record.names = vec![record.names.join(" ")];
        }
        if has_thread {
            record.thread = text(roles.len() + 1, row).map(str::to_owned);
        }
        records.push(record);
    }
    Ok(records)
}
