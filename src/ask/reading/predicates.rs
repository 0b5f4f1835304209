//! Verbs: what they tell of what is spoken of, "projects are completed", "loans default", and where they tell nothing.

use super::parts::{Kinds, kinds};
use super::walk::{Walk, is_plural};
use crate::ask::lexicon::{Cue, Meaning, Span};

/// Verbs of being, which link what is spoken of with what is said of it.
const LINKING: &[&str] = &["is", "are", "was", "were", "be", "been", "being"];
/// Words between such a verb and what it links.
const BETWEEN: &[&str] = &["already", "yet", "now", "currently", "still", "fully", "actually", "all", "not"];
/// Verbs of coming to have somebody: who was won is there since then.
const GAINING: &str = "win wins won gain gains gained acquire acquires acquired attract attracts attracted recruit recruits recruited \
    land lands landed sign signs signed";
/// Words in the name of a time since which somebody is there.
const SINCE: &str =
    "since joined join start started begun created opened registered signed acquired won onboarded admitted first";

impl Walk<'_> {
    /// "won the most new clients": whether a verb says no more than that there are those behind it, of whom each has a time since
    /// which there is one. They are counted in the times in which they were won.
    pub(super) fn gains(&self, at: usize) -> bool {
        let says_which = |span: &&Span| matches!(span.meaning, Meaning::Filler | Meaning::Cue(_) | Meaning::Number(..));
        let behind = self.spans.iter().skip(at + 1).find(|span| !says_which(span));
        let Some(kinds) = behind.and_then(kinds) else { return false };
        // "won the most projects", of which the due date is known: that is not when they were won.
        let begins = |time: &str| time.split('_').any(|part| SINCE.split_whitespace().any(|word| word == part));
        let dated = |dataset: usize| {
            self.bound.model.datasets[dataset].time.as_deref().is_some_and(begins) && self.is_of_entity(dataset)
        };
        GAINING.split_whitespace().any(|verb| verb == self.word(at))
            && kinds.dataset_fit() > 0.9
            && kinds.datasets.iter().all(|(dataset, fit)| *fit < 0.9 || dated(*dataset))
    }

    /// "hours people worked": between a measure and a verb, those stand who do it, though how many they are may be a measure as well.
    pub(super) fn does_it(&self, kinds: &Kinds, at: usize) -> bool {
        let measured = self.reading.measures.last().zip(self.before_meant(at));
        let behind_measure = measured.is_some_and(|(ask, before)| ask.words == self.spans[before].text);
        let verb = self.spans.get(at + 1).is_some_and(|span| span.text.ends_with("ed") && span.cue().is_none());
        behind_measure && verb && kinds.entity_fit() > 0.9 && kinds.entity_fit() + 1e-9 >= kinds.measure_fit()
    }

    /// "projects are already completed": whether a verb of being leads to a word.
    pub(super) fn is_said_of(&self, at: usize) -> bool {
        let leads = (0..at).rev().find(|place| !BETWEEN.contains(&self.word(*place).as_str()));
        leads.is_some_and(|place| LINKING.contains(&self.word(place).as_str()))
    }

    /// "what percentage of car loans default": behind values in the plural, a word in the singular is a verb. Where a share is
    /// asked for, it says which of them are counted, and does not name them.
    pub(super) fn tells_of(&self, values: usize, verb: usize) -> bool {
        let Some(span) = self.spans.get(verb).filter(|_| verb == values + 1) else { return false };
        let shared = self.spans[..values].iter().any(|span| span.cue() == Some(Cue::Share));
        let is_word = matches!(span.meaning, Meaning::Known(_)) && !span.text.contains(' ');
        shared && is_word && is_plural(&self.spans[values].text) && !is_plural(&span.text)
    }
}
