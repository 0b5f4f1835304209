//! How far a read has come: behind everything before a minute, and behind these objects of the minute itself.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::sdk::seconds_before;

/// The most objects that are kept of one minute; where more share it, a read gives no checkpoint there.
const MOST_UIDS: usize = 20_000;
/// Changes are dated when they begin, and found when their transaction ends: so many seconds are looked back.
const MARGIN_SECONDS: u64 = 60;

/// Where a read stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    /// When the read began.
    began: DateTime<Utc>,
    minute: Option<DateTime<Utc>>,
    uids: Vec<String>,
    done: u64,
    of: Option<u64>,
    /// The newest change that was read.
    newest: Option<DateTime<Utc>>,
}

/// How far a read has come.
pub(super) struct Progress {
    place: Place,
    /// Those of the place's minute.
    passed: HashSet<String>,
    /// Whether every object has come no earlier than the one before it.
    is_sorted: bool,
}

/// What the next page is asked for by: the minute to begin at, and how many objects from there are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ask {
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) start: usize,
    /// The first object should be one that was read.
    pub(super) overlaps: bool,
}

impl Progress {
    /// At a place, or at the beginning of a read that begins now.
    pub(super) fn at(place: Option<Place>, now: DateTime<Utc>) -> Self {
        let beginning = || Place { began: now, minute: None, uids: Vec::new(), done: 0, of: None, newest: None };
        let place = place.unwrap_or_else(beginning);
        Self { passed: place.uids.iter().cloned().collect(), place, is_sorted: true }
    }

    /// Counts an object by the date that the read is ordered by; whether it was not read before.
    pub(super) fn pass(&mut self, uid: &str, date: Option<DateTime<Utc>>, modified: Option<DateTime<Utc>>) -> bool {
        let minute = date.map(minute_of);
        let is_of_place = minute.is_some() && minute == self.place.minute;
        if is_of_place && self.passed.contains(uid) {
            return false;
        }
        self.place.done += 1;
        self.place.newest = self.place.newest.max(modified);
        match minute {
            Some(minute) if self.place.minute.is_none_or(|last| minute > last) => {
                self.place.minute = Some(minute);
                self.passed = HashSet::from([uid.to_owned()]);
            }
            Some(_) if is_of_place => {
                self.passed.insert(uid.to_owned());
            }
            _ => self.is_sorted = false,
        }
        true
    }

    /// Whether an object is one of those that the next page begins behind: one that has been changed since stands elsewhere.
    pub(super) fn has_passed(&self, uid: &str, date: Option<DateTime<Utc>>) -> bool {
        date.map(minute_of) == self.place.minute && self.passed.contains(uid)
    }

    pub(super) fn is_sorted(&self) -> bool {
        self.is_sorted
    }

    /// The newest change that was read, now or before, but none later than the read began: a date in the future would hide
    /// what is changed until then.
    pub(super) fn newest(&self, before: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        self.place.newest.max(before).map(|newest| newest.min(self.place.began))
    }

    /// The first page: from the place, or from `from` on.
    pub(super) fn first(&self, from: Option<DateTime<Utc>>) -> Ask {
        let from = from.map(minute_of);
        Ask { from: self.place.minute.or(from), start: 0, overlaps: false }
    }

    /// The page after `asked`, which gave `given` objects, of which `new` had not been read before. It begins with one that
    /// was read, so that it is seen where the list has become shorter.
    pub(super) fn next(&self, asked: Ask, given: usize, new: usize) -> Ask {
        match self.place.minute {
            Some(minute) if self.is_sorted && new > 0 => {
                let start = self.passed.len().saturating_sub(1);
                Ask { from: Some(minute), start, overlaps: start > 0 }
            }
            _ => Ask { start: asked.start + given, overlaps: false, ..asked },
        }
    }

    /// Where it stands, if that can be gone on from.
    pub(super) fn checkpoint(&self) -> Option<Place> {
        let can_go_on = self.is_sorted && self.place.minute.is_some() && self.passed.len() <= MOST_UIDS;
        can_go_on.then(|| {
            let mut uids: Vec<String> = self.passed.iter().cloned().collect();
            uids.sort_unstable();
            Place { uids, ..self.place.clone() }
        })
    }

    /// How many objects there are, where the first search found so many.
    pub(super) fn estimate(&mut self, found: u64) -> u64 {
        let of = *self.place.of.get_or_insert(found);
        of.max(self.place.done)
    }
}

fn minute_of(instant: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = instant.timestamp();
    DateTime::from_timestamp(seconds - seconds.rem_euclid(60), 0).unwrap_or(instant)
}

/// Back in time by a look-back, and by what is dated before it is found.
pub(super) fn back(from: DateTime<Utc>, seconds: u64) -> DateTime<Utc> {
    seconds_before(from, seconds.saturating_add(MARGIN_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<DateTime<Utc>> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn pages_begin_with_what_was_read_last() {
        let now = at("2025-02-01T00:00:00Z").unwrap();
        let mut progress = Progress::at(None, now);
        let first = progress.first(at("2025-01-01T00:00:31Z"));
        assert_eq!(first, Ask { from: at("2025-01-01T00:00:00Z"), start: 0, overlaps: false });
        assert!(progress.pass("a", at("2025-01-01T00:01:00Z"), None));
        assert!(progress.pass("b", at("2025-01-01T00:02:50.5Z"), None));
        // Within a minute the order is another one.
        assert!(progress.pass("c", at("2025-01-01T00:02:10Z"), None));
        assert!(progress.is_sorted());
        let next = progress.next(first, 3, 3);
        assert_eq!(next, Ask { from: at("2025-01-01T00:02:00Z"), start: 1, overlaps: true });
        assert!(!progress.pass("c", at("2025-01-01T00:02:10Z"), None));
        assert!(
            progress.has_passed("b", at("2025-01-01T00:02:59Z"))
                && !progress.has_passed("b", at("2025-01-01T00:03:00Z"))
        );
        assert_eq!(progress.next(next, 1, 0), Ask { start: 2, overlaps: false, ..next }, "it does not stand still");

        let resumed = Progress::at(progress.checkpoint(), now);
        assert_eq!(resumed.first(None), Ask { from: at("2025-01-01T00:02:00Z"), start: 0, overlaps: false });
        assert_eq!(back(at("2025-01-01T00:02:00Z").unwrap(), 60), at("2025-01-01T00:00:00Z").unwrap());
        assert!(progress.pass("d", at("2025-01-01T00:01:10Z"), None));
        assert!(!progress.is_sorted() && progress.checkpoint().is_none());
    }

    #[test]
    fn no_change_is_newer_than_the_beginning_of_its_read() {
        let began = at("2025-01-01T00:00:00Z").unwrap();
        let mut progress = Progress::at(None, began);
        assert_eq!(progress.newest(None), None);
        progress.pass("a", at("2024-12-01T00:00:00Z"), at("2024-12-01T00:00:00Z"));
        assert_eq!(progress.newest(None), at("2024-12-01T00:00:00Z"));
        progress.pass("b", at("2990-01-01T00:00:00Z"), at("2990-01-01T00:00:00Z"));
        assert_eq!(progress.newest(None), Some(began));
        let resumed = Progress::at(progress.checkpoint(), at("2025-01-02T00:00:00Z").unwrap());
        assert_eq!(resumed.newest(at("2990-01-02T00:00:00Z")), Some(began), "it knows when the read began");
    }
}
