//! Figures beside figures: in two periods, in pairs, and a part beside the whole.

use super::aggregates::beside;
use super::members::{is_additive, per_entity};
use super::rows::Rows;
use super::{Unreachable, limited, quoted, table_name};
use crate::ask::Bound;
use crate::ask::lexicon::Field;
use crate::ask::plan::{Figure, Fulfilled, Kind, Pairing, Plan, PlanFilter, Subject, field_name};
use crate::ask::reading::Change;
use crate::ask::values::Values;

/// A part of the whole: what fulfils the filters, beside all, and its share.
pub(super) fn share_of_whole(
    bound: &Bound,
    values: &Values,
    plan: &Plan,
    figures: &[Figure],
) -> Result<String, Unreachable> {
    let (part, _) = beside(bound, values, plan, &figures[..1], plan.period.as_ref())?;
    let whole = whole_of(plan);
    let (whole, _) = beside(bound, values, &whole, &figures[..1], plan.period.as_ref())?;
    Ok(part_of_whole(&quoted(&figures[0].name), &part, &whole))
}

/// What the first few groups have together of the whole.
pub(super) fn share_of_first(
    bound: &Bound,
    values: &Values,
    plan: &Plan,
    figures: &[Figure],
) -> Result<String, Unreachable> {
    let of_each = Plan { groups: plan.first_of.clone(), ..plan.clone() };
    let (each, names) = beside(bound, values, &of_each, &figures[..1], plan.period.as_ref())?;
    let (whole, _) = beside(bound, values, plan, &figures[..1], plan.period.as_ref())?;
    let name = quoted(&figures[0].name);
    let way = if plan.order.is_some_and(|(_, descending)| !descending) { "ASC" } else { "DESC" };
    let by: String = names.iter().map(|name| format!(", {}", quoted(name))).collect();
    let first = format!(
        "SELECT {name}\nFROM (\n{each}\n) AS g\nWHERE {name} IS NOT NULL\nORDER BY {name} {way}{by}{}",
        limited(plan)
    );
    Ok(part_of_whole(&name, &format!("SELECT sum({name}) AS {name}\nFROM (\n{first}\n) AS f"), &whole))
}

/// The plan of the whole that a share is taken of.
pub(super) fn whole_of(plan: &Plan) -> Plan {
    let Fulfilled { filters, conditions } = plan.whole.clone();
    Plan { filters, conditions, ..plan.clone() }
}

/// What two statements give of one figure: the part, the whole, and the share. The name is quoted.
pub(super) fn part_of_whole(name: &str, part: &str, whole: &str) -> String {
    format!(
        "SELECT p.{name} AS part, w.{name} AS whole, 100.0 * p.{name} / nullif(w.{name}, 0) AS share_percent\nFROM (\n{part}\n) AS p\nCROSS JOIN (\n{whole}\n) AS w\nLIMIT 1"
    )
}

/// Figures in one period beside those in an earlier one, with their change.
pub(in crate::ask) fn periods(bound: &Bound, values: &Values, plan: &Plan) -> Result<String, Unreachable> {
    let figures = &plan.figures[..1];
    let (now, names) = beside(bound, values, plan, figures, plan.period.as_ref())?;
    let (before, _) = beside(bound, values, plan, figures, plan.earlier.as_ref())?;
    let name = quoted(&figures[0].name);
    let zero = is_additive(&figures[0].expression);
    let side = |alias: &str| {
        if zero && !names.is_empty() { format!("coalesce({alias}.{name}, 0)") } else { format!("{alias}.{name}") }
    };
    let (n, p) = (side("n"), side("p"));
    let mut selected: Vec<String> =
        names.iter().map(|name| format!("coalesce(n.{0}, p.{0}) AS {0}", quoted(name))).collect();
    selected.push(format!("{p} AS {}", quoted(&format!("{}_before", figures[0].name))));
    selected.push(format!("{n} AS {name}"));
    selected.push(format!("{n} - {p} AS change"));
    selected.push(format!("100.0 * ({n} - {p}) / nullif(abs(cast({p} AS double)), 0) AS change_percent"));
    let join = if names.is_empty() { "CROSS JOIN".to_owned() } else { "FULL JOIN".to_owned() };
    let on = names.iter().map(|name| format!("n.{0} = p.{0}", quoted(name))).collect::<Vec<_>>().join(" AND ");
    let on = if names.is_empty() { String::new() } else { format!(" ON {on}") };
    let mut sql = format!("SELECT {}\nFROM (\n{now}\n) AS n\n{join} (\n{before}\n) AS p{on}", selected.join(", "));
    if names.is_empty() {
        return Ok(format!("{sql}\nLIMIT 1"));
    }
    if let Kind::Change(change) = plan.kind {
        let sign = match change {
            Change::Up => Some("> 0"),
            Change::Down => Some("< 0"),
            Change::Any => None,
        };
        if let Some(sign) = sign {
            sql = format!("SELECT *\nFROM (\n{sql}\n) AS c\nWHERE change {sign}");
        }
    }
    let descending = plan.order.is_none_or(|(_, descending)| descending);
    let order = if descending { "change_percent DESC" } else { "change_percent ASC" };
    let order = if matches!(plan.kind, Kind::Change(_)) {
        format!("{order} NULLS LAST, 1")
    } else {
        format!("{name} DESC NULLS LAST, 1")
    };
    Ok(format!("{sql}\nORDER BY {order}{}", limited(plan)))
}

/// Two figures in pairs.
pub(in crate::ask) fn pairs(bound: &Bound, values: &Values, plan: &Plan, per: Pairing) -> Result<String, Unreachable> {
    let figures = &plan.figures[..2];
    let (x, y) = (quoted(&figures[0].name), quoted(&figures[1].name));
    match per {
        Pairing::Rows => {
            let mut rows = Rows::of(bound, values, figures[0].dataset);
            for filter in &plan.filters {
                rows.keep(filter, plan.period.as_ref())?;
            }
            rows.keep_times(plan.period.as_ref(), &plan.recurring)?;
            let value = |figure: &Figure| figure.value.clone().ok_or_else(|| rows.not_of(&figure.label));
            let (first, second) = (value(&figures[0])?, value(&figures[1])?);
            rows.conditions.push(format!("({first}) IS NOT NULL AND ({second}) IS NOT NULL"));
            Ok(format!("SELECT {first} AS {x}, {second} AS {y}\n{}", rows.clauses()))
        }
        Pairing::Entity(entity) => {
            let of = |figure: &Figure| {
                let usable: Vec<PlanFilter> = plan.filters.clone();
                per_entity(bound, values, entity, (figure.dataset, &figure.expression), plan.period.as_ref(), &usable)
            };
            let base = Subject::Entity(entity).dataset(&bound.model);
            let mut rows = Rows::of(bound, values, base);
            let key = rows.field(Field::Entity(entity, 1))?;
            let label = rows.field(Field::Entity(entity, 0))?;
            let key_name = quoted(&field_name(bound, Field::Entity(entity, 1)));
            let label_name = quoted(&field_name(bound, Field::Entity(entity, 0)));
            let value = |figure: &Figure, alias: &str| {
                if is_additive(&figure.expression) { format!("coalesce({alias}.v, 0)") } else { format!("{alias}.v") }
            };
            let (first, second) = (value(&figures[0], "x"), value(&figures[1], "y"));
            let labelled = if key_name == label_name { String::new() } else { format!("b.{label} AS {label_name}, ") };
            Ok(format!(
                "SELECT b.{key} AS {key_name}, {labelled}{first} AS {x}, {second} AS {y}\nFROM {} AS b\nLEFT JOIN ({}) AS x ON x.k = b.{key}\nLEFT JOIN ({}) AS y ON y.k = b.{key}\nWHERE x.v IS NOT NULL OR y.v IS NOT NULL\nORDER BY 1",
                table_name(&bound.tables[base].name),
                of(&figures[0])?,
                of(&figures[1])?
            ))
        }
        Pairing::Time(_) | Pairing::Field => {
            let (sql, names) = beside(bound, values, plan, figures, plan.period.as_ref())?;
            let order = names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
            Ok(format!("{sql}\nORDER BY {order}"))
        }
    }
}
