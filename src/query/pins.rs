//! What a statement's filters hold fixed, so that a table that is made when it is read makes no more than that.

use std::collections::HashMap;

use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

/// The texts that columns must be equal to, by the columns' names.
pub(super) fn pinned(filters: &[Expr]) -> HashMap<String, String> {
    let mut pinned = HashMap::new();
    for filter in filters {
        pin(filter, &mut pinned);
    }
    pinned
}

fn pin(filter: &Expr, pinned: &mut HashMap<String, String>) {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return };
    match (left.as_ref(), op, right.as_ref()) {
        (left, Operator::And, right) => {
            pin(left, pinned);
            pin(right, pinned);
        }
        (Expr::Column(column), Operator::Eq, Expr::Literal(value, _))
        | (Expr::Literal(value, _), Operator::Eq, Expr::Column(column)) => {
            if let Some(value) = value.try_as_str().flatten() {
                pinned.insert(column.name.clone(), value.to_owned());
            }
        }
        _ => {}
    }
}
