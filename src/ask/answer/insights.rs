//! What the rows say beyond themselves: trends, correlations, forecasts, what is unusual.

use serde_json::{Value, json};

use super::Asked;
use super::course::{Course, course, seasons};
use super::numbers::number;
use crate::ask::insight::{self, Correlation, Distribution, Forecast, InsightError, Trend};
use crate::ask::plan::{Kind, Plan, PlanGroup};
use crate::ask::time::Grain;
use crate::query::{OutputColumn, QueryOutput};

/// Rows with what they say.
pub(super) struct Insight {
    /// The rows as they are shown.
    pub(super) output: QueryOutput,
    /// How many of the columns name groups.
    pub(super) keys: usize,
    /// What was found.
    pub(super) finding: Finding,
}

/// What was found in rows.
pub(super) enum Finding {
    /// Nothing but the rows.
    Rows,
    /// A course, and its trend where there are enough steps.
    Trend(Course, Grain, Option<Trend>),
    /// How two measures go together, or why that cannot be told.
    Correlation(Result<Correlation, InsightError>),
    /// How values are spread.
    Distribution(Result<Distribution, InsightError>),
    /// How many steps were looked at for what is unusual, or why that cannot be told.
    Unusual(Result<usize, InsightError>),
    /// What comes next, or why that cannot be told.
    Forecast(Result<Forecast, InsightError>, Grain),
}

/// What the rows of a plan say.
pub(super) fn of(asked: &Asked<'_>, plan: &Plan, output: QueryOutput) -> Insight {
    let keys = keys(asked, plan);
    let grain = plan.grain();
    let as_of = asked.values.as_of();
    let additive = plan.figures.first().is_some_and(|figure| figure.additive);
    match (&plan.kind, grain) {
        (Kind::Trend | Kind::Change(_), Some(grain)) if plan.groups.len() == 1 => {
            let course = course(&output, keys, grain, additive, as_of);
            let trend = insight::trend(&course.values).ok();
            Insight { output, keys, finding: Finding::Trend(course, grain, trend) }
        }
        (Kind::Correlation { .. }, _) => {
            let width = output.columns.len();
            let column = |place: usize| {
                output.rows.iter().map(|row| row.get(place).and_then(number).unwrap_or(f64::NAN)).collect::<Vec<f64>>()
            };
            let found = insight::correlation(&column(width.saturating_sub(2)), &column(width.saturating_sub(1)));
            Insight { output: first_rows(output), keys, finding: Finding::Correlation(found) }
        }
        (Kind::Distribution, _) => {
            let values: Vec<f64> = output.rows.iter().filter_map(|row| row.first().and_then(number)).collect();
            let found = insight::distribution(&values);
            let output = match &found {
                Ok(distribution) => bins(&output, distribution),
                Err(_) => output,
            };
            Insight { output, keys: 0, finding: Finding::Distribution(found) }
        }
        (Kind::UnusualTimes, Some(grain)) => unusual(output, keys, grain, additive, asked),
        (Kind::Forecast { steps }, Some(grain)) => {
            let course = course(&output, keys, grain, additive, as_of);
            let floor = course.values.iter().all(|value| value.is_nan() || *value >= 0.).then_some(0.);
            let found = insight::forecast(&course.values, *steps, seasons(grain), floor);
            let output = match &found {
                Ok(forecast) => with_forecast(&output, &course, grain, forecast),
                Err(_) => output,
            };
            Insight { output, keys: 1, finding: Finding::Forecast(found, grain) }
        }
        _ => Insight { output, keys, finding: Finding::Rows },
    }
}

/// How many columns name groups.
fn keys(asked: &Asked<'_>, plan: &Plan) -> usize {
    let of = |group: &PlanGroup| match group {
        PlanGroup::Entity(entity) => {
            let entity = &asked.bound.model.entities[*entity];
            if entity.key == entity.label { 1 } else { 2 }
        }
        _ => 1,
    };
    plan.groups.iter().map(of).sum()
}

/// Rows that a person can look at: pairs can be many.
fn first_rows(mut output: QueryOutput) -> QueryOutput {
    const SHOWN: usize = 2_000;
    if output.rows.len() > SHOWN {
        output.rows.truncate(SHOWN);
        output.truncated = true;
    }
    output
}

fn column(name: &str, data_type: &str) -> OutputColumn {
    OutputColumn {
        name: name.to_owned(),
        data_type: data_type.to_owned(),
        nullable: true,
        numeric: data_type == "double" || data_type == "bigint",
    }
}

fn bins(output: &QueryOutput, distribution: &Distribution) -> QueryOutput {
    let rows = distribution.bins.iter().map(|bin| vec![json!(bin.from), json!(bin.to), json!(bin.count)]).collect();
    QueryOutput {
        columns: vec![column("from", "double"), column("to", "double"), column("count", "bigint")],
        rows,
        truncated: false,
        elapsed: output.elapsed,
    }
}

/// The steps that are unusual, for each of the other groups by itself.
fn unusual(output: QueryOutput, keys: usize, grain: Grain, additive: bool, asked: &Asked<'_>) -> Insight {
    let mut groups: Vec<(Vec<Value>, Vec<Vec<Value>>)> = Vec::new();
    for row in &output.rows {
        let key = row.get(1..keys).unwrap_or_default().to_vec();
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, rows)) => rows.push(row.clone()),
            None => groups.push((key, vec![row.clone()])),
        }
    }
    let mut rows = Vec::new();
    let mut looked = 0;
    let mut failure = None;
    for (key, of_group) in groups {
        let part = QueryOutput { rows: of_group, ..output.clone() };
        let course = course(&part, keys, grain, additive, asked.values.as_of());
        match insight::anomalies(&course.values, seasons(grain)) {
            Ok(found) => {
                looked += course.values.len();
                for anomaly in found {
                    let mut row = vec![json!(date_words(&course, anomaly.at, grain))];
                    row.extend(key.clone());
                    row.extend([
                        json!(anomaly.value),
                        json!(anomaly.expected),
                        json!(anomaly.low),
                        json!(anomaly.high),
                        json!(anomaly.score),
                    ]);
                    rows.push(row);
                }
            }
            Err(error) => failure = Some(error),
        }
    }
    let score = |row: &Vec<Value>| row.last().and_then(Value::as_f64).unwrap_or(0.).abs();
    rows.sort_by(|one, other| score(other).total_cmp(&score(one)));
    let mut columns: Vec<OutputColumn> = output.columns.iter().take(keys + 1).cloned().collect();
    columns.extend(["expected", "low", "high", "distance"].map(|name| column(name, "double")));
    let finding = match failure {
        Some(error) if looked == 0 => Finding::Unusual(Err(error)),
        _ => Finding::Unusual(Ok(looked)),
    };
    Insight { output: QueryOutput { columns, rows, truncated: false, elapsed: output.elapsed }, keys, finding }
}

fn date_words(course: &Course, place: usize, grain: Grain) -> String {
    let step = course.steps.get(place).copied().unwrap_or_default();
    if grain == Grain::Hour {
        step.format("%Y-%m-%dT%H:00:00").to_string()
    } else {
        step.format("%Y-%m-%d").to_string()
    }
}

/// The course, and behind it what is forecast with its range.
fn with_forecast(output: &QueryOutput, course: &Course, grain: Grain, forecast: &Forecast) -> QueryOutput {
    let name = |place: usize, usual: &str| {
        output.columns.get(place).map_or_else(|| usual.to_owned(), |column| column.name.clone())
    };
    let columns = vec![
        column(&name(0, grain.word()), "date"),
        column(&name(1, "value"), "double"),
        column("forecast", "double"),
        column("low", "double"),
        column("high", "double"),
    ];
    let known = |value: f64| if value.is_nan() { Value::Null } else { json!(value) };
    let mut rows: Vec<Vec<Value>> = (0..course.steps.len())
        .map(|place| {
            vec![
                json!(date_words(course, place, grain)),
                known(course.values[place]),
                Value::Null,
                Value::Null,
                Value::Null,
            ]
        })
        .collect();
    let mut course = course.clone();
    for point in &forecast.points {
        let next = course.steps.last().map_or_else(Default::default, |last| grain.shift(*last, 1));
        course.steps.push(next);
        let day = date_words(&course, course.steps.len() - 1, grain);
        rows.push(vec![json!(day), Value::Null, known(point.value), known(point.range_80.0), known(point.range_80.1)]);
    }
    QueryOutput { columns, rows, truncated: false, elapsed: output.elapsed }
}
