//! A chart that fits, as a Vega-Lite specification without data: the rows of the result are its data.

use serde_json::{Map, Value, json};

use super::insights::{Finding, Insight};
use crate::ask::plan::{Kind, Plan, PlanGroup};

/// More bars than this cannot be told apart.
const MOST_BARS: usize = 60;

/// The chart of an answer; none for a single number or for rows.
pub(super) fn of(plan: &Plan, insight: &Insight) -> Option<Value> {
    let columns: Vec<&str> = insight.output.columns.iter().map(|column| column.name.as_str()).collect();
    let rows = insight.output.rows.len();
    if rows == 0 {
        return None;
    }
    let keys = insight.keys;
    let (mark, encoding) = match (&plan.kind, &insight.finding) {
        (_, Finding::Forecast(Ok(_), _)) => return Some(forecast(&columns)),
        (_, Finding::Distribution(Ok(_))) => (
            json!({ "type": "bar", "tooltip": true }),
            json!({
                "x": { "field": "from", "type": "quantitative", "title": plan.figures.first().map(|figure| figure.label.clone()), "bin": { "binned": true } },
                "x2": { "field": "to" },
                "y": { "field": "count", "type": "quantitative", "title": "count" },
            }),
        ),
        (Kind::Correlation { .. }, _) => {
            let width = columns.len();
            let axis = |place: usize, figure: usize| json!({ "field": columns.get(place), "type": "quantitative", "title": plan.figures.get(figure).map(|figure| figure.label.clone()), "scale": { "zero": false } });
            (
                json!({ "type": "point", "tooltip": { "content": "data" } }),
                json!({ "x": axis(width - 2, 0), "y": axis(width - 1, 1) }),
            )
        }
        (Kind::Score(_), _) => {
            let name = columns
                .iter()
                .position(|name| *name == "score")
                .filter(|place| *place > 0)
                .map(|place| columns[place - 1])?;
            (bar(), json!({ "y": category(name), "x": { "field": "score", "type": "quantitative", "title": "score" } }))
        }
        (Kind::Figures | Kind::Trend | Kind::Change(_) | Kind::Periods | Kind::UnusualTimes, _)
            if keys > 0 && rows > 1 =>
        {
            grouped(plan, &columns, keys, rows)?
        }
        _ => return None,
    };
    let mut spec = Map::new();
    spec.insert("$schema".to_owned(), json!("https://vega.github.io/schema/vega-lite/v5.json"));
    let texts = numbers_as_texts(insight);
    if !texts.is_empty() {
        spec.insert("transform".to_owned(), Value::Array(texts));
    }
    spec.insert("mark".to_owned(), mark);
    spec.insert("encoding".to_owned(), encoding);
    Some(Value::Object(spec))
}

/// Decimals are texts in JSON: they are made numbers before they are drawn.
fn numbers_as_texts(insight: &Insight) -> Vec<Value> {
    let texts = insight.output.columns.iter().filter(|column| {
        column.numeric && (column.data_type.starts_with("decimal") || column.data_type.starts_with("numeric"))
    });
    texts
        .map(|column| json!({ "calculate": format!("toNumber(datum[{}])", json!(column.name)), "as": column.name }))
        .collect()
}

fn bar() -> Value {
    json!({ "type": "bar", "tooltip": true })
}

fn category(name: &str) -> Value {
    json!({ "field": name, "type": "nominal", "sort": null, "title": name.replace('_', " ") })
}

fn grouped(plan: &Plan, columns: &[&str], keys: usize, rows: usize) -> Option<(Value, Value)> {
    let change = matches!(plan.kind, Kind::Change(_)) && columns.last() == Some(&"change_percent");
    let value = if change && plan.earlier.is_some() { *columns.last()? } else { *columns.get(keys)? };
    let title = plan.figures.first().map(|_| match plan.unit() {
        Some(unit) => format!("{} ({unit})", plan.label()),
        None => plan.label(),
    });
    let number = json!({ "field": value, "type": "quantitative", "title": if change && plan.earlier.is_some() { Some("change in %".to_owned()) } else { title } });
    let of_entity = matches!(plan.groups.as_slice(), [PlanGroup::Entity(_)]) && keys == 2;
    let first = *columns.get(usize::from(of_entity))?;
    if matches!(plan.groups.first(), Some(PlanGroup::Time(_))) && plan.limit.is_none() {
        let mut encoding = json!({ "x": { "field": first, "type": "temporal", "title": null }, "y": number });
        if keys > 1 {
            encoding["color"] = category(columns.last().filter(|_| false).unwrap_or(&columns[keys - 1]));
        }
        let mark = if matches!(plan.kind, Kind::UnusualTimes) {
            json!({ "type": "point", "filled": true, "tooltip": true })
        } else {
            json!({ "type": "line", "point": rows <= MOST_BARS, "tooltip": true })
        };
        return Some((mark, encoding));
    }
    if rows > MOST_BARS {
        return None;
    }
    let mut encoding = json!({ "y": category(first), "x": number });
    if keys > 1 && !of_entity {
        encoding["color"] = category(columns[1]);
    }
    Some((bar(), encoding))
}

/// The course as a line, and behind it what is expected, with a band where it is likely to lie. In the row before the first that
/// is expected, the known value is made their beginning, so that no gap is between the lines.
fn forecast(columns: &[&str]) -> Value {
    let time = json!({ "field": columns[0], "type": "temporal", "title": null });
    let known = format!("datum[{}]", json!(columns[1]));
    let begun =
        |field: &str| json!({ "calculate": format!("datum.forecast_begins ? {known} : datum.{field}"), "as": field });
    let begins = format!("isValid(datum.forecast_begins) && !isValid(datum.forecast) && isValid({known})");
    json!({
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "transform": [
            { "window": [{ "op": "lead", "field": "forecast", "as": "forecast_begins" }], "sort": [{ "field": columns[0] }] },
            { "calculate": begins, "as": "forecast_begins" },
            begun("low"),
            begun("high"),
            begun("forecast"),
        ],
        "encoding": { "x": time },
        "layer": [
            { "mark": { "type": "area", "opacity": 0.25 }, "encoding": { "y": { "field": "low", "type": "quantitative", "title": columns[1].replace('_', " ") }, "y2": { "field": "high" } } },
            { "mark": { "type": "line", "tooltip": true }, "encoding": { "y": { "field": columns[1], "type": "quantitative" } } },
            { "mark": { "type": "line", "strokeDash": [4, 4], "point": true, "tooltip": true }, "encoding": { "y": { "field": "forecast", "type": "quantitative" } } },
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forecast_is_drawn_as_the_test_of_the_dashboard_draws_it() {
        let drawn: Value = serde_json::from_str(include_str!("../../../web/src/ask/forecast.json")).unwrap();
        assert_eq!(forecast(&["month", "revenue", "forecast", "low", "high"]), drawn);
    }
}
