//! Values and numbers beside the thing that they are of: "customer Acme", "EMEA region", "room 12".

use super::parts::kinds;
use super::walk::{Walk, is_plural};
use super::{Filter, Standing};
use crate::ask::lexicon::{Cue, Field, Known, Meaning, Span};

impl Walk<'_> {
    /// "customer Acme", "EMEA region", "status is open": the field says where the value stands.
    pub(super) fn read_named_values(&mut self) {
        let asks_how_long = self.asks_how_long();
        for at in 0..self.spans.len() {
            if asks_how_long && self.duration_at(at).is_some() {
                continue;
            }
            let Some(values) = self.spans[at].values().map(<[_]>::to_vec) else {
                self.read_named_number(at);
                continue;
            };
            // A common word that is also a value counts as one only beside its field.
            let common = values.iter().all(|(_, _, fit)| *fit < 0.5);
            let before = (0..at).rev().find(|place| {
                let span = &self.spans[*place];
                let skipped = matches!(span.meaning, Meaning::Filler | Meaning::Mark('=' | ':'))
                    || span.cue() == Some(Cue::Not)
                    || span.cue() == Some(Cue::Only);
                !skipped
            });
            let (mut said, mut behind) = (None, false);
            let behind_it = Some(at + 1).filter(|next| !self.tells_of(at, *next));
            for place in before.into_iter().chain(behind_it) {
                let Some(things) = self.spans.get(place).filter(|_| !self.used[place]).and_then(Span::things) else {
                    continue;
                };
                let fits = |field: &Field| things.iter().any(|(known, fit)| *fit > 0.5 && names(*known, *field));
                let grouped = place < at
                    && self.before_meant(place).is_some_and(|place| self.spans[place].cue() == Some(Cue::By));
                let is_field = things
                    .iter()
                    .any(|(known, fit)| *fit > 0.9 && values.iter().any(|(field, ..)| *known == Known::Field(*field)));
                if values.iter().any(|(field, ..)| fits(field)) && !grouped && (is_field || !common) {
                    let kept: Vec<_> = values.iter().filter(|(field, ..)| fits(field)).cloned().collect();
                    // "Acme customers" and "milestones that are overdue" speak of customers and milestones all the same.
                    if !things_remain(things, &values, place > at) {
                        self.used[place] = true;
                    }
                    // "with status delayed", though "delayed" may be a measure.
                    behind = place + 1 == at && is_field;
                    said = Some(kept);
                    break;
                }
            }
            if let Some(candidates) = said.filter(|_| {
                behind || matches!(self.spans[at].meaning, Meaning::Values(_)) || self.spans[at].things().is_none()
            }) {
                let not = self.negated_before(at);
                self.used[at] = true;
                if not && !self.continues(at) {
                    self.uses_negation(at);
                }
                self.reading.filters.push(Filter {
                    candidates,
                    not,
                    missing: false,
                    words: self.spans[at].text.clone(),
                    standing: Standing::default(),
                });
            }
        }
    }

    /// "breakdowns, planned maintenance and inspections": what stands in a list of values of one field is one of them, though it may
    /// be a measure as well.
    pub(super) fn listed_values(&self, at: usize) -> Option<Vec<(Field, String, f64)>> {
        let joins = |place: usize| {
            self.spans[place].cue() == Some(Cue::And) || matches!(self.spans[place].meaning, Meaning::Mark(',' | '&'))
        };
        let beside = |place: Option<usize>, between: Option<usize>| {
            let span = self.spans.get(place?).filter(|_| between.is_some_and(joins))?;
            match &span.meaning {
                Meaning::Values(values) => Some(values.as_slice()),
                _ => None,
            }
        };
        let before = beside(at.checked_sub(2), at.checked_sub(1));
        let behind = beside(Some(at + 2), Some(at + 1).filter(|next| *next < self.spans.len()));
        let fields: Vec<Field> = before.into_iter().chain(behind).flatten().map(|(field, ..)| *field).collect();
        let own = self.spans[at].values()?.iter();
        let listed =
            own.filter(|(field, _, fit)| *fit > 0.9 && matches!(field, Field::Dimension(..)) && fields.contains(field));
        let listed: Vec<(Field, String, f64)> = listed.cloned().collect();
        (!listed.is_empty()).then_some(listed)
    }

    /// "customer 17", "room 12".
    pub(super) fn read_named_number(&mut self, at: usize) {
        let Meaning::Number(number, false) = self.spans[at].meaning else { return };
        if number.fract() != 0. || at == 0 || self.used[at - 1] {
            return;
        }
        let Some(kinds) = kinds(&self.spans[at - 1]) else { return };
        let text = self.spans[at].text.clone();
        let plural = is_plural(&self.spans[at - 1].text);
        let ranked =
            at >= 2 && matches!(self.spans[at - 2].cue(), Some(Cue::Top | Cue::Bottom | Cue::Best | Cue::Worst));
        if plural || ranked {
            return;
        }
        let mut candidates: Vec<(Field, String, f64)> =
            kinds.entities.iter().map(|(entity, fit)| (Field::Entity(*entity, 1), text.clone(), *fit)).collect();
        if candidates.is_empty() {
            candidates = kinds.fields.iter().map(|(field, fit)| (*field, text.clone(), *fit)).collect();
        }
        if !candidates.is_empty() {
            (at - 1..=at).for_each(|place| self.used[place] = true);
            let words = self.text(at - 1, at + 1);
            let standing = Standing::default();
            self.reading.filters.push(Filter { candidates, not: false, missing: false, words, standing });
        }
    }

    /// The "not" in front of a value has its part.
    fn uses_negation(&mut self, at: usize) {
        let negates = |place: &usize| matches!(self.spans[*place].cue(), Some(Cue::Not | Cue::Without));
        if let Some(place) = (at.saturating_sub(4)..at).rev().find(negates) {
            self.used[place] = true;
        }
    }

    pub(super) fn negated_before(&self, at: usize) -> bool {
        (0..at)
            .rev()
            .take(4)
            .take_while(|place| !matches!(self.spans[*place].meaning, Meaning::Mark(_) | Meaning::Values(_)))
            .any(|place| matches!(self.spans[place].cue(), Some(Cue::Not | Cue::Without)))
    }
}

fn names(known: Known, field: Field) -> bool {
    match (known, field) {
        (Known::Field(known), field) => known == field,
        (Known::Entity(entity), Field::Entity(of, _)) => entity == of,
        (Known::Dataset(dataset), Field::Dimension(of, _)) => dataset == of,
        _ => false,
    }
}

/// Whether a thing beside a value has a part of its own: a dataset has, and an entity in front of which its name stands.
fn things_remain(things: &[(Known, f64)], values: &[(Field, String, f64)], after: bool) -> bool {
    let best = things.iter().map(|(_, fit)| *fit).fold(0., f64::max);
    let named = |known: Known| values.iter().any(|(field, ..)| names(known, *field));
    let field =
        things.iter().any(|(known, fit)| *fit > best - 0.1 && matches!(known, Known::Field(_)) && named(*known));
    let entity =
        things.iter().any(|(known, fit)| *fit > best - 0.1 && matches!(known, Known::Entity(_)) && named(*known));
    !field && (!entity || after)
}
