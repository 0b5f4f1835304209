//! What figures are broken down by: columns of the rows that are read.

use chrono::Month;

use super::rows::Rows;
use super::{Unreachable, part_of, truncated};
use crate::ask::Bound;
use crate::ask::lexicon::Field;
use crate::ask::plan::{PlanGroup, field_name};
use crate::ask::time::{Cycle, WEEKDAYS};

/// A column of groups: its SQL for one dataset, and its name.
pub(super) struct GroupColumn {
    pub(super) expression: String,
    pub(super) name: String,
    /// Whether it only names what another column identifies.
    pub(super) label: bool,
}

/// The columns of a group: what identifies it, and what only names it.
pub(super) fn column_names(bound: &Bound, group: &PlanGroup) -> Vec<String> {
    match group {
        PlanGroup::Field { name, .. } => vec![name.clone()],
        PlanGroup::Entity(entity) => {
            let key = field_name(bound, Field::Entity(*entity, 1));
            let label = field_name(bound, Field::Entity(*entity, 0));
            if label == key { vec![key] } else { vec![key, label] }
        }
        PlanGroup::Time(grain) => vec![grain.word().to_owned()],
        PlanGroup::Cycle(cycle) => {
            let name = match cycle {
                Cycle::Weekday => "weekday",
                Cycle::HourOfDay => "hour_of_day",
                Cycle::MonthOfYear => "month_of_year",
            };
            vec![name.to_owned()]
        }
    }
}

/// The columns of a group over rows, of which only those that have it are kept.
pub(super) fn group_columns(
    bound: &Bound,
    rows: &mut Rows<'_>,
    group: &PlanGroup,
    named: bool,
) -> Result<Vec<GroupColumn>, Unreachable> {
    let names = column_names(bound, group);
    let expressions = match group {
        PlanGroup::Field { fields, label, .. } => {
            let near = fields.iter().enumerate().filter_map(|(place, field)| Some((rows.distance(*field)?, place)));
            let Some((distance, place)) = near.min() else { return Err(rows.not_of(label)) };
            let expression = rows.field(fields[place])?;
            if distance > 0 || named {
                rows.conditions.push(format!("{expression} IS NOT NULL"));
            }
            vec![expression]
        }
        PlanGroup::Entity(entity) => {
            let key = rows.field(Field::Entity(*entity, 1))?;
            rows.conditions.push(format!("{key} IS NOT NULL"));
            let mut expressions = vec![key];
            if names.len() > 1 {
                expressions.push(rows.field(Field::Entity(*entity, 0))?);
            }
            expressions
        }
        PlanGroup::Time(grain) => vec![truncated(&known_time(rows)?, *grain)],
        PlanGroup::Cycle(cycle) => vec![named_part(&known_time(rows)?, *cycle)],
    };
    let columns = expressions.into_iter().zip(names).enumerate();
    Ok(columns.map(|(place, (expression, name))| GroupColumn { expression, name, label: place > 0 }).collect())
}

/// The time of rows, of which only those that have one are kept.
fn known_time(rows: &mut Rows<'_>) -> Result<String, Unreachable> {
    let time = rows.time().ok_or_else(|| rows.not_of("a time"))?;
    rows.conditions.push(format!("{time} IS NOT NULL"));
    Ok(time)
}

fn named_part(time: &str, cycle: Cycle) -> String {
    let part = part_of(time, cycle);
    let names: Vec<(usize, &str)> = match cycle {
        Cycle::Weekday => WEEKDAYS.into_iter().enumerate().collect(),
        Cycle::MonthOfYear => {
            (1..=12_u8).filter_map(|number| Some((number.into(), Month::try_from(number).ok()?.name()))).collect()
        }
        Cycle::HourOfDay => return part,
    };
    let cases = names.into_iter().map(|(place, name)| format!(" WHEN {place} THEN '{name}'"));
    format!("CASE {part}{} END", cases.collect::<String>())
}
