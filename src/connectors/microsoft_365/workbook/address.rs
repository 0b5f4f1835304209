//! Where cells stand: addresses such as `'My sheet'!B2:F100`.

/// A rectangle of cells, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) column: usize,
    pub(super) row: usize,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Area {
    /// Reads an address, with its sheet before it or not; `None` where it is none.
    pub(super) fn parse(address: &str) -> Option<Self> {
        let cells = address.rsplit_once('!').map_or(address, |(_, cells)| cells);
        let (first, last) = cells.split_once(':').unwrap_or((cells, cells));
        let ((column, row), (last_column, last_row)) = (cell(first)?, cell(last)?);
        (last_column >= column && last_row >= row).then(|| Self {
            column,
            row,
            columns: last_column - column + 1,
            rows: last_row - row + 1,
        })
    }

    /// Some of its rows, from the `from`-th on.
    pub(super) fn part(&self, from: usize, rows: usize) -> Self {
        Self { row: self.row + from, rows: rows.min(self.rows.saturating_sub(from)), ..*self }
    }

    /// As Excel writes it, without a sheet.
    pub(super) fn address(&self) -> String {
        let last = self.column + self.columns.max(1) - 1;
        format!("{}{}:{}{}", letters(self.column), self.row + 1, letters(last), self.row + self.rows)
    }
}

/// Column and row of one cell; `$` signs are passed over.
fn cell(text: &str) -> Option<(usize, usize)> {
    let text: String = text.chars().filter(|sign| *sign != '$').collect();
    let digits = text.find(|sign: char| sign.is_ascii_digit())?;
    let (letters, number) = text.split_at(digits);
    if letters.is_empty() || letters.len() > 3 || !letters.bytes().all(|letter| letter.is_ascii_alphabetic()) {
        return None;
    }
    let column = letters.bytes().fold(0, |sum, letter| sum * 26 + usize::from(letter.to_ascii_uppercase() - b'A') + 1);
    let row: usize = number.parse().ok()?;
    Some((column - 1, row.checked_sub(1)?))
}

/// The letters of a column: `A`, `Z`, `AA`.
pub(super) fn letters(column: usize) -> String {
    let mut left = column + 1;
    let mut letters = Vec::new();
    while left > 0 {
        let digit = u8::try_from((left - 1) % 26).unwrap_or_default();
        letters.push(char::from(b'A' + digit));
        left = (left - 1) / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written() {
        let area = Area::parse("'It''s!'!B2:AA100").unwrap();
        assert_eq!(area, Area { column: 1, row: 1, columns: 26, rows: 99 });
        assert_eq!(area.address(), "B2:AA100");
        assert_eq!(area.part(10, 5).address(), "B12:AA16");
        assert_eq!(area.part(97, 5).address(), "B99:AA100");
        assert_eq!(Area::parse("Sheet1!$A$1").unwrap().address(), "A1:A1");
        assert_eq!(Area::parse("A:C"), None);
        assert_eq!([0, 25, 26, 701, 702, 16_383].map(letters), ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }
}
