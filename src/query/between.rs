//! A node of a plan that hands on the rows of its one input through a stream of ours.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties};

/// What becomes of the rows of a partition.
pub(super) type Passage = fn(SendableRecordBatchStream, &TaskContext) -> SendableRecordBatchStream;

/// The rows of `input`, in their order and partitions.
#[derive(Debug)]
pub(super) struct Between {
    name: &'static str,
    input: Arc<dyn ExecutionPlan>,
    passage: Passage,
}

impl Between {
    /// A node above `input`; EXPLAIN shows it by its name.
    pub(super) fn above(
        input: &Arc<dyn ExecutionPlan>,
        name: &'static str,
        passage: Passage,
    ) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self { name, input: Arc::clone(input), passage })
    }
}

impl DisplayAs for Between {
    fn fmt_as(&self, _: DisplayFormatType, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl ExecutionPlan for Between {
    fn name(&self) -> &str {
        self.name
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
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
            [input] => Ok(Self::above(input, self.name, self.passage)),
            _ => Err(DataFusionError::Internal(format!("{} has one input", self.name))),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, Arc::clone(&context))?;
        Ok((self.passage)(rows, &context))
    }
}
