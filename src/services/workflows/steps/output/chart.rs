//! A simple drawing of rows, as SVG in the document: bars for things, a line for times.

use std::fmt::Write;

use serde_json::Value;

use super::html::{escaped, text_of};
use crate::sdk::types::is_time;
use crate::services::workflows::kept::KeptRows;

/// Rows that are drawn at most; more are better read in the table.
const MOST_BARS: usize = 30;
const MOST_POINTS: usize = 400;
/// Width of the drawing.
const WIDTH: f64 = 720.0;
/// Room for the names of bars.
const LABEL: f64 = 190.0;
/// Room for the values of bars.
const VALUE: f64 = 90.0;
/// Height of a bar with the gap behind it.
const BAR: f64 = 26.0;
/// Height of a line's drawing.
const HEIGHT: f64 = 240.0;
/// Characters of a name that are shown.
const LETTERS: usize = 28;

/// What is drawn against what.
struct Axes {
    /// The place of the column that names.
    names: usize,
    /// The place of the column that counts.
    values: usize,
    is_line: bool,
}

/// The rows as a drawing, where they make one. `wanted` is a Vega-Lite specification that says how.
pub(super) fn drawn(title: &str, rows: &KeptRows, wanted: Option<&Value>) -> Option<String> {
    let axes = wanted.and_then(|wanted| said(wanted, rows)).or_else(|| guessed(rows))?;
    let points: Vec<(String, f64)> = rows
        .rows
        .iter()
        .filter_map(|row| Some((text_of(row.get(axes.names)?), number(row.get(axes.values)?)?)))
        .collect();
    let most = if axes.is_line { MOST_POINTS } else { MOST_BARS };
    if points.len() < 2 || points.len() > most {
        return None;
    }
    let (names, values) = (&rows.columns[axes.names].name, &rows.columns[axes.values].name);
    let what = format!("{values} by {names}");
    let spread = spread(&points);
    let told = format!("{what}, {} values from {} to {}", points.len(), shown(spread.0), shown(spread.1));
    Some(if axes.is_line { line(title, &told, &points) } else { bars(title, &told, &points) })
}

/// What a specification says, where the rows have its columns.
fn said(wanted: &Value, rows: &KeptRows) -> Option<Axes> {
    let place = |channel: &str| {
        let field = wanted["encoding"][channel]["field"].as_str()?;
        rows.columns.iter().position(|column| column.name == field)
    };
    let (x, y) = (place("x")?, place("y")?);
    let mark = wanted["mark"].as_str().or_else(|| wanted["mark"]["type"].as_str())?;
    // Bars that lie have their values along the other axis.
    let lies = rows.columns[x].numeric && !rows.columns[y].numeric;
    let (names, values) = if lies { (y, x) } else { (x, y) };
    let is_drawable = names != values && rows.columns[values].numeric;
    is_drawable.then_some(Axes { names, values, is_line: matches!(mark, "line" | "area" | "trail") })
}

/// The first column that names, against the first that counts.
fn guessed(rows: &KeptRows) -> Option<Axes> {
    let names = rows.columns.iter().position(|column| !column.numeric)?;
    let values = rows.columns.iter().position(|column| column.numeric)?;
    Some(Axes { names, values, is_line: is_time(&rows.columns[names].data_type) })
}

/// Decimals are texts.
fn number(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok())?;
    number.is_finite().then_some(number)
}

fn spread(points: &[(String, f64)]) -> (f64, f64) {
    let values = points.iter().map(|(_, value)| *value);
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}

fn bars(title: &str, told: &str, points: &[(String, f64)]) -> String {
    let height = BAR * points.len() as f64 + 4.0;
    let mut svg = begun(title, told, height);
    let (low, high) = spread(points);
    let (low, high) = (low.min(0.0), high.max(0.0));
    let room = WIDTH - LABEL - VALUE;
    let scale = if high > low { room / (high - low) } else { 0.0 };
    let zero = LABEL - low * scale;
    for (place, (name, value)) in points.iter().enumerate() {
        let y = BAR * place as f64 + 2.0;
        let (x, width) = if *value < 0.0 { (zero + value * scale, -value * scale) } else { (zero, value * scale) };
        let (middle, end) = (y + BAR / 2.0 + 2.0, x.max(zero) + width.max(1.0) + 6.0);
        put(
            &mut svg,
            format_args!(
                "<text x=\"{:.1}\" y=\"{middle:.1}\" text-anchor=\"end\">{}</text>",
                LABEL - 8.0,
                escaped(&short(name))
            ),
        );
        put(
            &mut svg,
            format_args!(
                "<rect class=\"bar\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
                width.max(1.0),
                BAR - 6.0
            ),
        );
        let end = if *value < 0.0 { zero + 6.0 } else { end };
        put(
            &mut svg,
            format_args!("<text class=\"soft\" x=\"{end:.1}\" y=\"{middle:.1}\">{}</text>", escaped(&shown(*value))),
        );
    }
    put(
        &mut svg,
        format_args!("<line class=\"axis\" x1=\"{zero:.1}\" y1=\"0\" x2=\"{zero:.1}\" y2=\"{height:.1}\"/></svg>"),
    );
    svg
}

fn line(title: &str, told: &str, points: &[(String, f64)]) -> String {
    let mut svg = begun(title, told, HEIGHT);
    let (low, high) = spread(points);
    let (left, right, top, bottom) = (70.0, WIDTH - 16.0, 16.0, HEIGHT - 34.0);
    let step = (right - left) / (points.len() - 1) as f64;
    let scale = if high > low { (bottom - top) / (high - low) } else { 0.0 };
    let place = |(number, (_, value)): (usize, &(String, f64))| {
        let y = if scale == 0.0 { f64::midpoint(top, bottom) } else { bottom - (value - low) * scale };
        (left + step * number as f64, y)
    };
    let path: Vec<String> = points.iter().enumerate().map(place).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    for (value, y) in [(high, top), (low, bottom)] {
        put(
            &mut svg,
            format_args!("<line class=\"axis\" x1=\"{left:.1}\" y1=\"{y:.1}\" x2=\"{right:.1}\" y2=\"{y:.1}\"/>"),
        );
        put(
            &mut svg,
            format_args!(
                "<text class=\"soft\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                left - 8.0,
                y + 4.0,
                escaped(&shown(value))
            ),
        );
    }
    put(&mut svg, format_args!("<polyline class=\"line\" points=\"{}\"/>", path.join(" ")));
    for ((name, _), x, anchor) in [(&points[0], left, "start"), (&points[points.len() - 1], right, "end")] {
        put(
            &mut svg,
            format_args!(
                "<text class=\"soft\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
                HEIGHT - 10.0,
                escaped(&short(name))
            ),
        );
    }
    svg.push_str("</svg>");
    svg
}

fn begun(title: &str, told: &str, height: f64) -> String {
    let (title, told) = (escaped(title), escaped(told));
    format!(
        "<svg role=\"img\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" aria-label=\"{title}: {told}\">\
         <title>{title}: {told}</title>"
    )
}

fn put(svg: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a text never fails.
    svg.write_fmt(text).ok();
}

fn short(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    format!("{}…", name.chars().take(LETTERS - 1).collect::<String>())
}

/// A number with as many digits as people read: `12,345`, `0.042`.
fn shown(value: f64) -> String {
    if value.abs() >= 1e15 {
        return format!("{value:e}");
    }
    let digits = if value.fract() == 0.0 || value.abs() >= 1000.0 {
        0
    } else if value.abs() >= 1.0 {
        2
    } else {
        4
    };
    let text = format!("{:.digits$}", value.abs());
    let (whole, rest) =
        text.split_once('.').map_or((text.as_str(), ""), |(whole, rest)| (whole, rest.trim_end_matches('0')));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if value < 0.0 { "-" } else { "" };
    if rest.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}.{rest}") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::services::workflows::kept::KeptColumn;

    fn rows(kind: &str, rows: Vec<Vec<Value>>) -> KeptRows {
        let column = |name: &str, data_type: &str, numeric| KeptColumn {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            numeric,
        };
        KeptRows { columns: vec![column("what", kind, false), column("much", "bigint", true)], rows, truncated: false }
    }

    #[test]
    fn things_are_bars_and_times_are_a_line() {
        let of = |kind: &str| {
            let two = vec![vec![json!("2026-01-01"), json!(1)], vec![json!("2026-01-02"), json!("2.5")]];
            drawn("T", &rows(kind, two), None).unwrap()
        };
        assert_eq!(of("text").matches("<rect").count(), 2);
        assert!(of("date").contains("<polyline") && of("timestamp with time zone").contains("<polyline"));
    }

    #[test]
    fn a_specification_goes_over_the_guess() {
        let two = vec![vec![json!("a"), json!(1)], vec![json!("b"), json!(2)]];
        let wanted =
            json!({ "mark": { "type": "line" }, "encoding": { "x": { "field": "what" }, "y": { "field": "much" } } });
        assert!(drawn("T", &rows("text", two.clone()), Some(&wanted)).unwrap().contains("<polyline"));
        let strange = json!({ "mark": "bar", "encoding": { "x": { "field": "other" }, "y": { "field": "much" } } });
        assert!(drawn("T", &rows("text", two), Some(&strange)).unwrap().contains("<rect"));
    }

    #[test]
    fn what_cannot_be_drawn_is_not() {
        assert_eq!(drawn("T", &rows("text", vec![vec![json!("a"), json!(1)]]), None), None);
        let many = (0..31).map(|number| vec![json!(number.to_string()), json!(number)]).collect();
        assert_eq!(drawn("T", &rows("text", many), None), None);
        let none = vec![vec![json!("a"), json!(null)], vec![json!("b"), json!("NaN")]];
        assert_eq!(drawn("T", &rows("text", none), None), None);
    }

    #[test]
    fn names_in_a_drawing_are_escaped() {
        let hostile = "</svg><script>x</script>";
        let two = vec![vec![json!(hostile), json!(-1)], vec![json!(hostile), json!(2)]];
        let svg = drawn(hostile, &rows("text", two), None).unwrap();
        assert!(!svg.contains("<script") && svg.matches("</svg>").count() == 1, "{svg}");
    }

    #[test]
    fn numbers_are_shown_as_people_read_them() {
        let all = [0.0, 12_345.678, 0.042, -1_234_567.0, 3.5].map(shown);
        assert_eq!(all, ["0", "12,346", "0.042", "-1,234,567", "3.5"]);
    }
}
