//! Results on stdout, and nothing else: as text for people, or as JSON.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use serde::Serialize;

use super::columns::Columns;
use super::wrap::{width_of_stdout, wrapped};
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

    /// A line that goes on below itself, `indent` blanks from the left, where the terminal is narrower.
    pub(super) fn long_line(&mut self, text: &str, indent: usize) -> anyhow::Result<()> {
        self.line(wrapped(text, width_of_stdout(), indent))
    }

    /// A table, no wider than the terminal where it goes to one.
    pub(super) fn table(&mut self, table: &Columns) -> anyhow::Result<()> {
        match width_of_stdout() {
            Some(width) => self.line(table.within(width)),
            None => self.line(table),
        }
    }

    /// The table with more columns where it fits: on a terminal no line may have to go on below it.
    pub(super) fn table_that_fits(&mut self, wide: &Columns, narrow: &Columns) -> anyhow::Result<()> {
        let fits = width_of_stdout().is_none_or(|width| wide.width() <= width);
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

    /// Where many bytes go.
    pub(super) fn writer(&mut self) -> &mut impl Write {
        &mut self.stdout
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
