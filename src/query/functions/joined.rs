//! `||` of texts as a function, held to the limit.
//!
//! The operator puts whole columns together: a chain of it makes as much of little as `concat` does.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, ExprSchemable, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF,
    ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr as Operation, Column};

use super::{size, too_much};
use crate::query::rewrite;

/// The function that stands for the operator, held to `limit` bytes a batch.
pub(super) fn function(limit: u64) -> ScalarUDF {
    ScalarUDF::new_from_impl(Joined { limit, signature: Signature::any(2, Volatility::Immutable) })
}

/// Puts the function in the place of the operator. Both sides of it have one type by now.
pub(super) fn bounded(function: &ScalarUDF, expr: Expr, schema: &DFSchema) -> Transformed<Expr> {
    let Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right }) = expr else {
        return Transformed::no(expr);
    };
    let kind = text(&left, schema);
    if kind.is_none() || kind != text(&right, schema) {
        return Transformed::no(Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right }));
    }
    Transformed::yes(function.call(vec![*left, *right]))
}

/// The type of an expression, if it is a text.
fn text(expr: &Expr, schema: &DFSchema) -> Option<DataType> {
    match expr {
        // Long chains of the operator: what is bounded already has the type of its first operand.
        Expr::ScalarFunction(function) if function.func.inner().is::<Joined>() => text(function.args.first()?, schema),
        other => other.get_type(schema).ok().filter(DataType::is_string),
    }
}

/// Two texts of one type put together; NULL where one of them is.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Joined {
    limit: u64,
    signature: Signature,
}

impl ScalarUDFImpl for Joined {
    fn name(&self) -> &str {
        "||"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        types.first().cloned().ok_or_else(|| DataFusionError::Plan("|| takes two texts".to_owned()))
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        rewrite::field(self, &args)
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let is_constant = args.args.iter().all(|value| matches!(value, ColumnarValue::Scalar(_)));
        let rows = if is_constant { 1 } else { args.number_rows };
        let sizes = args.args.iter().map(size::sizes).collect::<Result<Vec<_>>>()?;
        let bytes = |row| sizes.iter().map(|sizes| sizes.of(row)).fold(0, u64::saturating_add);
        if (0..rows).map(bytes).fold(0, u64::saturating_add) > self.limit {
            return Err(too_much(self.name(), self.limit));
        }
        let mut columns = Vec::with_capacity(args.args.len());
        for value in args.args {
            columns.push(value.into_array(rows)?);
        }
        let operand = |index: usize| -> Arc<dyn PhysicalExpr> { Arc::new(Column::new("", index)) };
        let fields: Vec<Field> =
            columns.iter().map(|column| Field::new("", column.data_type().clone(), true)).collect();
        let operands = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)?;
        let joined = Operation::new(operand(0), Operator::StringConcat, operand(1)).evaluate(&operands)?;
        let joined = joined.into_array(rows)?;
        Ok(if is_constant {
            ColumnarValue::Scalar(ScalarValue::try_from_array(&joined, 0)?)
        } else {
            ColumnarValue::Array(joined)
        })
    }
}
