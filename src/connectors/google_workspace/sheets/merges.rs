//! Merged cells: what stands in the first of them goes into every row that they cover.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cell::Cell;

/// Cells that were merged, counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Merge {
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

impl Merge {
    /// As Google gives it; what is absent is unbounded.
    pub(super) fn of(range: &Value) -> Option<Self> {
        let number = |key: &str| range.get(key).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
        let merge = Self {
            rows: number("startRowIndex").unwrap_or(0)..number("endRowIndex")?,
            columns: number("startColumnIndex").unwrap_or(0)..number("endColumnIndex")?,
        };
        Some(merge).filter(|merge| !merge.rows.is_empty() && !merge.columns.is_empty())
    }
}

/// What merged cells above a row hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Held(BTreeMap<usize, (usize, Cell)>);

impl Held {
    /// Fills the cells of a row that lie in the first columns of merged cells. Rows are to come in order.
    pub(super) fn fill(&mut self, merges: &[Merge], number: usize, row: &mut Vec<Cell>) {
        self.0.retain(|_, (end, _)| *end > number);
        for merge in merges.iter().filter(|merge| merge.rows.start == number && merge.rows.len() > 1) {
            if let Some(cell) = row.get(merge.columns.start).filter(|cell| !cell.is_empty()) {
                self.0.insert(merge.columns.start, (merge.rows.end, cell.clone()));
            }
        }
        for (column, (_, cell)) in &self.0 {
            if row.len() <= *column {
                row.resize(column + 1, Cell::Empty);
            }
            if row[*column].is_empty() {
                row[*column] = cell.clone();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_rows_are_filled() {
        let merges = [Merge { rows: 1..4, columns: 0..2 }];
        let mut held = Held::default();
        let cell = |number: f64| Cell::Number(number);
        let mut fill = |number: usize, row: &[Cell]| {
            let mut row = row.to_vec();
            held.fill(&merges, number, &mut row);
            row
        };
        assert_eq!(fill(1, &[cell(7.), Cell::Empty, cell(1.)]), [cell(7.), Cell::Empty, cell(1.)]);
        assert_eq!(fill(2, &[Cell::Empty, Cell::Empty, cell(2.)]), [cell(7.), Cell::Empty, cell(2.)]);
        assert_eq!(fill(3, &[]), [cell(7.)]);
        assert_eq!(fill(4, &[Cell::Empty, cell(3.)]), [Cell::Empty, cell(3.)]);
    }
}
