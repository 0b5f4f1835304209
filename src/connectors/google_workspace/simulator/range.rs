//! Ranges in A1 notation, as they are asked for.

/// Rows and columns of a tab, counted from 0, the ends exclusive; none where a side is open.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Range {
    pub(super) tab: String,
    pub(super) rows: (usize, Option<usize>),
    pub(super) columns: (usize, Option<usize>),
}

/// Reads a range such as `'Bob''s'!A1:C20`, `Sheet1!2:5`, `Sheet1!A:B` or `Sheet1`. `tabs` are the names that there are.
pub(super) fn parse(text: &str, tabs: &[&str]) -> Option<Range> {
    let (tab, cells) = match quoted(text) {
        Some((tab, "")) => (tab, None),
        Some((tab, rest)) => (tab, Some(rest.strip_prefix('!')?)),
        None => match text.rsplit_once('!') {
            Some((tab, cells)) => (tab.to_owned(), Some(cells)),
            None if tabs.contains(&text) => (text.to_owned(), None),
            // Of the first tab.
            None => (tabs.first().map(|tab| (*tab).to_owned())?, Some(text)),
        },
    };
    if !tabs.contains(&tab.as_str()) {
        return None;
    }
    let Some(cells) = cells else { return Some(Range { tab, rows: (0, None), columns: (0, None) }) };
    let (first, last) = match cells.split_once(':') {
        Some((first, last)) => (corner(first)?, corner(last)?),
        None => (corner(cells)?, corner(cells)?),
    };
    let side = |first: Option<usize>, last: Option<usize>| (first.unwrap_or(0), last.map(|last| last + 1));
    Some(Range { tab, rows: side(first.1, last.1), columns: side(first.0, last.0) })
}

fn quoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text.strip_prefix('\'')?;
    loop {
        let end = rest.find('\'')?;
        name.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('\'') {
            Some(more) => {
                name.push('\'');
                rest = more;
            }
            None => return Some((name, rest)),
        }
    }
}

/// Column and row of a corner such as `B7`, `B` or `7`.
fn corner(text: &str) -> Option<(Option<usize>, Option<usize>)> {
    let text = text.replace('$', "");
    let letters: String = text.chars().take_while(char::is_ascii_alphabetic).collect();
    let digits = &text[letters.len()..];
    let column =
        letters.to_ascii_uppercase().bytes().fold(0, |column, letter| column * 26 + usize::from(letter - b'A') + 1);
    let row = if digits.is_empty() { None } else { Some(digits.parse::<usize>().ok()?.checked_sub(1)?) };
    let column = column.checked_sub(1);
    (column.is_some() || row.is_some()).then_some((column, row))
}

/// The letters of a column.
pub(super) fn letters(mut column: usize) -> String {
    let mut letters = String::new();
    loop {
        letters.insert(0, char::from(b'A' + (column % 26) as u8));
        if column < 26 {
            return letters;
        }
        column = column / 26 - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let tabs = ["Sheet1", "Bob's"];
        let range = |text: &str| parse(text, &tabs).map(|range| (range.tab, range.rows, range.columns));
        assert_eq!(range("'Bob''s'!B2:C20"), Some(("Bob's".into(), (1, Some(20)), (1, Some(3)))));
        assert_eq!(range("Sheet1!2:5"), Some(("Sheet1".into(), (1, Some(5)), (0, None))));
        assert_eq!(range("Sheet1!A2:AA"), Some(("Sheet1".into(), (1, None), (0, Some(27)))));
        assert_eq!(range("A1"), Some(("Sheet1".into(), (0, Some(1)), (0, Some(1)))));
        assert_eq!(range("'Bob''s'"), Some(("Bob's".into(), (0, None), (0, None))));
        assert_eq!(range("Nowhere!A1"), None);
        assert_eq!(letters(27), "AB");
    }
}
