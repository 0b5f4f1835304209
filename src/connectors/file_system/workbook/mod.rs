//! XLSX workbooks: each sheet is a table, the first row that is not empty names its columns.
//!
//! Cells are streamed; the workbook's shared texts are in memory whole, as the format has it, and a workbook whose shared
//! texts are larger than the read's memory is refused. A cell's own type counts: a text that looks like a number is a
//! text. Errors such as `#N/A`, and days that are none, are NULL and are reported; times of day and durations are texts.

mod calendar;
mod cell;
mod rows;

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use calamine::{Reader, SheetType, Xlsx, XlsxError};

use super::columns::Columns;
use super::config::TextOptions;
use super::failure;
use super::infer::Evidence;
use super::table::{Chunk, Emit, Halt, MAX_COLUMNS, MAX_REJECTED, Position, Table, rejected, unique_names};
use crate::sdk::{ConnectorError, RejectedRow, RejectedValue};
use cell::Cell;
use rows::{Row, Rows};

/// A workbook's bytes, in any order.
pub(super) trait Bytes: Read + Seek + Send {}

impl<T: Read + Seek + Send> Bytes for T {}

/// A workbook, its shared texts read.
pub(super) struct Workbook {
    name: String,
    xlsx: Xlsx<Box<dyn Bytes>>,
}

impl Workbook {
    /// Reads what the sheets share. `memory_bytes` bounds the shared texts.
    ///
    /// # Errors
    /// `Data` where it is no workbook, is locked by a password, or has more shared texts than the memory holds.
    pub(super) fn open(name: &str, mut bytes: Box<dyn Bytes>, memory_bytes: usize) -> Result<Self, ConnectorError> {
        let damaged = |error: zip::result::ZipError| failure::of_format(name, error_of_zip(error));
        let shared = {
            let mut archive = zip::ZipArchive::new(&mut bytes).map_err(damaged)?;
            archive.by_name("xl/sharedStrings.xml").map_or(0, |texts| texts.size())
        };
        if shared > memory_bytes as u64 {
            let message = format!(
                "its shared texts take {} MiB, more than the {} MiB that the read may hold; save it as CSV or raise the memory",
                shared >> 20,
                memory_bytes >> 20
            );
            return Err(ConnectorError::data(name, message));
        }
        bytes.seek(SeekFrom::Start(0)).map_err(|error| failure::of_io(name, error))?;
        let xlsx = Xlsx::new(bytes).map_err(|error| of_xlsx(name, error))?;
        Ok(Self { name: name.to_owned(), xlsx })
    }

    /// The names of its sheets of cells, in their order.
    pub(super) fn sheets(&self) -> Vec<String> {
        let sheets = self.xlsx.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
        sheets.map(|sheet| sheet.name.clone()).collect()
    }
}

fn error_of_zip(error: zip::result::ZipError) -> crate::sdk::BoxError {
    match error {
        zip::result::ZipError::Io(error) => error.into(),
        other => other.into(),
    }
}

fn of_xlsx(name: &str, error: XlsxError) -> ConnectorError {
    match error {
        XlsxError::Io(error) => failure::of_io(name, error),
        XlsxError::Zip(error) => failure::of_format(name, error_of_zip(error)),
        XlsxError::Password => ConnectorError::data(name, "the workbook is locked by a password; save it without one"),
        XlsxError::WorksheetNotFound(sheet) => {
            ConnectorError::NotFound { what: format!("the sheet {sheet} of {name}"), hint: "; discover again".into() }
        }
        other => failure::of_format(name, other),
    }
}

/// One sheet of a workbook, from top to bottom.
pub(super) struct Sheet {
    workbook: Workbook,
    sheet: String,
    layout: Layout,
    schema: SchemaRef,
    /// Rows that were read before and are passed over.
    skipped: u64,
}

/// Where the table lies on its sheet.
#[derive(Debug, Default)]
struct Layout {
    /// The column of the sheet that is the table's first.
    first_column: u32,
    has_header: bool,
    /// Rows that the sheet says it has below the header.
    total_rows: Option<u64>,
}

impl Sheet {
    /// Looks at the sheet's top and stands before its first row, or at `position`.
    pub(super) fn open(
        mut workbook: Workbook,
        sheet: &str,
        options: &TextOptions,
        position: Option<&Position>,
    ) -> Result<Self, ConnectorError> {
        let (layout, schema) = layout(&mut workbook, sheet, options)?;
        Ok(Self {
            workbook,
            sheet: sheet.to_owned(),
            layout,
            schema,
            skipped: position.map_or(0, |position| position.rows),
        })
    }
}

/// Finds the columns and their types.
fn layout(workbook: &mut Workbook, sheet: &str, options: &TextOptions) -> Result<(Layout, SchemaRef), ConnectorError> {
    let name = workbook.name.clone();
    let fail = |error| of_xlsx(&name, error);
    let counts_from_1904 = workbook.xlsx.has_1904_epoch();
    let mut cells = workbook.xlsx.worksheet_cells_reader(sheet).map_err(fail)?;
    let end = cells.dimensions().end.0;
    let mut rows = Rows::new(&mut cells, counts_from_1904);
    let mut header: Option<Vec<(u32, String)>> = None;
    let mut header_row = 0;
    let mut evidence: BTreeMap<u32, Evidence> = BTreeMap::new();
    let mut seen = 0;
    let mut first_row = None;
    while seen < options.sample_rows {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            // What came before the damage tells the columns; reading tells of the damage.
            Err(_) if first_row.is_some() => break,
            Err(error) => return Err(fail(error)),
        };
        first_row = first_row.or(Some(row.number));
        if options.header && header.is_none() {
            header_row = row.number;
            let name = |cell: &Cell<'_>| cell.text().unwrap_or_default().trim().to_owned();
            header = Some(row.cells.iter().map(|(column, cell)| (*column, name(cell))).collect());
            continue;
        }
        seen += 1;
        for (column, cell) in &row.cells {
            if evidence.len() < MAX_COLUMNS || evidence.contains_key(column) {
                cell.observe(evidence.entry(*column).or_default());
            }
        }
    }
    drop(cells);
    let header = header.unwrap_or_default();
    let columns = || header.iter().map(|(column, _)| *column).chain(evidence.keys().copied());
    let (Some(first), Some(last)) = (columns().min(), columns().max()) else {
        return Ok((Layout::default(), Arc::new(Schema::empty())));
    };
    let width = (last - first) as usize + 1;
    let width = width.min(MAX_COLUMNS);
    let mut names = vec![String::new(); width];
    for (column, text) in header.iter().filter(|(column, _)| ((column - first) as usize) < width) {
        names[(column - first) as usize].clone_from(text);
    }
    let has_gaps = options.header && names.windows(2).any(|pair| !pair[0].is_empty() && pair[1].is_empty());
    if has_gaps {
        fill_merged(workbook, sheet, header_row, first, &mut names);
    }
    let nothing = Evidence::default();
    let fields: Vec<Field> = unique_names(names)
        .into_iter()
        .enumerate()
        .map(|(place, name)| {
            let column = first + u32::try_from(place).unwrap_or(u32::MAX);
            let inferred = || evidence.get(&column).unwrap_or(&nothing).data_type();
            let data_type = options.column_types.get(&name).cloned().unwrap_or_else(inferred);
            Field::new(name, data_type, true)
        })
        .collect();
    let top = if options.header { header_row + 1 } else { first_row.unwrap_or(0) };
    let total_rows = (end >= top).then(|| u64::from(end - top) + 1);
    Ok((Layout { first_column: first, has_header: options.header, total_rows }, Arc::new(Schema::new(fields))))
}

/// Gives every column below a merged header cell its text.
fn fill_merged(workbook: &mut Workbook, sheet: &str, header_row: u32, first: u32, names: &mut [String]) {
    let Ok(merged) = workbook.xlsx.merge_cells_by_sheet_name(sheet) else { return };
    for area in merged.iter().filter(|area| area.start.0 <= header_row && header_row <= area.end.0) {
        let place = |column: u32| column.checked_sub(first).map(|place| place as usize);
        let (Some(start), Some(end)) = (place(area.start.1), place(area.end.1)) else { continue };
        let Some(text) = names.get(start).cloned() else { continue };
        for name in names.iter_mut().take(end.saturating_add(1)).skip(start + 1) {
            if name.is_empty() {
                name.clone_from(&text);
            }
        }
    }
}

impl Table for Sheet {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn total_rows(&self) -> Option<u64> {
        self.layout.total_rows
    }

    fn read(&mut self, batch_bytes: usize, emit: &mut Emit<'_>) -> Result<(), Halt> {
        let Self { workbook: Workbook { name, xlsx }, sheet, layout, schema, skipped } = self;
        let fail = |error| of_xlsx(name, error);
        let counts_from_1904 = xlsx.has_1904_epoch();
        let mut cells = xlsx.worksheet_cells_reader(sheet).map_err(fail)?;
        let mut rows = Rows::new(&mut cells, counts_from_1904);
        let mut making = Making {
            columns: Columns::new(Arc::clone(schema)),
            rejected: Vec::new(),
            errors: BTreeMap::new(),
            rows: 0,
        };
        let mut is_header = layout.has_header;
        loop {
            let row = match rows.next() {
                Ok(Some(row)) => row,
                Ok(None) => break,
                Err(error) => {
                    emit(making.chunk(name)?)?;
                    return Err(fail(error).into());
                }
            };
            if std::mem::take(&mut is_header) {
                continue;
            }
            making.rows += 1;
            if making.rows <= *skipped {
                continue;
            }
            making.append(&row, layout.first_column);
            if making.rejected.len() >= MAX_REJECTED || making.columns.bytes() >= batch_bytes {
                emit(making.chunk(name)?)?;
            }
        }
        emit(making.chunk(name)?)
    }
}

/// A batch in the making.
struct Making {
    columns: Columns,
    rejected: Vec<RejectedRow>,
    /// Cells that hold errors, by column and error.
    errors: BTreeMap<(usize, String), u64>,
    rows: u64,
}

impl Making {
    fn append(&mut self, row: &Row<'_>, first_column: u32) {
        match self.try_append(row, first_column) {
            Ok(errors) => {
                self.columns.keep_row();
                for error in errors {
                    *self.errors.entry(error).or_default() += 1;
                }
            }
            Err(reason) => {
                self.columns.drop_row();
                let texts: Vec<_> =
                    row.cells.iter().map(|(_, cell)| cell.text().unwrap_or_default().to_owned()).collect();
                self.rejected.push(rejected(format!("row {}", row.number + 1), reason, texts.join("\t").as_bytes()));
            }
        }
    }

    fn try_append(&mut self, row: &Row<'_>, first_column: u32) -> Result<Vec<(usize, String)>, String> {
        let mut cells = row.cells.iter().peekable();
        let mut errors = Vec::new();
        if let Some((column, _)) = cells.next_if(|(column, _)| *column < first_column) {
            return Err(format!("a cell in column {} lies left of the table", letters(*column)));
        }
        for (place, column) in self.columns.columns.iter_mut().enumerate() {
            let number = first_column + u32::try_from(place).unwrap_or(u32::MAX);
            let Some((_, cell)) = cells.next_if(|(column, _)| *column == number) else {
                column.null();
                continue;
            };
            if let Cell::Error(error) = cell {
                errors.push((place, error.clone()));
            }
            match cell.text() {
                Some(text) => column
                    .parse(text.as_bytes())
                    .map_err(|misfit| format!("{}: {}", self.columns.schema.field(place).name(), misfit.reason))?,
                None => column.null(),
            }
        }
        match cells.next() {
            Some((column, _)) => Err(format!("a cell in column {} lies right of the table", letters(*column))),
            None => Ok(errors),
        }
    }

    fn chunk(&mut self, name: &str) -> Result<Chunk, ConnectorError> {
        let schema = Arc::clone(&self.columns.schema);
        let batch = self.columns.finish().map_err(|error| failure::of_format(name, error))?;
        let errors = std::mem::take(&mut self.errors).into_iter();
        let rejected_values = errors.map(|((place, reason), count)| RejectedValue {
            column: schema.field(place).name().clone(),
            reason,
            count,
        });
        Ok(Chunk {
            rejected_rows: std::mem::take(&mut self.rejected),
            rejected_values: rejected_values.collect(),
            ..Chunk::of_rows(batch, self.rows)
        })
    }
}

/// A column's name on its sheet: `A`, `Z`, `AA` …
fn letters(column: u32) -> String {
    let mut letters = Vec::new();
    let mut rest = column + 1;
    while rest > 0 {
        letters.push(char::from(b'A' + u8::try_from((rest - 1) % 26).unwrap_or(0)));
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().collect()
}
