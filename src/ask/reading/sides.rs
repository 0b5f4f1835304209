//! What a comparison puts beside each other: none of it may be lost.

use super::walk::Walk;
use super::{FieldAsk, Filter, Group, Task};
use crate::ask::lexicon::{Cue, Field, Meaning, Span};

/// Words for all that are not named.
const OTHERS: &[&str] = &["other", "others"];
/// Words that join two sides of a comparison, where they are no general words.
const JOINING: &[&str] = &["with", "to", "against", "than"];
/// Words between two sides that say nothing of them.
const BETWEEN: &[&str] = &["the", "a", "an", "our", "all", "those", "that", "in", "from", "for", "on"];
/// Words that begin a question to which the answer is yes or no.
const WHETHER: &[&str] = &["is", "are", "was", "were", "do", "does", "did", "has", "have", "had"];
/// Words for all that are named as one.
const TOGETHER: &[&str] = &["together", "jointly"];
/// Words that ask which of two is ahead, where they are no general words.
const AHEAD: &[&str] = &["better", "worse"];

impl Walk<'_> {
    /// Settles what is compared with what, when all parts of a question are known.
    pub(super) fn settle_sides(&mut self) {
        if self.asks_which_is_ahead() {
            self.reading.task = Some(Task::Compare);
        }
        if self.reading.task != Some(Task::Compare) {
            return;
        }
        self.put_beside_others();
        self.reading.unlike = self.unlike_sides();
        // A word that was not understood may be one of the sides.
        self.reading.critical = self.reading.critical.max(self.reading.unknown.len());
    }

    /// "admissions of women and men": each of them, unless both together are asked for.
    pub(super) fn settle_each(&mut self) {
        let begins = self.spans.first().map(|span| &span.meaning);
        self.reading.heading = matches!(begins, Some(Meaning::Known(_) | Meaning::Values(_)));
        let sums =
            |span: &Span| span.cue() == Some(Cue::Total) || TOGETHER.contains(&span.text.to_lowercase().as_str());
        let together = self.spans.iter().any(sums);
        let both = |(one, of_one): (usize, &Filter), (other, of_other): (usize, &Filter)| {
            let and = (one + 1..other).any(|at| self.spans[at].cue() == Some(Cue::And));
            and && self.are_joined(one, other) && !of_one.not && !of_other.not && alike(of_one, of_other)
        };
        self.reading.each = !together && self.sides().windows(2).any(|pair| both(pair[0], pair[1]));
    }

    /// "which has more revenue, hotels or clubs": a comparison, though no word says so.
    fn asks_which_is_ahead(&self) -> bool {
        let reading = &self.reading;
        let begins = self.word(0);
        // "is satisfaction better in EMEA or in APAC".
        let whether = begins.split(' ').next().is_some_and(|first| WHETHER.contains(&first));
        let asks = whether || self.spans.iter().any(|span| matches!(span.cue(), Some(Cue::Which | Cue::Who)));
        let ahead = |(at, span): (usize, &Span)| {
            let word = span.text.to_lowercase();
            let than = word.ends_with("than");
            !self.used[at]
                && !than
                && (matches!(span.cue(), Some(Cue::More | Cue::Less)) || AHEAD.contains(&word.as_str()))
        };
        let alone = reading.nouns.is_empty() && reading.fields.is_empty() && reading.groups.is_empty();
        reading.task.is_none()
            && reading.rank.is_none()
            && asks
            && alone
            && self.spans.iter().enumerate().any(ahead)
            && self.sides().windows(2).any(|pair| self.are_joined(pair[0].0, pair[1].0) && alike(pair[0].1, pair[1].1))
    }

    /// "how does EMEA compare with the others": all are shown, one of which it is.
    fn put_beside_others(&mut self) {
        let says = (0..self.spans.len()).find(|at| {
            OTHERS.contains(&self.word(*at).as_str())
                && at.checked_sub(1).is_none_or(|before| self.word(before) != "each")
        });
        let filters: Vec<&Filter> =
            self.reading.filters.iter().filter(|filter| !filter.not && !filter.missing).collect();
        let (Some(at), Some((first, rest))) = (says, filters.split_first()) else { return };
        let shared = first
            .candidates
            .iter()
            .filter(|(field, ..)| matches!(field, Field::Dimension(..)) && rest.iter().all(|other| has(other, *field)));
        let mut candidates: Vec<(Field, f64)> = Vec::new();
        for (field, _, fit) in shared {
            if candidates.iter().all(|(known, _)| known != field) {
                candidates.push((*field, *fit));
            }
        }
        if candidates.is_empty() {
            self.reading.unknown.push(self.spans[at].text.clone());
            return;
        }
        let words = first.words.clone();
        self.reading.filters.retain(|filter| filter.not || filter.missing);
        self.reading.groups.push(Group::Field(FieldAsk { candidates, words }));
    }

    /// "compare hotels and Bavaria": a kind of customers and a region stand beside each other, of which neither is the other's like.
    fn unlike_sides(&self) -> Option<(String, String)> {
        let sides = self.sides();
        let unlike =
            sides.windows(2).find(|pair| self.are_joined(pair[0].0, pair[1].0) && !alike(pair[0].1, pair[1].1))?;
        Some((unlike[0].1.words.clone(), unlike[1].1.words.clone()))
    }

    /// The values that are named, each with its place in the question.
    fn sides(&self) -> Vec<(usize, &Filter)> {
        let filters = self.reading.filters.iter().filter(|filter| !filter.missing);
        let mut sides: Vec<(usize, &Filter)> = Vec::new();
        for filter in filters {
            let place = self
                .spans
                .iter()
                .enumerate()
                .position(|(at, span)| span.text == filter.words && sides.iter().all(|(known, _)| *known != at));
            sides.extend(place.map(|place| (place, filter)));
        }
        sides.sort_by_key(|(place, _)| *place);
        sides
    }

    /// Whether no more than words that join stand between two values: "hotels and clubs", "hotels with the clubs".
    fn are_joined(&self, one: usize, other: usize) -> bool {
        let between = one + 1..other;
        let word = |at: usize| self.word(at);
        // "is the night shift less productive than the early one": up to what they are compared by, nothing is said of them.
        let compared = between
            .clone()
            .find(|at| matches!(self.spans[*at].cue(), Some(Cue::More | Cue::Less)) && !word(*at).ends_with("than"));
        let joins = |at: usize| match self.spans[at].meaning {
            Meaning::Cue(Cue::More | Cue::Less) => word(at).ends_with("than"),
            Meaning::Cue(cue) => matches!(cue, Cue::And | Cue::Or | Cue::Compare | Cue::With),
            Meaning::Mark(mark) => matches!(mark, ',' | '/' | '&'),
            Meaning::Filler => JOINING.contains(&word(at).as_str()),
            _ => false,
        };
        let says_nothing = |at: usize| match self.spans[at].meaning {
            Meaning::Filler => BETWEEN.contains(&word(at).as_str()) || compared.is_some_and(|place| at < place),
            // "active customers and dormant ones".
            Meaning::Known(_) => at == one + 1 || compared.is_some_and(|place| at == place + 1),
            _ => compared == Some(at),
        };
        between.clone().any(joins) && between.clone().all(|at| joins(at) || says_nothing(at))
    }
}

/// Whether two values may be of one field.
fn alike(one: &Filter, other: &Filter) -> bool {
    one.candidates.iter().any(|(field, ..)| has(other, *field))
}

fn has(filter: &Filter, field: Field) -> bool {
    filter.candidates.iter().any(|(known, ..)| *known == field)
}
