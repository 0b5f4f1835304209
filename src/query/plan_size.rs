//! The size of a statement's plan, before and after it is planned.
//!
//! What a `WITH` names is planned wherever it is used: a short statement may be a plan that takes years to make or to
//! optimise, and that work cannot be stopped. So it is counted first, in the time that it takes to read the statement, and
//! then once more, no further than the limit, since planning adds steps of its own.

use std::ops::ControlFlow;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{Ident, ObjectName, Query, SetExpr, Visit, Visitor};

use super::{QueryError, QuerySettings, gate};

/// Refuses a statement that is larger than the settings allow when everything is put where it is used.
///
/// # Errors
/// [`QueryError::PlanTooLarge`], [`QueryError::TooManyColumns`].
pub(super) fn check_written(statement: &Statement, settings: &QuerySettings) -> Result<(), QueryError> {
    let Statement::Statement(statement) = gate::innermost(statement) else { return Ok(()) };
    let mut written = Written { limit: settings.max_columns, open: vec![Open::default()], names: Vec::new() };
    if let ControlFlow::Break(columns) = statement.visit(&mut written) {
        return Err(QueryError::TooManyColumns { columns, limit: settings.max_columns });
    }
    if written.open[0].steps > settings.max_plan_steps {
        return Err(QueryError::PlanTooLarge { limit: settings.max_plan_steps });
    }
    Ok(())
}

/// Refuses a plan that is larger than the settings allow.
///
/// # Errors
/// [`QueryError::PlanTooLarge`], [`QueryError::TooManyColumns`].
pub(super) fn check(plan: &LogicalPlan, settings: &QuerySettings) -> Result<(), QueryError> {
    let (mut steps, mut columns) = (0, 0);
    plan.apply_with_subqueries(|node| {
        steps += 1;
        columns = node.schema().fields().len().max(columns);
        let is_too_large = steps > settings.max_plan_steps || columns > settings.max_columns;
        Ok(if is_too_large { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })?;
    if columns > settings.max_columns {
        return Err(QueryError::TooManyColumns { columns, limit: settings.max_columns });
    }
    if steps > settings.max_plan_steps {
        return Err(QueryError::PlanTooLarge { limit: settings.max_plan_steps });
    }
    Ok(())
}

/// Counts queries and what they read, with what a `WITH` names counted wherever it is used. Stops at a list of more columns
/// than there may be, since planning compares each of them with all.
struct Written {
    limit: usize,
    /// The queries that are gone through, the innermost last; the first stands for the statement.
    open: Vec<Open>,
    /// What the open queries have named, and how many steps each of those takes; the innermost last.
    names: Vec<(Ident, usize)>,
}

#[derive(Default)]
struct Open {
    steps: usize,
    /// How many names there were before it.
    names_before: usize,
    /// The queries that its `WITH` names, by their address.
    named: Vec<(*const Query, Ident)>,
}

impl Visitor for Written {
    type Break = usize;

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<usize> {
        let columns = columns(&query.body);
        if columns > self.limit {
            return ControlFlow::Break(columns);
        }
        let expressions = query.with.iter().flat_map(|with| &with.cte_tables);
        let named = expressions.map(|named| (&raw const *named.query, named.alias.name.clone())).collect();
        self.open.push(Open { steps: 1, names_before: self.names.len(), named });
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<usize> {
        let name = match relation.0.as_slice() {
            [part] => part.as_ident(),
            _ => None,
        };
        let named = name.and_then(|name| self.names.iter().rev().find(|(own, _)| is_same(own, name)));
        let steps = named.map_or(1, |(_, steps)| *steps);
        self.add(steps);
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, query: &Query) -> ControlFlow<usize> {
        if let Some(Open { steps, names_before, .. }) = self.open.pop() {
            self.names.truncate(names_before);
            let address: *const Query = query;
            let around = self.open.last().and_then(|open| open.named.iter().find(|(named, _)| *named == address));
            match around.map(|(_, name)| name.clone()) {
                Some(name) => self.names.push((name, steps)),
                None => self.add(steps),
            }
        }
        ControlFlow::Continue(())
    }
}

impl Written {
    fn add(&mut self, steps: usize) {
        if let Some(open) = self.open.last_mut() {
            open.steps = open.steps.saturating_add(steps);
        }
    }
}

/// Whether two names are one: without quotes in whatever case.
fn is_same(one: &Ident, other: &Ident) -> bool {
    match (one.quote_style, other.quote_style) {
        (Some(_), Some(_)) => one.value == other.value,
        _ => one.value.eq_ignore_ascii_case(&other.value),
    }
}

/// The most columns that are written down in a query, without those of its subqueries.
fn columns(body: &SetExpr) -> usize {
    match body {
        SetExpr::Select(select) => select.projection.len(),
        SetExpr::SetOperation { left, right, .. } => columns(left).max(columns(right)),
        SetExpr::Values(values) => values.rows.iter().map(|row| row.len()).max().unwrap_or(0),
        _ => 0,
    }
}
