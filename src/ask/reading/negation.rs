//! Negations: each belongs to something.

use super::parts::Kinds;
use super::walk::Walk;
use super::{Condition, Filter, Operand, Operator, Relation, Standing};
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

    /// What is said of a thing behind a negation: rows without the value, or that have none of it.
    pub(super) fn negated(&mut self, kinds: &Kinds, words: &str, without: bool) {
        if let Some((segment, _)) = kinds.segment().filter(|_| kinds.is_condition()) {
            self.reading.segments.push((segment, true));
            return;
        }
        if kinds.field_fit() > kinds.noun_fit().max(kinds.measure_fit()) {
            let boolean = kinds.fields.iter().any(|(field, _)| self.is_boolean(*field));
            let value = if boolean && !without { "true" } else { "" };
            let candidates = kinds.fields.iter().map(|(field, fit)| (*field, value.to_owned(), *fit)).collect();
            self.reading.filters.push(Filter {
                candidates,
                not: boolean && !without,
                missing: !boolean || without,
                words: words.to_owned(),
                standing: Standing::default(),
            });
            return;
        }
        if without && kinds.measure_fit() > kinds.noun_fit() + 0.03 && self.adds_up(kinds) {
            // "machines without breakdowns", where those are some of the maintenance jobs: other jobs do not matter.
            self.reading.conditions.push(Condition {
                of: Some(kinds.measure(None, words)),
                near: None,
                operator: Operator::Equal,
                with: Operand::Number(0.),
                words: words.to_owned(),
                standing: Standing::default(),
            });
            return;
        }
        let mut noun = kinds.noun(words);
        if noun.datasets.is_empty() {
            noun.datasets = kinds.measures.iter().map(|(dataset, _, fit)| (*dataset, *fit)).collect();
        }
        self.reading.relations.push(Relation { noun, absent: true });
    }
}
