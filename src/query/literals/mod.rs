//! Numbers where they are compared: with decimals and integers they keep all their digits, with doubles they are doubles.
//!
//! DataFusion reads a number with a point or an exponent, or one beyond 64 bits, as a double, and makes decimals of doubles
//! where the other side is one: `amount = 12345678.12` would look for 12345678.119999998. What the other side is, is known
//! when names are resolved. Until then such a number is a call of [`Written`], a double that keeps how it was written;
//! [`AsCompared`] puts a decimal or a double in its place. In arithmetic they stay doubles.

mod compared;
mod number;

use std::convert::Infallible;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::utils::take_function_args;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DataType as SqlType, Expr as SqlExpr, FunctionArg, FunctionArgExpr, FunctionArguments, SelectItem,
    SetExpr, Statement, UnaryOperator, Value, visit_expressions_mut,
};

use self::compared::AsCompared;
use super::{QueryError, rewrite};

const FUNCTION: &str = "written_number";

/// Functions that give one of their arguments, or compare them: beside a decimal, numbers among them are decimals.
const FUNCTIONS: [&str; 4] = ["coalesce", "greatest", "least", "nullif"];

/// Makes a session know the numbers of [`as_written`].
///
/// # Errors
/// None that DataFusion 55 gives.
pub(super) fn add(session: &mut SessionState) -> Result<(), QueryError> {
    let signature = Signature::exact(vec![DataType::Utf8], Volatility::Immutable);
    session.register_udf(Arc::new(ScalarUDF::new_from_impl(Written { signature })))?;
    session.register_function_rewrite(Arc::new(AsCompared))?;
    Ok(())
}

/// Keeps how numbers are written that are compared or cast to a decimal, everywhere in a statement.
pub(super) fn as_written(statement: &mut Statement) {
    let ControlFlow::Continue(()) = visit_expressions_mut(statement, |expr| -> ControlFlow<Infallible> {
        match expr {
            SqlExpr::BinaryOp { left, op, right } if compares(op) => {
                keep(left);
                keep(right);
            }
            SqlExpr::IsDistinctFrom(left, right) | SqlExpr::IsNotDistinctFrom(left, right) => {
                keep(left);
                keep(right);
            }
            SqlExpr::Between { expr, low, high, .. } => [expr, low, high].into_iter().for_each(|number| keep(number)),
            SqlExpr::InList { expr, list, .. } => {
                keep(expr);
                list.iter_mut().for_each(keep);
            }
            SqlExpr::Case { operand: Some(operand), conditions, .. } => {
                keep(operand);
                conditions.iter_mut().for_each(|when| keep(&mut when.condition));
            }
            SqlExpr::Cast { expr, data_type: SqlType::Decimal(_) | SqlType::Numeric(_) | SqlType::Dec(_), .. } => {
                keep(expr);
            }
            SqlExpr::Function(function) if FUNCTIONS.contains(&function.name.to_string().to_lowercase().as_str()) => {
                let FunctionArguments::List(list) = &mut function.args else { return ControlFlow::Continue(()) };
                for argument in &mut list.args {
                    if let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument {
                        keep(expr);
                    }
                }
            }
            _ => {}
        }
        ControlFlow::Continue(())
    });
}

fn compares(operator: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(operator, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

fn keep(expr: &mut SqlExpr) {
    if let Some(number) = double(expr) {
        *expr = rewrite::call(FUNCTION, [SqlExpr::value(Value::SingleQuotedString(number))]);
        return;
    }
    match expr {
        SqlExpr::Nested(inner) | SqlExpr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr: inner } => {
            keep(inner)
        }
        SqlExpr::Subquery(query) => {
            if let SetExpr::Select(select) = query.body.as_mut()
                && select.from.is_empty()
                && let [SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }] =
                    select.projection.as_mut_slice()
            {
                keep(expr);
            }
        }
        _ => {}
    }
}

/// The number, with its sign, if DataFusion would read it as a double.
fn double(expr: &SqlExpr) -> Option<String> {
    let (sign, value) = match expr {
        SqlExpr::UnaryOp { op: UnaryOperator::Minus, expr } => ("-", expr.as_ref()),
        other => ("", other),
    };
    let SqlExpr::Value(value) = value else { return None };
    let Value::Number(digits, _) = &value.value else { return None };
    let number = format!("{sign}{}", digits.replace('_', ""));
    let is_integer = number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
    (!is_integer && number.parse::<f64>().is_ok()).then_some(number)
}

/// The double that a text is.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Written {
    signature: Signature,
}

impl ScalarUDFImpl for Written {
    fn name(&self) -> &str {
        FUNCTION
    }

    /// A column is called as if the number stood there; two that are the same double have two names.
    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let [text] = take_function_args(FUNCTION, args)?;
        Ok(match compared::text(text) {
            Some(number) => format!("Float64({number})"),
            None => format!("{FUNCTION}({})", text.schema_name()),
        })
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _types: &[DataType]) -> Result<DataType> {
        Ok(DataType::Float64)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [text] = take_function_args(FUNCTION, args.args)?;
        text.cast_to(&DataType::Float64, None)
    }
}
