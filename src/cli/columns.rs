//! A plain table on stdout: columns two blanks apart, without lines.

use std::fmt::{self, Display};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};
use console::{Alignment, measure_text_width, pad_str};

use super::wrap::wrapped;
use crate::query::cell;

/// Blanks behind a column.
const GAP: usize = 2;

/// A table whose first column is what its rows are called by.
pub(super) struct Columns {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
    right: Vec<usize>,
}

impl Columns {
    pub(super) fn new(heads: &[&str]) -> Self {
        let heads = heads.iter().map(|head| head.to_uppercase()).collect();
        Self { heads, rows: Vec::new(), right: Vec::new() }
    }

    /// Aligns a column of numbers to the right.
    pub(super) fn right(mut self, place: usize) -> Self {
        self.right.push(place);
        self
    }

    pub(super) fn row<T: Display>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.rows.push(cells.into_iter().map(|text| cell(&text.to_string())).collect());
    }

    /// The columns of a terminal that its longest line takes.
    pub(super) fn width(&self) -> usize {
        self.to_string().lines().map(measure_text_width).max().unwrap_or_default()
    }

    /// The table in so many columns of a terminal: texts go on in the next line, and no word is broken. Where even that
    /// takes more room, each row is a list of its own.
    pub(super) fn within(&self, width: usize) -> String {
        if self.width() <= width {
            return self.to_string();
        }
        let narrowest: Vec<usize> = (0..self.heads.len()).map(|place| self.narrowest(place) + GAP).collect();
        if narrowest.iter().sum::<usize>() > width + GAP {
            return self.lists(width);
        }
        let mut table = self.table();
        table
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_width(u16::try_from(width + GAP).unwrap_or(u16::MAX));
        for (column, narrowest) in table.column_iter_mut().zip(narrowest) {
            let narrowest = Width::Fixed(u16::try_from(narrowest).unwrap_or(u16::MAX));
            column.set_constraint(match column.index {
                0 => ColumnConstraint::ContentWidth,
                _ => ColumnConstraint::LowerBoundary(narrowest),
            });
        }
        table.trim_fmt()
    }

    /// What a column takes that breaks no word; the first one is never broken at all.
    fn narrowest(&self, place: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(place)).chain(self.heads.get(place));
        let widest_part = |text: &String| match place {
            0 => measure_text_width(text),
            _ => text.split(' ').map(measure_text_width).max().unwrap_or_default(),
        };
        cells.map(widest_part).max().unwrap_or_default()
    }

    fn lists(&self, width: usize) -> String {
        let label = self.heads.iter().map(|head| measure_text_width(head)).max().unwrap_or_default();
        let list = |row: &Vec<String>| {
            let line = |(head, text): (&String, &String)| {
                let line = format!("{}  {text}", pad_str(head, label, Alignment::Left, None));
                wrapped(&line, Some(width), label + GAP)
            };
            self.heads.iter().zip(row).filter(|(_, text)| !text.is_empty()).map(line).collect::<Vec<_>>().join("\n")
        };
        self.rows.iter().map(list).collect::<Vec<_>>().join("\n\n")
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(&self.heads);
        table.add_rows(&self.rows);
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
            if self.right.contains(&column.index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table
    }
}

impl Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.table().trim_fmt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_obeys_no_control_characters() {
        let mut columns = Columns::new(&["name", "rows"]).right(1);
        columns.row(["orders\u{1b}[2J", "7"]);
        assert_eq!(columns.to_string(), "NAME             ROWS\norders\\u{1b}[2J     7");
    }

    #[test]
    fn whatever_the_width_no_word_is_broken() {
        let mut columns = Columns::new(&["connector", "name", "status", "sources"]).right(3);
        columns.row(["a_rather_long_slug_of_a_connector", "A rather long name of a connector", "DISCONNECTED", "12"]);
        columns.row(["shop", "Shop", "CONNECTED", "3"]);
        for width in 1..120 {
            let shown = columns.within(width);
            for word in ["a_rather_long_slug_of_a_connector", "connector", "DISCONNECTED", "CONNECTED", "rather", "12"]
            {
                assert!(shown.split_whitespace().any(|shown| shown == word), "{word} at {width}:\n{shown}");
            }
            if width >= 45 {
                let widest = shown.lines().map(measure_text_width).max().unwrap();
                assert!(widest <= width, "{widest} at {width}:\n{shown}");
            }
        }
    }

    #[test]
    fn where_there_is_no_room_each_row_is_a_list() {
        let mut columns = Columns::new(&["connector", "status", "sources"]).right(2);
        columns.row(["a_rather_long_slug_of_a_connector", "DISCONNECTED", "12"]);
        columns.row(["shop", "", "3"]);
        let lists = "CONNECTOR  a_rather_long_slug_of_a_connector\nSTATUS     DISCONNECTED\nSOURCES    12\n\n\
            CONNECTOR  shop\nSOURCES    3";
        assert_eq!(columns.within(50), lists);
    }
}
