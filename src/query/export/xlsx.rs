//! Excel's format, one sheet with a header that stays in view.
//!
//! Excel's numbers have 15 digits: integers and decimals with more are text, so that no digit is lost. Its days are
//! those since 1900 and its instants go to the millisecond: dates and times outside of that are text, too.

use std::path::{Path, PathBuf};

use arrow::array::cast::AsArray;
use arrow::array::types::Date32Type;
use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, SchemaRef, TimeUnit};
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};
use serde_json::Value;
use tempfile::NamedTempFile;

use super::{Encoder, Rest, plain};
use crate::query::QueryError;
use crate::query::json::values;

/// Rows of a sheet below its header.
pub(super) const MAX_ROWS: u32 = 1_048_575;
/// Columns of a sheet.
const MAX_COLUMNS: usize = 16_384;
/// Characters of a cell.
const MAX_CHARACTERS: usize = 32_767;
/// Bytes of a cell in the sheet's file besides its value.
const CELL_BYTES: u64 = 40;
/// Digits of a number.
const MAX_DIGITS: usize = 15;

/// Excel's number for 1970-01-01.
const EPOCH: f64 = 25_569.0;
/// 1900-03-01, before which Excel's calendar is not the Gregorian one, in days since 1970-01-01.
const FIRST_DAY: i64 = -25_508;
/// 9999-12-31.
const LAST_DAY: i64 = 2_932_896;
const MILLIS_A_DAY: i64 = 86_400_000;

pub(super) struct XlsxEncoder {
    workbook: Workbook,
    folder: PathBuf,
    date: Format,
    instant: Format,
    next_row: u32,
    /// What its temporary files may still take.
    room: u64,
}

enum Content {
    Empty,
    Boolean(bool),
    Number(f64),
    Date(f64),
    Instant(f64),
    Text(String),
}

impl Content {
    /// About what a cell takes in the sheet's temporary file, its tags included.
    fn file_bytes(&self) -> u64 {
        match self {
            Self::Empty => 0,
            Self::Text(text) => CELL_BYTES + text.len() as u64,
            _ => CELL_BYTES + 16,
        }
    }
}

impl XlsxEncoder {
    /// A sheet whose temporary files lie in `folder` and take about `room` bytes at most.
    pub(super) fn new(schema: &SchemaRef, folder: &Path, room: u64) -> Result<Self, QueryError> {
        let columns = schema.fields().len();
        if columns > MAX_COLUMNS {
            return Err(does_not_fit(format!("a sheet has {MAX_COLUMNS} columns, the rows have {columns}")));
        }
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder).map_err(QueryError::internal)?;
        let header = Format::new().set_bold();
        let sheet = workbook.add_worksheet_with_constant_memory().map_err(QueryError::internal)?;
        sheet.set_freeze_panes(1, 0).map_err(QueryError::internal)?;
        for (column, field) in (0..).zip(schema.fields()) {
            sheet.write_string_with_format(0, column, field.name(), &header).map_err(refused)?;
        }
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let instant = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss.000");
        Ok(Self { workbook, folder: folder.to_owned(), date, instant, next_row: 1, room })
    }
}

impl Encoder for XlsxEncoder {
    fn write(&mut self, rows: &RecordBatch) -> Result<Vec<u8>, QueryError> {
        let mut columns = Vec::with_capacity(rows.num_columns());
        for column in rows.columns() {
            columns.push(contents(column)?.into_iter());
        }
        let sheet = self.workbook.worksheet_from_index(0).map_err(QueryError::internal)?;
        for _ in 0..rows.num_rows() {
            if self.next_row > MAX_ROWS {
                return Err(does_not_fit(format!("a sheet has {MAX_ROWS} rows below its header")));
            }
            for (number, column) in (0..).zip(&mut columns) {
                if let Some(content) = column.next() {
                    self.room = self.room.checked_sub(content.file_bytes()).ok_or_else(no_room)?;
                    let cell = (self.next_row, number);
                    write(sheet, cell, content, &self.date, &self.instant)?;
                }
            }
            self.next_row += 1;
        }
        Ok(Vec::new())
    }

    fn finish(mut self: Box<Self>) -> Result<Rest, QueryError> {
        let file = NamedTempFile::new_in(&self.folder).map_err(QueryError::internal)?;
        let writer = file.reopen().map_err(QueryError::internal)?;
        self.workbook.save_to_writer(writer).map_err(QueryError::internal)?;
        Ok(Rest::File(file))
    }
}

fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    content: Content,
    date: &Format,
    instant: &Format,
) -> Result<(), QueryError> {
    let written = match content {
        Content::Empty => return Ok(()),
        Content::Boolean(value) => sheet.write_boolean(row, column, value),
        Content::Number(value) => sheet.write_number(row, column, value),
        Content::Date(days) => sheet.write_number_with_format(row, column, days, date),
        Content::Instant(days) => sheet.write_number_with_format(row, column, days, instant),
        Content::Text(text) => {
            let characters = text.chars().count();
            if characters > MAX_CHARACTERS {
                let reason = format!("a cell has {MAX_CHARACTERS} characters, row {row} has a text of {characters}");
                return Err(does_not_fit(reason));
            }
            sheet.write_string(row, column, text)
        }
    };
    written.map(|_| ()).map_err(refused)
}

fn contents(column: &ArrayRef) -> Result<Vec<Content>, QueryError> {
    let resolved = plain::resolved(column.data_type());
    let column = if resolved == *column.data_type() { ArrayRef::clone(column) } else { cast(column, &resolved)? };
    let mut contents: Vec<Content> =
        values(&column)?.into_iter().map(|value| content(value, resolved.is_decimal())).collect();
    match &resolved {
        DataType::Date32 => {
            for (content, days) in contents.iter_mut().zip(column.as_primitive::<Date32Type>()) {
                if let Some(days) = days.filter(|days| (FIRST_DAY..=LAST_DAY).contains(&i64::from(*days))) {
                    *content = Content::Date(f64::from(days) + EPOCH);
                }
            }
        }
        DataType::Timestamp(unit, _) => {
            let ticks = cast(&column, &DataType::Int64)?;
            let ticks = ticks.as_primitive::<arrow::array::types::Int64Type>();
            for (content, ticks) in contents.iter_mut().zip(ticks) {
                if let Some(days) = ticks.and_then(|ticks| excel_days(ticks, *unit)) {
                    *content = Content::Instant(days);
                }
            }
        }
        _ => {}
    }
    Ok(contents)
}

fn content(value: Value, decimal: bool) -> Content {
    match value {
        Value::Null => Content::Empty,
        Value::Bool(value) => Content::Boolean(value),
        Value::Number(number) if number.is_f64() => number.as_f64().map_or(Content::Empty, Content::Number),
        Value::Number(number) => number_or_text(number.to_string()),
        Value::String(text) if decimal => number_or_text(text),
        Value::String(text) => Content::Text(text),
        nested => Content::Text(nested.to_string()),
    }
}

fn number_or_text(text: String) -> Content {
    let digits = text.chars().filter(char::is_ascii_digit).collect::<String>();
    if digits.trim_start_matches('0').len() > MAX_DIGITS {
        return Content::Text(text);
    }
    text.parse().map_or(Content::Text(text), Content::Number)
}

/// Days since Excel's epoch, if it can hold the instant to its last digit.
fn excel_days(ticks: i64, unit: TimeUnit) -> Option<f64> {
    let millis = match unit {
        TimeUnit::Second => ticks.checked_mul(1_000)?,
        TimeUnit::Millisecond => ticks,
        TimeUnit::Microsecond => exact(ticks, 1_000)?,
        TimeUnit::Nanosecond => exact(ticks, 1_000_000)?,
    };
    let days = millis.div_euclid(MILLIS_A_DAY);
    if !(FIRST_DAY..=LAST_DAY).contains(&days) {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "within the range just checked, doubles hold milliseconds")]
    let days = millis as f64 / MILLIS_A_DAY as f64;
    Some(days + EPOCH)
}

fn exact(ticks: i64, per_milli: i64) -> Option<i64> {
    (ticks % per_milli == 0).then_some(ticks / per_milli)
}

fn no_room() -> QueryError {
    let cause = "the sheet's temporary file reached the limit".into();
    QueryError::OutOfMemory { setting: "query.spill_mib", cause }
}

fn does_not_fit(reason: String) -> QueryError {
    QueryError::DoesNotFit { format: "XLSX", reason, instead: "CSV or Parquet" }
}

/// Excel's other limits, in its writer's words.
fn refused(error: XlsxError) -> QueryError {
    match error {
        XlsxError::IoError(_) | XlsxError::ZipError(_) => QueryError::internal(error),
        limit => does_not_fit(limit.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int64Array;

    use super::*;

    #[test]
    fn a_row_more_than_a_sheet_has_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1, 2]));
        let rows = RecordBatch::try_from_iter([("id", column)]).unwrap();
        let mut encoder = XlsxEncoder::new(&rows.schema(), folder.path(), u64::MAX).unwrap();
        encoder.next_row = MAX_ROWS - 1;
        encoder.write(&rows).unwrap();
        let error = encoder.write(&rows).unwrap_err();
        assert_eq!(
            error.to_string(),
            "XLSX cannot hold these rows: a sheet has 1048575 rows below its header, use CSV or Parquet instead"
        );
    }
}
