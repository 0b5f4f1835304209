//! Third pass: the rows of touched files that stay as they are.

use std::sync::Arc;

use datafusion::common::JoinType;
use datafusion::dataframe::DataFrame;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::prelude::ident;

use super::input::{Latest, in_order, key_order};
use super::session::Size;
use super::sorted::{Sorted, with_keys};
use super::{MergeRequest, session};
use crate::lake::{LakeError, LakeTable, StagedFile, TableSnapshot};

/// Rewrites the files at `touched` without the rows whose key is in `changed`, and, when missing
/// rows are deleted, without those whose key is not in the input.
pub(super) async fn untouched_rows(
    table: &LakeTable,
    snapshot: &TableSnapshot,
    request: &MergeRequest,
    latest: &Latest,
    changed: &[StagedFile],
    touched: &[String],
) -> Result<Vec<StagedFile>, LakeError> {
    let row_bytes = latest.size.of_a_row().max(Size::in_table(snapshot, Some(touched)).of_a_row());
    let session = session::session(table, request, row_bytes)?;
    let rows = table.scan(&session, snapshot, Some(touched.to_vec()), None).await?;
    let kept = if session::fits_hash_table(request, latest.size) {
        let input = table.scan_staged(&session, &latest.files, &request.schema).await?;
        let changed = table.scan_staged(&session, changed, &request.schema).await?;
        hashed(request, rows, input, changed).await
    } else {
        let input = latest.stream(table, &session, &request.schema);
        let changed = in_order(table.clone(), changed.to_vec(), session.clone(), Arc::clone(&request.schema));
        sorted(request, rows, input, changed).await
    };
    let kept = kept.map_err(|cause| table.failed("merge into", cause))?;
    table.write_all(snapshot.schema.clone(), session::writer_options(request), kept).await
}

async fn hashed(
    request: &MergeRequest,
    mut rows: DataFrame,
    input: DataFrame,
    changed: DataFrame,
) -> DataFusionResult<SendableRecordBatchStream> {
    if request.delete_missing {
        rows = by_key(request, input, rows, JoinType::RightSemi)?;
    }
    by_key(request, changed, rows, JoinType::RightAnti)?.execute_stream().await
}

/// The rows whose key is in `keys`, or is not.
pub(super) fn by_key(
    request: &MergeRequest,
    keys: DataFrame,
    rows: DataFrame,
    join_type: JoinType,
) -> DataFusionResult<DataFrame> {
    let names: Vec<String> = (0..request.keys.len()).map(|position| format!("KEY{position}")).collect();
    let columns = request.keys.iter().zip(&names).map(|(key, name)| ident(key.as_str()).alias(name.as_str()));
    session::join(keys.select(columns.collect::<Vec<_>>())?, rows, join_type, names, request.keys.clone())
}

/// The same for what does not fit into a hash table: input and changed rows are sorted by key.
async fn sorted(
    request: &MergeRequest,
    rows: DataFrame,
    input: SendableRecordBatchStream,
    changed: SendableRecordBatchStream,
) -> DataFusionResult<SendableRecordBatchStream> {
    let mut rows = in_key_order(request, rows).await?;
    if request.delete_missing {
        rows = by_sorted_key(request, input, rows, true)?;
    }
    by_sorted_key(request, changed, rows, false)
}

/// Rows in the order of their keys.
pub(super) async fn in_key_order(
    request: &MergeRequest,
    rows: DataFrame,
) -> DataFusionResult<SendableRecordBatchStream> {
    let order = key_order(&request.schema, &request.keys, &request.keys)?;
    rows.sort(order)?.execute_stream().await
}

/// Of both in the order of their keys: the rows whose key is in `keys`, or (if `wanted` is false) is not.
pub(super) fn by_sorted_key(
    request: &MergeRequest,
    keys: SendableRecordBatchStream,
    rows: SendableRecordBatchStream,
    wanted: bool,
) -> DataFusionResult<SendableRecordBatchStream> {
    Ok(with_keys(Sorted::new(rows, &request.keys)?, Sorted::new(keys, &request.keys)?, wanted))
}
