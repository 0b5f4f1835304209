//! Puts a sheet's cells together to rows.

use std::io::{Read, Seek};

use calamine::{XlsxCellReader, XlsxError};

use super::calendar::Calendar;
use super::cell::Cell;

/// A row of a sheet that holds something.
pub(super) struct Row<'a> {
    /// Its number on the sheet, from 0.
    pub(super) number: u32,
    /// Its cells that are not empty, by column.
    pub(super) cells: Vec<(u32, Cell<'a>)>,
}

/// The rows of a sheet, those that hold nothing left out.
pub(super) struct Rows<'a, 'b, R: Read + Seek> {
    cells: &'b mut XlsxCellReader<'a, R>,
    calendar: Calendar,
    /// The first cell of the next row.
    ahead: Option<(u32, u32, Cell<'a>)>,
    /// The reader has told its end, and takes another question for damage.
    has_ended: bool,
}

impl<'a, 'b, R: Read + Seek> Rows<'a, 'b, R> {
    pub(super) fn new(cells: &'b mut XlsxCellReader<'a, R>, counts_from_1904: bool) -> Self {
        let calendar = Calendar::of(cells.styles(), counts_from_1904);
        Self { cells, calendar, ahead: None, has_ended: false }
    }

    /// The next row; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Row<'a>>, XlsxError> {
        let mut row: Option<Row<'a>> = None;
        if let Some((number, column, value)) = self.ahead.take() {
            row = Some(Row { number, cells: vec![(column, value)] });
        }
        while !self.has_ended {
            let Some((cell, style)) = self.cells.next_cell_with_style_id()? else {
                self.has_ended = true;
                break;
            };
            let (number, column) = cell.get_position();
            let value = Cell::of(cell.get_value().clone(), style, &self.calendar);
            if value.is_empty() {
                continue;
            }
            match &mut row {
                Some(row) if row.number == number => row.cells.push((column, value)),
                Some(_) => {
                    self.ahead = Some((number, column, value));
                    break;
                }
                None => row = Some(Row { number, cells: vec![(column, value)] }),
            }
        }
        if let Some(row) = &mut row {
            // Cells are written in order; a damaged file must not break the search by column.
            row.cells.sort_by_key(|(column, _)| *column);
            row.cells.dedup_by_key(|(column, _)| *column);
        }
        Ok(row)
    }
}
