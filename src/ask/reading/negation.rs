//! Negations: each belongs to something.

use super::parts::Kinds;
use super::walk::Walk;
use crate::ask::lexicon::{Cue, Field};

/// What fits as well as this is called so.
const NAMED: f64 = 0.9;

impl Walk<'_> {
    /// "projects that are not completed", though "completed" may be more: where a value is called so, rows without it are meant.
    pub(super) fn negated_values(&self, kinds: &Kinds, at: usize) -> Option<Vec<(Field, String, f64)>> {
        let boolean = kinds.fields.iter().any(|(field, _)| self.is_boolean(*field));
        if !self.ahead.not || boolean || kinds.noun_fit() > NAMED {
            return None;
        }
        if kinds.is_condition() {
            return self.own_values(at);
        }
        let values = self.spans[at].values()?.iter();
        let named: Vec<(Field, String, f64)> =
            values.filter(|(field, _, fit)| *fit > NAMED && matches!(field, Field::Dimension(..))).cloned().collect();
        (!named.is_empty()).then_some(named)
    }

    /// A "not" of which nothing is said, "but were not": without it this would be another question.
    pub(super) fn keep_negation(&mut self) {
        let open = std::mem::take(&mut self.ahead.not) | std::mem::take(&mut self.ahead.without);
        let said = |at: &usize| !self.used[*at] && matches!(self.spans[*at].cue(), Some(Cue::Not | Cue::Without));
        if let Some(at) = (0..self.spans.len()).rev().find(said).filter(|_| open) {
            self.reading.critical += 1;
            self.reading.unknown.push(self.spans[at].text.clone());
        }
    }
}
