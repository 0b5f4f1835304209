//! Entities with numbers of their own: segments, and lists of those that fulfil conditions.

use chrono::{NaiveDateTime, TimeDelta};

use super::conditions::{as_double, compared};
use super::rows::{Rows, own_expression};
use super::{Unreachable, limited, number, quoted, table_name};
use crate::ask::lexicon::Field;
use crate::ask::plan::{Compared, ComparedWith, Figure, Plan, PlanFilter, Subject, dataset_of, field_name};
use crate::ask::time::{Grain, Period, begin};
use crate::ask::values::Values;
use crate::ask::{Bound, Measure, Model};

/// A figure for each entity, as rows of `k` and `v`.
pub(super) fn per_entity(
    bound: &Bound,
    values: &Values,
    entity: usize,
    figure: (usize, &str),
    period: Option<&Period>,
    filters: &[PlanFilter],
) -> Result<String, Unreachable> {
    let (dataset, expression) = figure;
    let mut rows = Rows::of(bound, values, dataset);
    let key = rows.field(Field::Entity(entity, 1))?;
    rows.conditions.push(format!("{key} IS NOT NULL"));
    // A table without times has one value for all of them.
    if rows.time().is_some() {
        rows.keep_times(period, &[])?;
    }
    for filter in filters {
        rows.keep(filter, period)?;
    }
    Ok(format!("SELECT {key} AS k, {expression} AS v\n{}\nGROUP BY {key}", rows.clauses()))
}

/// Whether entities without rows have zero of it.
pub(super) fn is_additive(expression: &str) -> bool {
    let lower = expression.trim_start().to_lowercase();
    (lower.starts_with("count(") || lower.starts_with("sum(")) && !lower.contains('/')
}

/// The measure of that name: `dataset.measure`.
pub(crate) fn measure_named(model: &Model, name: &str) -> Option<(usize, Measure)> {
    let (dataset, measure) = name.split_once('.')?;
    let dataset = dataset_of(model, dataset)?;
    let of = &model.datasets[dataset];
    let known = of.measures.iter().find(|known| known.name == measure).cloned();
    // The number of rows needs no name in the model.
    let rows = || Measure {
        name: of.name.clone(),
        expression: "count(*)".to_owned(),
        label: of.label.clone(),
        ..Measure::default()
    };
    let measure = known.or_else(|| (measure == "count").then(rows))?;
    Some((dataset, measure))
}

/// The moment after the newest of a dataset's rows, rounded up to a day.
pub(super) fn end_of(values: &Values, dataset: usize) -> Option<NaiveDateTime> {
    let newest =
        values.facts(dataset).and_then(|facts| facts.times).map(|(_, newest)| newest).or_else(|| values.as_of())?;
    let newest = values.as_of().map_or(newest, |as_of| newest.min(as_of));
    Some(Grain::Day.shift(begin(Grain::Day, newest), 1))
}

/// The two periods that a change is measured between: the last one and the one before.
pub(super) fn last_two(values: &Values, dataset: usize, days: u32) -> Option<(Period, Period)> {
    let end = end_of(values, dataset)?;
    let length = TimeDelta::days(i64::from(days));
    let now = Period::span(Some(end - length), Some(end), &format!("the last {days} days"));
    let before = Period::span(Some(end - length - length), Some(end - length), &format!("the {days} days before"));
    Some((now, before))
}

/// The members of a segment: `k`, their value `v`, and for changes the value `before`.
pub(super) fn segment(
    bound: &Bound,
    values: &Values,
    place: usize,
    period: Option<&Period>,
) -> Result<String, Unreachable> {
    let segment = &bound.model.segments[place];
    let unknown = || Unreachable { words: format!("the segment {}", segment.name) };
    let entity = bound.model.entities.iter().position(|entity| entity.name == segment.entity).ok_or_else(unknown)?;
    let (dataset, measure) = measure_named(&bound.model, &segment.measure).ok_or_else(unknown)?;
    let additive = is_additive(&measure.expression);
    let value = |column: &str| if additive { format!("coalesce({column}, 0)") } else { column.to_owned() };
    let entities = entities(bound, entity).ok_or_else(unknown)?;
    let per = |period: Option<&Period>| per_entity(bound, values, entity, (dataset, &measure.expression), period, &[]);
    if let Some(change) = &segment.change {
        let (now, before) = last_two(values, dataset, change.days).ok_or_else(unknown)?;
        let by = number(change.by);
        let sign = if change.by < 0. { "<=" } else { ">=" };
        let current = value("n.v");
        return Ok(format!(
            "SELECT e.k AS k, {current} AS v, p.v AS before, ({current} - p.v) / abs(cast(p.v AS double)) AS change\nFROM ({entities}) AS e\nJOIN ({}) AS p ON p.k = e.k\nLEFT JOIN ({}) AS n ON n.k = e.k\nWHERE p.v <> 0 AND ({current} - p.v) / abs(cast(p.v AS double)) {sign} {by}",
            per(Some(&before))?,
            per(Some(&now))?
        ));
    }
    let numbers = per(period)?;
    let v = value("m.v");
    if let Some(share) = segment.top_share {
        let order = if segment.lowest { "ASC" } else { "DESC" };
        return Ok(format!(
            "SELECT k, v FROM (\nSELECT e.k AS k, {v} AS v, row_number() OVER (ORDER BY {v} {order} NULLS LAST, e.k) AS place, count(*) OVER () AS entities\nFROM ({entities}) AS e\nLEFT JOIN ({numbers}) AS m ON m.k = e.k\n) AS ranked\nWHERE place <= ceil(entities * {}) AND v IS NOT NULL",
            number(share)
        ));
    }
    let condition = segment.is.as_deref().unwrap_or("IS NOT NULL");
    Ok(format!(
        "SELECT e.k AS k, {v} AS v\nFROM ({entities}) AS e\nLEFT JOIN ({numbers}) AS m ON m.k = e.k\nWHERE {v} {condition}"
    ))
}

/// The keys of all entities.
pub(super) fn entities(bound: &Bound, entity: usize) -> Option<String> {
    let dataset = Subject::Entity(entity).dataset(&bound.model);
    let key = own_expression(bound, Field::Entity(entity, 1))?;
    Some(format!(
        "SELECT DISTINCT {key} AS k FROM {} WHERE {key} IS NOT NULL",
        table_name(&bound.tables.get(dataset)?.name)
    ))
}

/// The entities that fulfil all conditions, with the numbers that say so.
pub(super) fn members(
    bound: &Bound,
    values: &Values,
    plan: &Plan,
    entity: usize,
    fields: &[Field],
) -> Result<String, Unreachable> {
    let base = Subject::Entity(entity).dataset(&bound.model);
    let mut rows = Rows::of(bound, values, base);
    let key = rows.field(Field::Entity(entity, 1))?;
    let mut selected = vec![format!("b.{key} AS {}", quoted(&field_name(bound, Field::Entity(entity, 1))))];
    let mut names = vec![field_name(bound, Field::Entity(entity, 1))];
    let mut add = |expression: String, name: String, selected: &mut Vec<String>| {
        let mut unique = name.clone();
        let mut more = 2;
        while names.contains(&unique) {
            unique = format!("{name}_{more}");
            more += 1;
        }
        selected.push(format!("{expression} AS {}", quoted(&unique)));
        names.push(unique);
    };
    if bound.model.entities[entity].label != bound.model.entities[entity].key {
        let label = rows.field(Field::Entity(entity, 0))?;
        add(label, field_name(bound, Field::Entity(entity, 0)), &mut selected);
    }
    for field in fields {
        let expression = rows.field(*field)?;
        add(expression, field_name(bound, *field), &mut selected);
    }
    let mut joins = String::new();
    let mut orders: Vec<String> = Vec::new();
    for (place, filter) in plan.filters.iter().enumerate() {
        let PlanFilter::Segment { segment: of, not: false } = filter else {
            rows.keep(filter, plan.period.as_ref())?;
            continue;
        };
        let of_entity = bound.model.segments[*of].entity == bound.model.entities[entity].name;
        if !of_entity {
            rows.keep(filter, plan.period.as_ref())?;
            continue;
        }
        let of = (&bound.model.segments[*of], segment(bound, values, *of, plan.period.as_ref())?);
        joins.push_str(&format!("\nJOIN ({}) AS s{place} ON s{place}.k = b.{key}", of.1));
        let measure = measure_named(&bound.model, &of.0.measure)
            .map_or_else(|| "value".to_owned(), |(_, measure)| measure.name.clone());
        add(format!("s{place}.v"), measure.clone(), &mut selected);
        match &of.0.change {
            Some(change) => {
                add(format!("s{place}.before"), format!("{measure}_before"), &mut selected);
                add(format!("100.0 * s{place}.change"), format!("{measure}_change_percent"), &mut selected);
                orders.push(format!("s{place}.change {}", if change.by < 0. { "ASC" } else { "DESC" }));
            }
            None => orders.push(format!("s{place}.v {}", if of.0.lowest { "ASC" } else { "DESC" })),
        }
    }
    for (place, condition) in plan.conditions.iter().enumerate() {
        let Compared::Figure(figure) = &condition.of else {
            rows.keep_numbers(condition)?;
            continue;
        };
        let v = add_figure(bound, values, plan, entity, figure, &format!("c{place}"), &mut joins, &key)?;
        add(v.clone(), figure.name.clone(), &mut selected);
        let text = match &condition.with {
            ComparedWith::Number(with) => compared(&v, condition.operator, &number(*with), None),
            ComparedWith::Range(from, to) => compared(&v, condition.operator, &number(*from), Some(&number(*to))),
            ComparedWith::Figure(other) => {
                let with = add_figure(bound, values, plan, entity, other, &format!("d{place}"), &mut joins, &key)?;
                add(with.clone(), other.name.clone(), &mut selected);
                compared(&v, condition.operator, &with, None)
            }
            ComparedWith::Average => {
                let all =
                    per_entity(bound, values, entity, (figure.dataset, &figure.expression), plan.period.as_ref(), &[])?;
                let average = format!("(SELECT avg({}) FROM ({all}) AS a)", as_double("v"));
                compared(&as_double(&v), condition.operator, &average, None)
            }
        };
        rows.conditions.push(text);
        orders.push(format!(
            "{v} {}",
            if matches!(condition.operator, crate::ask::reading::Operator::Less | crate::ask::reading::Operator::AtMost)
            {
                "ASC"
            } else {
                "DESC"
            }
        ));
    }
    orders.push("1".to_owned());
    let clauses = rows.clauses();
    let (from, rest) = clauses
        .split_once("\nWHERE ")
        .map_or((clauses.as_str(), String::new()), |(from, rest)| (from, format!("\nWHERE {rest}")));
    Ok(format!("SELECT {}\n{from}{joins}{rest}\nORDER BY {}{}", selected.join(", "), orders.join(", "), limited(plan)))
}

#[expect(clippy::too_many_arguments, reason = "a step of one statement, which shares all its parts")]
fn add_figure(
    bound: &Bound,
    values: &Values,
    plan: &Plan,
    entity: usize,
    figure: &Figure,
    alias: &str,
    joins: &mut String,
    key: &str,
) -> Result<String, Unreachable> {
    let numbers = per_entity(bound, values, entity, (figure.dataset, &figure.expression), plan.period.as_ref(), &[])?;
    joins.push_str(&format!("\nLEFT JOIN ({numbers}) AS {alias} ON {alias}.k = b.{key}"));
    Ok(if is_additive(&figure.expression) { format!("coalesce({alias}.v, 0)") } else { format!("{alias}.v") })
}
