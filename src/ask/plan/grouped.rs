//! Plans for figures, alone or by groups.

use super::choose::Choice;
use super::decide::{add_fields, descending, same_name, taken, unique_names};
use super::figures::{count_figure, distinct_figure, first_figure};
use super::shares::drop_said_twice;
use super::times::fitting_grain;
use super::{Doubt, Figure, Kind, OrderBy, Plan, PlanGroup, Subject, dataset_of_field, in_words};
use crate::ask::lexicon::Field;
use crate::ask::reading::{Aggregate, Task};
use crate::ask::sql::{quoted, time_text};

impl Choice<'_> {
    /// Figures, alone or by groups.
    pub(super) fn aggregated(&self, mut figures: Vec<Figure>, subject: Option<Subject>) -> Result<Plan, Doubt> {
        let reading = self.reading;
        let mut assumptions = Vec::new();
        let mut groups = self.groups();
        self.add_groups(&mut groups, &figures, subject);
        if figures.is_empty() {
            figures.extend(self.open_figure(subject, &groups, &mut assumptions)?);
        }
        if figures.is_empty() {
            return Err(Doubt::Lacking { what: "what is to be measured".to_owned() });
        }
        self.as_ratio(&mut figures);
        let mean_over = self.mean_over(&mut figures, &mut groups);
        if mean_over.is_empty() {
            self.per_each(&mut figures, &mut groups);
        }
        let share = self.as_share(&mut figures, &groups);
        let main = &figures[0];
        let counted = main.counts.then_some(main.dataset);
        let rows = counted
            .or_else(|| (groups.is_empty() && !matches!(subject, Some(Subject::Entity(_)))).then_some(main.dataset));
        let subject = subject.unwrap_or(Subject::Dataset(main.dataset));
        let mut plan = self.begun(Kind::Figures, subject, rows)?;
        plan.filters.retain(|filter| !figures.iter().all(|figure| self.is_said_of_all(filter, figure.dataset)));
        if main.counts {
            self.relate_others(&mut plan, main.dataset);
        }
        plan.assumptions = assumptions;
        plan.named_groups = reading.rank.is_some() || reading.how_often;
        let compares = reading.task == Some(Task::Compare);
        let trend = reading.task == Some(Task::Trend)
            || (compares && reading.over_time)
            || ((reading.change.is_some() || reading.cumulative) && groups.is_empty());
        plan.share = share && !self.takes_part(&mut plan, &mut figures, &groups, trend)?;
        let share = plan.share;
        let main = figures[0].clone();
        // Means do not add up to a whole.
        if share && main.is_mean() {
            return Err(Doubt::Lacking { what: format!("of what a share is wanted, and not the {}", main.label) });
        }
        // "what share of hours went into late projects", where that is no condition on hours: all of them are no answer.
        let whole =
            plan.filters.is_empty() && plan.conditions.is_empty() && plan.period.is_none() && plan.recurring.is_empty();
        if share && groups.is_empty() && whole {
            return Err(Doubt::Lacking { what: format!("what share of the {} is wanted", main.label) });
        }
        if share
            && reading.share_of_first
            && let Some((rank, limit)) = reading.rank.and_then(|rank| Some((rank, rank.limit?)))
            && groups.len() == 1
            && main.additive
        {
            plan.first_of = groups;
            plan.order = Some((OrderBy::Figure(0), descending(rank.order, &main)));
            plan.limit = Some(limit);
            plan.figures = vec![main];
            return Ok(plan);
        }
        if main.unit.as_deref() == Some("%") {
            drop_said_twice(&mut plan.filters, &main);
        }
        if trend
            && reading.rank.is_none()
            && !groups.iter().any(|group| matches!(group, PlanGroup::Time(_) | PlanGroup::Cycle(_)))
        {
            let grain = fitting_grain(reading, self.values, &main);
            plan.assumptions.push(format!("it is shown by {}", grain.word()));
            groups.insert(0, PlanGroup::Time(grain));
        }
        let timed = groups.iter().position(|group| matches!(group, PlanGroup::Time(_)));
        if let Some(place) = timed {
            let time = groups.remove(place);
            groups.insert(0, time);
        }
        plan.mean_over = mean_over;
        plan.kind = if timed.is_some() && reading.rank.is_none() { Kind::Trend } else { Kind::Figures };
        plan.within = self.within_first(&mut groups);
        if groups.len() > 3 {
            groups.truncate(3);
            plan.assumptions.push("it is broken down by no more than three things".to_owned());
        }
        if let Some(rank) = reading.rank.filter(|_| !groups.is_empty()) {
            plan.order = Some((OrderBy::Figure(0), descending(rank.order, &main)));
            plan.limit = rank.limit.filter(|_| !self.ranks_each(&groups));
        } else if timed.is_some() {
            plan.order = Some((OrderBy::Time, false));
            plan.limit = None;
        } else if !groups.is_empty() {
            plan.order = Some((OrderBy::Figure(0), true));
        }
        if reading.rank.is_some() && groups.is_empty() {
            if let Some(row) = self.extreme_row(&main)? {
                return Ok(row);
            }
            return Err(Doubt::Several {
                about: format!("by what {} is to be ranked", main.label),
                readings: self
                    .possible_groups(main.dataset)
                    .into_iter()
                    .map(|name| format!("{} by {name}", main.label))
                    .collect(),
            });
        }
        plan.ratio = reading.ratio && figures.len() == 2 && !plan.share;
        if plan.ratio {
            // A mean is not shared out among rows of another kind.
            if figures[0].is_mean() && figures[1].counts {
                return Err(Doubt::Lacking { what: format!("of what a ratio is wanted, and not the {}", main.label) });
            }
            figures.iter_mut().for_each(|figure| figure.additive = false);
        }
        plan.figures = figures;
        plan.groups = groups;
        unique_names(&mut plan.figures, self.bound);
        Ok(plan)
    }

    /// Puts the groups first within each of which there is an order of its own; gives how many they are. Something has to be left
    /// that is put into that order.
    fn within_first(&self, groups: &mut Vec<PlanGroup>) -> usize {
        let outer: Vec<PlanGroup> = self.reading.within.iter().filter_map(|group| self.planned_group(group)).collect();
        let (mut first, rest): (Vec<PlanGroup>, Vec<PlanGroup>) =
            std::mem::take(groups).into_iter().partition(|group| outer.contains(group));
        let within = if rest.is_empty() { 0 } else { first.len() };
        first.extend(rest);
        *groups = first;
        within
    }

    /// Groups that are meant without "by": entities that are ranked, values that are compared, conditions on groups.
    pub(super) fn add_groups(&self, groups: &mut Vec<PlanGroup>, figures: &[Figure], subject: Option<Subject>) {
        let reading = self.reading;
        let compares = reading.task == Some(Task::Compare);
        for ask in &reading.fields {
            let group = self.field_group(ask);
            let wanted = compares
                || reading.rank.is_some()
                || reading.share
                || (reading.count && !reading.nouns.is_empty())
                || !reading.conditions.is_empty()
                || (groups.is_empty() && !figures.is_empty())
                || (figures.is_empty() && reading.nouns.is_empty());
            let known = groups.iter_mut().find(|known| **known == group || same_name(known, &group));
            if let Some(known) = known {
                add_fields(known, group);
            } else if wanted && !reading.distinct {
                groups.push(group);
            }
        }
        // "which sells best, hotels or clubs": they are what is put into an order. "Revenue of hotels and clubs": of each.
        let timed = groups.iter().all(|group| matches!(group, PlanGroup::Time(_)));
        let each = reading.each && timed && reading.rank.is_none() && !reading.share && reading.conditions.is_empty();
        if compares || each || (reading.rank.is_some() && groups.is_empty() && reading.nouns.is_empty()) {
            self.add_sides(groups);
        }
        // "customers and their revenue", but not "revenue of active customers".
        let listed = reading.noun_first
            && reading.aggregate.is_none()
            && !reading.how_much
            && reading.measures.iter().all(|ask| ask.aggregate.is_none());
        let figured = |entity: usize| {
            let own = Subject::Entity(entity).dataset(&self.bound.model);
            figures.iter().any(|figure| figure.dataset != own || !figure.counts)
        };
        if let Some(Subject::Entity(entity)) = subject
            && !reading.nouns.is_empty()
            && !reading.count
            && !groups.iter().any(|group| matches!(group, PlanGroup::Entity(of) if *of == entity))
            && (reading.rank.is_some()
                || compares
                || reading.conditions.iter().any(|condition| condition.of.is_some())
                || (figured(entity) && groups.is_empty() && listed))
            && (figures.is_empty() || figured(entity))
            && !(reading.rank.is_some()
                && reading.within.is_empty()
                && groups
                    .iter()
                    .any(|group| matches!(group, PlanGroup::Field { .. } | PlanGroup::Time(_) | PlanGroup::Cycle(_))))
        {
            groups.push(PlanGroup::Entity(entity));
        }
    }

    pub(super) fn open_figure(
        &self,
        subject: Option<Subject>,
        groups: &[PlanGroup],
        assumptions: &mut Vec<String>,
    ) -> Result<Option<Figure>, Doubt> {
        let reading = self.reading;
        let model = &self.bound.model;
        if reading.distinct
            && let Some(ask) = reading.fields.first()
        {
            let near = self.nearest(ask, subject.map(|subject| subject.dataset(model)));
            return Ok(near.and_then(|(field, _)| distinct_figure(self.bound, field, &ask.words)));
        }
        let averaged = reading.aggregate.is_some_and(|aggregate| aggregate != Aggregate::Total);
        if let Some(figure) = taken(self.largest_row(groups)?, assumptions) {
            return Ok(Some(figure));
        }
        if reading.of_time && reading.rank.is_some() && !reading.count {
            let figure = taken(self.timed_figure(groups), assumptions);
            let what = || Doubt::Lacking { what: "what is to be measured".to_owned() };
            return figure.map(Some).ok_or_else(what);
        }
        // "the top 3 categories of Operations": a name alone is not what is measured.
        let only_filtered = reading.nouns.is_empty() && reading.segments.is_empty() && reading.rank.is_some();
        if only_filtered
            && !reading.count
            && let Some(figure) = taken(self.measured_by(groups), assumptions)
        {
            return Ok(Some(figure));
        }
        if let Some(subject) = subject {
            let ranked_entity =
                matches!(subject, Subject::Entity(entity) if groups.contains(&PlanGroup::Entity(entity)));
            if ranked_entity {
                if reading.count {
                    let busiest = self
                        .usual_figure(subject)
                        .map(|figure| count_figure(figure.dataset, &model.datasets[figure.dataset].label));
                    if let Some(figure) = &busiest {
                        assumptions.push(format!("they are ranked by their {}", figure.label));
                    }
                    return Ok(busiest);
                }
                return Ok(taken(self.usual_figure(subject), assumptions));
            }
            // "how high is an order on average": its first measure.
            let dataset = subject.dataset(model);
            if !reading.count
                && (averaged || reading.how_much)
                && let Some(figure) = taken(first_figure(self.bound, dataset, reading.aggregate), assumptions)
            {
                return Ok(Some(figure));
            }
            return Ok(Some(count_figure(dataset, &subject.plural(model))));
        }
        // "how much did each region bring in", "what do tests give on average, by type": the first measure of those that have them.
        if (reading.how_much || (averaged && !reading.count))
            && let Some(figure) = taken(self.measured_by(groups), assumptions)
        {
            return Ok(Some(figure));
        }
        // Groups alone: rows of the dataset that has them are counted.
        let dataset = groups.iter().find_map(|group| match group {
            PlanGroup::Field { fields, .. } if reading.count && reading.rank.is_some() => self.busiest(fields),
            PlanGroup::Field { fields, .. } => fields.first().and_then(|field| dataset_of_field(self.bound, *field)),
            _ => None,
        });
        let dataset = dataset.or_else(|| self.filtered_dataset());
        // "the highest lactate in plasma": of the values that were filtered.
        if averaged
            && !reading.count
            && let Some(dataset) = dataset
            && let Some(figure) = taken(first_figure(self.bound, dataset, reading.aggregate), assumptions)
        {
            return Ok(Some(figure));
        }
        let Some(dataset) = dataset else {
            let best = reading.rank.is_some() && groups.iter().any(|group| matches!(group, PlanGroup::Time(_)));
            return Ok(taken(best.then(|| self.measured_in_time()).flatten(), assumptions));
        };
        if reading.rank.is_some() && !reading.count {
            return Ok(taken(self.usual_figure(Subject::Dataset(dataset)), assumptions));
        }
        let figure = count_figure(dataset, &model.datasets[dataset].label);
        assumptions.push(format!("{} are counted", model.datasets[dataset].label));
        Ok(Some(figure))
    }

    /// "which sample type is rejected most often": of the datasets that have a field, the one to which all else belongs.
    fn busiest(&self, fields: &[Field]) -> Option<usize> {
        let datasets = fields.iter().filter_map(|field| dataset_of_field(self.bound, *field));
        let scored = datasets.map(|dataset| (self.belongs(dataset), dataset));
        let best = scored.reduce(|best, next| if next.0 > best.0 + 1e-9 { next } else { best });
        best.map(|(_, dataset)| dataset)
    }

    /// The first measure of values that is broken down by such groups.
    fn measured_by(&self, groups: &[PlanGroup]) -> Option<Figure> {
        let fields = groups.iter().filter_map(|group| match group {
            PlanGroup::Field { fields, .. } => Some(fields.as_slice()),
            _ => None,
        });
        let mut datasets = fields.flatten().filter_map(|field| dataset_of_field(self.bound, *field));
        datasets.find_map(|dataset| first_figure(self.bound, dataset, self.reading.aggregate))
    }

    /// "our best month": the first measure of rows that have a time.
    fn measured_in_time(&self) -> Option<Figure> {
        let datasets = 0..self.bound.model.datasets.len();
        let mut timed = datasets.filter(|dataset| time_text(self.bound, *dataset).is_some());
        timed.find_map(|dataset| first_figure(self.bound, dataset, self.reading.aggregate))
    }

    /// "ratio of a to b": one figure of two of the same rows.
    pub(super) fn as_ratio(&self, figures: &mut Vec<Figure>) {
        if !self.reading.ratio || figures.len() < 2 || figures[0].dataset != figures[1].dataset {
            return;
        }
        let second = figures.remove(1);
        let first = &mut figures[0];
        first.expression = format!("cast(({}) AS double) / nullif(({}), 0)", first.expression, second.expression);
        first.name = format!("{}_per_{}", first.name, second.name);
        first.label = format!("ratio of {} to {}", first.label, second.label);
        first.unit = None;
        first.becomes_derived();
        figures.truncate(1);
    }

    /// "revenue per customer by industry": where it is broken down by something else, too, the mean for each of them.
    fn per_each(&self, figures: &mut [Figure], groups: &mut Vec<PlanGroup>) {
        let Some(PlanGroup::Entity(entity)) =
            self.reading.per_each.as_ref().and_then(|group| self.planned_group(group))
        else {
            return;
        };
        let others = groups.iter().filter(|group| **group != PlanGroup::Entity(entity)).count();
        let [figure] = figures else { return };
        let Some(key) = self.own_key(figure.dataset, entity).filter(|_| others > 0 && figure.additive) else { return };
        let name = &self.bound.model.entities[entity].name;
        groups.retain(|group| *group != PlanGroup::Entity(entity));
        figure.expression = format!("cast(({}) AS double) / nullif(count(DISTINCT {key}), 0)", figure.expression);
        figure.name = format!("{}_per_{name}", figure.name);
        figure.label = format!("{} per {name}", figure.label);
        figure.becomes_derived();
    }

    /// The column of a dataset that says to which entity each row belongs.
    fn own_key(&self, dataset: usize, entity: usize) -> Option<String> {
        let model = &self.bound.model;
        let (own, of_entity) = (&model.datasets[dataset].name, &model.entities[entity].dataset);
        let join = model.joins.iter().find(|join| {
            !join.links && join.left.split('.').next() == Some(own) && join.right.split('.').next() == Some(of_entity)
        })?;
        Some(quoted(join.left.split_once('.')?.1))
    }

    /// The names of what a dataset's figures can be broken down by.
    pub(super) fn possible_groups(&self, dataset: usize) -> Vec<String> {
        let own = self.bound.model.datasets[dataset].dimensions.iter().map(|dimension| in_words(&dimension.name));
        own.take(4).collect()
    }
}
