//! Numbers as decimals or doubles, after what stands beside them.

use arrow::datatypes::{DECIMAL256_MAX_PRECISION, DataType};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{EmptyRelation, Expr, ExprSchemable, LogicalPlan, Operator, cast};

use super::number::{Number, Room};
use super::{FUNCTIONS, Written};

/// Puts decimals and doubles in the place of written numbers, before the sides of comparisons are given one type.
#[derive(Debug)]
pub(super) struct AsCompared;

impl FunctionRewrite for AsCompared {
    fn name(&self) -> &str {
        "numbers_as_compared"
    }

    fn rewrite(&self, mut expr: Expr, schema: &DFSchema, _config: &ConfigOptions) -> Result<Transformed<Expr>> {
        let is_changed = resolve(&mut expr, schema);
        Ok(Transformed::new_transformed(expr, is_changed))
    }
}

/// Whether there was something to put in place.
fn resolve(expr: &mut Expr, schema: &DFSchema) -> bool {
    let is_function = matches!(expr, Expr::ScalarFunction(_));
    let operands = operands(expr);
    let numbers: Vec<Option<Number>> = operands.iter().map(|operand| written(operand)).collect();
    if numbers.iter().all(Option::is_none) {
        return false;
    }
    let others = operands.iter().zip(&numbers).filter(|(_, number)| number.is_none());
    // What is wrong with a type is for DataFusion to say.
    let types: Option<Vec<DataType>> = others.map(|(operand, _)| operand.get_type(schema).ok()).collect();
    let types = types.filter(|types| !is_function || types.iter().any(DataType::is_decimal));
    let beside = types.and_then(|types| types.iter().map(Room::of).try_fold(Room::default(), with));
    let room = beside.and_then(|beside| numbers.iter().flatten().map(Number::room).try_fold(beside, with));
    let room = room.filter(|room| room.digits() <= i32::from(DECIMAL256_MAX_PRECISION));
    for (operand, number) in operands.into_iter().zip(numbers) {
        match number {
            Some(number) => *operand = Expr::Literal(number.value(room), None),
            // A number that no decimal holds: decimals and integers are compared with it as doubles.
            None if beside.is_some() && room.is_none() && !is_function => {
                *operand = cast(operand.clone(), DataType::Float64);
            }
            None => {}
        }
    }
    true
}

fn with(room: Room, other: Option<Room>) -> Option<Room> {
    Some(room.with(other?))
}

/// What is compared with each other, or cast to a decimal.
fn operands(expr: &mut Expr) -> Vec<&mut Expr> {
    match expr {
        Expr::BinaryExpr(comparison) if compares(comparison.op) => {
            vec![comparison.left.as_mut(), comparison.right.as_mut()]
        }
        Expr::Between(between) => vec![between.expr.as_mut(), between.low.as_mut(), between.high.as_mut()],
        Expr::InList(in_list) => std::iter::once(in_list.expr.as_mut()).chain(&mut in_list.list).collect(),
        Expr::Case(case) => match &mut case.expr {
            Some(operand) => {
                let whens = case.when_then_expr.iter_mut().map(|(when, _)| when.as_mut());
                std::iter::once(operand.as_mut()).chain(whens).collect()
            }
            None => Vec::new(),
        },
        Expr::Cast(cast) if cast.field.data_type().is_decimal() => vec![cast.expr.as_mut()],
        Expr::TryCast(cast) if cast.field.data_type().is_decimal() => vec![cast.expr.as_mut()],
        Expr::ScalarFunction(call) if FUNCTIONS.contains(&call.name()) => call.args.iter_mut().collect(),
        _ => Vec::new(),
    }
}

fn compares(operator: Operator) -> bool {
    use Operator::{Eq, Gt, GtEq, IsDistinctFrom, IsNotDistinctFrom, Lt, LtEq, NotEq};
    matches!(operator, Eq | NotEq | Lt | LtEq | Gt | GtEq | IsDistinctFrom | IsNotDistinctFrom)
}

/// The number that an expression is, or a subquery that gives nothing else.
fn written(expr: &Expr) -> Option<Number> {
    match expr {
        Expr::ScalarFunction(call) if call.func.inner().is::<Written>() => match call.args.as_slice() {
            [argument] => Number::read(text(argument)?),
            _ => None,
        },
        Expr::Negative(number) => written(number).map(Number::negative),
        Expr::Alias(alias) => written(&alias.expr),
        Expr::ScalarSubquery(subquery) => match subquery.subquery.as_ref() {
            LogicalPlan::Projection(projection) => match (projection.expr.as_slice(), projection.input.as_ref()) {
                ([number], LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: true, .. })) => written(number),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// The text that an expression is.
pub(super) fn text(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(ScalarValue::Utf8(Some(text)), _) => Some(text),
        _ => None,
    }
}
