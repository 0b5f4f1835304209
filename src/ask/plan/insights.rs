//! Plans that say more than figures: rankings by scores, correlations, forecasts, what is unusual, all about one entity.

use super::choose::Choice;
use super::decide::{USUAL_STEPS, taken, unique_names};
use super::figures::{count_figure, field_figure, first_figure};
use super::times::{fitting_grain, named_grain};
use super::{
    Doubt, Figure, Kind, OrderBy, Pairing, Plan, PlanFilter, PlanGroup, Subject, dataset_of, dataset_of_field,
    field_name, in_words, up_path,
};
use crate::ask::lexicon::Field;
use crate::ask::reading::Task;
use crate::ask::sql::time_text;
use crate::ask::time::Grain;

/// No more steps are forecast: farther off, nothing can be said.
const MOST_STEPS: u32 = 120;

impl Choice<'_> {
    pub(super) fn score(&self, place: usize, subject: Option<Subject>) -> Result<Plan, Doubt> {
        let model = &self.bound.model;
        let entity = model.entities.iter().position(|entity| entity.name == model.scores[place].entity);
        let subject = entity
            .map(Subject::Entity)
            .or(subject)
            .ok_or_else(|| Doubt::Lacking { what: "what is ranked".to_owned() })?;
        let mut plan = self.begun(Kind::Score(place), subject, None)?;
        plan.conditions.clear();
        if let Some(rank) = self.reading.rank.and_then(|rank| rank.limit) {
            plan.limit = Some(rank);
        }
        Ok(plan)
    }

    pub(super) fn profile(&self) -> Result<Option<Plan>, Doubt> {
        let Some((entity, _)) = self.filtered_entity() else {
            if let Some(Subject::Entity(entity)) = self.reading_subject()
                && self.reading.measures.is_empty()
                && self.reading.groups.is_empty()
            {
                return Err(Doubt::Lacking { what: format!("which {}", self.bound.model.entities[entity].name) });
            }
            return Ok(None);
        };
        let mut plan = Plan::new(Kind::Profile { entity }, Subject::Entity(entity));
        plan.filters = self.filters()?;
        for filter in &mut plan.filters {
            if let PlanFilter::Values { fields, .. } = filter {
                let own = fields.iter().any(|(field, _)| matches!(field, Field::Entity(of, _) if *of == entity));
                fields.retain(|(field, _)| !own || matches!(field, Field::Entity(of, _) if *of == entity));
            }
        }
        plan.filters.retain(|filter| matches!(filter, PlanFilter::Values { .. }));
        Ok(Some(plan))
    }

    pub(super) fn correlation(&self, mut figures: Vec<Figure>, subject: Option<Subject>) -> Result<Plan, Doubt> {
        let model = &self.bound.model;
        let mut assumptions = Vec::new();
        // Two measures that one word means are one; datasets that are spoken of count as their rows, or their first measure.
        for noun in &self.reading.nouns {
            if figures.len() >= 2 {
                break;
            }
            let entity_only = noun.datasets.iter().all(|(dataset, _)| self.entity_of(*dataset).is_some());
            if entity_only {
                continue;
            }
            let best = noun.datasets.iter().filter(|(dataset, _)| self.entity_of(*dataset).is_none());
            let best = best.max_by(|one, other| {
                (one.1 + 0.3 * self.belongs(one.0)).total_cmp(&(other.1 + 0.3 * self.belongs(other.0)))
            });
            if let Some((dataset, _)) = best {
                let figure = count_figure(*dataset, &model.datasets[*dataset].label);
                if !figures.iter().any(|known| known.dataset == *dataset && known.counts) {
                    assumptions.push(format!("{} are counted", model.datasets[*dataset].label));
                    figures.push(figure);
                }
            }
        }
        for ask in &self.reading.fields {
            if figures.len() < 2
                && let Some(figure) =
                    ask.candidates.iter().find_map(|(field, _)| field_figure(self.bound, *field, None))
            {
                figures.push(figure);
            }
        }
        if figures.len() == 1
            && let Some(figure) = subject
                .and_then(|subject| self.usual_figure(subject))
                .filter(|usual| usual.expression != figures[0].expression)
        {
            assumptions.push(format!("it is compared with {}", figure.label));
            figures.push(figure);
        }
        if figures.len() < 2 {
            return Err(Doubt::Lacking { what: "which two measures go together".to_owned() });
        }
        figures.truncate(2);
        unique_names(&mut figures, self.bound);
        let (one, other) = (figures[0].dataset, figures[1].dataset);
        let groups = self.groups();
        let asked_entity = groups.iter().find_map(|group| match group {
            PlanGroup::Entity(entity) => Some(*entity),
            _ => None,
        });
        let asked_entity = asked_entity.or(match subject {
            Some(Subject::Entity(entity)) => Some(entity),
            _ => None,
        });
        let reached = |entity: usize| {
            let dataset = dataset_of(model, &model.entities[entity].dataset)?;
            Some(up_path(model, one, dataset)?.len() + up_path(model, other, dataset)?.len())
        };
        let shared = (0..model.entities.len())
            .filter_map(|entity| Some((reached(entity)?, entity)))
            .min()
            .map(|(_, entity)| entity);
        let named = named_grain(self.reading);
        let both_rows = one == other && figures.iter().all(|figure| figure.value.is_some());
        let field_group = groups.iter().find(|group| matches!(group, PlanGroup::Field { .. })).cloned();
        let timed = [one, other].iter().all(|dataset| time_text(self.bound, *dataset).is_some());
        let mut plan =
            self.begun(Kind::Correlation { per: Pairing::Rows }, subject.unwrap_or(Subject::Dataset(one)), None)?;
        let per = if let Some(grain) = named {
            Pairing::Time(grain)
        } else if let Some(entity) = asked_entity.filter(|entity| reached(*entity).is_some()) {
            Pairing::Entity(entity)
        } else if field_group.is_some() {
            Pairing::Field
        } else if both_rows {
            Pairing::Rows
        } else if let Some(entity) = shared {
            assumptions.push(format!("each {} is one pair of values", model.entities[entity].name));
            Pairing::Entity(entity)
        } else if timed {
            assumptions.push("each week is one pair of values".to_owned());
            Pairing::Time(Grain::Week)
        } else {
            return Err(Doubt::Apart { what: format!("{} and {}", figures[0].label, figures[1].label) });
        };
        plan.groups = match per {
            Pairing::Time(grain) => vec![PlanGroup::Time(grain)],
            Pairing::Field => field_group.into_iter().collect(),
            _ => Vec::new(),
        };
        plan.kind = Kind::Correlation { per };
        plan.figures = figures;
        plan.assumptions = assumptions;
        Ok(plan)
    }

    pub(super) fn duplicates(&self, subject: Option<Subject>, figures: &[Figure]) -> Result<Plan, Doubt> {
        let subject = subject.or_else(|| figures.first().map(|figure| Subject::Dataset(figure.dataset)));
        let subject = subject.ok_or_else(|| Doubt::Lacking { what: "of what duplicates are looked for".to_owned() })?;
        let dataset = subject.dataset(&self.bound.model);
        let of = &self.bound.model.datasets[dataset];
        let table = &self.bound.tables[dataset];
        let label = match subject {
            Subject::Entity(entity) => Some(self.bound.model.entities[entity].label.clone())
                .filter(|label| *label != self.bound.model.entities[entity].key),
            Subject::Dataset(_) => None,
        };
        let by = match label {
            Some(label) => vec![label],
            None => {
                let own = |name: &String| {
                    !of.key.contains(name)
                        && of.time.as_ref() != Some(name)
                        && !name.starts_with('_')
                        && !of.texts.contains(name)
                };
                table
                    .columns
                    .iter()
                    .filter(|(name, kind)| own(name) && !kind.starts_with("timestamp"))
                    .map(|(name, _)| name.clone())
                    .collect()
            }
        };
        let mut plan = self.begun(Kind::Duplicates { by: by.clone() }, subject, Some(dataset))?;
        plan.assumptions.push(format!(
            "rows count as duplicates where {} agree",
            by.iter().map(|name| in_words(name)).collect::<Vec<_>>().join(", ")
        ));
        Ok(plan)
    }

    pub(super) fn anomalies(&self, mut figures: Vec<Figure>, subject: Option<Subject>) -> Result<Plan, Doubt> {
        let mut assumptions = Vec::new();
        let dataset = subject.map(|subject| subject.dataset(&self.bound.model));
        if figures.is_empty() {
            let first = dataset.and_then(|dataset| first_figure(self.bound, dataset, None));
            figures.extend(taken(first, &mut assumptions));
        }
        if figures.is_empty() {
            figures.extend(self.assumed_figure(subject, &mut assumptions));
        }
        let figure = figures
            .first()
            .cloned()
            .ok_or_else(|| Doubt::Lacking { what: "of what something is unusual".to_owned() })?;
        let groups = self.groups();
        let timed = groups.iter().any(|group| matches!(group, PlanGroup::Time(_)));
        let by_time = timed || figure.value.is_none() || self.reading.when || self.reading.task == Some(Task::Trend);
        let kind = if by_time { Kind::UnusualTimes } else { Kind::UnusualRows };
        let mut plan = self.begun(kind, subject.unwrap_or(Subject::Dataset(figure.dataset)), Some(figure.dataset))?;
        plan.groups = groups;
        if by_time && !timed {
            let grain = fitting_grain(self.reading, self.values, &figure);
            plan.groups = vec![PlanGroup::Time(if grain == Grain::Month { Grain::Week } else { grain })];
        }
        if !by_time && plan.groups.is_empty() {
            let facts = self.values.facts(figure.dataset);
            let few = facts.into_iter().flat_map(|facts| facts.distinct.iter().enumerate());
            let usable = few
                .filter(|(_, count)| count.is_some_and(|count| (2..=40).contains(&count)))
                .map(|(dimension, _)| dimension)
                .next();
            if let Some(dimension) = usable {
                let field = Field::Dimension(figure.dataset, dimension);
                let name = field_name(self.bound, field);
                assumptions.push(format!("each is compared with the usual of its {}", in_words(&name)));
                plan.groups.push(PlanGroup::Field { fields: vec![field], label: in_words(&name), name });
            }
        }
        plan.groups.retain(|group| by_time || matches!(group, PlanGroup::Field { .. }));
        plan.figures = vec![figure];
        plan.assumptions = assumptions;
        Ok(plan)
    }

    pub(super) fn forecast(&self, mut figures: Vec<Figure>, subject: Option<Subject>) -> Result<Plan, Doubt> {
        let mut assumptions = Vec::new();
        if figures.is_empty() {
            figures.extend(self.assumed_figure(subject, &mut assumptions));
        }
        let figure =
            figures.first().cloned().ok_or_else(|| Doubt::Lacking { what: "what is to be forecast".to_owned() })?;
        let ahead = self.reading.ahead.as_ref();
        let named = named_grain(self.reading);
        let grain = named
            .or(ahead.and_then(|ahead| ahead.grain))
            .unwrap_or_else(|| fitting_grain(self.reading, self.values, &figure).max(Grain::Week));
        let (grain, steps) = match (ahead, named) {
            (Some(ahead), Some(named)) => {
                let days = ahead.grain.map_or(30., Grain::days) * f64::from(ahead.count.max(1));
                (named, (days / named.days()).round().max(1.) as u32)
            }
            // One quarter or year is shown month by month.
            (Some(ahead), None) if grain >= Grain::Quarter => {
                let months = if grain == Grain::Year { 12 } else { 3 };
                (Grain::Month, months * ahead.count.max(1))
            }
            (Some(ahead), None) => (grain, ahead.count.max(1)),
            (None, _) => {
                assumptions
                    .push(format!("the next {USUAL_STEPS} {}s are forecast, since no horizon was named", grain.word()));
                (grain, USUAL_STEPS)
            }
        };
        if steps > MOST_STEPS {
            assumptions.push(format!("no more than {MOST_STEPS} {}s are forecast", grain.word()));
        }
        let mut plan = self.begun(
            Kind::Forecast { steps: steps.min(MOST_STEPS) as usize },
            subject.unwrap_or(Subject::Dataset(figure.dataset)),
            None,
        )?;
        plan.groups = vec![PlanGroup::Time(grain)];
        plan.figures = vec![figure];
        plan.assumptions = assumptions;
        plan.limit = None;
        Ok(plan)
    }

    pub(super) fn distribution(&self, figures: &[Figure], subject: Option<Subject>) -> Result<Option<Plan>, Doubt> {
        let groups = self.groups();
        if let Some(figure) = figures.iter().find(|figure| figure.value.is_some())
            && groups.is_empty()
        {
            let mut plan = self.begun(
                Kind::Distribution,
                subject.unwrap_or(Subject::Dataset(figure.dataset)),
                Some(figure.dataset),
            )?;
            plan.figures = vec![figure.clone()];
            plan.limit = None;
            return Ok(Some(plan));
        }
        if !groups.is_empty() || self.reading.fields.is_empty() {
            return Ok(None);
        }
        // "the distribution of status": how often each value comes.
        let group = self.field_group(&self.reading.fields[0]);
        let PlanGroup::Field { fields, .. } = &group else { return Ok(None) };
        let own = fields.first().and_then(|field| dataset_of_field(self.bound, *field));
        let subject =
            subject.or(own.map(|dataset| self.entity_of(dataset).map_or(Subject::Dataset(dataset), Subject::Entity)));
        let Some(subject) = subject else { return Ok(None) };
        let mut plan = self.begun(Kind::Figures, subject, None)?;
        let figure = figures.first().cloned();
        plan.figures =
            vec![figure.unwrap_or_else(|| {
                count_figure(subject.dataset(&self.bound.model), &subject.plural(&self.bound.model))
            })];
        plan.groups = vec![group];
        plan.order = Some((OrderBy::Figure(0), true));
        plan.limit = None;
        Ok(Some(plan))
    }
}
