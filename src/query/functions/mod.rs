//! Functions of our own, and functions that can make much of little, held to a limit.
//!
//! `repeat('x', 2000000000)` or `range(0, 500000000)` is computed in one go: no memory pool sees it, nothing can stop
//! it, and what it allocates may end the process. Each such function is registered once more as [`Bounded`], which
//! reckons from the arguments what the result would take before it lets the function run. `||` and the functions that
//! gather rows have their own ways.

mod gather;
mod growth;
mod joined;
mod sentiment;
pub(super) mod size;

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef};
use arrow::compute::concat;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{
    ColumnarValue, Documentation, Expr, LogicalPlan, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature,
};
use datafusion::optimizer::AnalyzerRule;

use super::{QueryError, rewrite};
use growth::Growth;

/// Functions that a session knows besides DataFusion's.
pub(super) fn add(session: &mut SessionState) -> Result<(), QueryError> {
    session.register_udf(Arc::new(sentiment::function()))?;
    Ok(())
}

/// Holds the functions of a session to `limit` bytes a batch.
///
/// # Errors
/// Where DataFusion does not know one of the functions.
pub(super) fn bound(session: &mut SessionState, limit: u64) -> Result<(), QueryError> {
    let mut functions = Vec::with_capacity(Growth::OF_FUNCTIONS.len());
    for (name, growth) in Growth::OF_FUNCTIONS {
        let inner = session.udf(name)?;
        let bounded = Arc::new(ScalarUDF::new_from_impl(Bounded { inner, growth, limit }));
        session.register_udf(Arc::clone(&bounded))?;
        functions.push(bounded);
    }
    // Behind the rules that give both sides of an operator one type.
    session.add_analyzer_rule(Arc::new(BoundedFunctions { functions, join: joined::function(limit) }));
    gather::bound(session, limit)
}

/// Puts the bounded functions also where a plan has others of their names: `[a, b]` is `make_array` to DataFusion, and
/// `||` of lists `array_concat`, whatever is registered.
#[derive(Debug)]
struct BoundedFunctions {
    functions: Vec<Arc<ScalarUDF>>,
    join: ScalarUDF,
}

impl AnalyzerRule for BoundedFunctions {
    fn name(&self) -> &str {
        "bounded_functions"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        rewrite::expressions(plan, |expr, schema| {
            Ok(match expr {
                Expr::ScalarFunction(call) => self.bounded(call),
                other => joined::bounded(&self.join, other, schema),
            })
        })
    }
}

impl BoundedFunctions {
    fn bounded(&self, mut call: ScalarFunction) -> Transformed<Expr> {
        let function = self.functions.iter().find(|function| function.name() == call.name());
        let Some(function) = function.filter(|_| !call.func.inner().is::<Bounded>()) else {
            return Transformed::no(Expr::ScalarFunction(call));
        };
        call.func = Arc::clone(function);
        Transformed::yes(Expr::ScalarFunction(call))
    }
}

/// A function would make more than `limit` bytes at once.
fn too_much(function: &str, limit: u64) -> DataFusionError {
    let function = function.to_owned();
    DataFusionError::External(Box::new(QueryError::TooMuchComputed { function, mib: limit >> 20 }))
}

/// A function that is asked for no more than so many bytes at once.
///
/// It does not let the function simplify itself, which could put the unbounded one into the plan.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    growth: Growth,
    limit: u64,
}

impl Bounded {
    fn too_much(&self) -> DataFusionError {
        too_much(self.name(), self.limit)
    }

    /// Computes few rows at a time: what was reckoned is the most that a row may take, most take less.
    fn in_parts(&self, args: &ScalarFunctionArgs, weights: &[u64]) -> Result<ColumnarValue> {
        let mut parts: Vec<ArrayRef> = Vec::new();
        let mut bytes = 0_u64;
        let mut start = 0;
        while start < weights.len() {
            let mut end = start;
            let mut room = self.limit;
            while let Some(left) = weights.get(end).and_then(|weight| room.checked_sub(*weight)) {
                room = left;
                end += 1;
            }
            if end == start {
                return Err(self.too_much());
            }
            let part = self.inner.invoke_with_args(rows_of(args, start..end))?.into_array(end - start)?;
            bytes = bytes.saturating_add(size::total(&part));
            if bytes > self.limit {
                return Err(self.too_much());
            }
            parts.push(part);
            start = end;
        }
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        Ok(ColumnarValue::Array(concat(&parts)?))
    }
}

fn rows_of(args: &ScalarFunctionArgs, rows: Range<usize>) -> ScalarFunctionArgs {
    let slice = |value: &ColumnarValue| match value {
        ColumnarValue::Array(array) => ColumnarValue::Array(array.slice(rows.start, rows.len())),
        ColumnarValue::Scalar(value) => ColumnarValue::Scalar(value.clone()),
    };
    ScalarFunctionArgs { args: args.args.iter().map(slice).collect(), number_rows: rows.len(), ..args.clone() }
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        self.inner.schema_name(args)
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(args)
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(types)
    }

    fn is_strict(&self) -> bool {
        self.inner.is_strict()
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if is_constant { 1 } else { args.number_rows };
        let weights = self.growth.weights(&args.args, rows)?;
        let total = weights.iter().fold(0_u64, |total, weight| total.saturating_add(*weight));
        if total <= self.limit {
            return self.inner.invoke_with_args(args);
        }
        if is_constant { Err(self.too_much()) } else { self.in_parts(&args, &weights) }
    }
}
