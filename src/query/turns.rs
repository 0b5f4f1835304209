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
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, replace_children_if_necessary,
};
use futures::{Stream, StreamExt};

/// Puts pauses around what makes many rows out of few: everything with several inputs, and UNNEST.
#[derive(Debug)]
pub(super) struct PauseAtJoins;

impl PhysicalOptimizerRule for PauseAtJoins {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if node.children().len() < 2 && !node.is::<UnnestExec>() {
                return Ok(Transformed::no(node));
            }
            let inputs = node.children().into_iter().map(Pausing::before).collect();
            Ok(Transformed::yes(Pausing::before(&replace_children_if_necessary(node, inputs)?)))
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

/// Gives its input's batches, each after a pause.
#[derive(Debug)]
struct Pausing {
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl Pausing {
    fn before(input: &Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self { input: Arc::clone(input), properties: Arc::clone(input.properties()) })
    }
}

impl DisplayAs for Pausing {
    fn fmt_as(&self, _: DisplayFormatType, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

impl ExecutionPlan for Pausing {
    fn name(&self) -> &str {
        "PausingExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match children.as_slice() {
            [input] => Ok(Self::before(input)),
            _ => Err(DataFusionError::Internal("PausingExec has one input".into())),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        Ok(Box::pin(PausingStream { input, has_paused: false }))
    }
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
