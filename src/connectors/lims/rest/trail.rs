//! Whether pages lead to an end: a LIMS that leads in a circle would be read for ever.

use serde_json::Value;

use super::page::{Page, Place};
use crate::sdk::Circle;

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
pub(super) struct Trail {
    /// The records of the last page.
    last: Vec<Value>,
    /// Pages without records since there were some.
    empty: usize,
    places: Circle<Place>,
}

impl Trail {
    /// The trail of a read that begins at a place; without one, with the first page.
    pub(super) fn behind(place: Option<&Place>) -> Self {
        Self { last: Vec::new(), empty: 0, places: Circle::behind(place) }
    }

    /// Takes note of the next page.
    ///
    /// # Errors
    /// Where it leads to no end.
    pub(super) fn follow(&mut self, page: &Page) -> Result<(), Astray> {
        if !page.records.is_empty() && page.records == self.last {
            return Err(Astray::SamePage);
        }
        let Some(next) = &page.next else { return Ok(()) };
        if self.places.closes(next) {
            return Err(Astray::Circle);
        }
        self.empty = if page.records.is_empty() { self.empty + 1 } else { 0 };
        if self.empty >= EMPTY_PAGES {
            return Err(Astray::Emptiness);
        }
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

    /// How many pages are followed where page `n` leads to the place `to(n)`, and why no more.
    fn followed(to: impl Fn(u64) -> u64, has_records: bool) -> (usize, Result<(), Astray>) {
        let mut trail = Trail::behind(None);
        let mut at = 0;
        for count in 0..5_000 {
            let records = if has_records { vec![json!(count)] } else { Vec::new() };
            at = to(at);
            let page = Page { records, next: Some(Place::Offset(at)), total: None, is_missing: false };
            if let Err(astray) = trail.follow(&page) {
                return (count, Err(astray));
            }
            trail.keep(page.records);
        }
        (5_000, Ok(()))
    }

    #[test]
    fn circles_are_seen() {
        let (count, told) = followed(|at| if at == 47 { 8 } else { at + 1 }, true);
        assert_eq!(told, Err(Astray::Circle));
        assert!(count <= 3 * 47, "{count}");
        assert_eq!(followed(|at| at + 1, true), (5_000, Ok(())));
    }

    #[test]
    fn pages_without_records_are_not_followed_for_ever() {
        assert_eq!(followed(|at| at + 1, false), (EMPTY_PAGES - 1, Err(Astray::Emptiness)));
    }

    #[test]
    fn pages_are_the_same_where_all_their_records_are() {
        let mut trail = Trail::behind(None);
        let page = |records: Value| Page {
            records: records.as_array().unwrap().clone(),
            next: None,
            total: None,
            is_missing: false,
        };
        trail.keep(vec![json!({ "id": 1 }), json!({ "id": 2 })]);
        assert_eq!(trail.follow(&page(json!([{ "id": 1 }, { "id": 3 }]))), Ok(()));
        assert_eq!(trail.follow(&page(json!([{ "id": 1 }, { "id": 2 }]))), Err(Astray::SamePage));
    }
}
