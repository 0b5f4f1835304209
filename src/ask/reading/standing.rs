//! Where a condition stands in a question: what a share is taken of, or which part of it.

use serde::{Deserialize, Serialize};

use super::parts::kinds;
use super::walk::Walk;

/// Where a condition stands. Only shares ask for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::ask) enum Standing {
    /// Right in front of what it is said of: "rejected samples".
    Attribute,
    /// Behind a word that says where or among whom: "in EMEA", "among patients over 40".
    #[default]
    Within,
    /// Behind what it is said of: "samples that were rejected", "revenue that comes from EMEA".
    Predicate,
}

/// Words that lead to where something is looked for.
const LEADING: &[&str] = &["in", "from", "of", "for", "at", "within", "among", "amongst"];
/// Words between such a word and what it leads to.
const BETWEEN: &[&str] = &["the", "a", "an", "our", "all", "those", "any"];
/// Verbs behind which such words tell something of the subject: "comes from".
const VERBS: &str = "is are was were be come comes came coming go goes went fall falls fell lie lies live lives belong belongs \
    made sit sits stem stems originates end ends ended";
/// How many parts of a question the words of a condition are at most.
const MOST_PARTS: usize = 8;

impl Walk<'_> {
    /// Says of each condition where it stands.
    pub(super) fn tell_standings(&mut self) {
        let mut filters = std::mem::take(&mut self.reading.filters);
        for filter in &mut filters {
            filter.standing = self.standing(&filter.words);
        }
        self.reading.filters = filters;
        let mut conditions = std::mem::take(&mut self.reading.conditions);
        for condition in &mut conditions {
            condition.standing = self.standing_of_bound(&condition.words);
        }
        self.reading.conditions = conditions;
    }

    fn standing(&self, words: &str) -> Standing {
        let Some((start, end)) = self.place_of(words) else { return Standing::default() };
        if self.spans.get(end).and_then(kinds).is_some() {
            return Standing::Attribute;
        }
        let led = (0..start).rev().find(|place| !BETWEEN.contains(&self.word(*place).as_str()));
        let leads = |place: &usize| self.word(*place).rsplit(' ').next().is_some_and(|last| LEADING.contains(&last));
        let is_verb = |place: usize| VERBS.split(' ').any(|verb| verb == self.word(place));
        match led.filter(leads) {
            Some(place) if place == 0 || !is_verb(place - 1) => Standing::Within,
            _ => Standing::Predicate,
        }
    }

    /// "among patients over 65": a bound is part of the whole only where that is said.
    fn standing_of_bound(&self, words: &str) -> Standing {
        let Some((start, _)) = self.place_of(words) else { return Standing::Predicate };
        let among = (0..start).rev().take(4).any(|place| matches!(self.word(place).as_str(), "among" | "amongst"));
        if among { Standing::Within } else { Standing::Predicate }
    }

    /// From which part of the question to which these words go.
    fn place_of(&self, words: &str) -> Option<(usize, usize)> {
        (1..=MOST_PARTS).find_map(|parts| {
            let starts = 0..(self.spans.len() + 1).saturating_sub(parts);
            starts.map(|start| (start, start + parts)).find(|(start, end)| self.text(*start, *end) == words)
        })
    }
}
