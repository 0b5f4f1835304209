//! An answer as a table of text, for terminals.

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};
use serde_json::Value;

use super::QueryOutput;
use super::json::as_text;

/// The answer as lines of text: numbers right-aligned, NULL as `NULL`, control characters escaped.
///
/// The same answer always gives the same text, however wide the terminal is. There is no newline at the end.
pub fn format_table(output: &QueryOutput) -> String {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(output.columns.iter().map(|column| printable(&column.name)));
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

fn shown(value: &Value) -> String {
    printable(&as_text(value.clone()).unwrap_or_else(|| "NULL".to_owned()))
}

/// Text without line breaks, and without what a terminal would obey: these are shown as `\n`, `\u{1b}` and the like. The
/// characters that turn the direction of writing are among them.
pub fn printable(text: &str) -> String {
    let is_obeyed = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().flat_map(|c| if is_obeyed(c) { c.escape_default().collect() } else { vec![c] }).collect()
}
