//! SQL for DataFusion, written from plans. Names are quoted, values are literals, joins never multiply rows.

mod aggregates;
mod beside;
mod conditions;
mod group_columns;
mod grouped;
mod insights;
mod listed;
mod members;
mod profile;
mod rows;
mod scores;

use chrono::NaiveDateTime;

use super::plan::Plan;
use super::time::{Cycle, Grain, Period, Recurring};
use super::{Bound, BoundTable};

pub(super) use beside::{pairs, periods};
pub(super) use grouped::grouped;
pub(super) use insights::{duplicates, unusual_rows};
pub(super) use listed::{listed, moment, values};
pub(crate) use members::measure_named;
pub(super) use profile::profile;
pub(super) use rows::own_expression as field_expression;
pub(super) use scores::scored;

/// What keeps a plan from becoming a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unreachable {
    /// What cannot be put beside what, in words.
    pub(super) words: String,
}

/// The end of a statement that gives as many rows as the question asks for. Where it does not say, the statement gives all:
/// whoever runs it takes what can be shown, and sees whether there are more.
pub(super) fn limited(plan: &Plan) -> String {
    plan.limit.map(|limit| format!("\nLIMIT {limit}")).unwrap_or_default()
}

/// An identifier in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as a literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A number as a literal.
pub(super) fn number(value: f64) -> String {
    if value.fract() == 0. && value.abs() < 1e15 { format!("{value:.0}") } else { format!("{value}") }
}

/// A moment as a literal.
pub(super) fn moment_literal(moment: NaiveDateTime) -> String {
    format!("timestamp '{}'", moment.format("%Y-%m-%d %H:%M:%S"))
}

/// A table's name with its parts in quotes, where they need them.
pub(super) fn table_name(name: &str) -> String {
    let plain = |part: &str| {
        part.starts_with(|character: char| character.is_ascii_lowercase() || character == '_')
            && part
                .chars()
                .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_')
    };
    let parts = name.split('.').map(|part| if plain(part) { part.to_owned() } else { quoted(part) });
    parts.collect::<Vec<_>>().join(".")
}

/// The time of a dataset's rows, as SQL.
pub(super) fn time_text(bound: &Bound, dataset: usize) -> Option<String> {
    let column = bound.model.datasets.get(dataset)?.time.as_ref()?;
    let table = bound.tables.get(dataset)?;
    let name = quoted(column);
    Some(match kind_of(table, column) {
        Some(kind) if is_time(kind) => name,
        Some("text") => format!("try_cast({name} AS timestamp)"),
        Some(_) => return None,
        None => column.clone(),
    })
}

/// The type of a table's column, in SQL's words.
pub(super) fn kind_of<'a>(table: &'a BoundTable, column: &str) -> Option<&'a str> {
    table.columns.iter().find(|(name, _)| name == column).map(|(_, kind)| kind.as_str())
}

/// Whether a type is a date or a time.
pub(super) fn is_time(kind: &str) -> bool {
    kind.starts_with("timestamp") || kind == "date"
}

/// Whether a type is a number.
pub(super) fn is_number(kind: &str) -> bool {
    ["bigint", "integer", "smallint", "tinyint", "double", "real", "decimal", "numeric", "float", "int"]
        .iter()
        .any(|number| kind.starts_with(number))
}

/// The unit of time that a moment lies in.
pub(super) fn truncated(time: &str, grain: Grain) -> String {
    let word = grain.word();
    match grain {
        Grain::Hour => format!("date_trunc('{word}', {time})"),
        _ => format!("cast(date_trunc('{word}', {time}) AS date)"),
    }
}

/// The part of a cycle that a moment lies in.
pub(super) fn part_of(time: &str, cycle: Cycle) -> String {
    let part = match cycle {
        Cycle::Weekday => "dow",
        Cycle::HourOfDay => "hour",
        Cycle::MonthOfYear => "month",
    };
    format!("cast(date_part('{part}', {time}) AS bigint)")
}

/// The conditions that put a time into a period.
pub(super) fn within(time: &str, period: &Period) -> Vec<String> {
    let mut conditions = Vec::new();
    if let Some(from) = period.from {
        conditions.push(format!("{time} >= {}", moment_literal(from)));
    }
    if let Some(until) = period.until {
        conditions.push(format!("{time} < {}", moment_literal(until)));
    }
    conditions
}

/// The condition that a time comes in some parts of a cycle.
pub(super) fn recurs(time: &str, recurring: &Recurring) -> String {
    let parts: Vec<String> = recurring.parts.iter().map(u32::to_string).collect();
    format!("{} IN ({})", part_of(time, recurring.cycle), parts.join(", "))
}
