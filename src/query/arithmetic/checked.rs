//! Operators on integers as functions that fail on overflow.

use std::sync::LazyLock;

use arrow::array::{ArrayRef, Datum};
use arrow::compute::kernels::numeric::{add, mul, neg, sub};
use arrow::datatypes::{DataType, FieldRef};
use arrow::error::ArrowError;
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};

use crate::query::rewrite;

/// One level of an expression, checked. `schema` has the columns that it may name.
pub(super) fn checked(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let checked = match op {
                Operator::Plus => &ADD,
                Operator::Minus => &SUBTRACT,
                Operator::Multiply => &MULTIPLY,
                _ => return Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right }))),
            };
            let data_type = integer(&left, schema);
            if data_type.is_none() || data_type != integer(&right, schema) {
                return Ok(Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op, right })));
            }
            Ok(Transformed::yes(checked.call(vec![*left, *right])))
        }
        Expr::Negative(inner) if integer(&inner, schema).is_some() => Ok(Transformed::yes(NEGATE.call(vec![*inner]))),
        other => Ok(Transformed::no(other)),
    }
}

/// The type of an expression, if it is an integer.
fn integer(expr: &Expr, schema: &DFSchema) -> Option<DataType> {
    match expr {
        // Long chains of operators: what is checked already has the type of its first operand.
        Expr::ScalarFunction(function) if function.func.inner().is::<Checked>() => {
            integer(function.args.first()?, schema)
        }
        other => other.get_type(schema).ok().filter(DataType::is_integer),
    }
}

static ADD: LazyLock<ScalarUDF> = LazyLock::new(|| Operation::Add.function());
static SUBTRACT: LazyLock<ScalarUDF> = LazyLock::new(|| Operation::Subtract.function());
static MULTIPLY: LazyLock<ScalarUDF> = LazyLock::new(|| Operation::Multiply.function());
static NEGATE: LazyLock<ScalarUDF> = LazyLock::new(|| Operation::Negate.function());

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Negate,
}

impl Operation {
    fn function(self) -> ScalarUDF {
        let operands = if self == Self::Negate { 1 } else { 2 };
        ScalarUDF::new_from_impl(Checked {
            operation: self,
            signature: Signature::any(operands, Volatility::Immutable),
        })
    }

    fn compute(self, operands: &[&dyn Datum]) -> Result<ArrayRef, ArrowError> {
        match (self, operands) {
            (Self::Add, [left, right]) => add(*left, *right),
            (Self::Subtract, [left, right]) => sub(*left, *right),
            (Self::Multiply, [left, right]) => mul(*left, *right),
            (Self::Negate, [operand]) => neg(operand.get().0),
            _ => Err(ArrowError::InvalidArgumentError(format!("{self:?} does not take {} values", operands.len()))),
        }
    }
}

/// One operation on integers of one type.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Checked {
    operation: Operation,
    signature: Signature,
}

impl ScalarUDFImpl for Checked {
    fn name(&self) -> &str {
        match self.operation {
            Operation::Add => "checked_add",
            Operation::Subtract => "checked_subtract",
            Operation::Multiply => "checked_multiply",
            Operation::Negate => "checked_negate",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        types.first().cloned().ok_or_else(|| DataFusionError::Plan(format!("{} takes values", self.name())))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        rewrite::field(self, &args)
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut operands: Vec<Box<dyn Datum>> = Vec::with_capacity(2);
        let mut is_constant = true;
        for value in args.args {
            operands.push(match value {
                ColumnarValue::Scalar(value) => Box::new(value.to_scalar()?),
                ColumnarValue::Array(array) => {
                    is_constant = false;
                    Box::new(array)
                }
            });
        }
        let operands: Vec<&dyn Datum> = operands.iter().map(AsRef::as_ref).collect();
        let computed =
            self.operation.compute(&operands).map_err(|error| overflow(error, args.return_field.data_type()))?;
        Ok(if is_constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&computed, 0)?)
        } else {
            ColumnarValue::Array(computed)
        })
    }
}

fn overflow(error: ArrowError, data_type: &DataType) -> DataFusionError {
    let ArrowError::ArithmeticOverflow(text) = error else { return error.into() };
    let computed = text.rsplit_once("on: ").map_or(text.as_str(), |(_, computed)| computed).trim();
    super::out_of_range(computed, data_type)
}
