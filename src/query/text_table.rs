//! An answer as a table of text, for terminals.

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use serde_json::Value;

use super::QueryOutput;
use super::json::as_text;

/// The most characters of a cell that are shown: longer ones fill no screen that anybody reads, and take the table's
/// layout more than its share of time.
const MOST_CHARACTERS: usize = 10_000;

/// The answer as lines of text: numbers right-aligned, NULL as `NULL`, cells as [`cell`] shows them.
///
/// The plans of EXPLAIN are no table: their lines are given as they are. The same answer always gives the same text, however
/// wide the terminal is. There is no newline at the end.
pub fn format_table(output: &QueryOutput) -> String {
    if output.is_plan() {
        return plans(output);
    }
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(output.columns.iter().map(|column| cell(&column.name)));
    for (position, column) in output.columns.iter().enumerate() {
        if column.numeric
            && let Some(shown) = table.column_mut(position)
        {
            shown.set_cell_alignment(CellAlignment::Right);
        }
    }
    for row in &output.rows {
        table.add_row(row.iter().map(|value| Cell::new(shown(value))));
    }
    table.trim_fmt()
}

/// Each plan below the name of its kind.
fn plans(output: &QueryOutput) -> String {
    let mut lines = Vec::new();
    for row in &output.rows {
        let mut texts = row.iter().filter_map(Value::as_str);
        lines.extend(texts.next().map(printable));
        lines.extend(texts.flat_map(str::lines).map(|line| format!("  {}", printable(line))));
    }
    lines.join("\n")
}

fn shown(value: &Value) -> String {
    as_text(value.clone()).map_or_else(|| "NULL".to_owned(), |text| cell(&text))
}

/// The text of a cell of any table: [`printable`], and cut where it has more than 10,000 characters, of which it then tells
/// the number.
pub fn cell(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => {
            let characters = count(text.chars().count() as u64);
            format!("{}… ({characters} characters)", printable(&text[..end]))
        }
        None => printable(text),
    }
}

/// Text without line breaks, and without what a terminal would obey: these are shown as `\n`, `\u{1b}` and the like. The
/// characters that turn the direction of writing are among them.
pub fn printable(text: &str) -> String {
    let is_obeyed = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().flat_map(|c| if is_obeyed(c) { c.escape_default().collect() } else { vec![c] }).collect()
}

/// A count with commas between the thousands.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_commas_between_the_thousands() {
        let shown: Vec<_> = [0, 999, 1_000, 155_585, 12_345_678].into_iter().map(count).collect();
        assert_eq!(shown, ["0", "999", "1,000", "155,585", "12,345,678"]);
    }

    #[test]
    fn a_cell_is_cut_between_characters() {
        let whole = "é".repeat(10_000);
        assert_eq!(cell(&whole), whole);
        assert_eq!(cell(&format!("{whole}\n")), format!("{whole}… (10,001 characters)"));
    }
}
