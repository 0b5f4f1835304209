//! A1 notation: how Google writes places in a spreadsheet.

/// The letters of a column, counted from 0: A, Z, AA.
pub(super) fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        let digit = (left - 1) % 26;
        letters.push(b'A' + digit as u8);
        left = (left - 1) / 26;
    }
    letters.iter().rev().map(|letter| char::from(*letter)).collect()
}

/// Rows of a tab from `first` on and before `end`, counted from 0, in its first `columns` columns.
pub(super) fn range(tab: &str, first: usize, end: usize, columns: usize) -> String {
    format!("{}!A{}:{}{}", quoted(tab), first + 1, letters(columns.max(1) - 1), end.max(first + 1))
}

/// A whole tab.
pub(super) fn quoted(tab: &str) -> String {
    format!("'{}'", tab.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        let named = [0, 25, 26, 51, 52, 701, 702].map(letters);
        assert_eq!(named, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn ranges_quote_the_tab() {
        assert_eq!(range("Bob's plan", 0, 200, 5), "'Bob''s plan'!A1:E200");
        assert_eq!(range("x", 200, 200, 1), "'x'!A201:A201");
    }
}
