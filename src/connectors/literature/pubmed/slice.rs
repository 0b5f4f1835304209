//! Slices of a search that finds more than PubMed lists: by the days on which records came in.

use chrono::{Days as ChronoDays, NaiveDate};
use serde::{Deserialize, Serialize};

/// Days, the first and the last included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Days {
    first: NaiveDate,
    last: NaiveDate,
}

/// The records of some days.
///
/// They are told apart by their Entrez date, which never changes. It is the day of publication where a record came more than a
/// year later, so that thousands may share a first of January: a single day is cut further by when they were really created.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Slice {
    entered: Days,
    created: Days,
}

impl Days {
    const fn all() -> Self {
        let (Some(first), Some(last)) = (NaiveDate::from_ymd_opt(1500, 1, 1), NaiveDate::from_ymd_opt(3000, 12, 31))
        else {
            panic!("those are days");
        };
        Self { first, last }
    }

    /// The earlier and the later half; `None` for a single day.
    fn halves(self) -> Option<(Self, Self)> {
        let days = self.last.signed_duration_since(self.first).num_days().unsigned_abs();
        let middle = self.first.checked_add_days(ChronoDays::new(days / 2))?;
        let behind = middle.succ_opt()?;
        (behind <= self.last).then_some((Self { last: middle, ..self }, Self { first: behind, ..self }))
    }

    /// All days before.
    fn before(self) -> Option<Self> {
        let last = self.first.pred_opt()?;
        (self.first > Self::all().first).then_some(Self { last, ..Self::all() })
    }

    fn term(self, field: &str) -> Option<String> {
        let (first, last) = (self.first.format("%Y/%m/%d"), self.last.format("%Y/%m/%d"));
        (self != Self::all()).then(|| format!(" AND (\"{first}\"[{field}] : \"{last}\"[{field}])"))
    }
}

impl Slice {
    /// All records.
    pub(super) const fn all() -> Self {
        Self { entered: Days::all(), created: Days::all() }
    }

    /// The search for its records.
    pub(super) fn term(self, query: &str) -> String {
        let (entered, created) = (self.entered.term("EDAT"), self.created.term("CRDT"));
        if entered.is_none() && created.is_none() {
            return query.to_owned();
        }
        format!("({query}){}{}", entered.unwrap_or_default(), created.unwrap_or_default())
    }

    /// The earlier and the later half; `None` where it cannot be cut any further.
    pub(super) fn halves(self) -> Option<(Self, Self)> {
        if let Some((earlier, later)) = self.entered.halves() {
            return Some((Self { entered: earlier, ..self }, Self { entered: later, ..self }));
        }
        let (earlier, later) = self.created.halves()?;
        Some((Self { created: earlier, ..self }, Self { created: later, ..self }))
    }

    /// What is left when the slices are read from the newest on and this one is done; the last one comes first.
    pub(super) fn before(self) -> Vec<Self> {
        let earlier = self.entered.before().map(|entered| Self { entered, created: Days::all() });
        let same_day = self.created.before().map(|created| Self { created, ..self });
        earlier.into_iter().chain(same_day).collect()
    }
}

impl std::fmt::Display for Slice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Days { first, last } = self.entered;
        write!(f, "those of {first} to {last}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_share_nothing_and_leave_nothing_out() {
        // However deep: what a slice leaves, and what comes after it, are all days.
        let mut slice = Slice::all();
        for step in 0..60 {
            let Some((earlier, later)) = slice.halves() else { break };
            let of = |slice: Slice| (slice.entered, slice.created);
            let (entered, created) = of(earlier);
            if later.entered == entered {
                assert_eq!(created.last.succ_opt(), Some(later.created.first));
                assert_eq!(later.before().last().map(|rest| rest.created.last), Some(created.last));
            } else {
                assert_eq!(entered.last.succ_opt(), Some(later.entered.first));
                assert_eq!(later.before()[0].entered.last, entered.last);
            }
            slice = if step % 3 == 0 { earlier } else { later };
        }
        assert_eq!(slice.halves(), None, "in the end it is one day of one day");
        assert!(Slice::all().before().is_empty());
    }

    #[test]
    fn a_slice_is_a_search() {
        assert_eq!(Slice::all().term("a OR b"), "a OR b");
        let (_, later) = Slice::all().halves().unwrap();
        assert_eq!(later.term("a OR b"), "(a OR b) AND (\"2250/07/03\"[EDAT] : \"3000/12/31\"[EDAT])");
    }
}
