//! Things that are named by several words, of which each alone would be another thing.

use super::parts::{self, Kinds};
use super::walk::{Walk, is_plural};
use super::{Group, Noun};
use crate::ask::lexicon::{Cue, Field, Meaning, Span};

impl Walk<'_> {
    /// "customer industry": where a thing stands right in front of one of its fields, the field is meant.
    pub(super) fn begins_a_name(&self, kinds: &Kinds, at: usize) -> bool {
        let Some(next) = self.spans.get(at + 1).and_then(parts::kinds) else { return false };
        let own = kinds.entities.iter().filter_map(|(entity, _)| self.rows_of_entity(*entity));
        let own: Vec<usize> = own.chain(kinds.datasets.iter().map(|(dataset, _)| *dataset)).collect();
        let of_own =
            |field: &Field| matches!(field, Field::Dimension(of, _) | Field::Column(of, _) if own.contains(of));
        kinds.noun_fit() > kinds.field_fit()
            && next.field_fit() > 0.9
            && next.field_fit() >= next.noun_fit().max(next.measure_fit())
            && next.fields.iter().any(|(field, fit)| *fit > 0.9 && of_own(field))
    }

    /// "remarks by area of the hospital": behind what it is broken down by, "of" says whose that is, and speaks of nothing else.
    /// Where a thing is named, it is the field of that: "costs by type of machine".
    pub(super) fn owns_group(&mut self, kinds: &Kinds, at: usize) -> bool {
        let reading = &self.reading;
        let spoken = !reading.nouns.is_empty() || !reading.measures.is_empty();
        let Some(before) = self.before_meant(at).filter(|_| spoken && !self.ahead.grouping) else { return false };
        let of = before + 1 < at && self.word(before + 1) == "of";
        let grouped = match reading.groups.last() {
            Some(Group::Field(ask)) => ask.words == self.spans[before].text,
            Some(Group::Entity(noun)) => noun.words == self.spans[before].text,
            _ => false,
        };
        let says_more = |span: &Span| !matches!(span.meaning, Meaning::Filler | Meaning::Mark(_) | Meaning::Time(_));
        let ends = !self.spans[at + 1..].iter().any(says_more);
        if !(of && grouped && ends && kinds.noun_fit() > kinds.measure_fit().max(kinds.field_fit())) {
            return false;
        }
        if kinds.noun_fit() > 0.9 {
            self.keep_group_of(kinds, at);
        }
        true
    }

    /// Of what the last group may be, that of things which are named stays; where they have none, that is asked back.
    fn keep_group_of(&mut self, kinds: &Kinds, at: usize) {
        let entities = kinds.entities.iter().filter_map(|(entity, _)| self.rows_of_entity(*entity));
        let own: Vec<usize> = entities.chain(kinds.datasets.iter().map(|(dataset, _)| *dataset)).collect();
        let of_own =
            |field: &Field| matches!(field, Field::Dimension(of, _) | Field::Column(of, _) if own.contains(of));
        let Some(Group::Field(ask)) = self.reading.groups.last_mut() else { return };
        ask.candidates.retain(|(field, _)| of_own(field));
        if ask.candidates.is_empty() {
            self.reading.groups.pop();
            self.reading.critical += 1;
            self.reading.unknown.push(self.spans[at].text.clone());
        }
    }

    /// Whether rows are named right in front of one of their measures.
    pub(super) fn begins_a_measure(&self, kinds: &Kinds, at: usize) -> bool {
        let Some(next) = self.spans.get(at + 1).and_then(parts::kinds) else { return false };
        let own = |dataset: usize| kinds.datasets.iter().any(|(of, _)| *of == dataset);
        kinds.noun_fit() > kinds.measure_fit()
            && next.measures.iter().any(|(dataset, _, fit)| *fit > 0.9 && own(*dataset))
    }

    /// Whether a figure "per" this is one of each row: "amount per order".
    pub(super) fn is_per_row(&self, kinds: &Kinds) -> bool {
        let Some(ask) = self.reading.measures.last().filter(|_| self.reading.per) else { return false };
        let model = &self.bound.model;
        ask.candidates.iter().any(|(of, measure, fit)| {
            let of_measure = &model.datasets[*of].measures[*measure];
            *fit > 0.9
                && (of_measure.value.is_some() || of_measure.expression.contains('/'))
                && kinds.datasets.iter().any(|(dataset, fit)| dataset == of && *fit > 0.9)
        })
    }

    /// "expense per entry", where entries are the rows of expenses, and only another table has a column of that name.
    pub(super) fn is_per_own_row(&self, kinds: &Kinds) -> bool {
        let Some(ask) = self.reading.measures.last() else { return false };
        let own = |field: &Field| match field {
            Field::Dimension(of, _) | Field::Column(of, _) => ask.candidates.iter().any(|(dataset, ..)| dataset == of),
            Field::Entity(..) | Field::Time(_) => false,
        };
        kinds.entities.is_empty()
            && kinds.dataset_fit() >= kinds.field_fit()
            && !kinds.fields.iter().any(|(field, _)| own(field))
            && self.is_per_row(kinds)
    }

    /// "the default rate across all loans": rows of the measure's own dataset, all of them, are the whole, and nothing to count.
    pub(super) fn is_the_whole(&self, kinds: &Kinds, at: usize) -> bool {
        let all = self
            .before_meant(at)
            .is_some_and(|place| matches!(self.word(place).as_str(), "across all" | "over all" | "for all"));
        let measured = self.reading.measures.iter().flat_map(|ask| &ask.candidates);
        all && measured
            .into_iter()
            .any(|(of, _, fit)| *fit > 0.9 && kinds.datasets.iter().any(|(dataset, fit)| dataset == of && *fit > 0.9))
    }

    /// "how many feedback messages": what stands right behind rows and is in the plural, too, names them once more.
    pub(super) fn skip_own_column(&mut self, kinds: &Kinds, at: usize) {
        let Some(next) = self.spans.get(at + 1).and_then(parts::kinds) else { return };
        let own = |field: &Field| matches!(field, Field::Column(of, _) if kinds.datasets.iter().any(|(dataset, _)| dataset == of));
        let column = next.fields.iter().any(|(field, _)| own(field));
        if column && next.measures.is_empty() && is_plural(&self.spans[at + 1].text) {
            self.used[at + 1] = true;
        }
    }

    /// "which expenses were not approved": the rows whose values they are.
    pub(super) fn lists_values(&self, kinds: &Kinds, at: usize) -> bool {
        let model = &self.bound.model;
        let which = self
            .before_meant(at)
            .is_some_and(|place| self.word(place) == "which" || self.spans[place].cue() == Some(Cue::List));
        let valued = kinds
            .measures
            .iter()
            .any(|(of, measure, fit)| *fit > 0.9 && model.datasets[*of].measures[*measure].value.is_some());
        let judged = self.spans[at + 1..].iter().any(|span| {
            span.values().is_some()
                || matches!(span.cue(), Some(Cue::Not | Cue::Without | Cue::Missing | Cue::More | Cue::Less))
        });
        let changes = self.spans.iter().any(|span| {
            matches!(span.cue(), Some(Cue::Growth | Cue::Decline | Cue::Trend | Cue::By | Cue::Count | Cue::Share))
        });
        which
            && valued
            && judged
            && !changes
            && is_plural(&self.spans[at].text)
            && kinds.measure_fit() > kinds.noun_fit().max(kinds.field_fit()) + 0.1
    }

    /// "invoices where the amount is wrong": the invoices, though they are also the name of what they come to.
    pub(super) fn lists_what_was_named(&mut self) {
        let reading = &mut self.reading;
        if reading.count || reading.aggregate.is_some() || self.ahead.how_much || !reading.groups.is_empty() {
            return;
        }
        if reading.nouns.is_empty()
            && let [ask] = reading.measures.as_slice()
            && is_plural(&ask.words)
        {
            reading.nouns.push(Noun::of_rows(&ask.candidates, ask.words.clone()));
            reading.measures.clear();
        }
        reading.list |= !reading.nouns.is_empty() && reading.measures.is_empty();
    }
}
