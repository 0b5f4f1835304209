//! Plans for rows rather than figures.

use super::choose::Choice;
use super::decide::{USUAL_ROWS, descending};
use super::figures::first_figure;
use super::{Doubt, Figure, Kind, OrderBy, Plan, PlanFilter, Subject, dataset_of_field, path, up_path};
use crate::ask::lexicon::Field;
use crate::ask::reading::{FieldAsk, Group, MeasureAsk, Order, Task};
use crate::ask::sql::time_text;

impl Choice<'_> {
    /// "list failed controls", where "failed controls" is a measure that counts some rows: those rows.
    pub(super) fn counted_rows(&self, figures: &[Figure]) -> Result<Option<Plan>, Doubt> {
        let reading = self.reading;
        let counts = reading.count
            || reading.share
            || reading.how_much
            || reading.aggregate.is_some()
            || reading.task.is_some()
            || reading.change.is_some()
            || reading.measures.iter().any(|ask| says_number(&ask.words));
        let [figure] = figures else { return Ok(None) };
        let asked = reading.measures.iter().all(|ask| ask.aggregate.is_none());
        if counts || !asked || !reading.groups.is_empty() || reading.rank.is_some() || !reading.fields.is_empty() {
            return Ok(None);
        }
        let subject = self.entity_of(figure.dataset).map_or(Subject::Dataset(figure.dataset), Subject::Entity);
        let other = reading.nouns.first().and_then(|noun| self.subject(noun)).is_some_and(|noun| noun != subject);
        let Some(condition) = counted_condition(&figure.expression).filter(|_| !other) else { return Ok(None) };
        let mut plan = self.begun(Kind::Rows { columns: Vec::new() }, subject, Some(figure.dataset))?;
        plan.filters.push(PlanFilter::Counted {
            dataset: figure.dataset,
            condition: condition.to_owned(),
            words: figure.label.clone(),
        });
        if let Some(order) = reading.by_time {
            plan.order = Some((OrderBy::Time, order == Order::Descending));
            plan.limit = reading.limit.or(Some(USUAL_ROWS));
        }
        Ok(Some(plan))
    }

    /// Rows rather than figures.
    pub(super) fn rows(&self, subject: Option<Subject>, figures: &[Figure]) -> Result<Option<Plan>, Doubt> {
        let reading = self.reading;
        let asked_figure =
            reading.count || reading.share || reading.task.is_some_and(|task| task == Task::Trend) || reading.distinct;
        // "emergency stays in total", "how high are paid invoices on average": a number all the same.
        let asked_figure = asked_figure || (figures.is_empty() && reading.aggregate.is_some());
        // "cities with more than 15 active customers": those of each city are counted.
        let counts = |ask: &MeasureAsk| !ask.rows_of.is_empty();
        let bounded = reading.conditions.iter().filter_map(|condition| condition.of.as_ref()).any(counts);
        let asked_figure = asked_figure || (bounded && reading.nouns.is_empty() && !reading.fields.is_empty());
        // "admissions of women and men": how many of each, where nothing more is asked of them.
        let plain = reading.fields.is_empty()
            && reading.conditions.is_empty()
            && reading.rank.is_none()
            && reading.by_time.is_none()
            && reading.limit.is_none()
            && !reading.list;
        let asked_figure =
            asked_figure || (plain && reading.heading && reading.each && self.group_of_values().is_some());
        let mut fields: Vec<Field> = Vec::new();
        let named = self.filtered_entity();
        let only_fields = reading.groups.iter().all(|group| matches!(group, Group::Field(_)));
        // "who manages project Apollo": a field of one entity.
        let looked_up = named.is_some() && figures.is_empty() && !asked_figure && only_fields && reading.rank.is_none();
        if asked_figure
            || (!figures.is_empty() && !self.lists_with(figures))
            || (!reading.groups.is_empty() && !looked_up)
        {
            return Ok(None);
        }
        let mut subject = subject;
        if looked_up {
            let asks = reading.fields.iter().chain(reading.groups.iter().filter_map(|group| match group {
                Group::Field(ask) => Some(ask),
                _ => None,
            }));
            for ask in asks {
                let near = self.nearest(ask, subject.map(|subject| subject.dataset(&self.bound.model)));
                if let Some((field, reached)) = near {
                    if !reached {
                        subject = dataset_of_field(self.bound, field)
                            .map(|dataset| self.entity_of(dataset).map_or(Subject::Dataset(dataset), Subject::Entity));
                    }
                    fields.push(field);
                }
            }
            let plain = fields.is_empty()
                && reading.nouns.is_empty()
                && reading.conditions.is_empty()
                && reading.filters.len() == 1
                && reading.segments.is_empty();
            if plain {
                return self.profile();
            }
        } else {
            for ask in &reading.fields {
                if let Some((field, true)) =
                    self.nearest(ask, subject.map(|subject| subject.dataset(&self.bound.model)))
                {
                    fields.push(field);
                }
            }
        }
        let subject = subject.or_else(|| self.filtered_dataset().map(Subject::Dataset));
        let Some(subject) = subject else { return Ok(None) };
        let dataset = subject.dataset(&self.bound.model);
        let judged = matches!(subject, Subject::Entity(_));
        let rows = (!judged || reading.conditions.iter().all(|condition| condition.of.is_none())).then_some(dataset);
        let mut plan = self.begun(Kind::Rows { columns: fields }, subject, rows.or(Some(dataset)))?;
        self.relate_others(&mut plan, dataset);
        if let Some(rank) = reading.rank {
            if matches!(subject, Subject::Entity(_)) {
                return Ok(None);
            }
            let measure = figures.first().cloned().or_else(|| first_figure(self.bound, dataset, None));
            let Some(figure) = measure.filter(|figure| figure.value.is_some() && figure.dataset == dataset) else {
                return Ok(None);
            };
            if figures.is_empty() {
                plan.assumptions.push(format!("they are ordered by {}", figure.label));
            }
            plan.order = Some((OrderBy::Figure(0), descending(rank.order, &figure)));
            plan.figures = vec![figure];
            plan.limit = rank.limit.or(Some(USUAL_ROWS));
        } else if let Some(order) = reading.by_time {
            if time_text(self.bound, dataset).is_none() {
                return Err(Doubt::Lacking {
                    what: format!("since when there are {}", subject.plural(&self.bound.model)),
                });
            }
            plan.order = Some((OrderBy::Time, order == Order::Descending));
            plan.limit = reading.limit.or(Some(USUAL_ROWS));
        }
        Ok(Some(plan))
    }

    /// "when will it be done": the days that a table has. A forecast has courses, and no days.
    pub(super) fn expected(&self) -> Result<Plan, Doubt> {
        let (reading, model) = (self.reading, &self.bound.model);
        let unknown = || Doubt::Apart { what: "when something will happen".to_owned() };
        let ask = reading.expected.as_ref().ok_or_else(unknown)?;
        // Days are neither ordered nor measured here: what asks for that is not left out in silence.
        let more = reading.rank.is_some()
            || reading.by_time.is_some()
            || reading.ahead.is_some()
            || reading.count
            || reading.share;
        if more {
            return Err(unknown());
        }
        let grouped = reading.groups.iter().filter_map(|group| match group {
            Group::Entity(noun) => Some(noun),
            _ => None,
        });
        let spoken: Vec<Subject> = reading.nouns.iter().chain(grouped).filter_map(|noun| self.subject(noun)).collect();
        // "when will the milestones be due" is not told by the days of projects.
        let of_spoken = |dataset: usize| spoken.iter().all(|of| up_path(model, dataset, of.dataset(model)).is_some());
        let mut days =
            ask.candidates.iter().filter_map(|(field, _)| Some((*field, dataset_of_field(self.bound, *field)?)));
        let (field, dataset) = days.find(|(_, dataset)| of_spoken(*dataset)).ok_or_else(unknown)?;
        // "each running project": the rows themselves, and no measure.
        if !reading.measures.iter().all(|ask| ask.rows_of.iter().any(|(of, _)| *of == dataset)) {
            return Err(unknown());
        }
        let named = self.filtered_entity().map(|(entity, _)| Subject::Entity(entity));
        let of = spoken.iter().copied().chain(named).find_map(|subject| match subject {
            Subject::Entity(entity) => {
                up_path(model, dataset, subject.dataset(model)).map(|_| Field::Entity(entity, 0))
            }
            Subject::Dataset(_) => None,
        });
        let mut columns: Vec<Field> = of.into_iter().collect();
        for group in &reading.groups {
            if let Group::Field(by) = group {
                match self.nearest(by, Some(dataset)) {
                    Some((by, true)) => columns.push(by),
                    _ => return Err(unknown()),
                }
            }
        }
        columns.push(field);
        self.begun(Kind::Rows { columns }, Subject::Dataset(dataset), Some(dataset))
    }

    /// Whether figures are no more than what rows are ordered or judged by.
    pub(super) fn lists_with(&self, figures: &[Figure]) -> bool {
        let only_conditions = !self.reading.conditions.is_empty()
            && self.reading.measures.iter().all(|ask| {
                self.reading
                    .conditions
                    .iter()
                    .any(|condition| condition.of.as_ref().is_some_and(|of| of.words == ask.words))
            });
        let subject = self.reading.nouns.first().and_then(|noun| self.subject(noun));
        let ranked_rows = self.reading.rank.is_some_and(|rank| rank.limit != Some(1) || self.reading.list)
            && matches!(subject, Some(Subject::Dataset(dataset)) if figures.first().is_some_and(|figure| figure.dataset == dataset && figure.value.is_some()));
        // "list vendors with rising costs", "which expenses were not approved": rows, though a measure is called like them.
        let judged = !self.reading.filters.is_empty()
            || !self.reading.segments.is_empty()
            || !self.reading.conditions.is_empty();
        let listed = self.reading.list
            && judged
            && self.reading.rank.is_none()
            && self.reading.aggregate.is_none()
            && self.reading.measures.iter().all(|ask| ask.aggregate.is_none())
            && subject.is_some_and(|subject| {
                matches!(subject, Subject::Entity(_))
                    || figures.first().is_some_and(|figure| figure.dataset == subject.dataset(&self.bound.model))
            });
        only_conditions || ranked_rows || listed
    }

    /// The dataset that most of the filters are of.
    pub(super) fn filtered_dataset(&self) -> Option<usize> {
        let filters = self
            .reading
            .filters
            .iter()
            .flat_map(|filter| filter.candidates.iter().map(|(field, _, fit)| (*field, *fit)));
        let fields = self.reading.fields.iter().flat_map(|ask| ask.candidates.iter().copied());
        let datasets = filters.chain(fields).filter_map(|(field, fit)| {
            Some((fit + self.belongs(dataset_of_field(self.bound, field)?), dataset_of_field(self.bound, field)?))
        });
        datasets.reduce(|best, next| if next.0 > best.0 + 1e-9 { next } else { best }).map(|(_, dataset)| dataset)
    }

    /// The field of an ask that is nearest to a dataset, and whether rows of it have one at most.
    pub(super) fn nearest(&self, ask: &FieldAsk, dataset: Option<usize>) -> Option<(Field, bool)> {
        let reached = ask.candidates.iter().filter_map(|(field, fit)| {
            let of = dataset_of_field(self.bound, *field)?;
            let way = up_path(&self.bound.model, dataset?, of)?;
            Some((fit - 0.1 * way.len() as f64, *field))
        });
        let best = reached.reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map(|(_, field)| (field, true)).or_else(|| ask.candidates.first().map(|(field, _)| (*field, false)))
    }

    /// Datasets that are spoken of beside the subject must be there for it: "customers with orders".
    pub(super) fn relate_others(&self, plan: &mut Plan, dataset: usize) {
        for noun in self.reading.nouns.iter().skip(1) {
            let other = match self.subject(noun) {
                Some(other) => other.dataset(&self.bound.model),
                None => continue,
            };
            let known = plan
                .filters
                .iter()
                .any(|filter| matches!(filter, PlanFilter::Related { dataset, .. } if *dataset == other));
            let above = up_path(&self.bound.model, dataset, other).is_some();
            if other != dataset && !known && !above && path(&self.bound.model, dataset, other).is_some() {
                plan.filters.push(PlanFilter::Related { dataset: other, absent: false, words: noun.words.clone() });
            }
        }
    }
}

/// Whether the words for a measure ask for a number themselves: "number of complaints".
fn says_number(words: &str) -> bool {
    let words = words.to_lowercase();
    words.starts_with("number of") || words.ends_with(" count") || words.starts_with("count of")
}

/// The condition of an aggregate that counts the rows that fulfil one.
pub(super) fn counted_condition(expression: &str) -> Option<&str> {
    let inner = expression.trim().strip_suffix(')')?;
    let lower = inner.to_ascii_lowercase();
    let start = lower.strip_prefix("count(*)")?.trim_start().strip_prefix("filter")?.trim_start().strip_prefix('(')?;
    let condition = start.trim_start().strip_prefix("where ")?;
    Some(inner[inner.len() - condition.len()..].trim())
}
