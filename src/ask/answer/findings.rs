//! What insights found, in sentences.

use serde_json::Value;

use super::Asked;
use super::course::{Course, step_words};
use super::insights::Insight;
use super::numbers::{amount, capital, counted, listed, number, percent, plain, words};
use super::summary::{how_many, label, name, unit};
use crate::ask::insight::{Correlation, Direction, Distribution, Forecast, InsightError, Strength, Trend};
use crate::ask::plan::Plan;
use crate::ask::time::Grain;
use crate::query::count;

pub(super) fn correlation(plan: &Plan, found: &Result<Correlation, InsightError>) -> String {
    let names: Vec<String> = plan.figures.iter().take(2).map(|figure| figure.label.clone()).collect();
    let names = listed(&names);
    let found = match found {
        Ok(found) => found,
        Err(error) => return format!("Whether {names} go together cannot be told: {error}."),
    };
    let way = if found.spearman >= 0. {
        "more of the one goes with more of the other"
    } else {
        "more of the one goes with less of the other"
    };
    let strength = match found.strength() {
        Strength::None => {
            return format!(
                "{} do not go together by more than chance (r = {}, {} pairs).",
                capital(&names),
                plain(round(found.pearson)),
                count(found.pairs as u64)
            );
        }
        Strength::Weak => "weakly",
        Strength::Moderate => "moderately",
        Strength::Strong => "strongly",
        Strength::VeryStrong => "very strongly",
    };
    format!(
        "{} go together {strength}: {way} (r = {}, by ranks {}, {} pairs). That does not say that one is the cause of the other.",
        capital(&names),
        plain(round(found.pearson)),
        plain(round(found.spearman)),
        count(found.pairs as u64)
    )
}

pub(super) fn round(value: f64) -> f64 {
    (value * 100.).round() / 100.
}

pub(super) fn distribution(plan: &Plan, found: &Result<Distribution, InsightError>) -> String {
    let (label, unit) = (label(plan), unit(plan));
    match found {
        Ok(found) => format!(
            "Half of the {} values of {label} lie between {} and {}; the median is {}, the mean {}. They go from {} to {}.",
            count(found.values as u64),
            amount(found.lower_quartile, unit),
            amount(found.upper_quartile, unit),
            amount(found.median, unit),
            amount(found.mean, unit),
            amount(found.smallest, unit),
            amount(found.largest, unit)
        ),
        Err(error) => format!("How {label} is spread cannot be told: {error}."),
    }
}

pub(super) fn unusual_times(plan: &Plan, insight: &Insight, found: &Result<usize, InsightError>) -> String {
    let (label, unit) = (label(plan), unit(plan));
    let looked = match found {
        Ok(looked) => *looked,
        Err(error) => return format!("What is unusual in the {label} cannot be told: {error}."),
    };
    let (rows, keys) = (&insight.output.rows, insight.keys);
    let Some(first) = rows.first() else {
        return format!("Nothing is unusual in the {label} among {}.", counted(looked, "steps"));
    };
    let at = name(first, keys, plan);
    let value = first.get(keys).and_then(number).unwrap_or_default();
    let expected = first.get(keys + 1).and_then(number).unwrap_or_default();
    format!(
        "{} of {} {} unusual. The farthest: {at} with {}, where {} was to be expected.",
        rows.len(),
        counted(looked, "steps"),
        if rows.len() == 1 { "is" } else { "are" },
        amount(value, unit),
        amount(expected, unit)
    )
}

pub(super) fn unusual_rows(asked: &Asked<'_>, plan: &Plan, insight: &Insight) -> String {
    let rows = &insight.output.rows;
    let label = label(plan);
    let width = insight.output.columns.len();
    let usual = rows.first().and_then(|row| row.get(width.saturating_sub(2))).and_then(number);
    let key = rows.first().and_then(|row| row.first()).map(words).unwrap_or_default();
    let dataset =
        plan.figures.first().map(|figure| asked.bound.model.datasets[figure.dataset].label.clone()).unwrap_or_default();
    let first = usual
        .map(|usual| format!(" The farthest is {key}, where {} is usual.", amount(usual, unit(plan))))
        .unwrap_or_default();
    format!(
        "{} {} an unusual {label}.{first}",
        capital(&how_many(insight, &dataset)),
        if rows.len() == 1 { "has" } else { "have" }
    )
}

pub(super) fn forecast(plan: &Plan, insight: &Insight, found: &Result<Forecast, InsightError>, grain: Grain) -> String {
    let (label, unit) = (label(plan), unit(plan));
    let found = match found {
        Ok(found) => found,
        Err(error) => return format!("The {label} cannot be forecast: {error}."),
    };
    let ahead: Vec<&Vec<Value>> =
        insight.output.rows.iter().filter(|row| row.get(2).is_some_and(|value| !value.is_null())).collect();
    let Some(last) = ahead.last() else { return format!("The {label} cannot be forecast.") };
    let total: f64 = found.points.iter().map(|point| point.value).sum();
    let at = |row: &[Value]| {
        row.first()
            .and_then(Value::as_str)
            .and_then(crate::ask::values::moment)
            .map(|step| step_words(step, grain))
            .unwrap_or_default()
    };
    let value = |place: usize| last.get(place).and_then(number).unwrap_or_default();
    let sum = if plan.figures.first().is_some_and(|figure| figure.additive) && found.points.len() > 1 {
        format!(
            " In all, {} are expected in {}.",
            amount(total, unit),
            counted(found.points.len(), &format!("{}s", grain.word()))
        )
    } else {
        String::new()
    };
    format!(
        "The {label} is expected to be {} in {}, between {} and {} with a probability of 80 %.{sum} It was forecast by {} from {}.",
        amount(value(2), unit),
        at(last),
        amount(value(3), unit),
        amount(value(4), unit),
        found.model.words(),
        counted(found.values, "values")
    )
}

pub(super) fn course_words(plan: &Plan, course: &Course, grain: Grain, trend: Option<&Trend>) -> String {
    let (label, unit) = (capital(&label(plan)), unit(plan));
    let known: Vec<(usize, f64)> =
        course.values.iter().copied().enumerate().filter(|(_, value)| !value.is_nan()).collect();
    let (Some(first), Some(last)) = (known.first(), known.last()) else {
        return format!("{label} is not known at any time.");
    };
    let at = |place: usize| course.steps.get(place).map(|step| step_words(*step, grain)).unwrap_or_default();
    let from_to = |from: f64, to: f64| {
        format!("from {} ({}) to {} ({})", amount(from, unit), at(first.0), amount(to, unit), at(last.0))
    };
    let ends = from_to(first.1, last.1);
    let Some(trend) = trend else { return format!("{label} went {ends}.") };
    let change = trend.change_share.map(|share| format!(", {}", percent(share))).unwrap_or_default();
    // The first and the last value may be as chance has it: then only the line tells.
    let enough = (trend.to - trend.from).abs() / 4.;
    let against = match trend.direction {
        Direction::Rising => last.1 - first.1 < enough,
        Direction::Falling => first.1 - last.1 < enough,
        Direction::Flat => false,
    };
    let course = if against {
        format!("its trend line goes {}{change}", from_to(trend.from, trend.to))
    } else if change.is_empty() {
        ends.clone()
    } else {
        format!("{ends}{change} along its trend line")
    };
    let way = match trend.direction {
        Direction::Rising => format!("{label} is rising: {course}."),
        Direction::Falling => format!("{label} is falling: {course}."),
        Direction::Flat => format!("{label} shows no clear trend: it went {ends}."),
    };
    let peak = known.iter().fold(*first, |best, next| if next.1 > best.1 { *next } else { best });
    format!("{way} It was highest in {} with {}.", at(peak.0), amount(peak.1, unit))
}

pub(super) fn steps(plan: &Plan, insight: &Insight) -> String {
    let keys = insight.keys;
    let changes: Vec<(String, f64)> = insight
        .output
        .rows
        .iter()
        .filter_map(|row| Some((name(row, keys, plan), row.last().and_then(number)?)))
        .collect();
    let Some((last, change)) = changes.last() else { return "There are not two steps to compare.".to_owned() };
    let mean = changes.iter().map(|(_, change)| change).sum::<f64>() / changes.len() as f64;
    format!(
        "{} changed by {} in the last step ({last}); on average by {} a step.",
        capital(&label(plan)),
        percent(change / 100.),
        percent(mean / 100.)
    )
}

pub(super) fn score(asked: &Asked<'_>, plan: &Plan, insight: &Insight, place: usize) -> String {
    let model = &asked.bound.model;
    let keys = match plan.subject {
        crate::ask::plan::Subject::Entity(entity) if model.entities[entity].key != model.entities[entity].label => 2,
        _ => 1,
    };
    let told = insight.output.rows.iter().take(3).filter_map(|row| {
        let score = row.get(keys).and_then(number)?;
        let reasons = row.get(keys + 1).and_then(Value::as_str).filter(|reasons| !reasons.is_empty());
        let reasons = reasons.map(|reasons| format!(": {reasons}")).unwrap_or_default();
        Some(format!("{} ({}{reasons})", row.get(keys - 1).map(words).unwrap_or_default(), plain(round(score))))
    });
    let told: Vec<String> = told.collect();
    format!("The highest {} (0 to 1): {}.", model.scores[place].name, listed(&told))
}
