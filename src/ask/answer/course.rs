//! Courses of time: the rows of a result as values at equal steps.

use chrono::NaiveDateTime;

use super::numbers::number;
use crate::ask::time::{Grain, begin};
use crate::ask::values::moment;
use crate::query::QueryOutput;

/// Values at equal steps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Course {
    /// The first moment of each step.
    pub(super) steps: Vec<NaiveDateTime>,
    /// The value of each; `NAN` where nothing is known.
    pub(super) values: Vec<f64>,
}

/// More steps than this are no course that one could look at.
const MOST_STEPS: usize = 20_000;

/// The course that a column of a result is. Steps without rows are zero where groups add up. The last step is left out where it
/// was not over when the data end.
pub(super) fn course(
    output: &QueryOutput,
    column: usize,
    grain: Grain,
    additive: bool,
    as_of: Option<NaiveDateTime>,
) -> Course {
    let mut known: Vec<(NaiveDateTime, f64)> = Vec::new();
    for row in &output.rows {
        let step = row.first().and_then(|value| value.as_str()).and_then(moment);
        if let Some(step) = step {
            known.push((step, row.get(column).and_then(number).unwrap_or(f64::NAN)));
        }
    }
    known.sort_by_key(|(step, _)| *step);
    let mut course = Course { steps: Vec::new(), values: Vec::new() };
    let Some((first, _)) = known.first().copied() else { return course };
    let mut step = first;
    let mut rows = known.into_iter().peekable();
    while rows.peek().is_some() && course.steps.len() < MOST_STEPS {
        let mut value = None;
        while let Some((_, of_row)) = rows.next_if(|(of_row, _)| *of_row <= step) {
            value = Some(value.map_or(of_row, |before: f64| before + of_row));
        }
        course.steps.push(step);
        course.values.push(value.unwrap_or(if additive { 0. } else { f64::NAN }));
        step = grain.shift(step, 1);
    }
    if let Some(as_of) = as_of {
        let tomorrow = if grain == Grain::Hour {
            begin(Grain::Hour, as_of)
        } else {
            Grain::Day.shift(begin(Grain::Day, as_of), 1)
        };
        let unfinished = course.steps.last().is_some_and(|step| *step <= as_of && grain.shift(*step, 1) > tomorrow);
        if unfinished && course.steps.len() > 3 {
            course.steps.pop();
            course.values.pop();
        }
    }
    course
}

/// After how many steps a course may repeat.
pub(super) fn seasons(grain: Grain) -> &'static [usize] {
    match grain {
        Grain::Hour => &[24, 168],
        Grain::Day => &[7, 30],
        Grain::Week => &[52],
        Grain::Month => &[12],
        Grain::Quarter => &[4],
        Grain::Year => &[],
    }
}

/// A step in words: "2025-03", "2025 Q1".
pub(super) fn step_words(step: NaiveDateTime, grain: Grain) -> String {
    use chrono::Datelike;
    match grain {
        Grain::Hour => step.format("%Y-%m-%d %H:00").to_string(),
        Grain::Day => step.format("%Y-%m-%d").to_string(),
        Grain::Week => format!("the week of {}", step.format("%Y-%m-%d")),
        Grain::Month => step.format("%B %Y").to_string(),
        Grain::Quarter => format!("Q{} {}", step.month0() / 3 + 1, step.year()),
        Grain::Year => step.year().to_string(),
    }
}
