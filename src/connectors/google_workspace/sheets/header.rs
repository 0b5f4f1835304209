//! Where a tab's column names stand, and what its columns are called.

use std::collections::HashSet;

use super::super::config::HeaderRule;
use super::a1::letters;
use super::cell::{Cell, Format};
use super::merges::Merge;

/// A header lies no deeper than this.
const DEEPEST: usize = 50;
/// Numbers in a header are years.
const YEARS: std::ops::RangeInclusive<f64> = 1900. ..=2100.;

/// The beginning of a tab.
pub(super) type Sample = Vec<Vec<(Cell, Format)>>;

/// What was found.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    /// The first row of data, counted from 0.
    pub(super) first_row: usize,
    /// What stands above each column; none where nothing does.
    pub(super) names: Vec<Option<String>>,
}

/// Finds it at the beginning of a tab.
pub(super) fn find(sample: &Sample, merges: &[Merge], frozen_rows: usize, rule: HeaderRule) -> Header {
    let first_filled = sample.iter().position(|row| row.iter().any(|(cell, _)| !cell.is_empty())).unwrap_or_default();
    let row = match rule {
        HeaderRule::None => None,
        HeaderRule::FirstRow => Some(first_filled),
        HeaderRule::Auto => {
            let frozen = frozen_rows.checked_sub(1).filter(|row| sample.get(*row).is_some_and(|row| is_of_names(row)));
            let width = sample.iter().map(|row| filled_to(row)).max().unwrap_or_default();
            let looks_like_one = |row: &usize| looks_like_header(&sample[*row], *row, merges, width);
            frozen.or_else(|| (first_filled..sample.len().min(DEEPEST)).find(looks_like_one))
        }
    };
    match row {
        Some(row) => Header { first_row: row + 1, names: names(sample, row, merges) },
        None => Header { first_row: first_filled, names: Vec::new() },
    }
}

/// There are texts in it, and beside them years and dates at most.
fn is_of_names(row: &[(Cell, Format)]) -> bool {
    let has_text = row.iter().any(|(cell, _)| matches!(cell, Cell::Text(_)));
    let is_name = |(cell, format): &(Cell, Format)| match cell {
        Cell::Empty | Cell::Text(_) => true,
        Cell::Number(number) => format.is_date() || (YEARS.contains(number) && number.fract() == 0.),
        Cell::Flag(_) | Cell::Error(_) => false,
    };
    has_text && row.iter().all(is_name)
}

/// It names at least half of the columns, each for itself.
fn looks_like_header(row: &[(Cell, Format)], number: usize, merges: &[Merge], width: usize) -> bool {
    let covers_one = |column: &usize| {
        !merges
            .iter()
            .any(|merge| merge.rows.contains(&number) && merge.columns.start == *column && merge.columns.len() > 1)
    };
    let named = row.iter().enumerate().filter(|(_, (cell, _))| !cell.is_empty()).map(|(column, _)| column);
    let named = named.filter(covers_one).count();
    let least = if width <= 1 { 1 } else { width.div_ceil(2).max(2) };
    is_of_names(row) && named >= least
}

/// How far a row is filled.
fn filled_to(row: &[(Cell, Format)]) -> usize {
    row.iter().rposition(|(cell, _)| !cell.is_empty()).map_or(0, |last| last + 1)
}

/// A name that was merged over several columns stands above each of them.
fn names(sample: &Sample, number: usize, merges: &[Merge]) -> Vec<Option<String>> {
    let name = |row: usize, column: usize| {
        let (cell, format) = sample.get(row)?.get(column)?;
        let words = cell.text(*format)?;
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(words).filter(|words| !words.is_empty())
    };
    let over: Vec<_> = merges.iter().filter(|merge| merge.rows.contains(&number)).collect();
    let end = over.iter().map(|merge| merge.columns.end).max().unwrap_or_default();
    (0..sample.get(number).map_or(0, Vec::len).max(end))
        .map(|column| match over.iter().find(|merge| merge.columns.contains(&column)) {
            Some(merge) => name(merge.rows.start, merge.columns.start),
            None => name(number, column),
        })
        .collect()
}

/// Unique names: those without any are called by their letters, and what comes again is numbered.
pub(in super::super) fn unique(columns: impl Iterator<Item = (usize, Option<String>)>) -> Vec<String> {
    let mut taken = HashSet::new();
    columns
        .map(|(column, name)| {
            let name = name.unwrap_or_else(|| letters(column));
            let mut unique = name.clone();
            let mut number = 2;
            // Case is no difference in the lake.
            while !taken.insert(unique.to_lowercase()) {
                unique = format!("{name}_{number}");
                number += 1;
            }
            unique
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> (Cell, Format) {
        (if text.is_empty() { Cell::Empty } else { Cell::Text(text.into()) }, Format::Plain)
    }

    fn row(texts: &[&str]) -> Vec<(Cell, Format)> {
        texts
            .iter()
            .map(|cell| cell.parse().map_or_else(|_| text(cell), |number| (Cell::Number(number), Format::Plain)))
            .collect()
    }

    fn auto(sample: &Sample, merges: &[Merge]) -> (usize, Vec<String>) {
        let found = find(sample, merges, 0, HeaderRule::Auto);
        (found.first_row, unique(found.names.into_iter().enumerate()))
    }

    #[test]
    fn a_header_lies_below_titles_and_blank_rows() {
        let plain = vec![row(&["id", "name"]), row(&["1", "a"])];
        assert_eq!(auto(&plain, &[]), (1, vec!["id".into(), "name".into()]));
        let titled = vec![
            row(&[]),
            row(&["Budget 2025"]),
            row(&[]),
            row(&["Team", "Plan", "", "Plan"]),
            row(&["Sales", "5", "6", "7"]),
        ];
        assert_eq!(auto(&titled, &[]), (4, vec!["Team".into(), "Plan".into(), "C".into(), "Plan_2".into()]));
    }

    #[test]
    fn names_of_groups_are_no_header() {
        let merges = [Merge { rows: 0..1, columns: 1..3 }, Merge { rows: 0..1, columns: 3..5 }];
        let grouped = vec![
            row(&["Region", "Q1", "", "Q2", ""]),
            row(&["", "Plan", "Actual", "Plan", "Actual"]),
            row(&["North", "1", "2", "3", "4"]),
        ];
        let names = ["A", "Plan", "Actual", "Plan_2", "Actual_2"].map(str::to_owned).to_vec();
        assert_eq!(auto(&grouped, &merges), (2, names));
        let first = find(&grouped, &merges, 0, HeaderRule::FirstRow);
        let names = ["Region", "Q1", "Q1_2", "Q2", "Q2_2"].map(str::to_owned).to_vec();
        assert_eq!((first.first_row, unique(first.names.into_iter().enumerate())), (1, names));
    }

    #[test]
    fn numbers_alone_are_no_header_but_years_are() {
        let numbers = vec![row(&["1", "2"]), row(&["3", "4"])];
        assert_eq!(auto(&numbers, &[]), (0, vec![]));
        let years = vec![row(&["Category", "2024", "2025"]), row(&["Outdoor", "3", "4"])];
        assert_eq!(auto(&years, &[]).0, 1);
        let frozen = vec![row(&["a", "b"]), row(&["c", "d"]), row(&["1", "2"])];
        assert_eq!(find(&frozen, &[], 2, HeaderRule::Auto).first_row, 2);
        assert_eq!(find(&frozen, &[], 0, HeaderRule::None).first_row, 0);
    }
}
