//! Comparing an answer with what is true: pure functions over rows of JSON values.
//!
//! Numbers are equal however they are written (`12.5` and `"12.50"`), days and the months and quarters that begin with them
//! too, and texts in any case. Where no tolerance is given, whole numbers and decimals agree exactly, and doubles but for what
//! rounding does to them.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::Comparison;
use super::likeness::{self, alike, key};
use crate::demo::Fact;

/// Values that are told of a list before the rest is counted.
const TOLD: usize = 6;
/// Ways to find a fact's columns among an answer's that are tried.
const MOST_WAYS: usize = 10_000;

/// Rows under their columns.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a, S> {
    /// The names of the columns.
    pub columns: &'a [S],
    /// The rows, each with a value for every column.
    pub rows: &'a [Vec<Value>],
}

impl<'a> From<&'a Fact> for Rows<'a, &'static str> {
    fn from(fact: &'a Fact) -> Self {
        Self { columns: &fact.columns, rows: &fact.rows }
    }
}

/// What a comparison came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Whether the two agree.
    pub passed: bool,
    /// What is true, in words.
    pub expected: String,
    /// What the answer says, in words.
    pub found: String,
}

/// How an answer differs from what is true.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected}; found {found}")]
pub struct Difference {
    /// What is true, in words.
    pub expected: String,
    /// What the answer says, in words.
    pub found: String,
}

impl Comparison {
    /// The column that the answer must have, where it says one.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Value { column, .. } | Self::Found { column, .. } | Self::First { column } => column.as_deref(),
            Self::Rows { .. } => None,
        }
    }

    /// Compares an answer with what is true, a fact of a world above all.
    pub fn compared<S: AsRef<str>, T: AsRef<str>>(&self, given: Rows<'_, S>, truth: Rows<'_, T>) -> Compared {
        let answer = Table::of(&given);
        let fact = Table::of(&truth);
        match self {
            Self::Value { column, tolerance } => value(&answer, column.as_deref(), *tolerance, &fact),
            Self::Rows { tolerance } => all_rows(&answer, *tolerance, &fact),
            Self::Found { column, recall, precision } => found(&answer, column.as_deref(), *recall, *precision, &fact),
            Self::First { column } => first(&answer, column.as_deref(), &fact),
        }
    }

    /// The same, where only a difference counts.
    ///
    /// # Errors
    /// Where the two do not agree, in words.
    pub fn agrees<S: AsRef<str>, T: AsRef<str>>(
        &self,
        given: Rows<'_, S>,
        truth: Rows<'_, T>,
    ) -> Result<(), Difference> {
        let Compared { passed, expected, found } = self.compared(given, truth);
        if passed { Ok(()) } else { Err(Difference { expected, found }) }
    }
}

/// Rows under the names of their columns.
struct Table<'a> {
    columns: Vec<&'a str>,
    rows: &'a [Vec<Value>],
}

impl<'a> Table<'a> {
    fn of<S: AsRef<str>>(rows: &Rows<'a, S>) -> Self {
        Self { columns: rows.columns.iter().map(AsRef::as_ref).collect(), rows: rows.rows }
    }

    /// The place of a column.
    fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
    }

    fn has_no(&self, column: &str) -> String {
        format!("no column {column} among {}", self.columns.join(", "))
    }
}

/// The fact's one value stands in the answer's only row.
fn value(answer: &Table<'_>, column: Option<&str>, tolerance: f64, fact: &Table<'_>) -> Compared {
    let truth = fact.rows.first().and_then(|row| row.last()).unwrap_or(&Value::Null);
    let within = if tolerance > 0.0 { format!(" within {} %", plain(tolerance * 100.0)) } else { String::new() };
    let expected = format!("{}{within}", shown(truth));
    let [row] = answer.rows else {
        return Compared { passed: false, expected, found: format!("{} rows instead of one", answer.rows.len()) };
    };
    let place = match column {
        Some(column) => answer.place(column),
        None => row.len().checked_sub(1),
    };
    let Some(told) = place.and_then(|place| row.get(place)) else {
        return Compared { passed: false, expected, found: answer.has_no(column.unwrap_or_default()) };
    };
    Compared { passed: alike(told, truth, tolerance), expected, found: shown(told) }
}

/// Every row of the fact is a row of the answer, and the other way round. The answer may have more columns; those of the fact
/// are among them in their order, whatever they are called.
fn all_rows(answer: &Table<'_>, tolerance: f64, fact: &Table<'_>) -> Compared {
    let example = fact.rows.first().map(|row| format!(", such as {}", line(row))).unwrap_or_default();
    let expected = format!("{} rows{example}", fact.rows.len());
    let (wide, narrow) = (answer.columns.len(), fact.columns.len());
    if wide < narrow {
        let found = format!("the columns {} instead of {}", answer.columns.join(", "), fact.columns.join(", "));
        return Compared { passed: false, expected, found };
    }
    let mut best: Option<Unmatched> = None;
    for way in ways(wide, narrow).into_iter().take(MOST_WAYS) {
        let unmatched = unmatched(answer.rows, fact.rows, &way, tolerance);
        if unmatched.count() == 0 {
            return Compared { passed: true, expected, found: "the same rows".to_owned() };
        }
        if best.as_ref().is_none_or(|best| unmatched.count() < best.count()) {
            best = Some(unmatched);
        }
    }
    let Unmatched { missing, strange } = best.unwrap_or_default();
    let told = [("without ", &missing), ("besides ", &strange)];
    let told = told.iter().filter(|(_, rows)| !rows.is_empty()).map(|(word, rows)| format!("{word}{}", few(rows)));
    let found = format!("{} rows, {}", answer.rows.len(), told.collect::<Vec<_>>().join(", "));
    Compared { passed: false, expected, found }
}

/// Rows that have no counterpart.
#[derive(Default)]
struct Unmatched {
    missing: Vec<String>,
    strange: Vec<String>,
}

impl Unmatched {
    fn count(&self) -> usize {
        self.missing.len() + self.strange.len()
    }
}

/// The rows without a counterpart, where the fact's columns are the answer's at these places.
fn unmatched(answer: &[Vec<Value>], fact: &[Vec<Value>], way: &[usize], tolerance: f64) -> Unmatched {
    let told = |row: &Vec<Value>| -> Vec<Value> {
        way.iter().map(|place| row.get(*place).cloned().unwrap_or_default()).collect()
    };
    let mut left: Vec<Option<Vec<Value>>> = answer.iter().map(|row| Some(told(row))).collect();
    // There may be thousands of both: those whose first values are equal are looked at first.
    let mut by_first: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, row) in left.iter().enumerate() {
        if let Some(first) = row.iter().flatten().next() {
            by_first.entry(key(first)).or_default().push(place);
        }
    }
    let mut missing = Vec::new();
    for truth in fact {
        let equal = truth.first().and_then(|first| by_first.get(&key(first))).into_iter().flatten().copied();
        let found = equal.chain(0..left.len()).find(|place| {
            let row = left[*place].as_ref();
            row.is_some_and(|row| row.iter().zip(truth).all(|(told, truth)| alike(told, truth, tolerance)))
        });
        match found {
            Some(place) => left[place] = None,
            None => missing.push(line(truth)),
        }
    }
    Unmatched { missing, strange: left.iter().flatten().map(|row| line(row)).collect() }
}

/// The ways to choose `narrow` places out of `wide` in their order, the first ones first.
fn ways(wide: usize, narrow: usize) -> Vec<Vec<usize>> {
    let mut ways = vec![Vec::new()];
    for chosen in 0..narrow {
        let mut longer = Vec::new();
        for way in &ways {
            let from = way.last().map_or(0, |last: &usize| last + 1);
            // Behind it there must be room for the others.
            longer.extend((from..=wide - (narrow - chosen)).map(|place| [way.as_slice(), &[place]].concat()));
            if longer.len() > MOST_WAYS {
                break;
            }
        }
        ways = longer;
    }
    ways
}

/// Enough of the fact's first column stands in a column of the answer, and not too much else.
fn found(answer: &Table<'_>, column: Option<&str>, recall: f64, precision: f64, fact: &Table<'_>) -> Compared {
    let truth: Vec<&Value> = distinct(fact.rows.iter().filter_map(|row| row.first()));
    let words: Vec<String> = truth.iter().map(|value| shown(value)).collect();
    let expected = format!(
        "{} % of {}, and at least {} % of what is found among them",
        plain(recall * 100.0),
        few(&words),
        plain(precision * 100.0)
    );
    // By their keys: there may be thousands of both.
    let true_keys: HashSet<String> = truth.iter().map(|value| key(value)).collect();
    let is_true = |value: &&&Value| true_keys.contains(&key(value));
    let told_in =
        |place: usize| distinct(answer.rows.iter().filter_map(|row| row.get(place)).filter(|value| !value.is_null()));
    let told = match column {
        Some(column) => match answer.place(column) {
            Some(place) => told_in(place),
            None => return Compared { passed: false, expected, found: answer.has_no(column) },
        },
        // Some may be there by chance: the column that holds most of them is meant, and of several the first.
        None => (0..answer.columns.len())
            .rev()
            .map(told_in)
            .max_by_key(|told| told.iter().filter(is_true).count())
            .unwrap_or_default(),
    };
    let right = told.iter().filter(is_true).count();
    let told_keys: HashSet<String> = told.iter().map(|value| key(value)).collect();
    let is_hit = |truth: &&&Value| told_keys.contains(&key(truth));
    let hit = truth.iter().filter(is_hit).count();
    let share = |part: usize, whole: usize| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
    let passed = share(hit, truth.len()) + 1e-9 >= recall && share(right, told.len()) + 1e-9 >= precision;
    let missing: Vec<String> = truth.iter().filter(|truth| !is_hit(truth)).map(|value| shown(value)).collect();
    let wrong: Vec<String> = told.iter().filter(|told| !is_true(told)).map(|value| shown(value)).collect();
    let mut found = format!("{hit} of {} among {} that were found", truth.len(), told.len());
    for (what, values) in [("missing", missing), ("wrong", wrong)] {
        if !values.is_empty() {
            found = format!("{found}; {what}: {}", few(&values));
        }
    }
    Compared { passed, expected, found }
}

/// The answer's first row holds the fact's first value.
fn first(answer: &Table<'_>, column: Option<&str>, fact: &Table<'_>) -> Compared {
    let truth = fact.rows.first().and_then(|row| row.first()).unwrap_or(&Value::Null);
    let expected = format!("{} first", shown(truth));
    let Some(row) = answer.rows.first() else {
        return Compared { passed: false, expected, found: "no rows".to_owned() };
    };
    match column {
        Some(column) => match answer.place(column).and_then(|place| row.get(place)) {
            Some(told) => {
                Compared { passed: alike(told, truth, 0.0), expected, found: format!("{} first", shown(told)) }
            }
            None => Compared { passed: false, expected, found: answer.has_no(column) },
        },
        None => {
            let passed = row.iter().any(|told| alike(told, truth, 0.0));
            Compared { passed, expected, found: format!("{} first", line(row)) }
        }
    }
}

/// The values, each once.
fn distinct<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<&'a Value> {
    let mut seen = HashSet::new();
    values.filter(|value| seen.insert(key(value))).collect()
}

fn line(row: &[Value]) -> String {
    row.iter().map(shown).collect::<Vec<_>>().join(" | ")
}

/// The first of them, and how many more there are.
fn few(words: &[String]) -> String {
    let told = words.iter().take(TOLD).cloned().collect::<Vec<_>>().join(", ");
    match words.len().saturating_sub(TOLD) {
        0 => told,
        more => format!("{told} and {more} more"),
    }
}

/// A value in words.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        // Without a decimal point that says nothing.
        Value::Number(number) if number.as_f64().is_some_and(|float| float.fract() == 0.0 && float.abs() < 1e15) => {
            format!("{:.0}", number.as_f64().unwrap_or_default())
        }
        other => likeness::shown(other),
    }
}

fn plain(number: f64) -> String {
    format!("{}", (number * 100.0).round() / 100.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fact(columns: &[&'static str], rows: Value) -> Fact {
        let rows = serde_json::from_value(rows).unwrap();
        Fact { about: "what is true", columns: columns.to_vec(), rows }
    }

    fn of(by: &Comparison, columns: &[&str], rows: Value, fact: &Fact) -> Compared {
        let rows: Vec<Vec<Value>> = serde_json::from_value(rows).unwrap();
        by.compared(Rows { columns, rows: &rows }, fact.into())
    }

    #[test]
    fn a_value_may_differ_by_its_tolerance() {
        let truth = fact(&["revenue"], json!([[200.0]]));
        let by = |tolerance| Comparison::Value { column: None, tolerance };
        assert!(of(&by(0.0), &["total"], json!([["200.00"]]), &truth).passed, "decimals are texts");
        assert!(of(&by(0.01), &["region", "total"], json!([["EU", 201.5]]), &truth).passed);
        let off = of(&by(0.01), &["total"], json!([[203]]), &truth);
        assert_eq!((off.passed, off.expected.as_str(), off.found.as_str()), (false, "200 within 1 %", "203"));
        assert_eq!(of(&by(0.0), &["total"], json!([[200], [1]]), &truth).found, "2 rows instead of one");
        assert_eq!(of(&by(0.0), &["total"], json!([]), &truth).found, "0 rows instead of one");
        let named = Comparison::Value { column: Some("Total".to_owned()), tolerance: 0.0 };
        assert!(of(&named, &["total", "n"], json!([[200, 3]]), &truth).passed);
        assert_eq!(of(&named, &["sum", "n"], json!([[200, 3]]), &truth).found, "no column Total among sum, n");
        let rounded = json!([[200.000_000_000_1]]);
        assert!(of(&by(0.0), &["total"], rounded, &truth).passed, "that is rounding");
        let exact = fact(&["revenue"], json!([["200.0"]]));
        assert!(!of(&by(0.0), &["total"], json!([["200.0000000001"]]), &exact).passed, "decimals are exact");
    }

    #[test]
    fn rows_agree_both_ways() {
        let truth = fact(&["month", "n"], json!([["2025-01", 3], ["2025-02", 5]]));
        let by = Comparison::Rows { tolerance: 0.0 };
        let rows = json!([["2025-02-01T00:00:00Z", 5], ["2025-01-01T00:00:00Z", 3.0]]);
        assert!(of(&by, &["m", "count"], rows, &truth).passed, "in any order");
        let less = of(&by, &["m", "count"], json!([["2025-01", 3]]), &truth);
        assert_eq!((less.passed, less.found.as_str()), (false, "1 rows, without 2025-02 | 5"));
        let more = of(&by, &["m", "count"], json!([["2025-01", 3], ["2025-02", 5], ["2025-03", 1]]), &truth);
        assert_eq!((more.passed, more.found.as_str()), (false, "3 rows, besides 2025-03 | 1"));
        let doubled = of(&by, &["m", "count"], json!([["2025-01", 3], ["2025-01", 3], ["2025-02", 5]]), &truth);
        assert_eq!((doubled.passed, doubled.found.as_str()), (false, "3 rows, besides 2025-01 | 3"));
        let wide = json!([["x", "2025-01", 7, 3], ["y", "2025-02", 8, 5]]);
        assert!(of(&by, &["id", "when", "share", "total"], wide, &truth).passed, "more columns may stand between");
        let swapped = json!([[3, "2025-01"], [5, "2025-02"]]);
        assert!(!of(&by, &["n", "month"], swapped, &truth).passed, "columns are in their order");
        let narrow = of(&by, &["m"], json!([["2025-01"]]), &truth);
        assert_eq!((narrow.passed, narrow.found.as_str()), (false, "the columns m instead of month, n"));
        assert!(of(&by, &["m", "n"], json!([]), &fact(&["m", "n"], json!([]))).passed);
    }

    #[test]
    fn findings_are_measured_by_what_is_missed_and_what_is_wrong() {
        let truth = fact(&["customer", "why"], json!([["C1", "a"], ["C2", "b"], ["C3", "c"], ["C4", "d"]]));
        let by = |recall, precision| Comparison::Found { column: None, recall, precision };
        let rows = json!([["Ada", "c1"], ["Bob", "C2 "], ["Eve", "C9"], ["Kay", "C3"], ["Kay", "C3"]]);
        assert!(of(&by(0.75, 0.75), &["name", "customer"], rows.clone(), &truth).passed);
        let strict = of(&by(1.0, 0.5), &["name", "customer"], rows.clone(), &truth);
        let words = "3 of 4 among 4 that were found; missing: C4; wrong: C9";
        assert_eq!((strict.passed, strict.found.as_str()), (false, words));
        assert!(!of(&by(0.5, 0.8), &["name", "customer"], rows, &truth).passed);
        let by_chance = json!([["C1", "C2"], ["x", "C3"], ["y", "C4"]]);
        assert!(of(&by(0.75, 1.0), &["best", "of"], by_chance, &truth).passed, "the column with most of them is meant");
        assert!(!of(&by(0.5, 0.5), &["name"], json!([]), &truth).passed, "nothing is no finding");
        let none = fact(&["customer"], json!([]));
        assert!(of(&by(1.0, 1.0), &["name"], json!([]), &none).passed, "unless there is nothing to find");
        assert!(!of(&by(1.0, 1.0), &["name"], json!([["Ada"]]), &none).passed);
        let named = Comparison::Found { column: Some("id".to_owned()), recall: 0.5, precision: 0.5 };
        assert_eq!(of(&named, &["name"], json!([["C1"]]), &truth).found, "no column id among name");
    }

    #[test]
    fn the_first_row_holds_the_first_value() {
        let truth = fact(&["team", "days"], json!([["Platform", 40], ["Design", 3]]));
        let by = Comparison::First { column: None };
        assert!(of(&by, &["n", "team"], json!([[9, "platform"], [1, "Design"]]), &truth).passed);
        let wrong = of(&by, &["n", "team"], json!([[9, "Design"], [1, "Platform"]]), &truth);
        assert_eq!((wrong.passed, wrong.found.as_str()), (false, "9 | Design first"));
        assert!(!of(&by, &["team"], json!([]), &truth).passed);
        let named = Comparison::First { column: Some("n".to_owned()) };
        assert!(!of(&named, &["n", "team"], json!([[9, "Platform"]]), &truth).passed);
        let difference = by.agrees(Rows { columns: &["n"], rows: &[vec![json!(1)]] }, Rows::from(&truth)).unwrap_err();
        assert_eq!(difference.to_string(), "expected Platform first; found 1 first");
    }

    #[test]
    fn ways_are_all_choices_in_order() {
        assert_eq!(ways(3, 2), [vec![0, 1], vec![0, 2], vec![1, 2]]);
        assert_eq!(ways(2, 2), [vec![0, 1]]);
        assert_eq!(ways(2, 0), [Vec::<usize>::new()]);
    }
}
