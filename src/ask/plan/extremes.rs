//! Extremes: of single rows, and of what is only said to be the largest, the slowest or the most frequent.

use super::choose::Choice;
use super::decide::descending;
use super::figures::{first_figure, measure_figure};
use super::{Doubt, Figure, Kind, OrderBy, Plan, PlanGroup, Subject, dataset_of_field, up_path};
use crate::ask::reading::{Aggregate, Order};

impl Choice<'_> {
    /// "highest IL6 value ever", "biggest single expense": the row that has it, where no group is named and rows have a value
    /// each. What groups have a sum of is asked back, unless single rows are spoken of.
    pub(super) fn extreme_row(&self, figure: &Figure) -> Result<Option<Plan>, Doubt> {
        let reading = self.reading;
        let Some(rank) = reading.rank else { return Ok(None) };
        let is_sum = figure.expression.trim_start().to_lowercase().starts_with("sum(");
        let of_rows = figure.is_mean() || (reading.single && is_sum);
        let plain = reading.measures.iter().all(|ask| ask.aggregate.is_none());
        if figure.value.is_none() || !of_rows || !plain || reading.share || reading.measures.is_empty() {
            return Ok(None);
        }
        let subject = self.entity_of(figure.dataset).map_or(Subject::Dataset(figure.dataset), Subject::Entity);
        let mut plan = self.begun(Kind::Rows { columns: Vec::new() }, subject, Some(figure.dataset))?;
        plan.order = Some((OrderBy::Figure(0), descending(rank.order, figure)));
        plan.limit = rank.limit.or(Some(1));
        plan.figures = vec![figure.clone()];
        Ok(Some(plan))
    }

    /// "the largest invoice of each vendor", "which ward had the longest stay": the extreme value of the rows that are spoken of.
    pub(super) fn largest_row(&self, groups: &[PlanGroup]) -> Result<Option<Figure>, Doubt> {
        let (Some(rank), Some(sized)) = (self.reading.rank, &self.reading.sized) else { return Ok(None) };
        let Some(Subject::Dataset(dataset)) = self.subject(sized).filter(|_| !groups.is_empty()) else {
            return Ok(None);
        };
        let aggregate = if rank.order == Order::Ascending { Aggregate::Minimum } else { Aggregate::Maximum };
        let timed = self.duration(dataset).filter(|_| self.reading.of_time);
        let figure = match timed {
            Some(place) => measure_figure(self.bound, dataset, place, Some(aggregate)),
            None => first_figure(self.bound, dataset, Some(aggregate)),
        };
        if figure.is_some() && self.ranks_each(groups) && rank.limit.is_some_and(|limit| limit > 1) {
            let label = &self.bound.model.datasets[dataset].label;
            return Err(Doubt::Apart { what: format!("the first few {label} within each group") });
        }
        Ok(figure)
    }

    /// Whether rows are ranked within each of all groups, so that each group has a first one.
    pub(super) fn ranks_each(&self, groups: &[PlanGroup]) -> bool {
        let reading = self.reading;
        let within: Vec<PlanGroup> = reading.within.iter().filter_map(|group| self.planned_group(group)).collect();
        reading.sized.is_some() && reading.measures.is_empty() && groups.iter().all(|group| within.contains(group))
    }

    /// The first measure of a dataset that is a mean of durations.
    fn duration(&self, dataset: usize) -> Option<usize> {
        let measures = &self.bound.model.datasets[dataset].measures;
        measures.iter().position(|measure| measure.is_mean() && measure.is_duration())
    }

    /// "which vendors do we pay slowest": a measure in units of time of the rows to which all else that was said belongs.
    pub(super) fn timed_figure(&self, groups: &[PlanGroup]) -> Option<Figure> {
        let model = &self.bound.model;
        let reaches = |dataset: usize| {
            groups.iter().all(|group| match group {
                PlanGroup::Field { fields, .. } => fields.iter().any(|field| {
                    dataset_of_field(self.bound, *field).is_some_and(|of| up_path(model, dataset, of).is_some())
                }),
                PlanGroup::Entity(entity) => up_path(model, dataset, Subject::Entity(*entity).dataset(model)).is_some(),
                PlanGroup::Time(_) | PlanGroup::Cycle(_) => true,
            })
        };
        let datasets = (0..model.datasets.len()).filter(|dataset| reaches(*dataset));
        let timed = datasets.filter_map(|dataset| Some((self.belongs(dataset), dataset, self.duration(dataset)?)));
        let best = timed.reduce(|best, next| if next.0 > best.0 + 1e-9 { next } else { best });
        best.and_then(|(_, dataset, place)| measure_figure(self.bound, dataset, place, None))
    }
}
