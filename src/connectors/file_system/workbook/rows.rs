//! Puts a sheet's cells together to rows.

use std::io::{Read, Seek};

use calamine::{DataRef, XlsxCellReader, XlsxError};

/// A row of a sheet that holds something.
pub(super) struct Row<'a> {
    /// Its number on the sheet, from 0.
    pub(super) number: u32,
    /// Its cells that are not empty, by column.
    pub(super) cells: Vec<(u32, DataRef<'a>)>,
}

/// The rows of a sheet, those that hold nothing left out.
pub(super) struct Rows<'a, 'b, R: Read + Seek> {
    cells: &'b mut XlsxCellReader<'a, R>,
    /// The first cell of the next row.
    ahead: Option<(u32, u32, DataRef<'a>)>,
    /// The reader has told its end, and takes another question for damage.
    has_ended: bool,
}

impl<'a, 'b, R: Read + Seek> Rows<'a, 'b, R> {
    pub(super) fn new(cells: &'b mut XlsxCellReader<'a, R>) -> Self {
        Self { cells, ahead: None, has_ended: false }
    }

    /// The next row; `None` after the last.
    pub(super) fn next(&mut self) -> Result<Option<Row<'a>>, XlsxError> {
        let mut row: Option<Row<'a>> = None;
        if let Some((number, column, value)) = self.ahead.take() {
            row = Some(Row { number, cells: vec![(column, value)] });
        }
        while !self.has_ended {
            let Some(cell) = self.cells.next_cell()? else {
                self.has_ended = true;
                break;
            };
            let (number, column) = cell.get_position();
            let value = cell.get_value().clone();
            if is_empty(&value) {
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

fn is_empty(value: &DataRef<'_>) -> bool {
    match value {
        DataRef::Empty => true,
        DataRef::String(text) => text.is_empty(),
        DataRef::SharedString(text) => text.is_empty(),
        _ => false,
    }
}
