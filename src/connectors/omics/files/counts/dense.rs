//! A matrix of text, line by line: a line is a feature.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::super::Options;
use super::super::input::{Bytes, Line, Lines, Progress};
use super::super::sink::Sink;
use super::super::table::Table;
use super::super::version::Position;
use super::layout::{self, Layout};
use crate::sdk::ConnectorError;
use crate::sdk::rows::Cell;

/// What a line that is longer than it may be is told.
pub(in super::super) const TOO_LONG: &str = "the line is longer than line_limit_mib allows";

/// A matrix, from front to back.
pub(in super::super) struct Dense {
    layout: Layout,
    lines: Lines,
    progress: Progress,
    keep_zeros: bool,
}

impl Dense {
    /// Stands before its first row, or at `position`.
    pub(in super::super) fn open(
        open: impl Fn() -> Result<(Bytes, Progress), ConnectorError>,
        name: &str,
        options: &Options,
        position: Option<Position>,
    ) -> Result<Self, ConnectorError> {
        let layout = Layout::of(open()?.0, name, options)?;
        let (bytes, progress) = open()?;
        let mut lines = Lines::of(bytes, name, options.line_limit);
        let (offset, count) =
            position.map_or((layout.offset, layout.lines), |position| (position.offset, position.lines));
        lines.skip_to(offset, count)?;
        Ok(Self { layout, lines, progress, keep_zeros: options.keep_zeros })
    }
}

impl Table for Dense {
    fn next(&mut self, sink: &mut Sink<'_>) -> Result<bool, ConnectorError> {
        let count = self.lines.count + 1;
        let raw = match self.lines.next()? {
            None => return Ok(false),
            Some(Line::TooLong(raw)) => {
                sink.reject(count, TOO_LONG, raw);
                return Ok(true);
            }
            Some(Line::Whole(raw)) => raw,
        };
        if raw.is_empty() {
            return Ok(true);
        }
        match std::str::from_utf8(raw) {
            Err(_) => sink.reject(count, "the line is not UTF-8", raw),
            Ok(text) => match Row::of(&self.layout, text) {
                Err(reason) => sink.reject(count, reason, raw),
                Ok(row) => row.give(&self.layout, self.keep_zeros, sink)?,
            },
        }
        Ok(true)
    }

    fn position(&self) -> Position {
        Position { offset: self.lines.offset, lines: self.lines.count, records: 0 }
    }

    fn fraction(&self) -> f64 {
        self.progress.fraction()
    }
}

/// A line, taken apart.
struct Row<'a> {
    fields: Vec<Cow<'a, str>>,
    /// Of the samples, in their order.
    values: Vec<Option<f64>>,
}

impl<'a> Row<'a> {
    /// # Errors
    /// Why the line does not fit the matrix.
    fn of(layout: &Layout, text: &'a str) -> Result<Self, String> {
        let fields: Vec<Cow<'a, str>> = if text.contains('"') {
            layout::fields(text, layout.delimiter).into_iter().map(Cow::Owned).collect()
        } else {
            text.split(char::from(layout.delimiter)).map(Cow::Borrowed).collect()
        };
        if fields.len() != layout.header.len() {
            return Err(format!("the line has {} fields where the header has {}", fields.len(), layout.header.len()));
        }
        let value = |column: &usize| {
            let words = |()| format!("{}: {:?} is no number", layout.header[*column], fields[*column]);
            layout::number(&fields[*column]).map_err(words)
        };
        let values = layout.samples.iter().map(value).collect::<Result<_, _>>()?;
        Ok(Self { fields, values })
    }

    fn give(&self, layout: &Layout, keep_zeros: bool, sink: &mut Sink<'_>) -> Result<(), ConnectorError> {
        let feature = self.fields[0].trim();
        let name = layout.name.map(|column| self.fields[column].trim()).filter(|name| !name.is_empty());
        let mut annotations = Map::new();
        for column in &layout.annotations {
            annotations.insert(layout.header[*column].clone(), Value::from(self.fields[*column].trim()));
        }
        let annotations = (!annotations.is_empty()).then(|| Value::Object(annotations).to_string());
        for (column, value) in layout.samples.iter().zip(&self.values) {
            if !keep_zeros && *value == Some(0.) {
                continue;
            }
            sink.add(vec![
                feature.into(),
                name.into(),
                Cell::Null,
                layout.header[*column].trim().into(),
                (*value).into(),
                annotations.as_deref().into(),
            ])?;
        }
        Ok(())
    }
}
