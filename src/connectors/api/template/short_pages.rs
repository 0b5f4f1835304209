//! Stop conditions that take a short page for the last one, whatever size was asked for.

use minijinja::machinery::{ast, parse};
use minijinja::syntax::SyntaxConfig;

const SIZE_SEEN: &str = "last_page_size";
const SIZE_ASKED: &str = "page_size";

/// Whether a condition may hold for a full page that was asked for with fewer records than the manifest says, down to `least`.
///
/// Only what is plain to see is told: `last_page_size` compared with something that does not follow what was asked for, where
/// the comparison decides the condition.
pub(in super::super) fn ends_on_short_pages(condition: &str, least: i128) -> bool {
    let Ok(tree) = parse(condition, "condition", SyntaxConfig::default()) else { return false };
    let ast::Stmt::Template(template) = &tree else { return false };
    match template.children.as_slice() {
        [ast::Stmt::EmitExpr(emit)] => ends(&emit.expr, least),
        _ => false,
    }
}

fn ends(expr: &ast::Expr<'_>, least: i128) -> bool {
    use ast::{BinOpKind, CompareOpKind, Expr};
    match expr {
        Expr::BinOp(operation) => match operation.op {
            BinOpKind::ScAnd | BinOpKind::ScOr => ends(&operation.left, least) || ends(&operation.right, least),
            BinOpKind::Lt => is_short(&operation.left, &operation.right, least),
            BinOpKind::Lte => is_short(&operation.left, &operation.right, least - 1),
            BinOpKind::Gt => is_short(&operation.right, &operation.left, least),
            BinOpKind::Gte => is_short(&operation.right, &operation.left, least - 1),
            _ => false,
        },
        Expr::Compare(chain) => {
            let mut left = &chain.expr;
            chain.ops.iter().any(|operand| {
                let (before, after) = (std::mem::replace(&mut left, &operand.expr), &operand.expr);
                match operand.op {
                    CompareOpKind::Lt => is_short(before, after, least),
                    CompareOpKind::Lte => is_short(before, after, least - 1),
                    CompareOpKind::Gt => is_short(after, before, least),
                    CompareOpKind::Gte => is_short(after, before, least - 1),
                    _ => false,
                }
            })
        }
        _ => false,
    }
}

/// Whether `seen < bound` takes a full page for a short one.
fn is_short(seen: &ast::Expr<'_>, bound: &ast::Expr<'_>, least: i128) -> bool {
    if !is_name(seen, SIZE_SEEN) {
        return false;
    }
    let constant = bound.as_const().and_then(|value| i128::try_from(value).ok());
    match constant {
        Some(bound) => bound > least,
        None => !mentions(bound, SIZE_ASKED),
    }
}

/// The name itself, with or without filters.
fn is_name(expr: &ast::Expr<'_>, name: &str) -> bool {
    match expr {
        ast::Expr::Var(variable) => variable.id == name,
        ast::Expr::Filter(filter) => filter.expr.as_ref().is_some_and(|inner| is_name(inner, name)),
        _ => false,
    }
}

/// Whether a name is used as one, not as a key of something else. What is made of it may or may not follow it.
fn mentions(expr: &ast::Expr<'_>, name: &str) -> bool {
    use ast::Expr;
    let mentions = |expr: &Expr<'_>| mentions(expr, name);
    match expr {
        Expr::Var(variable) => variable.id == name,
        Expr::BinOp(operation) => mentions(&operation.left) || mentions(&operation.right),
        Expr::UnaryOp(operation) => mentions(&operation.expr),
        Expr::Filter(filter) => filter.expr.as_ref().is_some_and(mentions),
        Expr::List(list) => list.items.iter().any(mentions),
        Expr::IfExpr(choice) => mentions(&choice.true_expr) || choice.false_expr.as_ref().is_some_and(mentions),
        _ => false,
    }
}
