//! Whether pages lead to an end: a LIMS that leads in a circle would be read for ever.

use serde_json::Value;

use super::page::{Page, Place};

/// Pages without records that are followed, one behind the other.
const EMPTY_PAGES: usize = 1_000;

/// How pages lead to no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Astray {
    /// The same page comes again.
    SamePage,
    /// A place comes again.
    Circle,
    /// No page has records any more.
    Emptiness,
}

/// The pages that were followed so far.
#[derive(Default)]
pub(super) struct Trail {
    /// The records of the last page.
    last: Vec<Value>,
    /// Pages without records since there were some.
    empty: usize,
    /// A place that was passed. After ever longer ways it is put anew, so that it comes to stand in every circle and all
    /// around it is seen (R. P. Brent, *An improved Monte Carlo factorization algorithm*, 1980).
    mark: Option<Place>,
    since_mark: u64,
    next_mark: u64,
}

impl Trail {
    /// Takes note of the page at a place.
    ///
    /// # Errors
    /// Where it leads to no end.
    pub(super) fn follow(&mut self, page: &Page, place: Option<&Place>) -> Result<(), Astray> {
        if !page.records.is_empty() && page.records == self.last {
            return Err(Astray::SamePage);
        }
        let Some(next) = &page.next else { return Ok(()) };
        if place == Some(next) || self.mark.as_ref() == Some(next) {
            return Err(Astray::Circle);
        }
        self.empty = if page.records.is_empty() { self.empty + 1 } else { 0 };
        if self.empty >= EMPTY_PAGES {
            return Err(Astray::Emptiness);
        }
        if self.since_mark >= self.next_mark {
            self.mark = Some(next.clone());
            self.next_mark = (2 * self.next_mark).max(1);
            self.since_mark = 0;
        }
        self.since_mark += 1;
        Ok(())
    }

    /// Keeps the records of a page that was followed.
    pub(super) fn keep(&mut self, records: Vec<Value>) {
        self.last = records;
    }
}

impl Astray {
    /// What the LIMS does.
    pub(super) fn words(self) -> String {
        match self {
            Self::SamePage => "the same page comes again".to_owned(),
            Self::Circle => "a place to go on at comes again".to_owned(),
            Self::Emptiness => format!("{EMPTY_PAGES} pages without a record came one behind the other"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// How many pages are followed where page `n` has a record of its own and leads to the place `to(n)`, and why no more.
    fn followed(to: impl Fn(u64) -> u64, has_records: bool) -> (usize, Result<(), Astray>) {
        let mut trail = Trail::default();
        let mut place = None;
        for count in 0..5_000 {
            let at = place.as_ref().map_or(0, |place| if let Place::Offset(at) = place { *at } else { 0 });
            let records = if has_records { vec![json!(count)] } else { Vec::new() };
            let page = Page { records, next: Some(Place::Offset(to(at))), total: None, is_missing: false };
            if let Err(astray) = trail.follow(&page, place.as_ref()) {
                return (count, Err(astray));
            }
            trail.keep(page.records);
            place = page.next;
        }
        (5_000, Ok(()))
    }

    #[test]
    fn circles_are_seen_whatever_their_length_and_where_they_begin() {
        for (before, length) in [(0, 1), (0, 2), (1, 2), (7, 3), (40, 100), (900, 1)] {
            let end = before + length;
            let (count, told) = followed(|at| if at == end { before + 1 } else { at + 1 }, true);
            assert_eq!(told, Err(Astray::Circle), "{length} behind {before}");
            assert!(count as u64 <= 3 * end + 3, "{length} behind {before}: {count}");
        }
        assert_eq!(followed(|at| at + 1, true), (5_000, Ok(())));
    }

    #[test]
    fn pages_without_records_are_not_followed_for_ever() {
        assert_eq!(followed(|at| at + 1, false), (EMPTY_PAGES - 1, Err(Astray::Emptiness)));
    }

    #[test]
    fn pages_are_the_same_where_all_their_records_are() {
        let mut trail = Trail::default();
        let page = |records: Value| Page {
            records: records.as_array().unwrap().clone(),
            next: None,
            total: None,
            is_missing: false,
        };
        trail.keep(vec![json!({ "id": 1 }), json!({ "id": 2 })]);
        assert_eq!(trail.follow(&page(json!([{ "id": 1 }, { "id": 3 }])), None), Ok(()));
        assert_eq!(trail.follow(&page(json!([{ "id": 1 }, { "id": 2 }])), None), Err(Astray::SamePage));
    }
}
