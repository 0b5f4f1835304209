//! Third pass: the rows of touched files that stay as they are.

use datafusion::common::JoinType;
use datafusion::dataframe::DataFrame;
use datafusion::error::Result as DataFusionResult;
use datafusion::prelude::ident;

use super::input::Latest;
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
    let session = session::session(table, request, latest.bytes)?;
    let rows = table.scan(&session, snapshot, Some(touched.to_vec()), None).await?;
    let input = table.scan_staged(&session, &latest.files, &request.schema).await?;
    let changed = match changed {
        [] => None,
        changed => Some(table.scan_staged(&session, changed, &request.schema).await?),
    };
    let kept = || -> DataFusionResult<DataFrame> {
        let mut rows = rows;
        if request.delete_missing {
            rows = by_key(request, input, rows, JoinType::RightSemi)?;
        }
        match changed {
            Some(changed) => by_key(request, changed, rows, JoinType::RightAnti),
            None => Ok(rows),
        }
    };
    let kept = kept().map_err(|cause| table.failed("merge into", cause))?;
    let kept = kept.execute_stream().await.map_err(|cause| table.failed("merge into", cause))?;
    table.write_all(snapshot.schema.clone(), session::writer_options(request), kept).await
}

/// The rows whose key is in `keys`, or is not.
fn by_key(
    request: &MergeRequest,
    keys: DataFrame,
    rows: DataFrame,
    join_type: JoinType,
) -> DataFusionResult<DataFrame> {
    let names: Vec<String> = (0..request.keys.len()).map(|position| format!("__key{position}")).collect();
    let columns = request.keys.iter().zip(&names).map(|(key, name)| ident(key.as_str()).alias(name.as_str()));
    session::join(keys.select(columns.collect::<Vec<_>>())?, rows, join_type, names, request.keys.clone())
}
