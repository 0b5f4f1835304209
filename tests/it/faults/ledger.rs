//! A ledger of a table: what it held at each of its moments, so that a copy can be held against them.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::RangeInclusive;

/// What a table held, row by row, at every moment since the ledger was opened. A moment is what stood between two
/// transactions of those who write into the table one after the other.
pub struct Ledger {
    first: HashMap<i64, String>,
    moments: Vec<Vec<Change>>,
    newest: HashMap<i64, String>,
}

/// What a transaction made of one row; no line where it deleted the row.
pub struct Change {
    pub id: i64,
    pub line: Option<String>,
}

impl Ledger {
    /// Opens it with the rows of this moment: lines that begin with the row's id.
    pub fn of(lines: &[String]) -> Self {
        let first: HashMap<i64, String> = lines.iter().map(|line| (id(line), line.clone())).collect();
        Self { newest: first.clone(), first, moments: Vec::new() }
    }

    /// The number of the newest moment.
    pub fn moment(&self) -> usize {
        self.moments.len()
    }

    /// Notes what one transaction changed.
    pub fn note(&mut self, changes: Vec<Change>) {
        for Change { id, line } in &changes {
            match line {
                Some(line) => self.newest.insert(*id, line.clone()),
                None => self.newest.remove(id),
            };
        }
        self.moments.push(changes);
    }

    /// Notes what a transaction changed that nobody has told of, from all rows as they are now.
    pub fn note_all(&mut self, lines: &[String]) {
        let now: HashMap<i64, &String> = lines.iter().map(|line| (id(line), line)).collect();
        let gone = self.newest.keys().filter(|id| !now.contains_key(*id)).map(|id| Change { id: *id, line: None });
        let differs = |(id, line): &(&i64, &&String)| self.newest.get(*id) != Some(**line);
        let new = now.iter().filter(differs).map(|(id, line)| Change { id: *id, line: Some((*line).clone()) });
        let changes: Vec<Change> = gone.chain(new).collect();
        if !changes.is_empty() {
            self.note(changes);
        }
    }

    /// The moment, one of these, at which the table held exactly these lines.
    pub fn moment_of(&self, lines: &[String], within: RangeInclusive<usize>) -> Option<usize> {
        let copy: HashMap<i64, &str> = lines.iter().map(|line| (id(line), line.as_str())).collect();
        if copy.len() != lines.len() {
            return None;
        }
        let mut table = self.at(*within.start());
        let all = table.keys().chain(copy.keys());
        let mut differing: HashSet<i64> = all.filter(|id| table.get(*id) != copy.get(*id)).copied().collect();
        for moment in within {
            if differing.is_empty() {
                return Some(moment);
            }
            for Change { id, line } in self.moments.get(moment).into_iter().flatten() {
                match line {
                    Some(line) => table.insert(*id, line),
                    None => table.remove(id),
                };
                if table.get(id) == copy.get(id) {
                    differing.remove(id)
                } else {
                    differing.insert(*id)
                };
            }
        }
        None
    }

    /// Fails unless each line is one that the table held at one of these moments, and each row is there that stood at all
    /// of them. A copy that is taken bit by bit can be no better.
    pub fn assert_of_these_moments(&self, lines: &[String], within: RangeInclusive<usize>) {
        let start = self.at(*within.start());
        let mut held: BTreeMap<i64, Vec<Option<&str>>> = BTreeMap::new();
        for (id, line) in &start {
            held.insert(*id, vec![Some(*line)]);
        }
        for Change { id, line } in within.clone().skip(1).filter_map(|moment| self.moments.get(moment - 1)).flatten() {
            held.entry(*id).or_insert_with(|| vec![None]).push(line.as_deref());
        }
        let mut copied = HashSet::new();
        for line in lines {
            let id = id(line);
            assert!(copied.insert(id), "the copy has row {id} twice");
            let held = held.get(&id);
            assert!(
                held.is_some_and(|held| held.contains(&Some(line.as_str()))),
                "the copy has {line:?}, and the table held {held:?} at the moments {within:?}"
            );
        }
        let missing: Vec<_> =
            held.iter().filter(|(id, held)| !held.contains(&None) && !copied.contains(id)).take(5).collect();
        assert!(missing.is_empty(), "the copy lacks rows that stood at all the moments {within:?}, as {missing:?}");
    }

    fn at(&self, moment: usize) -> HashMap<i64, &str> {
        let mut table: HashMap<i64, &str> = self.first.iter().map(|(id, line)| (*id, line.as_str())).collect();
        for Change { id, line } in self.moments.iter().take(moment).flatten() {
            match line {
                Some(line) => table.insert(*id, line),
                None => table.remove(id),
            };
        }
        table
    }
}

/// The id that a line begins with.
fn id(line: &str) -> i64 {
    line.split('|').next().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("{line:?} begins with no id"))
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(ToString::to_string).collect()
}

fn example() -> Ledger {
    let mut ledger = Ledger::of(&owned(&["1|a", "2|a", "3|a"]));
    ledger.note(vec![Change { id: 2, line: Some("2|b".into()) }]);
    ledger.note(vec![Change { id: 3, line: None }]);
    ledger.note_all(&owned(&["1|a", "2|b", "4|d"]));
    ledger
}

#[test]
fn a_whole_copy_is_of_one_moment_and_a_mixed_one_of_none() {
    let ledger = example();
    let moment = |copy: &[&str], within| ledger.moment_of(&owned(copy), within);
    assert_eq!(moment(&["1|a", "2|a", "3|a"], 0..=3), Some(0));
    assert_eq!(moment(&["1|a", "2|b", "3|a"], 0..=3), Some(1));
    assert_eq!(moment(&["1|a", "2|b"], 1..=3), Some(2));
    assert_eq!(moment(&["4|d", "1|a", "2|b"], 0..=3), Some(3));
    assert_eq!(moment(&["1|a", "2|a", "3|a"], 1..=3), None, "too early");
    assert_eq!(moment(&["4|d", "1|a", "2|b"], 0..=2), None, "too late");
    for wrong in [&["1|a", "2|a"][..], &["1|a", "2|b", "2|b"], &["1|x", "2|b"], &["1|a", "2|a", "4|d"]] {
        assert_eq!(moment(wrong, 0..=3), None, "{wrong:?}");
    }
}

#[test]
fn a_copy_that_was_taken_bit_by_bit_has_only_rows_of_its_time() {
    let passes = |copy: &[&str], within| {
        let (ledger, copy) = (example(), owned(copy));
        std::panic::catch_unwind(|| ledger.assert_of_these_moments(&copy, within)).is_ok()
    };
    assert!(passes(&["1|a", "2|a", "4|d"], 0..=3));
    assert!(passes(&["1|a", "2|b"], 0..=3));
    assert!(!passes(&["2|b"], 0..=3), "row 1 stood all the time");
    assert!(!passes(&["1|a", "1|a", "2|b"], 0..=3));
    assert!(!passes(&["1|a", "2|a"], 1..=3), "row 2 is of an earlier time");
    assert!(!passes(&["1|a", "2|b", "3|a"], 2..=3), "row 3 was gone");
    assert!(!passes(&["1|a", "2|x"], 0..=3), "row 2 never was so");
    for phantom in ["3|x", "4|x", "9|z"] {
        assert!(!passes(&["1|a", "2|b", phantom], 0..=3), "{phantom} never was there");
    }
    assert!(!passes(&["1|a", "2|b", "4|d"], 0..=2), "row 4 came later");
}
