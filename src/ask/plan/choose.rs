//! Which dataset is meant where words fit several: the one to which all else that was said belongs.

use super::figures::{count_figure, field_figure, measure_figure};
use super::{Figure, Subject, dataset_of, dataset_of_field, path, up_path};
use crate::ask::Bound;
use crate::ask::lexicon::Field;
use crate::ask::reading::{Group, MeasureAsk, Noun, Reading};
use crate::ask::sql::time_text;
use crate::ask::values::Values;

/// What a choice rests on.
pub(super) struct Choice<'a> {
    pub(super) bound: &'a Bound,
    pub(super) values: &'a Values,
    pub(super) reading: &'a Reading,
}

/// A figure that was chosen, and how sure that is.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) figure: Figure,
    /// How well its words fit, 0 to 1.
    pub(super) fit: f64,
    /// Figures that fit nearly as well, by their labels.
    pub(super) others: Vec<String>,
}

/// What fits less well than the best by this is not what is spoken of.
const LESS_LIKELY: f64 = 0.15;
/// What fits nearly as well as the best.
const NEARLY: f64 = 0.04;

impl Choice<'_> {
    /// How much of what was said belongs to a dataset.
    pub(super) fn belongs(&self, dataset: usize) -> f64 {
        let model = &self.bound.model;
        let mut score = 0.;
        let near = |fields: &[(Field, f64)]| {
            let reached = fields.iter().filter_map(|(field, fit)| {
                let of = dataset_of_field(self.bound, *field)?;
                let way = up_path(model, dataset, of)?;
                Some(fit - 0.1 * way.len() as f64)
            });
            reached.fold(f64::NEG_INFINITY, f64::max)
        };
        for group in &self.reading.groups {
            score += match group {
                Group::Field(ask) => Some(near(&ask.candidates)).filter(|near| near.is_finite()).unwrap_or(-0.6),
                Group::Entity(noun) => self.entity_near(noun, dataset).unwrap_or(-0.6),
                Group::Time(_) | Group::Cycle(_) => {
                    if time_text(self.bound, dataset).is_some() {
                        0.
                    } else {
                        -0.5
                    }
                }
            };
        }
        for ask in &self.reading.fields {
            score += 0.3 * Some(near(&ask.candidates)).filter(|near| near.is_finite()).unwrap_or(-0.5);
        }
        for filter in &self.reading.filters {
            let fields: Vec<(Field, f64)> = filter.candidates.iter().map(|(field, _, fit)| (*field, *fit)).collect();
            let up = near(&fields);
            let other = || {
                let ways = fields
                    .iter()
                    .filter_map(|(field, _)| dataset_of_field(self.bound, *field))
                    .filter_map(|of| path(model, dataset, of));
                if ways.count() > 0 { -0.1 } else { -0.8 }
            };
            score += if up.is_finite() { 0.7 * up } else { other() };
        }
        for noun in &self.reading.nouns {
            score +=
                noun.datasets.iter().filter(|(of, _)| *of == dataset).map(|(_, fit)| 0.35 * fit).fold(0., f64::max);
            score += self.entity_near(noun, dataset).map_or(0., |near| 0.12 * near);
        }
        if !self.reading.texts.is_empty() {
            score += if model.datasets[dataset].texts.is_empty() { -0.2 } else { 0.4 };
        }
        for (segment, _) in &self.reading.segments {
            let entity = model.entities.iter().find(|entity| entity.name == model.segments[*segment].entity);
            let reached = entity
                .and_then(|entity| dataset_of(model, &entity.dataset))
                .is_some_and(|of| up_path(model, dataset, of).is_some());
            score += if reached { 0.1 } else { -0.4 };
        }
        if (!self.reading.periods.is_empty() || !self.reading.recurring.is_empty())
            && time_text(self.bound, dataset).is_none()
        {
            score -= 0.4;
        }
        score
    }

    fn entity_near(&self, noun: &Noun, dataset: usize) -> Option<f64> {
        let model = &self.bound.model;
        let datasets = noun
            .entities
            .iter()
            .filter_map(|(entity, fit)| Some((dataset_of(model, &model.entities[*entity].dataset)?, *fit)));
        let datasets = datasets.chain(noun.datasets.iter().copied());
        datasets
            .filter_map(|(of, fit)| up_path(model, dataset, of).map(|way| fit - 0.1 * way.len() as f64))
            .reduce(f64::max)
    }

    /// The figure that an ask means.
    pub(super) fn figure(&self, ask: &MeasureAsk) -> Option<Chosen> {
        let mut scored: Vec<(f64, f64, Figure)> = Vec::new();
        for (dataset, measure, fit) in &ask.candidates {
            if let Some(figure) = measure_figure(self.bound, *dataset, *measure, ask.aggregate) {
                scored.push((fit + 0.5 * self.belongs(*dataset), *fit, figure));
            }
        }
        for (dataset, fit) in &ask.rows_of {
            let label = self.bound.model.datasets[*dataset].label.clone();
            scored.push((fit + 0.5 * self.belongs(*dataset), *fit, count_figure(*dataset, &label)));
        }
        for (field, fit) in &ask.fields {
            let Some(dataset) = dataset_of_field(self.bound, *field) else { continue };
            let figure = match field {
                // "more than 10 customers": entities are counted.
                Field::Entity(entity, 1) => {
                    Some(count_figure(dataset, &super::plural(&self.bound.model.entities[*entity].name)))
                }
                field => field_figure(self.bound, *field, ask.aggregate),
            };
            if let Some(figure) = figure {
                scored.push((fit + 0.5 * self.belongs(dataset), *fit, figure));
            }
        }
        scored.sort_by(|one, other| other.0.total_cmp(&one.0));
        let (best, fit, figure) = scored.first().cloned()?;
        let others =
            scored.iter().skip(1).filter(|(score, _, other)| best - score < NEARLY && other.label != figure.label);
        let others = others.map(|(_, _, figure)| figure.label.clone()).collect();
        Some(Chosen { figure, fit, others })
    }

    /// What a noun is about.
    pub(super) fn subject(&self, noun: &Noun) -> Option<Subject> {
        let model = &self.bound.model;
        let fits = noun.entities.iter().chain(&noun.datasets).map(|(_, fit)| *fit);
        // What a word is only like is not meant where it is the name of something.
        let least = fits.fold(0., f64::max) - LESS_LIKELY;
        let entity = noun.entities.iter().filter(|(_, fit)| *fit > least).map(|(entity, fit)| {
            let dataset = Subject::Entity(*entity).dataset(model);
            (fit + 0.3 * self.belongs(dataset), Subject::Entity(*entity))
        });
        let dataset = noun.datasets.iter().filter(|(_, fit)| *fit > least).map(|(dataset, fit)| {
            let subject = self.entity_of(*dataset).map_or(Subject::Dataset(*dataset), Subject::Entity);
            (fit + 0.3 * self.belongs(*dataset), subject)
        });
        entity
            .chain(dataset)
            .reduce(|best, next| if next.0 > best.0 + 1e-9 { next } else { best })
            .map(|(_, subject)| subject)
    }

    /// The entity of which a dataset has one row for each.
    pub(super) fn entity_of(&self, dataset: usize) -> Option<usize> {
        let model = &self.bound.model;
        model.entities.iter().position(|entity| entity.dataset == model.datasets[dataset].name)
    }

    /// The measure by which entities or rows are ranked where none is named: the first that belongs to them.
    pub(super) fn usual_figure(&self, subject: Subject) -> Option<Figure> {
        let model = &self.bound.model;
        let own = subject.dataset(model);
        let measured = (0..model.datasets.len()).filter(|dataset| !model.datasets[*dataset].measures.is_empty());
        let near = measured.filter_map(|dataset| {
            let way = up_path(model, dataset, own)?;
            let hint = self.belongs(dataset);
            // An entity is known by what it does, not by its own row.
            let entity = matches!(subject, Subject::Entity(_)) && way.is_empty();
            Some((hint - if entity { 0.2 } else { 0.05 * way.len() as f64 }, dataset))
        });
        let best = near.reduce(|best, next| if next.0 > best.0 + 1e-9 { next } else { best });
        best.and_then(|(_, dataset)| measure_figure(self.bound, dataset, 0, None))
    }
}
