//! Texts that are searched for: "about late delivery", "mentioning 'refund'".

use super::TextSearch;
use super::walk::Walk;
use crate::ask::lexicon::{Cue, Meaning};
use crate::ask::words::is_stop_word;

/// Words that end what a question is about.
const ENDS: &[&str] = &[
    "in", "from", "for", "during", "by", "since", "on", "at", "with", "were", "was", "are", "is", "did", "do", "have",
    "has", "that", "who", "which",
];

impl Walk<'_> {
    /// Reads what stands behind "about" and "mentioning", where there are texts to search.
    pub(super) fn read_texts(&mut self) {
        if !self.bound.model.datasets.iter().any(|dataset| !dataset.texts.is_empty()) {
            return;
        }
        for at in 0..self.spans.len() {
            if self.spans[at].cue() != Some(Cue::Mentions) || self.asks_for_all(at) {
                continue;
            }
            let mut words = Vec::new();
            let mut end = at + 1;
            while let Some(span) = self.spans.get(end) {
                match &span.meaning {
                    Meaning::Quoted(text) => words.push(text.clone()),
                    Meaning::Unknown | Meaning::Known(_) | Meaning::Values(_) => {
                        words.extend(
                            span.text.split(' ').filter(|word| !is_stop_word(&word.to_lowercase())).map(str::to_owned),
                        );
                    }
                    Meaning::Filler if ENDS.contains(&span.text.to_lowercase().as_str()) && !words.is_empty() => break,
                    Meaning::Filler => {}
                    Meaning::Cue(Cue::Decline | Cue::Growth | Cue::Missing | Cue::Duplicates) => {
                        words.push(span.text.clone())
                    }
                    _ => break,
                }
                end += 1;
            }
            // "remarks about delivery" are those of that topic, where the data have topics.
            let only = (at + 1..end)
                .filter(|place| !matches!(self.spans[*place].meaning, Meaning::Filler))
                .collect::<Vec<_>>();
            let known = only.iter().all(|place| {
                self.spans[*place].values().is_some_and(|values| {
                    values.iter().any(|(field, _, fit)| {
                        *fit > 0.85 && matches!(field, crate::ask::lexicon::Field::Dimension(..))
                    })
                })
            });
            if words.is_empty() || known {
                continue;
            }
            let not = at > 0 && matches!(self.spans[at - 1].cue(), Some(Cue::Not | Cue::Without));
            (at..end).for_each(|place| self.used[place] = true);
            if not {
                self.used[at - 1] = true;
            }
            self.reading.texts.push(TextSearch { words, not });
            self.reading.fit += 0.9;
            self.reading.meant += 1;
        }
    }

    /// "what do you know about Acme": no text is meant.
    fn asks_for_all(&self, at: usize) -> bool {
        let next = self.next_meant(at + 1);
        let number = matches!(self.spans.get(next).map(|span| &span.meaning), Some(Meaning::Number(..)));
        let before = (0..at).filter_map(|place| self.spans.get(place)).any(|span| span.cue() == Some(Cue::Profile));
        // Without rows that could be about something, it is no search.
        let rows = self.spans[..at]
            .iter()
            .any(|span| span.things().is_some() || matches!(span.cue(), Some(Cue::Count | Cue::Trend)));
        number || before || !rows
    }
}
