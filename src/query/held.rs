//! Windows that need all rows at once, such as `sum(x) OVER ()`: DataFusion gathers their rows without counting them. Here
//! they are counted against the memory of queries.

use std::sync::Arc;

use arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::WindowAggExec;
use datafusion::physical_plan::{ExecutionPlan, replace_children_if_necessary};
use futures::StreamExt;

use super::between::Between;
use super::functions::size;

/// The plan, with what its windows hold counted.
pub(super) fn counted(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let counted = |plan: Arc<dyn ExecutionPlan>| match plan.downcast_ref::<WindowAggExec>() {
        Some(window) => {
            let held = Between::above(window.input(), "Held", held);
            replace_children_if_necessary(plan, vec![held]).map(Transformed::yes)
        }
        None => Ok(Transformed::no(plan)),
    };
    plan.transform_up(counted).data()
}

/// Rows for somebody who holds them to the end.
fn held(rows: SendableRecordBatchStream, context: &TaskContext) -> SendableRecordBatchStream {
    let reservation = MemoryConsumer::new("Window").register(context.memory_pool());
    let schema = rows.schema();
    let counted = rows.map(move |batch| -> Result<RecordBatch> {
        let batch = batch?;
        let bytes = batch.columns().iter().map(size::total).fold(0, u64::saturating_add);
        reservation.try_grow(usize::try_from(bytes).unwrap_or(usize::MAX))?;
        Ok(batch)
    });
    Box::pin(RecordBatchStreamAdapter::new(schema, counted))
}
