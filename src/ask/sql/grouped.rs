//! Figures by groups: each dataset is aggregated before it is put beside another, so that no row counts twice.

use super::beside::{part_of_whole, share_of_first, share_of_whole, whole_of};
use super::conditions::{as_double, compared};
use super::group_columns::{column_names, group_columns};
use super::members::{entities, is_additive, members};
use super::rows::{Rows, key_column};
use super::{Unreachable, limited, number, quoted};
use crate::ask::Bound;
use crate::ask::plan::{
    Compared, ComparedWith, Figure, Fulfilled, Kind, OrderBy, Plan, PlanCondition, PlanGroup, Subject,
    dataset_of_field, up_path,
};
use crate::ask::time::Period;
use crate::ask::values::Values;

/// Figures by groups, in their order.
pub(in crate::ask) fn grouped(bound: &Bound, values: &Values, plan: &Plan) -> Result<String, Unreachable> {
    if let Some(counted) = counted_members(bound, values, plan)? {
        return Ok(counted);
    }
    let figures = all_figures(plan);
    if !plan.first_of.is_empty() {
        return share_of_first(bound, values, plan, &figures);
    }
    if plan.share && plan.groups.is_empty() {
        return share_of_whole(bound, values, plan, &figures);
    }
    if !plan.mean_over.is_empty() {
        return mean(bound, values, plan, &figures);
    }
    let (mut sql, names) = beside(bound, values, plan, &figures, plan.period.as_ref())?;
    let main = quoted(&figures[0].name);
    if let ([one, other, ..], true) = (figures.as_slice(), plan.ratio) {
        let (first, second) = (quoted(&one.name), quoted(&other.name));
        let by: String = names.iter().map(|name| format!("{}, ", quoted(name))).collect();
        sql = format!(
            "SELECT {by}cast({first} AS double) / nullif({second}, 0) AS {}, {first}, {second}\nFROM (\n{sql}\n) AS q",
            quoted(&ratio_name(one, other))
        );
    }
    if plan.share {
        sql = format!("SELECT g.*, 100.0 * {main} / sum({main}) OVER () AS share_percent\nFROM (\n{sql}\n) AS g");
    }
    if plan.cumulative
        && let Some(time) = names.first()
    {
        sql = format!(
            "SELECT g.*, sum({main}) OVER (ORDER BY {}) AS {}\nFROM (\n{sql}\n) AS g",
            quoted(time),
            quoted(&format!("cumulative_{}", figures[0].name))
        );
    }
    if matches!(plan.kind, Kind::Change(_))
        && let Some(time) = names.first()
    {
        let before = format!("lag({main}) OVER (ORDER BY {})", quoted(time));
        sql = format!(
            "SELECT g.*, {main} - {before} AS change, 100.0 * ({main} - {before}) / nullif(abs(cast({before} AS double)), 0) AS change_percent\nFROM (\n{sql}\n) AS g"
        );
    }
    if names.is_empty() {
        return Ok(format!("{sql}\nLIMIT 1"));
    }
    let conditions = having(plan)?;
    sql = fulfilling(plan, sql, &conditions);
    let ranked = plan.limit.is_some() && plan.order.is_some();
    if ranked && conditions.is_empty() {
        sql = format!("SELECT *\nFROM (\n{sql}\n) AS r\nWHERE {main} IS NOT NULL");
    }
    if let Some(limit) = plan.limit.filter(|_| plan.within > 0) {
        // Columns that identify groups come before those that only name them.
        let outer = names.iter().take(plan.within).map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let order = order(plan, &figures, &names);
        let shown = plan.groups.iter().flat_map(|group| column_names(bound, group));
        let ratio = match figures.as_slice() {
            [one, other, ..] if plan.ratio => Some(ratio_name(one, other)),
            _ => None,
        };
        let shown = shown.chain(ratio).chain(figures.iter().map(|figure| figure.name.clone()));
        let shown = shown.map(|name| quoted(&name)).collect::<Vec<_>>().join(", ");
        return Ok(format!(
            "SELECT {shown}\nFROM (\nSELECT w.*, row_number() OVER (PARTITION BY {outer} ORDER BY {order}) AS place\nFROM (\n{sql}\n) AS w\n) AS v\nWHERE place <= {limit}\nORDER BY {outer}, place"
        ));
    }
    Ok(format!("{sql}\nORDER BY {}{}", order(plan, &figures, &names), limited(plan)))
}

/// The mean over some groups, of what each of them has, by the other groups.
fn mean(bound: &Bound, values: &Values, plan: &Plan, figures: &[Figure]) -> Result<String, Unreachable> {
    let groups = plan.groups.iter().chain(&plan.mean_over).cloned().collect();
    let of_each = Plan { groups, ..plan.clone() };
    let (sql, _) = beside(bound, values, &of_each, figures, plan.period.as_ref())?;
    let main = quoted(&figures[0].name);
    let sql = fulfilling(plan, sql, &having(plan)?);
    let name = quoted(&format!("average_{}", figures[0].name));
    let mean = format!("avg(cast({main} AS double)) AS {name}");
    let by: Vec<String> =
        plan.groups.iter().flat_map(|group| column_names(bound, group)).map(|name| quoted(&name)).collect();
    if by.is_empty() {
        return Ok(format!("SELECT {mean}\nFROM (\n{sql}\n) AS g\nLIMIT 1"));
    }
    let by = by.join(", ");
    let order = match plan.order {
        Some((OrderBy::Figure(_), true)) => format!("{name} DESC NULLS LAST, {by}"),
        Some((OrderBy::Figure(_), false)) => format!("{name} ASC NULLS LAST, {by}"),
        _ => by.clone(),
    };
    Ok(format!("SELECT {by}, {mean}\nFROM (\n{sql}\n) AS g\nGROUP BY {by}\nORDER BY {order}{}", limited(plan)))
}

/// Those of the groups that fulfil conditions on their figures.
fn fulfilling(plan: &Plan, sql: String, conditions: &[String]) -> String {
    if conditions.is_empty() {
        return sql;
    }
    let averaged = plan.conditions.iter().find_map(|condition| match (&condition.of, &condition.with) {
        (Compared::Figure(figure), ComparedWith::Average) => Some(quoted(&figure.name)),
        _ => None,
    });
    let inner = match averaged {
        Some(name) => format!("SELECT g.*, avg({}) OVER () AS average\nFROM (\n{sql}\n) AS g", as_double(&name)),
        None => sql,
    };
    format!("SELECT *\nFROM (\n{inner}\n) AS h\nWHERE {}", conditions.join(" AND "))
}

/// "how many customers have more than 10 orders", "what share of them has": the condition is on each, and not on all of them.
fn counted_members(bound: &Bound, values: &Values, plan: &Plan) -> Result<Option<String>, Unreachable> {
    let Subject::Entity(entity) = plan.subject else { return Ok(None) };
    let own = plan.subject.dataset(&bound.model);
    let [figure] = plan.figures.as_slice() else { return Ok(None) };
    let judged = |condition: &PlanCondition| matches!(&condition.of, Compared::Figure(of) if of.dataset != own);
    let counts = figure.counts && figure.dataset == own && plan.groups.is_empty() && plan.mean_over.is_empty();
    if !counts || !plan.conditions.iter().any(judged) {
        return Ok(None);
    }
    let name = quoted(&figure.name);
    let all = Plan { limit: None, ..plan.clone() };
    let fulfil = members(bound, values, &all, entity, &[])?;
    let counted = format!(
        "SELECT count(*) AS {name}
FROM (
{fulfil}
) AS m"
    );
    if !plan.share {
        return Ok(Some(format!("{counted}\nLIMIT 1")));
    }
    let whole = whole_of(&all);
    let everybody = if whole.filters.is_empty() && whole.conditions.is_empty() {
        entities(bound, entity).ok_or_else(|| Unreachable { words: figure.label.clone() })?
    } else {
        members(bound, values, &whole, entity, &[])?
    };
    let whole = format!("SELECT count(*) AS {name} FROM ({everybody}) AS e");
    Ok(Some(part_of_whole(&name, &counted, &whole)))
}

/// The name of what comes of one figure divided by another.
fn ratio_name(one: &Figure, other: &Figure) -> String {
    format!("{}_per_{}", one.name, other.name)
}

/// The figures of a plan, and those that only its conditions name.
fn all_figures(plan: &Plan) -> Vec<Figure> {
    let mut figures = plan.figures.clone();
    let mut add = |figure: &Figure| {
        if !figures.iter().any(|known| known.expression == figure.expression && known.dataset == figure.dataset) {
            figures.push(figure.clone());
        }
    };
    for condition in &plan.conditions {
        if let Compared::Figure(figure) = &condition.of {
            add(figure);
            if let ComparedWith::Figure(other) = &condition.with {
                add(other);
            }
        }
    }
    figures
}

fn having(plan: &Plan) -> Result<Vec<String>, Unreachable> {
    let mut conditions = Vec::new();
    for condition in &plan.conditions {
        let Compared::Figure(figure) = &condition.of else { continue };
        // What is bounded may be shown under another name.
        let is_same = |shown: &&Figure| shown.dataset == figure.dataset && shown.expression == figure.expression;
        let name = quoted(&plan.figures.iter().find(is_same).unwrap_or(figure).name);
        conditions.push(match &condition.with {
            ComparedWith::Number(with) => compared(&name, condition.operator, &number(*with), None),
            ComparedWith::Range(from, to) => compared(&name, condition.operator, &number(*from), Some(&number(*to))),
            ComparedWith::Figure(other) => compared(&name, condition.operator, &quoted(&other.name), None),
            ComparedWith::Average => compared(&as_double(&name), condition.operator, "average", None),
        });
    }
    Ok(conditions)
}

fn order(plan: &Plan, figures: &[Figure], names: &[String]) -> String {
    let by_name = names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    match plan.order {
        Some((OrderBy::Figure(place), descending)) => {
            let change = matches!(plan.kind, Kind::Change(_));
            let name = if change {
                "change_percent".to_owned()
            } else if let (true, [one, other, ..]) = (plan.ratio, figures) {
                quoted(&ratio_name(one, other))
            } else {
                quoted(&figures.get(place).unwrap_or(&figures[0]).name)
            };
            format!("{name} {} NULLS LAST, {by_name}", if descending { "DESC" } else { "ASC" })
        }
        Some((OrderBy::Time, descending)) if descending => format!("{} DESC", quoted(&names[0])),
        _ => by_name,
    }
}

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
