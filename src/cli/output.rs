//! Results on stdout, and nothing else: as text for people, or as JSON.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, ContentArrangement, Table};
use console::{Term, measure_text_width};
use serde::Serialize;

use crate::query::cell;
pub(super) use crate::query::{count, printable};

/// The reader of stdout has gone; that is no failure.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads the output any more")]
pub(super) struct Closed;

/// Our stdout. It is locked for as long as the process runs, so that nothing else comes between.
pub(super) struct Output {
    stdout: BufWriter<StdoutLock<'static>>,
    json: bool,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        Self { stdout: BufWriter::new(io::stdout().lock()), json }
    }

    /// Whether results are wanted as JSON.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether a person looks at it.
    pub(super) fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// Text with a line break behind it.
    pub(super) fn line(&mut self, text: impl Display) -> anyhow::Result<()> {
        let written = writeln!(self.stdout, "{text}").and_then(|()| self.stdout.flush());
        open(written)
    }

    /// A table, no wider than the terminal where it goes to one: cells that are too long go on in the next line.
    pub(super) fn table(&mut self, mut table: Columns) -> anyhow::Result<()> {
        if self.is_terminal() {
            let (_, width) = Term::stdout().size();
            table.table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        self.line(table)
    }

    /// The table with more columns where it fits: on a terminal no line may have to go on below it.
    pub(super) fn table_that_fits(&mut self, wide: Columns, narrow: Columns) -> anyhow::Result<()> {
        let fits = !self.is_terminal() || wide.width() <= usize::from(Term::stdout().size().1);
        self.table(if fits { wide } else { narrow })
    }

    /// One JSON document: indented for a person, in one line for a program.
    pub(super) fn document(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let text =
            if self.is_terminal() { serde_json::to_string_pretty(value)? } else { serde_json::to_string(value)? };
        self.line(text)
    }

    /// One of many JSON documents, each in a line of its own.
    pub(super) fn json_line(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        self.line(serde_json::to_string(value)?)
    }

    /// Bytes as they are.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let written = self.stdout.write_all(bytes).and_then(|()| self.stdout.flush());
        open(written)
    }
}

fn open(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Closed.into()),
        other => Ok(other?),
    }
}

/// A plain table: columns two blanks apart, without lines.
pub(super) struct Columns {
    table: Table,
}

impl Columns {
    pub(super) fn new(heads: &[&str]) -> Self {
        let mut table = Table::new();
        table.load_preset(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(heads.iter().map(|head| head.to_uppercase()));
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
        Self { table }
    }

    /// Aligns a column of numbers to the right.
    pub(super) fn right(mut self, place: usize) -> Self {
        if let Some(column) = self.table.column_mut(place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        self
    }

    pub(super) fn row<T: Display>(&mut self, cells: impl IntoIterator<Item = T>) {
        self.table.add_row(cells.into_iter().map(|text| cell(&text.to_string())));
    }

    /// The columns of a terminal that its longest line takes.
    fn width(&self) -> usize {
        self.to_string().lines().map(measure_text_width).max().unwrap_or_default()
    }
}

impl Display for Columns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.table.trim_fmt())
    }
}

/// Goes on where the reader of stdout has gone: for what has to come to its own end.
pub(super) fn whoever_reads(written: anyhow::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.is::<Closed>() => Ok(()),
        other => other,
    }
}

/// `1 row`, `155,585 rows`.
pub(super) fn rows(number: u64) -> String {
    format!("{} {}", count(number), if number == 1 { "row" } else { "rows" })
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
}
