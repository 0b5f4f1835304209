//! The end of a query that computes without a pause: a join looks for matches among all pairs of rows, and as long as it
//! finds none there is no moment at which its task could be stopped. So its condition is asked whether to go on.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{
    ColumnarValue, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

/// Whether a query is to end. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Ends the query at its next look.
    pub(super) fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// The plan, of which the conditions of joins fail once the query is to end. It must be optimised already: nothing
    /// sees through such a condition.
    pub(super) fn watch(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let unless_stopped = Arc::new(ScalarUDF::from(UnlessStopped {
            stop: self.clone(),
            signature: Signature::exact(vec![DataType::Boolean], Volatility::Volatile),
        }));
        plan.transform_up(|node| {
            let LogicalPlan::Join(mut join) = node else { return Ok(Transformed::no(node)) };
            join.filter = join.filter.map(|condition| unless_stopped.call(vec![condition]));
            Ok(Transformed::yes(LogicalPlan::Join(join)))
        })
        .data()
    }
}

/// Gives its argument back.
#[derive(Debug)]
struct UnlessStopped {
    stop: Stop,
    signature: Signature,
}

impl PartialEq for UnlessStopped {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.stop.0, &other.stop.0)
    }
}

impl Eq for UnlessStopped {}

impl Hash for UnlessStopped {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.stop.0).hash(state);
    }
}

impl ScalarUDFImpl for UnlessStopped {
    fn name(&self) -> &str {
        "unless_stopped"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        if self.stop.0.load(Ordering::Relaxed) {
            return Err(DataFusionError::Execution("the query was stopped".into()));
        }
        let condition = arguments.args.into_iter().next();
        condition.ok_or_else(|| DataFusionError::Internal("unless_stopped has one argument".into()))
    }
}
