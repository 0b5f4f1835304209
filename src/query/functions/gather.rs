//! `array_agg` and `string_agg`, held to the limit.
//!
//! What they gather is counted against the memory of queries, but only after it was put together. A long delimiter makes
//! much of each row, and in a window each row has a list or a text of its own: both are reckoned before.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::common::{Result, ScalarValue};
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, EmitTo, Expr, GroupsAccumulator, LogicalPlan,
    ReversedUDAF, Signature, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition,
};
use datafusion::optimizer::AnalyzerRule;
use datafusion::physical_expr::expressions::Literal;

use super::{size, too_much};
use crate::query::QueryError;

/// The functions that gather.
const FUNCTIONS: [&str; 2] = ["array_agg", "string_agg"];

/// Holds the gathering functions of a session to `limit` bytes.
///
/// # Errors
/// Where DataFusion does not know one of them.
pub(super) fn bound(session: &mut SessionState, limit: u64) -> Result<(), QueryError> {
    for name in FUNCTIONS {
        let inner = session.udaf(name)?;
        session.register_udaf(Arc::new(AggregateUDF::new_from_impl(Gathering { inner, limit, window: None })))?;
    }
    session.add_analyzer_rule(Arc::new(BoundedWindows));
    Ok(())
}

/// Tells gathering functions that they stand in a window, each by itself.
#[derive(Debug)]
struct BoundedWindows;

impl AnalyzerRule for BoundedWindows {
    fn name(&self) -> &str {
        "bounded_windows"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        let bounded = |plan: LogicalPlan| match plan {
            LogicalPlan::Window(_) => plan.map_expressions(|expr| expr.transform_up(|expr| Ok(in_window(expr)))),
            _ => Ok(Transformed::no(plan)),
        };
        plan.transform_up_with_subqueries(bounded).data()
    }
}

fn in_window(expr: Expr) -> Transformed<Expr> {
    let Expr::WindowFunction(mut function) = expr else { return Transformed::no(expr) };
    let WindowFunction { fun: WindowFunctionDefinition::AggregateUDF(udaf), params } = function.as_mut() else {
        return Transformed::no(Expr::WindowFunction(function));
    };
    let Some(gathering) = udaf.inner().downcast_ref::<Gathering>() else {
        return Transformed::no(Expr::WindowFunction(function));
    };
    let window = Window { is_same_for_all: is_same_for_all(params), made: Arc::default() };
    let gathering = Gathering { window: Some(window), ..gathering.clone() };
    *udaf = Arc::new(AggregateUDF::new_from_impl(gathering));
    Transformed::yes(Expr::WindowFunction(function))
}

/// Whether all rows of a partition have the same frame: what is gathered once is then copied for each.
fn is_same_for_all(params: &WindowFunctionParams) -> bool {
    let frame = &params.window_frame;
    let is_all_there_is = |bound: &WindowFrameBound| match bound {
        WindowFrameBound::CurrentRow => frame.units == WindowFrameUnits::Range && params.order_by.is_empty(),
        bound => bound.is_unbounded(),
    };
    is_all_there_is(&frame.start_bound) && is_all_there_is(&frame.end_bound)
}

/// A function that gathers rows.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Gathering {
    inner: Arc<AggregateUDF>,
    limit: u64,
    /// Where it is asked for a value for each row.
    window: Option<Window>,
}

/// One place in a statement where a function gathers for each row.
#[derive(Clone, Debug)]
struct Window {
    is_same_for_all: bool,
    /// The bytes of all values so far.
    made: Arc<AtomicU64>,
}

impl PartialEq for Window {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.made, &other.made)
    }
}

impl Eq for Window {}

impl Hash for Window {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.is_same_for_all.hash(state);
    }
}

impl Gathering {
    fn bounded(&self, inner: Box<dyn Accumulator>, args: &AccumulatorArgs<'_>) -> Box<dyn Accumulator> {
        Box::new(Gathered {
            inner,
            budget: self.budget(args),
            // These put the delimiters in at the end, the others with each row.
            joins_late: args.is_distinct || !args.order_bys.is_empty(),
            rows: 0,
            values: 0,
            window: self.window.clone(),
        })
    }

    fn budget(&self, args: &AccumulatorArgs<'_>) -> Budget {
        let delimiter = args.exprs.get(1).and_then(|expr| expr.downcast_ref::<Literal>());
        let delimiter = delimiter.and_then(|delimiter| delimiter.value().try_as_str().flatten());
        Budget {
            function: self.inner.name().to_owned(),
            limit: self.limit,
            delimiter: delimiter.map_or(0, |delimiter| delimiter.len() as u64),
        }
    }
}

impl AggregateUDFImpl for Gathering {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.inner.return_type(types)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        self.inner.return_field(fields)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let inner = self.inner.accumulator(args.clone())?;
        Ok(self.bounded(inner, &args))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        let inner = self.inner.create_sliding_accumulator(args.clone())?;
        Ok(self.bounded(inner, &args))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        self.inner.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs<'_>) -> Result<Box<dyn GroupsAccumulator>> {
        let budget = self.budget(&args);
        Ok(Box::new(GatheredGroups { inner: self.inner.create_groups_accumulator(args)?, budget }))
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> Result<Vec<FieldRef>> {
        self.inner.state_fields(args)
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.inner.order_sensitivity()
    }

    fn with_beneficial_ordering(self: Arc<Self>, is_beneficial: bool) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        let inner = self.inner.as_ref().clone().with_beneficial_ordering(is_beneficial)?;
        let same = |inner| Self { inner: Arc::new(inner), ..self.as_ref().clone() };
        Ok(inner.map(|inner| Arc::new(same(inner)) as Arc<dyn AggregateUDFImpl>))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        // A window whose rows come the other way round would gather them the other way round.
        if self.window.is_some() {
            return ReversedUDAF::NotSupported;
        }
        match self.inner.reverse_udf() {
            ReversedUDAF::Reversed(inner) => {
                ReversedUDAF::Reversed(Arc::new(AggregateUDF::new_from_impl(Self { inner, ..self.clone() })))
            }
            other => other,
        }
    }

    fn supports_null_handling_clause(&self) -> bool {
        self.inner.supports_null_handling_clause()
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.inner.documentation()
    }
}

/// What a function may make, and of what.
#[derive(Debug)]
struct Budget {
    function: String,
    limit: u64,
    /// Bytes between two values.
    delimiter: u64,
}

impl Budget {
    fn allow(&self, bytes: u64) -> Result<()> {
        if bytes <= self.limit { Ok(()) } else { Err(too_much(&self.function, self.limit)) }
    }

    fn allow_delimiters(&self, values: u64) -> Result<()> {
        self.allow(values.saturating_mul(self.delimiter))
    }
}

/// What is gathered of all rows, or of a window's.
#[derive(Debug)]
struct Gathered {
    inner: Box<dyn Accumulator>,
    budget: Budget,
    joins_late: bool,
    rows: u64,
    /// Values that may be in it; those that are equal are counted each.
    values: u64,
    window: Option<Window>,
}

impl Gathered {
    fn take(&mut self, values: u64) -> Result<()> {
        self.values = self.values.saturating_add(values);
        if self.joins_late { Ok(()) } else { self.budget.allow_delimiters(values) }
    }

    /// How many values are in it, exactly.
    fn count(&mut self) -> Result<u64> {
        Ok(self.inner.state()?.first().map_or(0, items))
    }
}

fn items(state: &ScalarValue) -> u64 {
    match state {
        ScalarValue::List(list) => list.values().len() as u64,
        ScalarValue::LargeList(list) => list.values().len() as u64,
        _ => 1,
    }
}

impl Accumulator for Gathered {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.rows += values[0].len() as u64;
        self.take((values[0].len() - values[0].null_count()) as u64)?;
        self.inner.update_batch(values)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.rows = self.rows.saturating_sub(values[0].len() as u64);
        self.values = self.values.saturating_sub((values[0].len() - values[0].null_count()) as u64);
        self.inner.retract_batch(values)
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        let values = match states[0].data_type() {
            DataType::List(_) => states[0].as_list::<i32>().values().len(),
            DataType::LargeList(_) => states[0].as_list::<i64>().values().len(),
            _ => states[0].len(),
        };
        self.take(values as u64)?;
        self.inner.merge_batch(states)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.joins_late && self.budget.allow_delimiters(self.values).is_err() {
            let values = self.count()?;
            self.budget.allow_delimiters(values)?;
        }
        let value = self.inner.evaluate()?;
        if let Some(window) = &self.window {
            let copies = if window.is_same_for_all { self.rows } else { 1 };
            let bytes = bytes(&value)?.saturating_mul(copies);
            self.budget.allow(bytes)?;
            self.budget.allow(window.made.fetch_add(bytes, Ordering::Relaxed) + bytes)?;
        }
        Ok(value)
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.inner.size()
    }
}

fn bytes(value: &ScalarValue) -> Result<u64> {
    Ok(match value {
        ScalarValue::LargeUtf8(text) => text.as_ref().map_or(0, |text| text.len() as u64),
        other => size::total(&other.to_array()?),
    })
}

/// What is gathered of groups.
struct GatheredGroups {
    inner: Box<dyn GroupsAccumulator>,
    budget: Budget,
}

impl GroupsAccumulator for GatheredGroups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total_groups: usize,
    ) -> Result<()> {
        self.budget.allow_delimiters((values[0].len() - values[0].null_count()) as u64)?;
        self.inner.update_batch(values, groups, filter, total_groups)
    }

    fn merge_batch(&mut self, values: &[ArrayRef], groups: &[usize], total_groups: usize) -> Result<()> {
        self.budget.allow_delimiters(values[0].len() as u64)?;
        self.inner.merge_batch(values, groups, total_groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        self.inner.evaluate(emit_to)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        self.inner.state(emit_to)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        self.inner.convert_to_state(values, filter)
    }

    fn size(&self) -> usize {
        self.inner.size()
    }
}
