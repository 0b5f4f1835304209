//! Rows that stand out: what is there twice, and what is far from the usual of its group.

use super::rows::Rows;
use super::{Unreachable, limited, quoted};
use crate::ask::Bound;
use crate::ask::plan::{Plan, PlanGroup};
use crate::ask::values::Values;

/// From this distance on, in robust standard deviations, a value is unusual (Iglewicz and Hoaglin 1993 say 3.5).
const FAR: f64 = 4.;
/// Groups with fewer rows have no tail that could be known.
const FEWEST_OF_A_TAIL: usize = 100;
/// So many rows of a group lie beyond its tail by chance, on average.
const BY_CHANCE: f64 = 0.05;
/// Above these shares of its rows a group's tail is looked at, which its few outliers do not move.
const TAIL: (f64, f64) = (0.9, 0.95);

/// Rows that agree with others in some columns.
pub(in crate::ask) fn duplicates(
    bound: &Bound,
    values: &Values,
    plan: &Plan,
    by: &[String],
) -> Result<String, Unreachable> {
    let base = plan.subject.dataset(&bound.model);
    let mut rows = Rows::of(bound, values, base);
    for filter in &plan.filters {
        rows.keep(filter, plan.period.as_ref())?;
    }
    rows.keep_times(plan.period.as_ref(), &plan.recurring)?;
    if by.is_empty() {
        return Err(rows.not_of("columns to compare"));
    }
    let text = |column: &String| super::kind_of(&bound.tables[base], column).is_some_and(|kind| kind == "text");
    let same =
        by.iter().map(|column| if text(column) { format!("lower(trim({}))", quoted(column)) } else { quoted(column) });
    let same = same.collect::<Vec<_>>().join(", ");
    let columns = bound.tables[base].columns.iter().filter(|(name, _)| !name.starts_with('_'));
    let columns: Vec<String> = columns.map(|(name, _)| quoted(name)).collect();
    let columns = columns.join(", ");
    let present = by.iter().map(|column| format!("{} IS NOT NULL", quoted(column))).collect::<Vec<_>>().join(" AND ");
    rows.conditions.push(present);
    Ok(format!(
        "SELECT {columns}, copies\nFROM (\nSELECT {columns}, count(*) OVER (PARTITION BY {same}) AS copies\n{}\n) AS d\nWHERE copies > 1\nORDER BY copies DESC, {}{}",
        rows.clauses(),
        by.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", "),
        limited(plan)
    ))
}

/// Rows whose value is far from the median of their group. Sizes are compared: ten times as much is as far everywhere.
///
/// Where a group mixes small and large, as orders of small and large customers, its median distance is so wide that nothing is far
/// from its middle. There the tail tells: values that even a Pareto tail would not reach. Its index is that of the two quantiles in
/// [`TAIL`], and the bound an extreme quantile of it (Weissman 1978), as in peaks over threshold (Pickands 1975; for outliers
/// Siffer, Fouque, Termier and Largouët 2017).
pub(in crate::ask) fn unusual_rows(bound: &Bound, values: &Values, plan: &Plan) -> Result<String, Unreachable> {
    let figure = plan.figures.first().ok_or_else(|| Unreachable { words: "no figure".to_owned() })?;
    let mut rows = Rows::of(bound, values, figure.dataset);
    let Some(value) = figure.value.clone() else {
        return Err(rows.not_of(&format!("single values of {}", figure.label)));
    };
    let mut groups = Vec::new();
    for group in &plan.groups {
        if let PlanGroup::Field { fields, label, .. } = group {
            let near = fields.iter().find(|field| rows.distance(**field).is_some()).copied();
            let Some(field) = near else { return Err(rows.not_of(label)) };
            groups.push(rows.field(field)?);
        }
    }
    for filter in &plan.filters {
        rows.keep(filter, plan.period.as_ref())?;
    }
    rows.keep_times(plan.period.as_ref(), &plan.recurring)?;
    rows.conditions.push(format!("({value}) IS NOT NULL"));
    let group = if groups.is_empty() {
        "'all'".to_owned()
    } else {
        format!(
            "concat_ws(' / ', {})",
            groups.iter().map(|group| format!("cast({group} AS varchar)")).collect::<Vec<_>>().join(", ")
        )
    };
    let columns = bound.tables[figure.dataset].columns.iter().filter(|(name, _)| !name.starts_with('_'));
    let columns: Vec<String> = columns.map(|(name, _)| quoted(name)).collect();
    let own: Vec<String> = columns.iter().map(|column| format!("b.{column}")).collect();
    let columns = columns.join(", ");
    let x = format!("cast({value} AS double)");
    let (high, higher) = TAIL;
    let beyond = tail_bound();
    Ok(format!(
        "WITH all_rows AS (\nSELECT {}, {group} AS \"_group\", {x} AS \"_value\", signum({x}) * ln(1 + abs({x})) AS \"_size\"\n{}\n), middles AS (\nSELECT \"_group\", median(\"_size\") AS \"_middle\", median(\"_value\") AS \"_usual\", count(*) AS \"_rows\", percentile_cont({high}) WITHIN GROUP (ORDER BY \"_size\") AS \"_high\", percentile_cont({higher}) WITHIN GROUP (ORDER BY \"_size\") AS \"_higher\"\nFROM all_rows\nGROUP BY \"_group\"\n), distances AS (\nSELECT a.*, m.\"_usual\", m.\"_rows\", abs(a.\"_size\" - m.\"_middle\") AS \"_distance\", {beyond} AS \"_beyond\"\nFROM all_rows AS a JOIN middles AS m ON m.\"_group\" = a.\"_group\"\n), spreads AS (\nSELECT \"_group\", 1.4826 * median(\"_distance\") AS \"_spread\"\nFROM distances\nGROUP BY \"_group\"\n)\nSELECT {columns}, d.\"_usual\" AS usual_value, d.\"_distance\" / nullif(s.\"_spread\", 0) AS distance\nFROM distances AS d JOIN spreads AS s ON s.\"_group\" = d.\"_group\"\nWHERE (s.\"_spread\" > 0 AND d.\"_rows\" >= 8 AND d.\"_distance\" > {FAR} * s.\"_spread\") OR d.\"_beyond\"\nORDER BY distance DESC NULLS LAST{}",
        own.join(", "),
        rows.clauses(),
        limited(plan)
    ))
}

/// Whether a row lies beyond the tail of its group: sizes are logarithms, so that a Pareto tail falls off by the same step for each
/// halving of the rows above.
fn tail_bound() -> String {
    let (high, higher) = TAIL;
    let halvings = ((1. - high) / (1. - higher)).ln();
    let rows = (1. - high) / BY_CHANCE;
    format!(
        "(m.\"_rows\" >= {FEWEST_OF_A_TAIL} AND m.\"_high\" > 0 AND m.\"_higher\" > m.\"_high\" AND a.\"_size\" > m.\"_high\" + (m.\"_higher\" - m.\"_high\") * ln({rows:.6} * m.\"_rows\") / {halvings:.6})"
    )
}
