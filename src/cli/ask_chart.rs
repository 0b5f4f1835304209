//! Charts of answers, drawn in text: bars for what is compared, a line of small blocks for a course of time.

use serde_json::Value;

use super::output::printable;
use crate::query::QueryOutput;

/// Bars of one chart.
const MOST_BARS: usize = 20;
/// The widest bar, and the widest name of one, in characters.
const WIDEST_BAR: usize = 40;
const WIDEST_NAME: usize = 24;
/// The widest course of time.
const WIDEST_LINE: usize = 80;
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The chart of an answer, where its specification is one that text can show.
pub(super) fn drawn(chart: Option<&Value>, result: &QueryOutput) -> Option<String> {
    let chart = chart?;
    let mark = chart["mark"].as_str().or_else(|| chart["mark"]["type"].as_str())?;
    if !chart["encoding"]["color"]["field"].is_null() {
        return None;
    }
    let place = |channel: &str| {
        let field = chart["encoding"][channel]["field"].as_str()?.replace("\\.", ".");
        result.columns.iter().position(|column| column.name == field)
    };
    let (x, y) = (place("x")?, place("y")?);
    let is_number = |place: usize| result.rows.iter().any(|row| number(row.get(place)).is_some());
    // Of bars that lie, the numbers are along.
    let (names, numbers) = match mark {
        "bar" if result.columns[x].numeric && !result.columns[y].numeric => (y, x),
        _ => (x, y),
    };
    if result.rows.len() < 2 || !is_number(numbers) {
        return None;
    }
    match mark {
        "bar" => Some(bars(result, names, numbers)),
        "line" | "area" | "trail" => line(result, names, numbers),
        _ => None,
    }
}

fn number(value: Option<&Value>) -> Option<f64> {
    match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "(none)".to_owned(),
        Some(Value::String(text)) => printable(text.strip_suffix("T00:00:00Z").unwrap_or(text)),
        Some(other) => other.to_string(),
    }
}

fn bars(result: &QueryOutput, names: usize, numbers: usize) -> String {
    let rows = || result.rows.iter().take(MOST_BARS);
    let largest = rows().filter_map(|row| number(row.get(numbers))).map(f64::abs).fold(0.0, f64::max);
    let names: Vec<String> = rows().map(|row| text(row.get(names)).chars().take(WIDEST_NAME).collect()).collect();
    let width = names.iter().map(|name| console::measure_text_width(name)).max().unwrap_or_default();
    let line = |(row, name): (&Vec<Value>, &String)| {
        let value = number(row.get(numbers));
        let bar = bar(value.unwrap_or_default().abs(), largest);
        let sign = if value.is_some_and(|value| value < 0.0) { "-" } else { "" };
        let name = console::pad_str(name, width, console::Alignment::Left, None);
        format!("  {name}  {sign}{bar} {}", text(row.get(numbers)))
    };
    let mut lines: Vec<String> = rows().zip(&names).map(line).collect();
    if result.rows.len() > MOST_BARS {
        lines.push(format!("  … and {} more", result.rows.len() - MOST_BARS));
    }
    lines.join("\n")
}

fn bar(value: f64, largest: f64) -> String {
    if largest <= 0.0 {
        return String::new();
    }
    let eighths = (value / largest * WIDEST_BAR as f64 * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if let Some(rest) = (eighths % 8).checked_sub(1) {
        bar.push(EIGHTHS[rest]);
    }
    bar
}

/// The course of the numbers, from its lowest to its highest.
fn line(result: &QueryOutput, names: usize, numbers: usize) -> Option<String> {
    let points: Vec<(String, f64)> =
        result.rows.iter().filter_map(|row| Some((text(row.get(names)), number(row.get(numbers))?))).collect();
    let ((first, _), (last, _)) = (points.first()?, points.last()?);
    let values: Vec<f64> = shortened(points.iter().map(|(_, value)| *value).collect());
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let level = |value: &f64| {
        let share = if highest > lowest { (value - lowest) / (highest - lowest) } else { 0.5 };
        LEVELS[((share * 7.0).round() as usize).min(LEVELS.len() - 1)]
    };
    let blocks: String = values.iter().map(level).collect();
    Some(format!("  {first}  {blocks}  {last}   ({} to {})", rounded(lowest), rounded(highest)))
}

/// No more values than a line has room for: means of equally many.
fn shortened(values: Vec<f64>) -> Vec<f64> {
    let together = values.len().div_ceil(WIDEST_LINE);
    if together <= 1 {
        return values;
    }
    values.chunks(together).map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64).collect()
}

fn rounded(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::query::OutputColumn;

    fn output(columns: [(&str, bool); 2], rows: Value) -> QueryOutput {
        let column = |(name, numeric): (&str, bool)| OutputColumn {
            name: name.to_owned(),
            data_type: String::new(),
            nullable: true,
            numeric,
        };
        QueryOutput {
            columns: columns.map(column).to_vec(),
            rows: serde_json::from_value(rows).unwrap(),
            truncated: false,
            elapsed: Duration::ZERO,
        }
    }

    fn chart(mark: Value, x: &str, y: &str) -> Value {
        json!({ "mark": mark, "encoding": { "x": { "field": x }, "y": { "field": y } } })
    }

    #[test]
    fn bars_are_as_long_as_their_numbers() {
        let result =
            output([("region", false), ("revenue", true)], json!([["EMEA", "80.0"], ["APAC", 41], ["x", null]]));
        let bar_chart = drawn(Some(&chart(json!({ "type": "bar" }), "revenue", "region")), &result).unwrap();
        let full = "█".repeat(40);
        let half = format!("{}▌", "█".repeat(20));
        assert_eq!(bar_chart, format!("  EMEA  {full} 80.0\n  APAC  {half} 41\n  x      (none)"));
    }

    #[test]
    fn a_course_of_time_goes_from_the_lowest_to_the_highest() {
        let rows = json!([["2024-01-01T00:00:00Z", 1], ["2024-02-01T00:00:00Z", 4.5], ["2024-03-01T00:00:00Z", 8]]);
        let result = output([("month", false), ("n", true)], rows);
        let line = drawn(Some(&chart(json!("line"), "month", "n")), &result).unwrap();
        assert_eq!(line, "  2024-01-01  ▁▅█  2024-03-01   (1 to 8)");
    }

    #[test]
    fn what_text_cannot_show_is_not_drawn() {
        let result = output([("a", false), ("b", true)], json!([["x", 1], ["y", 2]]));
        assert_eq!(drawn(None, &result), None);
        assert_eq!(drawn(Some(&chart(json!("arc"), "a", "b")), &result), None);
        assert_eq!(drawn(Some(&chart(json!("bar"), "a", "c")), &result), None);
        assert_eq!(drawn(Some(&chart(json!("bar"), "a", "a")), &result), None);
        assert_eq!(drawn(Some(&json!({})), &result), None);
        let one = output([("a", false), ("b", true)], json!([["x", 1]]));
        assert_eq!(drawn(Some(&chart(json!("bar"), "a", "b")), &one), None);
        assert_eq!(shortened(vec![1.0; 1_000]).len(), 77);
    }
}
