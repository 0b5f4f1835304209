//! All about one entity: its own columns, and what every dataset knows of it.

use super::rows::Rows;
use super::{Unreachable, literal, quoted};
use crate::ask::Bound;
use crate::ask::plan::{Plan, Subject, in_words, up_path};
use crate::ask::values::Values;

/// Texts of each dataset that are shown.
const SHOWN_TEXTS: usize = 3;

/// Rows of `source`, `what` and `value`.
pub(in crate::ask) fn profile(
    bound: &Bound,
    values: &Values,
    plan: &Plan,
    entity: usize,
) -> Result<String, Unreachable> {
    let model = &bound.model;
    let own = Subject::Entity(entity).dataset(model);
    let mut named = vec![format!("d{own} AS (\nSELECT b.*\n{}\nLIMIT 5\n)", clauses(bound, values, plan, own)?)];
    let mut parts: Vec<String> = Vec::new();
    for (place, (column, _)) in bound.tables[own].columns.iter().filter(|(name, _)| !name.starts_with('_')).enumerate()
    {
        parts.push(part(
            own,
            place,
            &model.datasets[own].label,
            &in_words(column),
            &quoted(column),
            &format!("d{own}"),
        ));
    }
    let near = (0..model.datasets.len()).filter(|dataset| *dataset != own && up_path(model, *dataset, own).is_some());
    for dataset in near {
        let of = &model.datasets[dataset];
        let mut rows = Rows::of(bound, values, dataset);
        for filter in &plan.filters {
            rows.keep(filter, None)?;
        }
        let time = rows.time();
        let mut columns = vec!["count(*) AS n".to_owned()];
        if let Some(time) = &time {
            columns.push(format!("min({time}) AS a, max({time}) AS z"));
        }
        named.push(format!("d{dataset} AS (\nSELECT {}\n{}\n)", columns.join(", "), rows.clauses()));
        parts.push(part(dataset + 100, 0, &of.label, &of.label, "n", &format!("d{dataset}")));
        for (place, measure) in of.measures.iter().enumerate() {
            // Each by itself: two aggregates that differ by a cast alone would be taken for one.
            let from = format!("(SELECT {} AS m {}) AS m{place}", measure.expression, rows.clauses());
            parts.push(part(dataset + 100, place + 1, &of.label, &measure.label, "m", &from));
        }
        if time.is_some() {
            parts.push(part(dataset + 100, 90, &of.label, "first", "a", &format!("d{dataset}")));
            parts.push(part(dataset + 100, 91, &of.label, "latest", "z", &format!("d{dataset}")));
        }
        if let (Some(time), Some(text)) = (time, of.texts.first()) {
            let text = quoted(text);
            named.push(format!(
                "t{dataset} AS (\nSELECT {text} AS t\n{}\nORDER BY {time} DESC NULLS LAST\nLIMIT {SHOWN_TEXTS}\n)",
                rows.clauses()
            ));
            parts.push(format!(
                "SELECT {} AS o, 95 AS p, {} AS source, 'latest text' AS what, cast(t AS varchar) AS value FROM t{dataset}",
                dataset + 100,
                literal(&of.label)
            ));
        }
    }
    Ok(format!(
        "WITH {}\nSELECT source, what, value\nFROM (\n{}\n) AS parts\nWHERE value IS NOT NULL\nORDER BY o, p",
        named.join(", "),
        parts.join("\nUNION ALL\n")
    ))
}

fn part(order: usize, place: usize, source: &str, what: &str, column: &str, from: &str) -> String {
    format!(
        "SELECT {order} AS o, {place} AS p, {} AS source, {} AS what, cast({column} AS varchar) AS value FROM {from}",
        literal(source),
        literal(what)
    )
}

fn clauses(bound: &Bound, values: &Values, plan: &Plan, dataset: usize) -> Result<String, Unreachable> {
    let mut rows = Rows::of(bound, values, dataset);
    for filter in &plan.filters {
        rows.keep(filter, None)?;
    }
    Ok(rows.clauses())
}
