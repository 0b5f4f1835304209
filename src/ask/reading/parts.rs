//! The parts of a reading that the words of one span are.

use super::{Aggregate, FieldAsk, MeasureAsk, Noun};
use crate::ask::lexicon::{Field, Known, Span};

/// What words can mean, by kind.
#[derive(Clone, Debug, Default)]
pub(super) struct Kinds {
    pub(super) measures: Vec<(usize, usize, f64)>,
    pub(super) datasets: Vec<(usize, f64)>,
    pub(super) entities: Vec<(usize, f64)>,
    pub(super) fields: Vec<(Field, f64)>,
    pub(super) segments: Vec<(usize, f64)>,
    pub(super) scores: Vec<(usize, f64)>,
}

impl Kinds {
    pub(super) fn of(things: &[(Known, f64)]) -> Self {
        let mut kinds = Self::default();
        for (known, fit) in things {
            match *known {
                Known::Dataset(dataset) => kinds.datasets.push((dataset, *fit)),
                Known::Measure(dataset, measure) => kinds.measures.push((dataset, measure, *fit)),
                Known::Entity(entity) => kinds.entities.push((entity, *fit)),
                Known::Segment(segment) => kinds.segments.push((segment, *fit)),
                Known::Score(score) => kinds.scores.push((score, *fit)),
                Known::Field(field) => kinds.fields.push((field, *fit)),
            }
        }
        kinds
    }

    pub(super) fn measure_fit(&self) -> f64 {
        self.measures.iter().map(|(_, _, fit)| *fit).fold(0., f64::max)
    }

    pub(super) fn field_fit(&self) -> f64 {
        best(&self.fields)
    }

    pub(super) fn entity_fit(&self) -> f64 {
        best(&self.entities)
    }

    pub(super) fn dataset_fit(&self) -> f64 {
        best(&self.datasets)
    }

    pub(super) fn noun_fit(&self) -> f64 {
        self.entity_fit().max(self.dataset_fit())
    }

    pub(super) fn segment(&self) -> Option<(usize, f64)> {
        self.segments.first().copied()
    }

    pub(super) fn score(&self) -> Option<(usize, f64)> {
        self.scores.first().copied()
    }

    /// Whether a segment or a score fits better than everything else.
    pub(super) fn is_condition(&self) -> bool {
        let condition = self.segment().into_iter().chain(self.score()).map(|(_, fit)| fit).fold(0., f64::max);
        condition > 0. && condition + 0.01 >= self.measure_fit().max(self.noun_fit()).max(self.field_fit())
    }

    pub(super) fn measure(&self, aggregate: Option<Aggregate>, words: &str) -> MeasureAsk {
        let fields = if self.measure_fit() >= self.field_fit() { Vec::new() } else { self.fields.clone() };
        MeasureAsk {
            candidates: self.measures.clone(),
            fields,
            rows_of: Vec::new(),
            aggregate,
            words: words.to_owned(),
        }
    }

    /// The rows themselves as what is measured: "most orders".
    pub(super) fn rows(&self, words: &str) -> MeasureAsk {
        MeasureAsk {
            candidates: self.measures.clone(),
            fields: Vec::new(),
            rows_of: self.datasets.clone(),
            aggregate: None,
            words: words.to_owned(),
        }
    }

    pub(super) fn noun(&self, words: &str) -> Noun {
        Noun { datasets: self.datasets.clone(), entities: self.entities.clone(), words: words.to_owned() }
    }

    pub(super) fn field(&self, words: &str) -> FieldAsk {
        FieldAsk { candidates: self.fields.clone(), words: words.to_owned() }
    }
}

fn best<T>(things: &[(T, f64)]) -> f64 {
    things.iter().map(|(_, fit)| *fit).fold(0., f64::max)
}

/// The kinds of a span's things.
pub(super) fn kinds(span: &Span) -> Option<Kinds> {
    span.things().map(Kinds::of)
}
