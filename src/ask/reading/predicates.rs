//! Verbs that tell something of what is spoken of: "projects are completed", "loans default".

use super::walk::{Walk, is_plural};
use crate::ask::lexicon::{Cue, Meaning};

/// Verbs of being, which link what is spoken of with what is said of it.
const LINKING: &[&str] = &["is", "are", "was", "were", "be", "been", "being"];
/// Words between such a verb and what it links.
const BETWEEN: &[&str] = &["already", "yet", "now", "currently", "still", "fully", "actually", "all", "not"];

impl Walk<'_> {
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
