//! Numbers of more digits than a double holds, where they are compared, or cast to a decimal: they keep all of them.
//!
//! DataFusion reads a number with a point, or one beyond 64 bits, as a double, which keeps 15 digits for sure:
//! `amount = 12345678901234567890.50` would find another amount, or none. In arithmetic they stay doubles.

use std::convert::Infallible;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CastKind, DataType, ExactNumberInfo, Expr, Statement, UnaryOperator, Value, visit_expressions_mut,
};

/// The digits that every double keeps.
const DIGITS_OF_DOUBLES: usize = 15;
/// The digits of the longest decimal.
const DIGITS_OF_DECIMALS: usize = 38;

/// Makes decimals of the numbers that would lose digits, everywhere in a statement.
pub(super) fn keep_digits(statement: &mut Statement) {
    let ControlFlow::Continue(()) = visit_expressions_mut(statement, |expr| -> ControlFlow<Infallible> {
        match expr {
            Expr::BinaryOp { left, op, right } if compares(op) => {
                keep(left);
                keep(right);
            }
            Expr::Between { expr, low, high, .. } => [expr, low, high].into_iter().for_each(|number| keep(number)),
            Expr::InList { expr, list, .. } => {
                keep(expr);
                list.iter_mut().for_each(keep);
            }
            Expr::Cast { expr, data_type: DataType::Decimal(_) | DataType::Numeric(_) | DataType::Dec(_), .. } => {
                keep(expr);
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

fn keep(expr: &mut Expr) {
    match expr {
        Expr::Nested(inner) | Expr::UnaryOp { op: UnaryOperator::Minus | UnaryOperator::Plus, expr: inner } => {
            keep(inner)
        }
        Expr::Value(value) => {
            if let Value::Number(number, _) = &value.value
                && let Some(decimal) = decimal(number)
            {
                *expr = decimal;
            }
        }
        _ => {}
    }
}

/// The number as a decimal, where a double may not hold it and a decimal does.
fn decimal(number: &str) -> Option<Expr> {
    let plain: String = number.chars().filter(|letter| *letter != '_').collect();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let whole = whole.trim_start_matches('0');
    let are_digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let digits = whole.len() + fraction.len();
    let is_long = digits > DIGITS_OF_DOUBLES && plain.parse::<u64>().is_err();
    if !is_long || digits > DIGITS_OF_DECIMALS || !are_digits(whole) || !are_digits(fraction) {
        return None;
    }
    let (precision, scale) = (u64::try_from(digits).ok()?, i64::try_from(fraction.len()).ok()?);
    Some(Expr::Cast {
        kind: CastKind::Cast,
        expr: Box::new(Expr::value(Value::SingleQuotedString(plain))),
        data_type: DataType::Decimal(ExactNumberInfo::PrecisionAndScale(precision, scale)),
        array: false,
        format: None,
    })
}
