//! Rows as they are, their values, and their newest or oldest time.

use super::members::members;
use super::rows::Rows;
use super::{Unreachable, limited, quoted};
use crate::ask::Bound;
use crate::ask::lexicon::Field;
use crate::ask::plan::{Compared, OrderBy, Plan, PlanFilter, Subject, field_name};
use crate::ask::values::Values;

/// Rows of the subject.
pub(in crate::ask) fn listed(
    bound: &Bound,
    values: &Values,
    plan: &Plan,
    fields: &[Field],
) -> Result<String, Unreachable> {
    let judged = plan.filters.iter().any(|filter| matches!(filter, PlanFilter::Segment { not: false, .. }))
        || plan.conditions.iter().any(|condition| matches!(condition.of, Compared::Figure(_)));
    if let (Subject::Entity(entity), true) = (plan.subject, judged) {
        return members(bound, values, plan, entity, fields);
    }
    let base = plan.subject.dataset(&bound.model);
    let mut rows = Rows::of(bound, values, base);
    // Rows have no figures of groups, and a condition is not left out in silence.
    if let Some(condition) = plan.conditions.iter().find(|condition| matches!(condition.of, Compared::Figure(_))) {
        return Err(rows.not_of(&condition.words));
    }
    let mut selected: Vec<String> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    if fields.is_empty() {
        for (name, _) in bound.tables[base].columns.iter().filter(|(name, _)| !name.starts_with('_')) {
            selected.push(format!("b.{}", quoted(name)));
            names.push(name.clone());
        }
    } else {
        let key = bound.model.datasets[base].key.iter().cloned();
        let label = match plan.subject {
            Subject::Entity(entity) => Some(field_name(bound, Field::Entity(entity, 0))),
            Subject::Dataset(_) => None,
        };
        for name in key.chain(label) {
            if !names.contains(&name) {
                selected.push(format!("b.{}", quoted(&name)));
                names.push(name);
            }
        }
    }
    for field in fields {
        let name = field_name(bound, *field);
        let expression = rows.field(*field)?;
        if !names.contains(&name) {
            selected.push(format!("{expression} AS {}", quoted(&name)));
            names.push(name);
        }
    }
    // What rows are ordered by is shown.
    if let Some((OrderBy::Figure(place), _)) = plan.order
        && let Some(figure) = plan.figures.get(place)
        && let Some(value) = figure.value.as_ref().filter(|value| !names.contains(value) && !selected.is_empty())
        && !names.contains(&figure.name)
    {
        selected.push(format!("{value} AS {}", quoted(&figure.name)));
    }
    for filter in &plan.filters {
        rows.keep(filter, plan.period.as_ref())?;
    }
    for condition in &plan.conditions {
        rows.keep_numbers(condition)?;
    }
    if !(matches!(plan.subject, Subject::Entity(_)) && asks_of_others(plan)) {
        rows.keep_times(plan.period.as_ref(), &plan.recurring)?;
    }
    if selected.is_empty() {
        selected.push("*".to_owned());
    }
    let order = match plan.order {
        Some((OrderBy::Figure(place), descending)) => {
            let value = plan.figures.get(place).and_then(|figure| figure.value.clone());
            value.map(|value| {
                rows.conditions.push(format!("({value}) IS NOT NULL"));
                format!("{value} {}", way(descending))
            })
        }
        Some((OrderBy::Time, descending)) => rows.time().map(|time| {
            rows.conditions.push(format!("{time} IS NOT NULL"));
            format!("{time} {}", way(descending))
        }),
        None => bound.model.datasets[base].key.first().map(|key| format!("b.{}", quoted(key))),
    };
    let order = order.map(|order| format!("\nORDER BY {order}")).unwrap_or_default();
    Ok(format!("SELECT {}\n{}{order}{}", selected.join(", "), rows.clauses(), limited(plan)))
}

/// Whether the period of a plan is one of other rows, not of the entities themselves.
pub(in crate::ask) fn asks_of_others(plan: &Plan) -> bool {
    plan.filters.iter().any(|filter| matches!(filter, PlanFilter::Related { .. } | PlanFilter::Segment { .. }))
}

fn way(descending: bool) -> &'static str {
    if descending { "DESC" } else { "ASC" }
}

/// The newest or oldest time of the rows.
pub(in crate::ask) fn moment(bound: &Bound, values: &Values, plan: &Plan, newest: bool) -> Result<String, Unreachable> {
    let base = plan.figures.first().map_or_else(|| plan.subject.dataset(&bound.model), |figure| figure.dataset);
    let mut rows = Rows::of(bound, values, base);
    let time = rows.time().ok_or_else(|| rows.not_of("a time"))?;
    for filter in &plan.filters {
        rows.keep(filter, plan.period.as_ref())?;
    }
    for condition in &plan.conditions {
        rows.keep_numbers(condition)?;
    }
    rows.keep_times(plan.period.as_ref(), &plan.recurring)?;
    let (function, name) = if newest { ("max", "newest") } else { ("min", "oldest") };
    Ok(format!("SELECT {function}({time}) AS {name}\n{}\nLIMIT 1", rows.clauses()))
}

/// The values of a figure's rows, for how they are spread.
pub(in crate::ask) fn values(bound: &Bound, values: &Values, plan: &Plan) -> Result<String, Unreachable> {
    let figure = plan.figures.first().ok_or_else(|| Unreachable { words: "no figure".to_owned() })?;
    let mut rows = Rows::of(bound, values, figure.dataset);
    let Some(value) = &figure.value else { return Err(rows.not_of(&format!("single values of {}", figure.label))) };
    for filter in &plan.filters {
        rows.keep(filter, plan.period.as_ref())?;
    }
    for condition in &plan.conditions {
        rows.keep_numbers(condition)?;
    }
    rows.keep_times(plan.period.as_ref(), &plan.recurring)?;
    rows.conditions.push(format!("({value}) IS NOT NULL"));
    Ok(format!("SELECT cast({value} AS double) AS {}\n{}", quoted(&figure.name), rows.clauses()))
}
