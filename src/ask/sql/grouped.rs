//! Figures by groups: what is shown of them, in which order, and which groups fulfil what was asked.

use super::aggregates::beside;
use super::beside::{part_of_whole, share_of_first, share_of_whole, whole_of};
use super::conditions::{as_double, compared};
use super::group_columns::column_names;
use super::members::{entities, members};
use super::{Unreachable, limited, number, quoted};
use crate::ask::Bound;
use crate::ask::plan::{Compared, ComparedWith, Figure, Kind, OrderBy, Plan, PlanCondition, Subject};
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
        let ratio = format!("cast({first} AS double) / nullif({second}, 0) AS {}", quoted(&ratio_name(one, other)));
        // One number alone stands last, behind what it is reckoned from; that of groups right behind their names.
        let shown = if names.is_empty() {
            format!("{first}, {second}, {ratio}")
        } else {
            format!("{by}{ratio}, {first}, {second}")
        };
        sql = format!("SELECT {shown}\nFROM (\n{sql}\n) AS q");
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
