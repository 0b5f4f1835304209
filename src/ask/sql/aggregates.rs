//! The figures of each dataset by groups: each dataset is aggregated before it is put beside another, so that no row counts
//! twice.

use super::group_columns::group_columns;
use super::members::is_additive;
use super::rows::{Rows, key_column};
use super::{Unreachable, quoted};
use crate::ask::Bound;
use crate::ask::plan::{Figure, Fulfilled, Plan, PlanGroup, dataset_of_field, up_path};
use crate::ask::time::Period;
use crate::ask::values::Values;

/// The figures of each dataset by the groups, beside each other; and the names of the group columns.
pub(super) fn beside(
    bound: &Bound,
    values: &Values,
    plan: &Plan,
    figures: &[Figure],
    period: Option<&Period>,
) -> Result<(String, Vec<String>), Unreachable> {
    let mut sources: Vec<Vec<&Figure>> = Vec::new();
    for figure in figures {
        match sources.iter_mut().find(|of| goes_with(of, figure)) {
            Some(of) => of.push(figure),
            None => sources.push(vec![figure]),
        }
    }
    let mut parts = Vec::new();
    for of in &sources {
        parts.push(aggregated(bound, values, plan, of[0].dataset, of, period)?);
    }
    if parts.len() == 1 {
        return parts.pop().ok_or_else(|| Unreachable { words: "no figure".to_owned() });
    }
    let names = parts[0].1.clone();
    let mut from = format!("FROM (\n{}\n) AS f0", parts[0].0);
    for (place, (sql, _)) in parts.iter().enumerate().skip(1) {
        if names.is_empty() {
            from.push_str(&format!("\nCROSS JOIN (\n{sql}\n) AS f{place}"));
            continue;
        }
        let same = names.iter().map(|name| {
            let name = quoted(name);
            let before = coalesced(place, &name);
            format!("{before} = f{place}.{name}")
        });
        from.push_str(&format!("\nFULL JOIN (\n{sql}\n) AS f{place} ON {}", same.collect::<Vec<_>>().join(" AND ")));
    }
    let mut selected: Vec<String> =
        names.iter().map(|name| format!("{} AS {}", coalesced(parts.len(), &quoted(name)), quoted(name))).collect();
    for figure in figures {
        let place = sources.iter().position(|of| of.contains(&figure)).unwrap_or(0);
        let name = quoted(&figure.name);
        let value = if is_additive(&figure.expression) && figure.part.is_none() {
            format!("coalesce(f{place}.{name}, 0)")
        } else {
            format!("f{place}.{name}")
        };
        selected.push(format!("{value} AS {name}"));
    }
    Ok((format!("SELECT {}\n{from}", selected.join(", ")), names))
}

fn coalesced(parts: usize, name: &str) -> String {
    if parts == 1 {
        return format!("f0.{name}");
    }
    let all = (0..parts).map(|place| format!("f{place}.{name}"));
    format!("coalesce({})", all.collect::<Vec<_>>().join(", "))
}

/// The figures of one dataset by the groups.
fn aggregated(
    bound: &Bound,
    values: &Values,
    plan: &Plan,
    dataset: usize,
    figures: &[&Figure],
    period: Option<&Period>,
) -> Result<(String, Vec<String>), Unreachable> {
    let base = base_of(bound, plan, dataset, figures);
    let mut rows = Rows::of(bound, values, base);
    let mut columns = Vec::new();
    for group in &plan.groups {
        columns.extend(group_columns(bound, &mut rows, group, plan.named_groups)?);
    }
    for filter in &plan.filters {
        rows.keep(filter, period)?;
    }
    for condition in &plan.conditions {
        rows.keep_numbers(condition)?;
    }
    rows.keep_times(period, &plan.recurring)?;
    let mut selected: Vec<String> =
        columns.iter().map(|column| format!("{} AS {}", column.expression, quoted(&column.name))).collect();
    let mut expressions = Vec::new();
    for figure in figures {
        let expression = match &figure.part {
            Some(part) => share_of_rows(&mut rows, &figure.expression, part, period)?,
            None if base == dataset => figure.expression.clone(),
            None => count_of(bound, &mut rows, dataset)?,
        };
        selected.push(format!("{expression} AS {}", quoted(&figure.name)));
        expressions.push(expression);
    }
    let mut sql = format!("SELECT {}\n{}", selected.join(", "), rows.clauses());
    if !columns.is_empty() {
        let places: Vec<String> = (1..=columns.len()).map(|place| place.to_string()).collect();
        sql.push_str(&format!("\nGROUP BY {}", places.join(", ")));
        // Groups of which nothing is known are no answer: rows that a figure's own condition leaves out.
        if base == dataset && !figures.iter().any(|figure| figure.counts) {
            let known: Vec<String> =
                expressions.iter().map(|expression| format!("({expression}) IS NOT NULL")).collect();
            sql.push_str(&format!("\nHAVING ({})", known.join(" OR ")));
            // Of rows that belong to none of the groups nobody wants to know that there is nothing of them.
            if let ([column], [expression]) = (columns.as_slice(), expressions.as_slice())
                && expression.trim_start().to_ascii_lowercase().starts_with("count(")
            {
                sql.push_str(&format!(" AND NOT ({} IS NULL AND {expression} = 0)", column.expression));
            }
        }
    }
    let names = columns.iter().filter(|column| !column.label).chain(columns.iter().filter(|column| column.label));
    Ok((sql, names.map(|column| column.name.clone()).collect()))
}

/// What share of an aggregate over rows is that over those of them which fulfil something, in percent.
fn share_of_rows(
    rows: &mut Rows<'_>,
    whole: &str,
    part: &Fulfilled,
    period: Option<&Period>,
) -> Result<String, Unreachable> {
    let all = std::mem::take(&mut rows.conditions);
    for filter in &part.filters {
        rows.keep(filter, period)?;
    }
    for condition in &part.conditions {
        rows.keep_numbers(condition)?;
    }
    let part = std::mem::replace(&mut rows.conditions, all).join(" AND ");
    let some = format!("cast({} AS double)", of_fewer_rows(whole, &part));
    Ok(format!("100.0 * coalesce({some}, 0) / nullif(cast({whole} AS double), 0)"))
}

/// An aggregate of those of its rows that fulfil a condition.
fn of_fewer_rows(aggregate: &str, condition: &str) -> String {
    const FILTER: &str = ") filter (where ";
    let aggregate = aggregate.trim();
    match aggregate.to_ascii_lowercase().find(FILTER).filter(|_| aggregate.ends_with(')')) {
        Some(place) => {
            let known = &aggregate[place + FILTER.len()..aggregate.len() - 1];
            format!("{}) FILTER (WHERE ({known}) AND {condition})", &aggregate[..place])
        }
        None => format!("{aggregate} FILTER (WHERE {condition})"),
    }
}

/// Whether a figure can be reckoned in one go with others. Casts are no part of an aggregate's name, so that two aggregates that
/// differ by a cast alone would be taken for one.
fn goes_with(others: &[&Figure], figure: &Figure) -> bool {
    let casts =
        |figure: &Figure| figure.expression.to_lowercase().contains("cast(") || figure.expression.contains("::");
    others.iter().all(|other| other.dataset == figure.dataset && !casts(other)) && !casts(figure)
}

/// The dataset whose rows are read: the figures' own, or where entities are counted by what only their rows have, those rows.
fn base_of(bound: &Bound, plan: &Plan, dataset: usize, figures: &[&Figure]) -> usize {
    if !figures.iter().all(|figure| figure.counts) {
        return dataset;
    }
    let model = &bound.model;
    for group in &plan.groups {
        let PlanGroup::Field { fields, .. } = group else { continue };
        let reached = fields
            .iter()
            .any(|field| dataset_of_field(bound, *field).is_some_and(|of| up_path(model, dataset, of).is_some()));
        if reached {
            continue;
        }
        let other = fields
            .iter()
            .filter_map(|field| dataset_of_field(bound, *field))
            .find(|of| up_path(model, *of, dataset).is_some());
        if let Some(other) = other {
            return other;
        }
    }
    dataset
}

/// How many different rows of a dataset there are among those that rows belong to.
fn count_of(bound: &Bound, rows: &mut Rows<'_>, dataset: usize) -> Result<String, Unreachable> {
    let key = key_column(bound, dataset, "", true);
    let key = rows.expression(dataset, &key).ok_or_else(|| rows.not_of(&bound.model.datasets[dataset].label))?;
    Ok(format!("count(DISTINCT {key})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aggregate_of_some_rows_can_be_one_of_fewer() {
        let of_all = of_fewer_rows("sum(amount)", "category = 'Rent'");
        assert_eq!(of_all, "sum(amount) FILTER (WHERE category = 'Rent')");
        let of_some = of_fewer_rows("sum(amount) FILTER (WHERE type = 'Expense')", "category = 'Rent'");
        assert_eq!(of_some, "sum(amount) FILTER (WHERE (type = 'Expense') AND category = 'Rent')");
    }
}
