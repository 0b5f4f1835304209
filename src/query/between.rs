//! A node of a plan that hands on the rows of its one input through a stream of ours.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};

/// What becomes of the rows of a partition.
pub(super) type Passage = fn(SendableRecordBatchStream, &TaskContext) -> SendableRecordBatchStream;

/// The rows of `input`, in their order and partitions.
#[derive(Debug)]
pub(super) struct Between {
    name: &'static str,
    input: Arc<dyn ExecutionPlan>,
    passage: Passage,
    /// The partitions that are read already.
    is_read: Vec<AtomicBool>,
}

impl Between {
    /// A node above `input`; EXPLAIN shows it by its name.
    pub(super) fn above(
        input: &Arc<dyn ExecutionPlan>,
        name: &'static str,
        passage: Passage,
    ) -> Arc<dyn ExecutionPlan> {
        let partitions = input.output_partitioning().partition_count();
        let is_read = (0..partitions).map(|_| AtomicBool::new(false)).collect();
        Arc::new(Self { name, input: Arc::clone(input), passage, is_read })
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
        // Nested loops of DataFusion 55 read their left side again where it does not fit into memory. Not all nodes below
        // can be read twice, and outer joins would give rows of the left side several times.
        if self.is_read[partition].swap(true, Ordering::Relaxed) {
            return Err(DataFusionError::ResourcesExhausted("one side of a join does not fit into memory".to_owned()));
        }
        let rows = self.input.execute(partition, Arc::clone(&context))?;
        Ok((self.passage)(rows, &context))
    }
}
