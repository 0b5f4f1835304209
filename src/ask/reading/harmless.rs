//! Words that are not understood, and yet say nothing of which rows are meant.

use super::parts::kinds;
use super::tasks::order;
use super::walk::Walk;
use crate::ask::lexicon::{Cue, Meaning};
use crate::ask::words::stem;

/// Verbs of being somewhere, of what is done to rows of any kind before they are there, and of giving money or an order, which a
/// model need not name beside its orders.
const VERBS: &str = "place placed places spend spends spent lie lies lay lain live lives lived reside resides sit sits collected \
    gathered captured counted logged booked sent posted written filed registered submitted entered recorded documented listed consume consumes consumed";
/// Verbs that say nothing with the word behind them, and much without it: "passed on", "samples that passed".
const WITH_NEXT: &[(&str, &str)] = &[("passed", "on"), ("followed", "by")];
/// Verbs of time: they say which time is meant as soon as one is named, and whether it has come where nothing stands behind
/// them: "projects that have ended".
const OF_TIME: &str = "begin begins began begun start starts started end ends ended finish finishes finished";
/// Words that any measure may have behind its name.
const OF_MEASURES: &str = "score scores level levels rating ratings index";

/// How many words a subject has at most: "do our customers".
const SUBJECT: usize = 3;

impl Walk<'_> {
    /// Whether a question loses nothing by a word that was not understood.
    pub(super) fn is_harmless(&self, at: usize) -> bool {
        let word = self.word(at);
        let one_of = |words: &str| words.split_whitespace().any(|known| known == word);
        one_of(VERBS)
            || (one_of(OF_TIME) && !self.names_a_time() && self.goes_on(at))
            || WITH_NEXT.iter().any(|(verb, next)| *verb == word && self.begins_with(at + 1, next))
            || self.is_of_its_time(&word)
            || self.leads_to_asked(at)
            || (one_of(OF_MEASURES) && self.is_behind_measure(at))
            || self.is_said_again(at)
            || self.gains(at)
    }

    /// "began in the emergency department": whether something is said right behind a word.
    fn goes_on(&self, at: usize) -> bool {
        self.spans.get(at + 1).is_some_and(|next| !matches!(next.meaning, Meaning::Mark(_)))
    }

    fn begins_with(&self, at: usize, first: &str) -> bool {
        self.word(at).split(' ').next() == Some(first)
    }

    /// "satisfaction score": what a measure is called besides.
    fn is_behind_measure(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| kinds(&self.spans[before]));
        before.is_some_and(|kinds| kinds.measure_fit() > kinds.noun_fit().max(kinds.field_fit()))
    }

    /// "after which diagnosis do patients come back": which it is, is asked.
    fn leads_to_asked(&self, at: usize) -> bool {
        let leads = matches!(self.word(at).as_str(), "after" | "before" | "upon" | "following");
        leads && self.spans.get(at + 1).is_some_and(|span| span.cue() == Some(Cue::Which))
    }

    /// "tickets that were opened in October", where their time is that at which they were opened.
    fn is_of_its_time(&self, word: &str) -> bool {
        let sought = stem(word);
        let mut times = self.bound.model.datasets.iter().filter_map(|dataset| dataset.time.as_deref());
        self.names_a_time() && times.any(|time| time.split('_').any(|part| stem(part) == sought))
    }

    /// "which fees do we forget most, by leakage": what a verb says of an order is said once more behind "by".
    fn is_said_again(&self, at: usize) -> bool {
        let mut before = at.saturating_sub(SUBJECT)..at;
        let is_verb = before.any(|place| matches!(self.word(place).as_str(), "do" | "does" | "did"));
        let ranked = self.spans.iter().filter_map(|span| span.cue()).any(|cue| order(cue).is_some());
        let said = self.spans[at + 1..].iter().any(|span| span.cue() == Some(Cue::By));
        is_verb && ranked && said
    }

    fn names_a_time(&self) -> bool {
        self.spans.iter().any(|span| matches!(span.meaning, Meaning::Time(_)) || span.cue() == Some(Cue::When))
    }
}
