//! What the columns of a result are called: an expression by its text, as the statement has it.
//!
//! DataFusion calls `sum(o.total)` `sum(shop.orders.total)` and `1` `Int64(1)`. That is what it finds columns by, so that
//! they are called differently only behind the plan.

use std::convert::Infallible;
use std::ops::ControlFlow;

use datafusion::common::{Column, Result, TableReference};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr as SqlExpr, Ident, ObjectNamePart, Query, Select, SelectItem, SetExpr, Statement as SqlStatement,
    visit_expressions_mut,
};

/// What the columns of a statement's result are called, as far as it says so.
#[derive(Debug, Default)]
pub(super) struct ColumnNames {
    /// Of those before the first wildcard; how many columns that stands for is not known yet.
    first: Vec<Option<String>>,
    /// Of those behind the last wildcard.
    last: Vec<Option<String>>,
}

impl ColumnNames {
    /// Those of a statement as it was written.
    pub(super) fn of(statement: &Statement) -> Self {
        let Some(select) = query(statement).and_then(outermost) else { return Self::default() };
        let mut names = Self::default();
        let mut behind = None;
        for item in &select.projection {
            let name = match item {
                SelectItem::UnnamedExpr(expr) => Some(name_of(expr).unwrap_or_else(|| text(expr))),
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                    behind = Some(Vec::new());
                    continue;
                }
                _ => None,
            };
            behind.as_mut().unwrap_or(&mut names.first).push(name);
        }
        names.last = behind.unwrap_or_default();
        names
    }

    /// The same plan with its columns called by these names.
    pub(super) fn give(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        if matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_)) {
            return Ok(plan);
        }
        let count = plan.schema().fields().len();
        let names: Vec<String> = plan
            .schema()
            .fields()
            .iter()
            .enumerate()
            .map(|(place, field)| self.at(place, count).unwrap_or(field.name()).to_owned())
            .collect();
        rename(plan, names)
    }

    fn at(&self, place: usize, count: usize) -> Option<&str> {
        let from_behind = || self.last.len().checked_sub(count - place).and_then(|place| self.last.get(place));
        self.first.get(place).or_else(from_behind)?.as_deref()
    }
}

/// The same plan with its columns called differently; several may be called alike.
pub(super) fn rename(plan: LogicalPlan, names: Vec<String>) -> Result<LogicalPlan> {
    if plan.schema().fields().iter().map(|field| field.name()).eq(&names) {
        return Ok(plan);
    }
    let columns = plan.schema().iter().zip(names).enumerate().map(|(place, (column, name))| {
        // A relation of its own is what lets DataFusion tell a column from others of its name.
        let relation = TableReference::bare(format!("column {place}"));
        Expr::Column(Column::from(column)).alias_qualified(Some(relation), name)
    });
    let columns: Vec<Expr> = columns.collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

/// The query of a statement that is none that explains.
fn query(statement: &Statement) -> Option<&Query> {
    match statement {
        Statement::Statement(statement) => match statement.as_ref() {
            SqlStatement::Query(query) => Some(query),
            _ => None,
        },
        _ => None,
    }
}

/// The SELECT that names the columns of the result: of several behind each other, the first.
fn outermost(query: &Query) -> Option<&Select> {
    let mut body = query.body.as_ref();
    loop {
        body = match body {
            SetExpr::Select(select) => return Some(select),
            SetExpr::Query(query) => query.body.as_ref(),
            SetExpr::SetOperation { left, .. } => left,
            _ => return None,
        };
    }
}

/// The name of an expression that is a column, or a column of another type.
pub(super) fn name_of(expr: &SqlExpr) -> Option<String> {
    match expr {
        SqlExpr::Identifier(name) => Some(normal(name)),
        SqlExpr::CompoundIdentifier(parts) => parts.last().map(normal),
        SqlExpr::Cast { expr, .. } | SqlExpr::Nested(expr) => name_of(expr),
        _ => None,
    }
}

/// A name as DataFusion takes it: in lower case unless it is quoted.
pub(super) fn normal(name: &Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_ascii_lowercase() }
}

/// An expression's text; functions are in lower case, however they were written.
fn text(expr: &SqlExpr) -> String {
    let mut shown = expr.clone();
    let ControlFlow::Continue(()) = visit_expressions_mut(&mut shown, |expr| -> ControlFlow<Infallible> {
        if let SqlExpr::Function(function) = expr {
            for part in &mut function.name.0 {
                if let ObjectNamePart::Identifier(name) = part {
                    name.value = normal(name);
                }
            }
        }
        ControlFlow::Continue(())
    });
    shown.to_string()
}
