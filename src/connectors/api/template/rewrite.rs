//! What Python's templates may write and the engine's may not. Operators that Python defines for more than the engine does
//! become calls: `a - b` is `_sub((a),(b))`; lists that a template fills become such as can be filled.

use std::borrow::Cow;

use minijinja::machinery::{ast, parse};
use minijinja::syntax::SyntaxConfig;

use super::error::TemplateError;
use super::growing;

/// A change of the source at a place: text to put there, and how much to take away.
struct Edit {
    at: usize,
    cut: usize,
    put: &'static str,
}

/// The source with its operators written as calls; sources without any stay as they are.
pub(super) fn rewritten(source: &str) -> Result<String, TemplateError> {
    if !super::is_template(source) || !source.contains(['+', '-', '%', '<', '>', '~']) {
        return Ok(source.to_owned());
    }
    let source = &*without_colons(source);
    let tree = parse(source, "template", SyntaxConfig::default()).map_err(|error| TemplateError::syntax(&error))?;
    let mut edits = Vec::new();
    statement(&tree, source, &mut edits);
    // Where several stand at one place, the outer ones come first, as they were found.
    edits.sort_by_key(|edit| edit.at);
    let mut out = String::with_capacity(source.len() + 16 * edits.len());
    let mut done = 0;
    for edit in edits {
        out.push_str(&source[done..edit.at]);
        out.push_str(edit.put);
        done = edit.at + edit.cut;
    }
    out.push_str(&source[done..]);
    Ok(out)
}

/// The source without the colons that Jinja lets a statement end with: `{% for a in b: %}`.
fn without_colons(source: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for (end, _) in source.match_indices("%}") {
        let statement = source[done..end].trim_end_matches(['-', '+']).trim_end();
        let Some(bare) = statement.strip_suffix(':') else { continue };
        let opens = bare.rfind("{%").is_some_and(|open| !bare[open..].contains("%}"));
        if opens {
            out.push_str(bare);
            out.push(' ');
            done += statement.len();
        }
    }
    if done == 0 {
        return Cow::Borrowed(source);
    }
    out.push_str(&source[done..]);
    Cow::Owned(out)
}

/// The operators that become calls: how they are written, and how the call starts.
fn call_of(op: &ast::BinOpKind) -> Option<(&'static str, &'static str)> {
    Some(match op {
        ast::BinOpKind::Add => ("+", "_add(("),
        ast::BinOpKind::Sub => ("-", "_sub(("),
        ast::BinOpKind::Rem => ("%", "_rem(("),
        ast::BinOpKind::Concat => ("~", "_concat(("),
        ast::BinOpKind::Lt => ("<", "_lt(("),
        ast::BinOpKind::Lte => ("<=", "_lte(("),
        ast::BinOpKind::Gt => (">", "_gt(("),
        ast::BinOpKind::Gte => (">=", "_gte(("),
        _ => return None,
    })
}

fn statement(statement: &ast::Stmt<'_>, source: &str, edits: &mut Vec<Edit>) {
    use ast::Stmt;
    let mut all = |statements: &[Stmt<'_>]| statements.iter().for_each(|inner| self::statement(inner, source, edits));
    match statement {
        Stmt::Template(template) => all(&template.children),
        Stmt::EmitExpr(emit) => expression(&emit.expr, source, edits),
        Stmt::ForLoop(each) => {
            all(&each.body);
            all(&each.else_body);
            expression(&each.iter, source, edits);
            if let Some(filter) = &each.filter_expr {
                expression(filter, source, edits);
            }
        }
        Stmt::IfCond(condition) => {
            all(&condition.true_body);
            all(&condition.false_body);
            expression(&condition.expr, source, edits);
        }
        Stmt::Set(set) => {
            let span = set.expr.span();
            let (start, end) = (span.start_offset as usize, span.end_offset as usize);
            let is_literal = matches!(set.expr, ast::Expr::List(_) | ast::Expr::Map(_))
                && source
                    .get(start..end)
                    .is_some_and(|text| text.starts_with(['[', '{']) && text.ends_with([']', '}']));
            let grows = is_literal && growing::is_used(source);
            if grows {
                edits.push(Edit { at: start, cut: 0, put: growing::CALL });
            }
            expression(&set.expr, source, edits);
            if grows {
                edits.push(Edit { at: end, cut: 0, put: ")" });
            }
        }
        Stmt::SetBlock(block) => all(&block.body),
        Stmt::WithBlock(block) => {
            all(&block.body);
            block.assignments.iter().for_each(|(_, value)| expression(value, source, edits));
        }
        Stmt::FilterBlock(block) => all(&block.body),
        Stmt::Macro(inner) => all(&inner.body),
        _ => {}
    }
}

fn expression(expr: &ast::Expr<'_>, source: &str, edits: &mut Vec<Edit>) {
    use ast::Expr;
    let mut inner = |expr: &Expr<'_>| expression(expr, source, edits);
    match expr {
        Expr::Var(_) | Expr::Const(_) => {}
        Expr::BinOp(operation) => binary(operation, source, edits),
        Expr::UnaryOp(operation) => inner(&operation.expr),
        Expr::Compare(chain) => {
            inner(&chain.expr);
            chain.ops.iter().for_each(|operand| inner(&operand.expr));
        }
        Expr::IfExpr(choice) => {
            inner(&choice.test_expr);
            inner(&choice.true_expr);
            if let Some(otherwise) = &choice.false_expr {
                inner(otherwise);
            }
        }
        Expr::Filter(filter) => {
            if let Some(value) = &filter.expr {
                inner(value);
            }
            arguments(&filter.args, source, edits);
        }
        Expr::Test(test) => {
            inner(&test.expr);
            arguments(&test.args, source, edits);
        }
        Expr::GetAttr(attribute) => inner(&attribute.expr),
        Expr::GetItem(item) => {
            inner(&item.expr);
            inner(&item.subscript_expr);
        }
        Expr::Slice(slice) => {
            inner(&slice.expr);
            [&slice.start, &slice.stop, &slice.step].into_iter().flatten().for_each(&mut inner);
        }
        Expr::Call(call) => {
            inner(&call.expr);
            arguments(&call.args, source, edits);
        }
        Expr::List(list) => list.items.iter().for_each(inner),
        Expr::Tuple(tuple) => tuple.items.iter().for_each(inner),
        Expr::Map(map) => map.keys.iter().chain(&map.values).for_each(inner),
    }
}

fn arguments(arguments: &[ast::CallArg<'_>], source: &str, edits: &mut Vec<Edit>) {
    use ast::CallArg;
    for argument in arguments {
        let (CallArg::Pos(value) | CallArg::Kwarg(_, value) | CallArg::PosSplat(value) | CallArg::KwargSplat(value)) =
            argument;
        expression(value, source, edits);
    }
}

/// The engine counts a comparison from the token before it: where the comparison itself starts.
fn after_token(source: &str, token: usize, left: usize) -> usize {
    let rest = &source[token..left.max(token)];
    let length = if rest.starts_with("{{") || rest.starts_with("{%") {
        2 + usize::from(rest[2..].starts_with(['-', '+']))
    } else {
        let word = rest.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(rest.len());
        word.max(1).min(rest.len())
    };
    let behind = &rest[length..];
    token + length + (behind.len() - behind.trim_start().len())
}

fn binary(operation: &ast::Spanned<ast::BinOp<'_>>, source: &str, edits: &mut Vec<Edit>) {
    let written = call_of(&operation.op).and_then(|(sign, call)| {
        // Between the operands stand blanks, brackets and the operator.
        let (from, to) = (operation.left.span().end_offset as usize, operation.right.span().start_offset as usize);
        let place = from + source.get(from..to)?.find(sign)?;
        Some((sign, call, place))
    });
    if let Some((sign, call, place)) = written {
        let whole = operation.span();
        let is_comparison = sign.starts_with(['<', '>']);
        let start = whole.start_offset as usize;
        let start =
            if is_comparison { after_token(source, start, operation.left.span().start_offset as usize) } else { start };
        edits.push(Edit { at: start, cut: 0, put: call });
        edits.push(Edit { at: place, cut: sign.len(), put: "),(" });
        expression(&operation.left, source, edits);
        expression(&operation.right, source, edits);
        edits.push(Edit { at: whole.end_offset as usize, cut: 0, put: "))" });
    } else {
        expression(&operation.left, source, edits);
        expression(&operation.right, source, edits);
    }
}
