//! JSON and JSON lines.
//!
//! The rows of a `.json` file are the elements of its array (or of several, one after the other), of the first array of
//! objects within a lone object, or objects one after the other. Objects and arrays within a row are kept as JSON text. Values of several types in one
//! column make it text. A key that the sample did not show adds a column where it is met.

mod builder;
mod layout;
mod object;
mod split;
mod value;

use std::io::{self, Read};
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};

use super::config::TextOptions;
use super::failure;
use super::format::Compression;
use super::infer::Evidence;
use super::input::{Decoded, StoredFile, TextFile, Window};
use super::table::{Chunk, Emit, Halt, MAX_COLUMNS, MAX_REJECTED, Position, Table, rejected};
use crate::sdk::{ConnectorError, EventLevel, RejectedRow};
use builder::Builder;
use layout::{Rows, find_rows};
use split::{Layout, Splitter};

/// How much of the text is looked at to find the rows.
const LAYOUT_BYTES: u64 = 1 << 20;
/// The most of the text that is looked at to find the columns.
const SAMPLE_BYTES: u64 = 32 << 20;

/// A JSON file, from front to back.
pub(super) struct Json {
    name: String,
    encoding: &'static str,
    splitter: Splitter<Decoded>,
    sampled: SchemaRef,
    builder: Builder,
    rows: u64,
    rejected: Vec<RejectedRow>,
    logs: Vec<(EventLevel, String)>,
    failed: Option<ConnectorError>,
    ended: bool,
}

impl Json {
    /// Looks at the beginning of the file and stands before its first row, or at `position`.
    pub(super) fn open(
        file: &Arc<StoredFile>,
        compression: Compression,
        by_lines: bool,
        options: &TextOptions,
        position: Option<&Position>,
        piece: usize,
    ) -> Result<Self, ConnectorError> {
        let fail = |error| failure::of_io(&file.name, error);
        let text = TextFile::open(file, compression, options.encoding, piece).map_err(fail)?;
        let rows = if by_lines {
            Rows { layout: Layout::Lines, offset: 0, lines: 0, key: None }
        } else {
            let start = beginning(text.at(0).map_err(fail)?).map_err(fail)?;
            let is_whole = (start.len() as u64) < LAYOUT_BYTES;
            find_rows(&start, is_whole)
                .map_err(|words| ConnectorError::data(&file.name, format!("the file {words}")))?
        };
        let beginning = Window::new(text.at(rows.offset).map_err(fail)?.take(SAMPLE_BYTES), rows.offset, rows.lines);
        let sampled = sample(Splitter::new(beginning, rows.layout), text.encoding(), options);
        let mut builder = Builder::new(Arc::clone(&sampled), options);
        for (name, type_name) in position.map_or(&[][..], |position| &position.added) {
            if !builder.add_again(name, type_name) {
                return Err(ConnectorError::data(
                    &file.name,
                    format!("the checkpoint names an unknown type {type_name}; sync it in full"),
                ));
            }
        }
        let mut logs = Vec::new();
        if position.is_none() {
            if sampled.fields().is_empty() {
                logs.push((EventLevel::Warning, format!("{}: no rows were found at its beginning", file.name)));
            }
            if let Some(key) = &rows.key {
                logs.push((EventLevel::Info, format!("{}: the rows are those of `{key}`", file.name)));
            }
        }
        let (offset, lines) = position.map_or((rows.offset, rows.lines), |position| (position.offset, position.lines));
        Ok(Self {
            name: file.name.clone(),
            encoding: text.encoding(),
            splitter: Splitter::new(Window::new(text.at(offset).map_err(fail)?, offset, lines), rows.layout),
            sampled,
            builder,
            rows: position.map_or(0, |position| position.rows),
            rejected: Vec::new(),
            logs,
            failed: None,
            ended: false,
        })
    }
}

/// The beginning of a text. A failure to read on is told only where nothing could be read.
fn beginning(text: Decoded) -> io::Result<Vec<u8>> {
    let mut start = Vec::new();
    match text.take(LAYOUT_BYTES).read_to_end(&mut start) {
        Err(error) if start.is_empty() => Err(error),
        _ => Ok(start),
    }
}

/// Finds the columns and their types, in the order in which their keys are met.
fn sample<R: Read>(mut splitter: Splitter<R>, encoding: &str, options: &TextOptions) -> SchemaRef {
    let mut names: Vec<String> = Vec::new();
    let mut places = std::collections::HashMap::new();
    let mut evidence: Vec<Evidence> = Vec::new();
    let mut rows = 0;
    while rows < options.sample_rows
        && let Ok(Some(row)) = splitter.next()
    {
        rows += 1;
        let Ok(members) = object::members(row.text, encoding) else { continue };
        for (order, (key, raw)) in members.into_iter().enumerate() {
            let in_order = names.get(order).is_some_and(|name| *name == key);
            let known = if in_order { Some(order) } else { places.get(key.as_ref()).copied() };
            let place = match known {
                Some(place) => place,
                None if names.len() >= MAX_COLUMNS => continue,
                None => {
                    places.insert(key.clone().into_owned(), names.len());
                    names.push(key.into_owned());
                    evidence.push(Evidence::default());
                    names.len() - 1
                }
            };
            value::observe(&mut evidence[place], raw);
        }
    }
    let fields: Vec<_> =
        names.iter().zip(&evidence).map(|(name, evidence)| builder::field(name, evidence, options)).collect();
    Arc::new(Schema::new(fields))
}

impl Json {
    /// The next rows; `None` after the last.
    fn next(&mut self, batch_bytes: usize) -> Result<Option<Chunk>, ConnectorError> {
        if let Some(error) = self.failed.take() {
            self.ended = true;
            return Err(error);
        }
        if self.ended {
            return Ok(None);
        }
        let fail = |error| in_file(&self.name, failure::of_io(&self.name, error));
        while self.rejected.len() < MAX_REJECTED && self.builder.bytes() < batch_bytes {
            let row = match self.splitter.next() {
                Ok(Some(row)) => row,
                Ok(None) => {
                    self.ended = true;
                    break;
                }
                Err(error) => {
                    self.failed = Some(fail(error));
                    break;
                }
            };
            self.rows += 1;
            let appended = if row.too_long {
                Err("the row is longer than 16 MiB".to_owned())
            } else {
                object::members(row.text, self.encoding).and_then(|members| self.builder.append(&members))
            };
            if let Err(reason) = appended {
                self.rejected.push(rejected(format!("line {}", row.line), reason, row.text));
            }
        }
        if let Err(error) = self.splitter.settle() {
            self.failed = Some(fail(error));
        }
        let batch = self.builder.finish().map_err(|error| failure::of_format(&self.name, error))?;
        let position = Position {
            rows: self.rows,
            offset: self.splitter.offset(),
            lines: self.splitter.lines(),
            added: self.builder.added.clone(),
        };
        Ok(Some(Chunk {
            batch,
            rejected_rows: std::mem::take(&mut self.rejected),
            rejected_values: Vec::new(),
            logs: std::mem::take(&mut self.logs),
            position,
            fraction: None,
        }))
    }
}

impl Table for Json {
    fn schema(&self) -> SchemaRef {
        self.builder.schema()
    }

    fn sampled_schema(&self) -> SchemaRef {
        Arc::clone(&self.sampled)
    }

    fn schema_with(&self, added: &[(String, String)]) -> SchemaRef {
        let schema = self.schema();
        let fields = added.iter().filter(|(name, _)| schema.column_with_name(name).is_none());
        let fields = fields.filter_map(|(name, type_name)| builder::field_again(name, type_name)).map(Arc::new);
        Arc::new(Schema::new(schema.fields().iter().cloned().chain(fields).collect::<Vec<_>>()))
    }

    fn read(&mut self, batch_bytes: usize, emit: &mut Emit<'_>) -> Result<(), Halt> {
        while let Some(chunk) = self.next(batch_bytes)? {
            emit(chunk)?;
        }
        Ok(())
    }
}

/// Puts the file's name before a place within it.
fn in_file(name: &str, error: ConnectorError) -> ConnectorError {
    match error {
        ConnectorError::Data { place, message, cause } if place != name => {
            ConnectorError::Data { place: format!("{name}, {place}"), message, cause }
        }
        other => other,
    }
}
