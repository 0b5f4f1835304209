//! CSV and TSV.
//!
//! An empty field is NULL. In a text column an empty *quoted* field is the empty text; everywhere else it is NULL too.
//! Blanks around numbers, dates and booleans do not count. A row with fewer fields than there are columns has NULL in
//! the others, which is counted in the log; one with more is rejected, unless what is too much is empty.

mod dialect;
mod scan;

use std::io::{Cursor, Read};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field as Column, Schema, SchemaRef};

use super::columns::Columns;
use super::config::TextOptions;
use super::failure;
use super::format::Compression;
use super::infer::Evidence;
use super::input::{Decoded, StoredFile, TextFile, Window};
use super::table::{
    Chunk, Emit, Halt, MAX_COLUMNS, MAX_REJECTED, MAX_ROW_BYTES, Position, Table, not_utf8, rejected, unique_names,
};
use crate::sdk::{ConnectorError, EventLevel, RejectedRow, counted};
use dialect::Dialect;
use scan::{Field, Record, Scanner};

/// How much of the text is looked at to find the delimiter.
const DIALECT_BYTES: u64 = 128 << 10;
/// The most of the text that is looked at to find the columns.
const SAMPLE_BYTES: u64 = 32 << 20;

/// A delimited file, from front to back.
pub(super) struct Delimited {
    name: String,
    encoding: &'static str,
    scanner: Scanner<Decoded>,
    columns: Columns,
    null_values: Vec<String>,
    rows: u64,
    rejected: Vec<RejectedRow>,
    logs: Vec<(EventLevel, String)>,
    short_rows: u64,
    first_short_line: u64,
    failed: Option<ConnectorError>,
    ended: bool,
}

/// What the beginning of a file tells.
struct Layout {
    dialect: Dialect,
    schema: SchemaRef,
    /// Where the rows begin, after the header: bytes and lines of the text.
    offset: u64,
    lines: u64,
    is_empty: bool,
}

impl Delimited {
    /// Looks at the beginning of the file and stands before its first row, or at `position`.
    pub(super) fn open(
        file: &Arc<StoredFile>,
        compression: Compression,
        delimiter: Option<u8>,
        options: &TextOptions,
        position: Option<&Position>,
        piece: usize,
    ) -> Result<Self, ConnectorError> {
        let fail = |error| failure::of_io(&file.name, error);
        let text = TextFile::open(file, compression, options.encoding, piece).map_err(fail)?;
        let layout = layout(file, &text, delimiter.or(options.delimiter), options)?;
        let (offset, lines) =
            position.map_or((layout.offset, layout.lines), |position| (position.offset, position.lines));
        let bytes = text.at(offset).map_err(fail)?;
        let Dialect { delimiter, line_end } = layout.dialect;
        let mut logs = Vec::new();
        if layout.is_empty {
            logs.push((EventLevel::Warning, format!("{} is empty: it has no columns and no rows", file.name)));
        }
        Ok(Self {
            name: file.name.clone(),
            encoding: text.encoding(),
            scanner: Scanner::new(Window::new(bytes, offset, lines), delimiter, line_end, MAX_ROW_BYTES),
            columns: Columns::new(layout.schema),
            null_values: options.null_values.clone(),
            rows: position.map_or(0, |position| position.rows),
            rejected: Vec::new(),
            logs,
            short_rows: 0,
            first_short_line: 0,
            failed: None,
            ended: false,
        })
    }

    fn chunk(&mut self) -> Result<Chunk, ConnectorError> {
        let batch = self.columns.finish().map_err(|error| failure::of_format(&self.name, error))?;
        Ok(Chunk {
            batch,
            rejected_rows: std::mem::take(&mut self.rejected),
            rejected_values: Vec::new(),
            logs: std::mem::take(&mut self.logs),
            position: Position {
                rows: self.rows,
                offset: self.scanner.offset(),
                lines: self.scanner.lines(),
                added: Vec::new(),
            },
            fraction: None,
        })
    }
}

impl Delimited {
    /// The next rows; `None` after the last.
    fn next(&mut self, batch_bytes: usize) -> Result<Option<Chunk>, ConnectorError> {
        if let Some(error) = self.failed.take() {
            self.ended = true;
            return Err(error);
        }
        if self.ended {
            return Ok(None);
        }
        let mut scratch = Vec::new();
        let mut until_measured = 0;
        while self.rejected.len() < MAX_REJECTED {
            if until_measured == 0 {
                let bytes = self.columns.bytes();
                if bytes >= batch_bytes {
                    break;
                }
                until_measured = rows_until(bytes, self.columns.rows(), batch_bytes);
            }
            until_measured -= 1;
            let record = match self.scanner.next() {
                Ok(Some(record)) => record,
                Ok(None) => {
                    self.ended = true;
                    break;
                }
                Err(error) => {
                    self.failed = Some(failure::of_io(&self.name, error));
                    break;
                }
            };
            self.rows += 1;
            match append(&mut self.columns, &record, &self.null_values, self.encoding, &mut scratch) {
                Ok(missing) => {
                    self.columns.keep_row();
                    if missing {
                        self.first_short_line = if self.short_rows == 0 { record.line } else { self.first_short_line };
                        self.short_rows += 1;
                    }
                }
                Err(reason) => {
                    self.columns.drop_row();
                    self.rejected.push(rejected(format!("line {}", record.line), reason, record.raw));
                }
            }
        }
        if let Err(error) = self.scanner.settle() {
            self.failed = Some(failure::of_io(&self.name, error));
        }
        if self.ended && self.short_rows > 0 {
            let line = self.first_short_line;
            let rows = counted(self.short_rows, "row has", "rows have");
            let message = format!(
                "{}: {rows} fewer fields than there are columns, the first on line {line}; the missing ones are NULL",
                self.name
            );
            self.logs.push((EventLevel::Warning, message));
        }
        self.chunk().map(Some)
    }
}

impl Table for Delimited {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.columns.schema)
    }

    fn read(&mut self, batch_bytes: usize, emit: &mut Emit<'_>) -> Result<(), Halt> {
        while let Some(chunk) = self.next(batch_bytes)? {
            emit(chunk)?;
        }
        Ok(())
    }
}

/// How many rows can be appended before their size is worth measuring again.
fn rows_until(bytes: usize, rows: usize, batch_bytes: usize) -> usize {
    let Some(row_bytes) = bytes.checked_div(rows).filter(|bytes| *bytes > 0) else { return 16 };
    ((batch_bytes - bytes) / row_bytes / 2).clamp(1, 4096)
}

/// Appends a record to every column; `true` where some fields were missing.
///
/// # Errors
/// Why the row does not fit; some columns may hold its values then.
fn append(
    columns: &mut Columns,
    record: &Record<'_>,
    null_values: &[String],
    encoding: &str,
    scratch: &mut Vec<u8>,
) -> Result<bool, String> {
    if let Some(problem) = record.problem {
        return Err(problem.reason().to_owned());
    }
    if let Err(error) = std::str::from_utf8(record.raw) {
        return Err(not_utf8(record.raw, error.valid_up_to(), encoding));
    }
    let width = columns.columns.len();
    let too_much = record.fields.get(width..).unwrap_or_default();
    if too_much.iter().any(|field| !record.text(*field, scratch).is_empty()) {
        let (fields, columns) = (record.fields.len(), counted(width as u64, "column", "columns"));
        return Err(format!("the row has {fields} fields where there are {columns}"));
    }
    for (index, column) in columns.columns.iter_mut().enumerate() {
        let Some(field) = record.fields.get(index).copied() else {
            column.null();
            continue;
        };
        let text = record.text(field, scratch);
        let trimmed = text.trim_ascii();
        let is_null = if column.is_text() {
            !field.quoted && (text.is_empty() || is_null_value(null_values, text))
        } else {
            trimmed.is_empty() || is_null_value(null_values, trimmed)
        };
        if is_null {
            column.null();
        } else {
            let value = if column.is_text() { text } else { trimmed };
            column
                .parse(value)
                .map_err(|misfit| format!("{}: {}", columns.schema.field(index).name(), misfit.reason))?;
        }
    }
    Ok(record.fields.len() < width)
}

fn is_null_value(null_values: &[String], text: &[u8]) -> bool {
    null_values.iter().any(|null| null.as_bytes() == text)
}

/// Finds the dialect, the columns and their types. A failure to read on is told only where nothing could be read.
///
/// # Errors
/// `Data` where the header is in another encoding: nobody wants columns of names that cannot be read.
fn layout(
    file: &StoredFile,
    text: &TextFile,
    delimiter: Option<u8>,
    options: &TextOptions,
) -> Result<Layout, ConnectorError> {
    let fail = |error| failure::of_io(&file.name, error);
    let encoding = text.encoding();
    let mut text = text.at(0).map_err(fail)?;
    let mut start = Vec::new();
    let failed = text.by_ref().take(DIALECT_BYTES).read_to_end(&mut start).err();
    if let (Some(error), true) = (failed, start.is_empty()) {
        return Err(fail(error));
    }
    let dialect = Dialect::of(&start, delimiter);
    let sample = Cursor::new(start).chain(text.take(SAMPLE_BYTES));
    let mut scanner = Scanner::new(Window::new(sample, 0, 0), dialect.delimiter, dialect.line_end, MAX_ROW_BYTES);
    let mut scratch = Vec::new();
    let mut names = Vec::new();
    let mut is_empty = true;
    if options.header
        && let Some(record) = scanner.next().map_err(fail)?
    {
        is_empty = false;
        if let Err(error) = std::str::from_utf8(record.raw) {
            let why = not_utf8(record.raw, error.valid_up_to(), encoding);
            let message = format!("line {}, which names the columns: {why}", record.line);
            return Err(ConnectorError::data(&file.name, message));
        }
        let fields = record.fields.iter().take(MAX_COLUMNS);
        names = fields.map(|field| name_of(&record, *field, &mut scratch)).collect();
    }
    let (offset, lines) = (scanner.offset(), scanner.lines());

    let mut evidence: Vec<Evidence> = vec![Evidence::default(); names.len()];
    let mut rows = 0;
    while rows < options.sample_rows
        && let Ok(Some(record)) = scanner.next()
    {
        rows += 1;
        is_empty = false;
        if record.problem.is_some() || std::str::from_utf8(record.raw).is_err() {
            continue;
        }
        if !options.header && record.fields.len() > evidence.len() {
            evidence.resize(record.fields.len().min(MAX_COLUMNS), Evidence::default());
        }
        for (field, evidence) in record.fields.iter().zip(&mut evidence) {
            let value = record.text(*field, &mut scratch).trim_ascii();
            if !value.is_empty() && !is_null_value(&options.null_values, value) {
                evidence.text(value);
            }
        }
    }
    names.resize(evidence.len(), String::new());
    let names = unique_names(names);
    let fields: Vec<Column> = names
        .into_iter()
        .zip(&evidence)
        .map(|(name, evidence)| {
            let data_type: DataType = options.column_types.get(&name).cloned().unwrap_or_else(|| evidence.data_type());
            Column::new(name, data_type, true)
        })
        .collect();
    Ok(Layout { dialect, schema: Arc::new(Schema::new(fields)), offset, lines, is_empty })
}

fn name_of(record: &Record<'_>, field: Field, scratch: &mut Vec<u8>) -> String {
    String::from_utf8_lossy(record.text(field, scratch)).trim().to_owned()
}
