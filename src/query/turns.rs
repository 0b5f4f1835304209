//! Joins take turns with the other work of their threads, so that a query whose time is over really ends.
//!
//! A task can be stopped only where it pauses. DataFusion pauses where batches are read, which is enough as long as each
//! of them is soon dealt with; a join of few rows that match many others may compute for hours over a single one. So there
//! is a pause before each batch that goes into a join and before each that comes out of one.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{ExecutionPlan, replace_children_if_necessary};
use futures::{Stream, StreamExt};

use super::between::Between;

/// Puts pauses around what makes many rows out of few: everything with several inputs, and UNNEST.
#[derive(Debug)]
pub(super) struct PauseAtJoins;

impl PhysicalOptimizerRule for PauseAtJoins {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if node.children().len() < 2 && !node.is::<UnnestExec>() {
                return Ok(Transformed::no(node));
            }
            let inputs = node.children().into_iter().map(pausing).collect();
            Ok(Transformed::yes(pausing(&replace_children_if_necessary(node, inputs)?)))
        })
        .data()
    }

    fn name(&self) -> &str {
        "PauseAtJoins"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A node whose batches come each after a pause.
fn pausing(input: &Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    Between::above(input, "PausingExec", |input, _| Box::pin(PausingStream { input, has_paused: false }))
}

struct PausingStream {
    input: SendableRecordBatchStream,
    has_paused: bool,
}

impl Stream for PausingStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !std::mem::replace(&mut self.has_paused, true) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let batch = self.input.poll_next_unpin(context);
        if batch.is_ready() {
            self.has_paused = false;
        }
        batch
    }
}

impl RecordBatchStream for PausingStream {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
