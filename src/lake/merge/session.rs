//! DataFusion for merges: bounded memory, spilling, joins that fit into it.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::{Column, JoinType, NullEquality};
use datafusion::dataframe::DataFrame;
use datafusion::error::Result;
use datafusion::execution::context::SessionContext;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::logical_expr::LogicalPlanBuilder;
use datafusion::prelude::SessionConfig;

use super::MergeRequest;
use crate::lake::{LakeError, LakeTable, TableSnapshot, WriterOptions};

/// The writer's share of the memory; sorts and joins have the rest.
const WRITER_SHARE: usize = 4;
/// A hash join is quicker, but its table cannot spill: it is taken for inputs up to this share.
const HASH_SHARE: usize = 4;
/// Sorts hold one batch of every spilled run, so a batch may take this share at most.
const BATCH_SHARE: usize = 64;
/// What sorts keep free to put together what they hold before it goes to disk. Each batch is there a second time
/// meanwhile, and its rows in the form in which they are compared, which of narrow rows is more than the rows themselves.
const PUT_TOGETHER_SHARE: usize = 2;
/// The same where rows are so wide that a sort could not hold two of them besides.
const LEAST_PUT_TOGETHER_SHARE: usize = 16;
/// What two rows take in a sort, in rows: each counts with its sorted copy.
const TWO_ROWS: usize = 4;
/// DataFusion's own choice, which is never exceeded.
const BATCH_ROWS: usize = 8192;

/// How many times their bytes rows of the table take in memory, about.
const UNPACKED: usize = 4;

/// How much some rows are in memory.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub(super) rows: u64,
    pub(super) bytes: usize,
}

impl Size {
    /// Of the rows in these files of the table, or in all of them if None, about.
    pub(super) fn in_table(snapshot: &TableSnapshot, files: Option<&[String]>) -> Self {
        let wanted: Option<HashSet<&String>> = files.map(|files| files.iter().collect());
        let mut size = Self { rows: 0, bytes: 0 };
        for file in snapshot.file_list() {
            let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(&file.path));
            // Bytes of no rows would make each of the others look large.
            let Some(rows) = file.rows.filter(|_| is_wanted) else { continue };
            size.rows += rows.unsigned_abs();
            size.bytes += usize::try_from(file.bytes).unwrap_or(0).saturating_mul(UNPACKED);
        }
        size
    }

    /// What one of the rows takes, in bytes.
    pub(super) fn of_a_row(self) -> usize {
        self.bytes / usize::try_from(self.rows.max(1)).unwrap_or(1) + 1
    }
}

/// Whether a hash table of the input fits well into memory.
pub(super) fn fits_hash_table(request: &MergeRequest, input: Size) -> bool {
    input.bytes <= pool_bytes(request) / HASH_SHARE
}

fn pool_bytes(request: &MergeRequest) -> usize {
    request.memory_bytes - request.memory_bytes / WRITER_SHARE
}

/// A session for one pass over rows that take `row_bytes` each, with all the memory but the writer's.
pub(super) fn session(
    table: &LakeTable,
    request: &MergeRequest,
    row_bytes: usize,
) -> std::result::Result<SessionContext, LakeError> {
    let pool = pool_bytes(request);
    let mut runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(FairSpillPool::new(pool)));
    if let Some(folder) = &request.spill_folder {
        runtime = runtime.with_temp_file_path(folder);
    }
    let runtime = runtime.build_arc().map_err(|cause| table.failed("prepare a merge into", cause))?;
    let batch_rows = (pool / BATCH_SHARE / row_bytes).clamp(1, BATCH_ROWS);
    // One partition: files are read in order, and memory is not split further.
    let mut config = SessionConfig::new().with_target_partitions(1).with_batch_size(batch_rows);
    let options = config.options_mut();
    options.execution.parquet.schema_force_view_types = false;
    let beside_two_rows = pool.saturating_sub(row_bytes.saturating_mul(TWO_ROWS));
    options.execution.sort_spill_reservation_bytes =
        beside_two_rows.clamp(pool / LEAST_PUT_TOGETHER_SHARE, pool / PUT_TOGETHER_SHARE);
    // The left side is the small one by construction; statistics could only mislead.
    options.optimizer.join_reordering = false;
    Ok(SessionContext::new_with_config_rt(config, runtime))
}

/// The writer's options with its share of the memory; the next merge looks for the files of its keys.
pub(super) fn writer_options(request: &MergeRequest) -> WriterOptions {
    let mut options = request.writer.clone();
    options.statistics_columns.extend(request.keys.iter().cloned());
    options.buffer_bytes = options.buffer_bytes.min(request.memory_bytes / WRITER_SHARE);
    options
}

/// Joins on equal keys where NULL equals NULL.
pub(super) fn join(
    left: DataFrame,
    right: DataFrame,
    join_type: JoinType,
    left_keys: Vec<String>,
    right_keys: Vec<String>,
) -> Result<DataFrame> {
    let columns = |names: Vec<String>| names.into_iter().map(Column::from_name).collect::<Vec<_>>();
    let (state, left) = left.into_parts();
    let (_, right) = right.into_parts();
    let plan = LogicalPlanBuilder::from(left)
        .join_detailed(right, join_type, (columns(left_keys), columns(right_keys)), None, NullEquality::NullEqualsNull)?
        .build()?;
    Ok(DataFrame::new(state, plan))
}
