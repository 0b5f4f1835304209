//! Rankings by a score: each part scaled to 0 to 1 over all entities, weighed, and told with its reason.

use super::members::{is_additive, last_two, measure_named, per_entity};
use super::rows::Rows;
use super::{Unreachable, literal, number, quoted};
use crate::ask::Bound;
use crate::ask::lexicon::Field;
use crate::ask::plan::{Plan, PlanFilter, Subject, field_name};
use crate::ask::values::Values;

/// How many come first where the question does not say.
const USUAL_LIMIT: u64 = 25;
/// From this share of its scale on, a part is a reason.
const REASON: f64 = 0.5;

/// A part of a score as SQL: its number, and the column of its value.
struct PartColumn {
    weight: f64,
    lower_is_more: bool,
    reason: String,
    name: String,
}

/// Entities by a score, the highest first.
pub(in crate::ask) fn scored(bound: &Bound, values: &Values, plan: &Plan, place: usize) -> Result<String, Unreachable> {
    let score = &bound.model.scores[place];
    let unknown = || Unreachable { words: score.name.clone() };
    let entity = bound.model.entities.iter().position(|entity| entity.name == score.entity).ok_or_else(unknown)?;
    let base = Subject::Entity(entity).dataset(&bound.model);
    let mut rows = Rows::of(bound, values, base);
    let key = rows.field(Field::Entity(entity, 1))?;
    let label = rows.field(Field::Entity(entity, 0))?;
    let mut joins = String::new();
    let mut parts: Vec<PartColumn> = Vec::new();
    let mut selected = Vec::new();
    for (at, part) in score.parts.iter().enumerate() {
        let (dataset, measure) = measure_named(&bound.model, &part.measure).ok_or_else(unknown)?;
        let figure = (dataset, measure.expression.as_str());
        let additive = is_additive(&measure.expression);
        let value =
            |alias: &str| if additive { format!("coalesce({alias}{at}.v, 0)") } else { format!("{alias}{at}.v") };
        let mut name = measure.name.clone();
        if let Some(days) = part.change_days {
            let (now, before) = last_two(values, dataset, days).ok_or_else(unknown)?;
            for (alias, period) in [("n", &now), ("p", &before)] {
                let numbers = per_entity(bound, values, entity, figure, Some(period), &[])?;
                joins.push_str(&format!("\nLEFT JOIN ({numbers}) AS {alias}{at} ON {alias}{at}.k = b.{key}"));
            }
            let (n, p) = (value("n"), value("p"));
            // What can be zero is compared with both periods together, so that a rise from nothing counts.
            let beside = if additive { format!("abs({n}) + abs({p})") } else { format!("abs({p})") };
            selected.push(format!("cast({n} - {p} AS double) / nullif({beside}, 0) AS p{at}"));
            name.push_str("_change");
        } else {
            let numbers = per_entity(bound, values, entity, figure, plan.period.as_ref(), &[])?;
            joins.push_str(&format!("\nLEFT JOIN ({numbers}) AS m{at} ON m{at}.k = b.{key}"));
            selected.push(format!("cast({} AS double) AS p{at}", value("m")));
        }
        while parts.iter().any(|part| part.name == name) {
            name.push('_');
        }
        parts.push(PartColumn {
            weight: part.weight,
            lower_is_more: part.lower_is_more,
            reason: part.reason.clone(),
            name,
        });
    }
    let kept = kept_keys(bound, values, plan, entity)?;
    let weight: f64 = parts.iter().map(|part| part.weight).sum();
    let clauses = rows.clauses();
    let all = format!("SELECT b.{key} AS k, b.{label} AS label, {}\n{clauses}{joins}", selected.join(", "));
    let scales: Vec<String> = (0..parts.len()).map(scale).collect();
    let scaled: Vec<String> = parts.iter().enumerate().map(|(at, part)| scaled(at, part.lower_is_more)).collect();
    let sum: Vec<String> =
        parts.iter().enumerate().map(|(at, part)| format!("{} * s{at}", number(part.weight))).collect();
    let reasons: Vec<String> = parts
        .iter()
        .enumerate()
        .map(|(at, part)| format!("CASE WHEN s{at} >= {REASON} THEN {} END", literal(&part.reason)))
        .collect();
    let (key_name, label_name) =
        (field_name(bound, Field::Entity(entity, 1)), field_name(bound, Field::Entity(entity, 0)));
    let labelled = if key_name == label_name { String::new() } else { format!(", label AS {}", quoted(&label_name)) };
    let shown: Vec<String> =
        parts.iter().enumerate().map(|(at, part)| format!("p{at} AS {}", quoted(&part.name))).collect();
    Ok(format!(
        "WITH parts AS (\n{all}\n), scales AS (\nSELECT {}\nFROM parts\n), scaled AS (\nSELECT parts.*, {}\nFROM parts CROSS JOIN scales\n)\nSELECT k AS {}{labelled}, ({}) / {} AS score, concat_ws('; ', {}) AS reasons, {}\nFROM scaled{kept}\nORDER BY score DESC, k\nLIMIT {}",
        scales.join(", "),
        scaled.join(", "),
        quoted(&key_name),
        sum.join(" + "),
        number(if weight > 0. { weight } else { 1. }),
        reasons.join(", "),
        shown.join(", "),
        plan.limit.unwrap_or(USUAL_LIMIT)
    ))
}

/// The ends and quarters of a part's values.
fn scale(at: usize) -> String {
    let quarter = |share: &str| format!("approx_percentile_cont({share}) WITHIN GROUP (ORDER BY p{at})");
    format!("min(p{at}) AS a{at}, max(p{at}) AS z{at}, {} AS l{at}, {} AS u{at}", quarter("0.25"), quarter("0.75"))
}

/// A part from 0 to 1: from its smallest to its largest value, but no farther than three times the middle half beyond it.
fn scaled(at: usize, lower_is_more: bool) -> String {
    let fence = format!("3 * (u{at} - l{at})");
    let low = format!("CASE WHEN u{at} > l{at} THEN greatest(a{at}, l{at} - {fence}) ELSE a{at} END");
    let high = format!("CASE WHEN u{at} > l{at} THEN least(z{at}, u{at} + {fence}) ELSE z{at} END");
    let place = format!("least(greatest((p{at} - ({low})) / nullif(({high}) - ({low}), 0), 0), 1)");
    let place = if lower_is_more { format!("1 - {place}") } else { place };
    format!("coalesce(CASE WHEN p{at} IS NULL THEN 0 ELSE {place} END, 0) AS s{at}")
}

/// The condition that keeps the entities that fulfil the filters: scales are over all of them.
fn kept_keys(bound: &Bound, values: &Values, plan: &Plan, entity: usize) -> Result<String, Unreachable> {
    let filters: Vec<&PlanFilter> = plan.filters.iter().collect();
    if filters.is_empty() {
        return Ok(String::new());
    }
    let base = Subject::Entity(entity).dataset(&bound.model);
    let mut rows = Rows::of(bound, values, base);
    let key = rows.field(Field::Entity(entity, 1))?;
    for filter in filters {
        rows.keep(filter, plan.period.as_ref())?;
    }
    Ok(format!("\nWHERE k IN (SELECT b.{key} {})", rows.clauses()))
}
