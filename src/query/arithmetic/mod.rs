//! Integer arithmetic that tells of an overflow.
//!
//! DataFusion computes `9223372036854775807 + 1`, and sums of bigints, modulo 2^64: a wrong number without a word. Here
//! `+`, `-`, `*` and the sign of integers become functions that fail where the result does not fit ([`checked`]), and
//! `sum` adds up in 128 bits ([`total`]).

mod checked;
mod distinct;
mod total;

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{AggregateUDF, LogicalPlan};
use datafusion::optimizer::AnalyzerRule;

use super::{QueryError, rewrite};
use crate::sdk::types::type_name;
use total::ExactSum;

/// Makes a session's arithmetic tell of overflows.
///
/// # Errors
/// Where DataFusion does not know `sum`.
pub(super) fn check_overflow(session: &mut SessionState) -> Result<(), QueryError> {
    let sum = session.udaf("sum")?;
    session.register_udaf(Arc::new(AggregateUDF::new_from_impl(ExactSum::new(sum))))?;
    // The last of the rules: the ones before have given both sides of each operator one type.
    session.add_analyzer_rule(Arc::new(CheckedIntegers));
    Ok(())
}

/// Puts checked functions in the place of operators on integers. Columns keep the names that the operators gave them.
#[derive(Debug)]
struct CheckedIntegers;

impl AnalyzerRule for CheckedIntegers {
    fn name(&self) -> &str {
        "checked_integers"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        rewrite::expressions(plan, checked::checked)
    }
}

/// The error for a result that its type cannot hold.
fn out_of_range(computed: &str, data_type: &DataType) -> DataFusionError {
    let (kind, wider) =
        if data_type.is_integer() { ("integer", "decimal(38,0) or double") } else { ("decimal", "double") };
    let name = type_name(data_type);
    DataFusionError::Execution(format!("{kind} overflow: {computed} does not fit into {name}, cast to {wider} first"))
}
