//! Statements of which several result columns have one name, such as `SELECT a.name, b.name AS name`.
//!
//! DataFusion refuses most of them. Here the later ones get names of their own before the statement is planned, and what
//! they were called is put back behind the plan.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::ops::ControlFlow;

use arrow::datatypes::FieldRef;
use datafusion::common::{DataFusionError, Result, SchemaError};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, Ident, Query, Select, SelectItem, SetExpr, Statement as SqlStatement, Visit, visit_expressions,
    visit_expressions_mut,
};

use super::column_names::{self, name_of, normal};
use super::{gate, unplanned};

/// Plans a statement, whatever its columns are called.
pub(super) async fn plan(session: &SessionState, statement: Statement) -> Result<LogicalPlan> {
    let error = match session.statement_to_plan(statement.clone()).await {
        Err(error) if is_of_names(&error) => error,
        planned => return planned,
    };
    for beside_wildcards in [false, true] {
        let mut renamed = statement.clone();
        let Some(query) = query(&mut renamed) else { break };
        let names = tell_apart(query, beside_wildcards)?;
        match session.statement_to_plan(renamed).await {
            Ok(plan) => return put_back(plan, &names),
            Err(again) if is_of_names(&again) => {}
            Err(other) => return Err(other),
        }
    }
    Err(error)
}

fn is_of_names(error: &DataFusionError) -> bool {
    match error.find_root() {
        DataFusionError::Plan(text) => text.contains("require unique expression names"),
        DataFusionError::SchemaError(error, _) => !matches!(error.as_ref(), SchemaError::FieldNotFound { .. }),
        _ => false,
    }
}

/// What columns with a name of their own were called, by that name; `None` for expressions, which DataFusion names.
type Names = HashMap<String, Option<String>>;

/// Gives names of their own to the columns whose name an earlier one has. What a wildcard stands for is not known yet:
/// `beside_wildcards`, whatever stands there may be one of its columns, unless its name is spoken of.
fn tell_apart(query: &mut Query, beside_wildcards: bool) -> Result<Names> {
    let mut names = Names::new();
    let mut spoken_of = SpokenOf::default();
    let Some(select) = outermost(query, &mut spoken_of) else { return Ok(names) };
    let is_wildcard = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
    let are_first_free = !beside_wildcards || !select.projection.iter().any(is_wildcard);
    let mut seen: HashMap<String, SqlExpr> = HashMap::new();
    for item in &mut select.projection {
        let (expr, name) = match item {
            SelectItem::UnnamedExpr(expr) => (expr.clone(), name_of(expr)),
            SelectItem::ExprWithAlias { expr, alias } => (expr.clone(), Some(normal(alias))),
            _ => continue,
        };
        let shown = name.clone().unwrap_or_else(|| without_casts(&expr).to_lowercase());
        match seen.get(&shown) {
            Some(first) if *first != expr && spoken_of.is_ambiguous(&shown, first) => {
                return Err(DataFusionError::Plan(unplanned::same_name(&shown)));
            }
            Some(_) => {}
            None => {
                seen.insert(shown.clone(), expr.clone());
                if are_first_free || spoken_of.contains(&shown) {
                    continue;
                }
            }
        }
        let own = format!("{shown} #{}", names.len() + 2);
        *item = SelectItem::ExprWithAlias { expr, alias: Ident::with_quote('"', own.as_str()) };
        names.insert(own, name);
    }
    Ok(names)
}

/// The query of a statement, or of the one that it explains.
fn query(statement: &mut Statement) -> Option<&mut Query> {
    let Statement::Statement(statement) = gate::innermost_mut(statement) else { return None };
    match statement.as_mut() {
        SqlStatement::Query(query) => Some(query),
        _ => None,
    }
}

/// The SELECT that names the columns of the result: of several behind each other, the first.
fn outermost<'a>(query: &'a mut Query, spoken_of: &mut SpokenOf) -> Option<&'a mut Select> {
    bare_names(&query.order_by, &mut spoken_of.as_results);
    let mut body = query.body.as_mut();
    loop {
        body = match body {
            SetExpr::Select(select) => {
                bare_names(&select.distinct, &mut spoken_of.as_results);
                bare_names(&select.group_by, &mut spoken_of.as_columns);
                bare_names(&select.having, &mut spoken_of.as_columns);
                bare_names(&select.qualify, &mut spoken_of.as_columns);
                return Some(select);
            }
            SetExpr::Query(query) => {
                bare_names(&query.order_by, &mut spoken_of.as_results);
                query.body.as_mut()
            }
            SetExpr::SetOperation { left, .. } => left,
            _ => return None,
        };
    }
}

/// Names without a table before them that stand elsewhere in a statement than in the list of its columns.
#[derive(Default)]
struct SpokenOf {
    /// Where a column of the result is meant, if one is called so.
    as_results: HashSet<String>,
    /// Where a column of a table is meant, if one is called so.
    as_columns: HashSet<String>,
}

impl SpokenOf {
    fn contains(&self, name: &str) -> bool {
        self.as_results.contains(name) || self.as_columns.contains(name)
    }

    /// Whether nobody can say which of several columns a name means, of which `first` is the first.
    fn is_ambiguous(&self, name: &str, first: &SqlExpr) -> bool {
        let is_column = matches!(first, SqlExpr::Identifier(_));
        self.as_results.contains(name) || (self.as_columns.contains(name) && !is_column)
    }
}

fn bare_names(part: &impl Visit, names: &mut HashSet<String>) {
    let ControlFlow::Continue(()) = visit_expressions(part, |expr| -> ControlFlow<Infallible> {
        if let SqlExpr::Identifier(name) = expr {
            names.insert(normal(name));
        }
        ControlFlow::Continue(())
    });
}

/// DataFusion names an expression by its text, in which it leaves out casts.
fn without_casts(expr: &SqlExpr) -> String {
    let mut bare = expr.clone();
    let ControlFlow::Continue(()) = visit_expressions_mut(&mut bare, |expr| -> ControlFlow<Infallible> {
        while let SqlExpr::Cast { expr: inner, .. } | SqlExpr::Nested(inner) = expr {
            *expr = inner.as_ref().clone();
        }
        // Whatever they ask, they are called alike.
        if matches!(expr, SqlExpr::Subquery(_)) {
            *expr = SqlExpr::Identifier(Ident::new("<subquery>"));
        }
        ControlFlow::Continue(())
    });
    bare.to_string()
}

/// The same plan with the columns called as they were.
fn put_back(plan: LogicalPlan, names: &Names) -> Result<LogicalPlan> {
    if matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_)) {
        return Ok(plan);
    }
    let called = |field: &FieldRef| match names.get(field.name()) {
        Some(Some(name)) => name.clone(),
        Some(None) => given(&plan, field.name()),
        None => field.name().clone(),
    };
    let called: Vec<String> = plan.schema().fields().iter().map(called).collect();
    column_names::rename(plan, called)
}

/// The name that DataFusion would have given to an expression.
fn given(plan: &LogicalPlan, own: &str) -> String {
    let mut next = Some(plan);
    while let Some(plan) = next {
        if let LogicalPlan::Projection(projection) = plan {
            let named = projection.expr.iter().find_map(|expr| match expr {
                Expr::Alias(alias) if alias.name == own => Some(alias.expr.schema_name().to_string()),
                _ => None,
            });
            if let Some(name) = named {
                return name;
            }
        }
        next = plan.inputs().first().copied();
    }
    own.to_owned()
}
