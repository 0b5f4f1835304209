//! Filters and conditions of a plan, from what was read.

use super::choose::Choice;
use super::{Compared, ComparedWith, Doubt, PlanCondition, PlanFilter, Subject, dataset_of_field, path, up_path};
use crate::ask::lexicon::Field;
use crate::ask::reading::{Condition, Filter, MeasureAsk, Operand, Relation};
use crate::ask::time::{is_of_time, minutes};
use crate::ask::words::stems;

impl Choice<'_> {
    /// All that rows must fulfil.
    pub(super) fn filters(&self) -> Result<Vec<PlanFilter>, Doubt> {
        let mut filters = self.values_that(|_| true)?;
        filters.extend(self.reading.texts.iter().map(|search| PlanFilter::Text { search: search.clone() }));
        filters.extend(
            self.reading.segments.iter().map(|(segment, not)| PlanFilter::Segment { segment: *segment, not: *not }),
        );
        for relation in &self.reading.relations {
            filters.push(self.related(relation)?);
        }
        Ok(filters)
    }

    /// The values that rows must have, of those that are wanted.
    pub(super) fn values_that(&self, wanted: impl Fn(&Filter) -> bool) -> Result<Vec<PlanFilter>, Doubt> {
        let mut filters: Vec<PlanFilter> = Vec::new();
        for filter in self.reading.filters.iter().filter(|filter| wanted(filter)) {
            let planned = if filter.missing { missing(filter) } else { self.values_of(filter)? };
            // "EMEA or APAC": values of one field are alternatives.
            let merged = match (&planned, filters.last_mut()) {
                (
                    PlanFilter::Values { fields, not: false, words },
                    Some(PlanFilter::Values { fields: before, not: false, words: known }),
                ) if same_fields(fields, before) => {
                    for (field, texts) in before.iter_mut() {
                        if let Some((_, more)) = fields.iter().find(|(other, _)| other == field) {
                            texts.extend(more.iter().filter(|text| !texts.contains(text)).cloned().collect::<Vec<_>>());
                        }
                    }
                    before.retain(|(field, _)| fields.iter().any(|(other, _)| other == field));
                    known.push_str(" or ");
                    known.push_str(words);
                    true
                }
                (
                    PlanFilter::Values { fields, not: true, words },
                    Some(PlanFilter::Values { fields: before, not: true, words: known }),
                ) if same_fields(fields, before) => {
                    for (field, texts) in before.iter_mut() {
                        if let Some((_, more)) = fields.iter().find(|(other, _)| other == field) {
                            texts.extend(more.iter().cloned());
                        }
                    }
                    known.push_str(" or ");
                    known.push_str(words);
                    true
                }
                _ => false,
            };
            if !merged {
                filters.push(planned);
            }
        }
        Ok(filters)
    }

    fn values_of(&self, filter: &Filter) -> Result<PlanFilter, Doubt> {
        let best = filter.candidates.iter().map(|(_, _, fit)| *fit).fold(0., f64::max);
        let mut fields: Vec<(Field, Vec<String>)> = Vec::new();
        let mut ranked: Vec<&(Field, String, f64)> =
            filter.candidates.iter().filter(|(_, _, fit)| *fit > best - 0.15).collect();
        ranked.sort_by(|one, other| other.2.total_cmp(&one.2));
        for (field, text, _) in ranked {
            match fields.iter_mut().find(|(known, _)| known == field) {
                Some((_, texts)) if !texts.contains(text) => texts.push(text.clone()),
                Some(_) => {}
                None => fields.push((*field, vec![text.clone()])),
            }
        }
        // A part of a name that several entities have: which of them?
        let several = fields
            .iter()
            .find(|(field, texts)| matches!(field, Field::Entity(_, 0)) && texts.len() > 1 && texts.len() <= 8);
        if let Some((_, texts)) = several
            && best < 0.9
        {
            let distinct: std::collections::BTreeSet<String> = texts.iter().map(|text| text.to_lowercase()).collect();
            if distinct.len() > 1 {
                return Err(Doubt::Several { about: filter.words.clone(), readings: texts.clone() });
            }
        }
        Ok(PlanFilter::Values { fields, not: filter.not, words: filter.words.clone() })
    }

    /// "how long do outpatients wait", where the rows are called "outpatient appointments": what is said of all of them leaves none
    /// out, though elsewhere it is a value.
    pub(super) fn is_said_of_all(&self, filter: &PlanFilter, dataset: usize) -> bool {
        let PlanFilter::Values { fields, not: false, words } = filter else { return false };
        let model = &self.bound.model;
        let reached =
            |field: &Field| dataset_of_field(self.bound, *field).is_some_and(|of| path(model, dataset, of).is_some());
        let own = &model.datasets[dataset];
        let said = stems(words);
        let mut called = std::iter::once(&own.label).chain(&own.synonyms).map(|name| stems(name));
        !fields.iter().any(|(field, _)| reached(field))
            && called.any(|name| said.iter().all(|word| name.contains(word)))
    }

    fn related(&self, relation: &Relation) -> Result<PlanFilter, Doubt> {
        let lacking = || Doubt::Lacking { what: format!("what {} are", relation.noun.words) };
        let datasets = relation.noun.datasets.iter().map(|(dataset, fit)| (*fit, *dataset));
        let entities = relation
            .noun
            .entities
            .iter()
            .map(|(entity, fit)| (*fit, Subject::Entity(*entity).dataset(&self.bound.model)));
        let best = datasets.chain(entities).reduce(|best, next| if next.0 > best.0 + 1e-9 { next } else { best });
        let (_, dataset) = best.ok_or_else(lacking)?;
        Ok(PlanFilter::Related { dataset, absent: relation.absent, words: relation.noun.words.clone() })
    }

    /// The conditions on numbers. `rows` is the dataset whose rows are looked at one by one, where they are.
    pub(super) fn conditions(
        &self,
        rows: Option<usize>,
        subject: Option<Subject>,
    ) -> Result<Vec<PlanCondition>, Doubt> {
        self.reading.conditions.iter().map(|condition| self.condition(condition, rows, subject)).collect()
    }

    fn condition(
        &self,
        condition: &Condition,
        rows: Option<usize>,
        subject: Option<Subject>,
    ) -> Result<PlanCondition, Doubt> {
        let lacking = || Doubt::Lacking { what: format!("of what it must be {}", condition.words) };
        let unit_said = condition.words.split(' ').next_back().unwrap_or_default().to_lowercase();
        let (of, unit) = match &condition.of {
            Some(ask) => {
                let unit = self.figure(ask).and_then(|chosen| chosen.figure.unit);
                let of = self.compared_number(ask, rows).ok_or_else(lacking)?;
                // "results that took longer than 72 hours", where what is named is no duration.
                let number = matches!(condition.with, Operand::Number(_) | Operand::Range(..));
                let row = !matches!(of, Compared::Field(_)) && number;
                if row && is_of_time(&unit_said) && !self.is_timed(unit.as_deref()) {
                    return Err(lacking());
                }
                (of, unit)
            }
            None => {
                let spoken = rows.or_else(|| subject.map(|subject| subject.dataset(&self.bound.model)));
                let dataset = self.bounded(condition, spoken).ok_or_else(lacking)?;
                let measures = &self.bound.model.datasets[dataset].measures;
                let usual = measures.iter().find(|measure| measure.value.is_some());
                let unit = usual.and_then(|measure| measure.unit.as_deref()).unwrap_or_default().to_lowercase();
                // "machines older than 10 years", where nothing of them is counted in years.
                let of_age = ["older ", "younger "].iter().any(|age| condition.words.to_lowercase().starts_with(age));
                let of_share = matches!(unit_said.as_str(), "percent" | "pct" | "%") && unit != "%";
                let timed = is_of_time(&unit_said) && !go_together(&unit_said, &unit);
                if (of_age && !is_of_time(&unit)) || timed || of_share {
                    return Err(lacking());
                }
                let of = match (usual.and_then(|measure| measure.value.clone()), subject) {
                    (Some(expression), _) => Compared::Row { dataset, expression },
                    (None, Some(subject)) => Compared::Figure(self.usual_figure(subject).ok_or_else(lacking)?),
                    (None, None) => return Err(lacking()),
                };
                (of, Some(unit))
            }
        };
        // "more than 5 hours of downtime", which is held in minutes: the number in the unit of what it is compared with.
        let held = unit.and_then(|unit| minutes(&unit.to_lowercase()));
        let factor = minutes(&unit_said).zip(held).map_or(1., |(said, held)| said / held);
        let with = match &condition.with {
            Operand::Number(number) => ComparedWith::Number(number * factor),
            Operand::Range(from, to) => ComparedWith::Range(from * factor, to * factor),
            Operand::Average => ComparedWith::Average,
            Operand::Measure(ask) => ComparedWith::Figure(self.figure(ask).ok_or_else(lacking)?.figure),
        };
        Ok(PlanCondition { of, operator: condition.operator, with, words: condition.words.clone() })
    }

    /// Whether a number may be of a time: by its unit, or where the model tells no units.
    fn is_timed(&self, unit: Option<&str>) -> bool {
        let of_time = |unit: &str| is_of_time(&unit.to_lowercase());
        let mut measures = self.bound.model.datasets.iter().flat_map(|dataset| &dataset.measures);
        match unit {
            Some(unit) => of_time(unit),
            None => !measures.any(|measure| measure.unit.as_deref().is_some_and(of_time)),
        }
    }

    /// Of which dataset's rows a bound is that does not say of what it is: of what stands in front of it, which those that are
    /// spoken of must belong to.
    fn bounded(&self, condition: &Condition, spoken: Option<usize>) -> Option<usize> {
        let near = condition.near.as_ref().and_then(|noun| self.subject(noun));
        let Some(near) = near.map(|subject| subject.dataset(&self.bound.model)) else { return spoken };
        let valued = self.bound.model.datasets[near].measures.iter().any(|measure| measure.value.is_some());
        match spoken {
            Some(spoken) if spoken != near => {
                (valued && up_path(&self.bound.model, spoken, near).is_some()).then_some(near)
            }
            _ => Some(near),
        }
    }

    fn compared_number(&self, ask: &MeasureAsk, rows: Option<usize>) -> Option<Compared> {
        let best = |fits: &[f64]| fits.iter().copied().fold(0., f64::max);
        let of_measures = best(&ask.candidates.iter().map(|(_, _, fit)| *fit).collect::<Vec<_>>());
        let counted = ask.fields.iter().any(|(field, _)| matches!(field, Field::Entity(_, 1)));
        if let Some((field, fit)) = ask.fields.first()
            && *fit > of_measures
            && !counted
        {
            return Some(Compared::Field(*field));
        }
        let figure = self.figure(ask)?.figure;
        if let (Some(dataset), Some(expression)) = (rows, &figure.value)
            && figure.dataset == dataset
        {
            return Some(Compared::Row { dataset, expression: expression.clone() });
        }
        Some(Compared::Figure(figure))
    }
}

/// Whether a number in one unit of time can be told in another: how many days a month has, nobody can say.
fn go_together(said: &str, held: &str) -> bool {
    (minutes(said).is_some() && minutes(held).is_some()) || said.trim_end_matches('s') == held.trim_end_matches('s')
}

fn missing(filter: &Filter) -> PlanFilter {
    let fields = filter.candidates.iter().map(|(field, _, _)| *field).collect();
    PlanFilter::Missing { fields, not: filter.not, words: filter.words.clone() }
}

fn same_fields(one: &[(Field, Vec<String>)], other: &[(Field, Vec<String>)]) -> bool {
    one.iter().any(|(field, _)| other.iter().any(|(known, _)| known == field))
}
