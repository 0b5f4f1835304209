//! Plans that ask when, and plans that put periods beside each other.

use super::choose::Choice;
use super::times::compared_periods;
use super::{Doubt, Figure, Kind, OrderBy, Plan, PlanGroup, Subject, field_name, in_words, up_path};
use crate::ask::lexicon::Field;
use crate::ask::reading::{Change, Group, Order, Task};
use crate::ask::sql::time_text;

impl Choice<'_> {
    /// "when was the last order": a time, not a figure.
    pub(super) fn moment(&self, subject: Option<Subject>, figures: &[Figure]) -> Result<Option<Plan>, Doubt> {
        if self.reading.rank.is_some() || self.reading.change.is_some() {
            return Ok(None);
        }
        let related = self.reading.nouns.iter().skip(1).find_map(|noun| self.subject(noun));
        let dataset = figures
            .first()
            .map(|figure| figure.dataset)
            .or(related.or(subject).map(|subject| subject.dataset(&self.bound.model)));
        let Some(dataset) = dataset else { return Ok(None) };
        let timed = time_text(self.bound, dataset).is_some();
        let dataset = if timed {
            dataset
        } else {
            let model = &self.bound.model;
            let others = (0..model.datasets.len()).filter(|other| time_text(self.bound, *other).is_some());
            match others.filter_map(|other| Some((up_path(model, other, dataset)?.len(), other))).min() {
                Some((_, other)) => other,
                None => return Ok(None),
            }
        };
        let newest = self.reading.by_time != Some(Order::Ascending);
        let mut plan = self.begun(Kind::Moment { newest }, Subject::Dataset(dataset), Some(dataset))?;
        plan.limit = None;
        Ok(Some(plan))
    }

    /// Periods beside each other, and changes between them.
    pub(super) fn compared(&self, figures: &[Figure], subject: Option<Subject>) -> Result<Option<Plan>, Doubt> {
        let reading = self.reading;
        let several = reading.periods.len() >= 2;
        let compares = reading.task == Some(Task::Compare);
        // "compare hotels and clubs in 2024": that is when, and they are what is compared.
        let sides = compares && (reading.measures.len() >= 2 || self.group_of_values().is_some());
        // "why": where the change comes from.
        let why = reading.why && !reading.count && reading.groups.iter().all(|group| matches!(group, Group::Time(_)));
        let asked = several
            || why
            || reading.before
            || reading.year_before
            || reading.change.is_some()
            || (compares && reading.periods.len() == 1 && !(sides && reading.says_when));
        if !asked || reading.share {
            return Ok(None);
        }
        let mut assumptions = Vec::new();
        let figure = figures.first().cloned().or_else(|| self.assumed_figure(subject, &mut assumptions));
        let Some(figure) = figure else { return Ok(None) };
        let mut groups = self.groups();
        self.add_changing(&mut groups);
        if compares {
            self.add_sides(&mut groups);
        }
        if why && let Some(group) = self.telling_group(figure.dataset) {
            groups.retain(|group| !matches!(group, PlanGroup::Time(_)));
            assumptions.push(format!("it is broken down by {} to see where the change comes from", group_name(&group)));
            groups.push(group);
        }
        let by_time = groups.iter().any(|group| matches!(group, PlanGroup::Time(_)));
        let entity_asked = match subject {
            Some(Subject::Entity(entity))
                if !reading.nouns.is_empty()
                    && !reading.count
                    && figure.dataset != subject.map_or(0, |s| s.dataset(&self.bound.model)) =>
            {
                Some(entity)
            }
            _ => None,
        };
        if let Some(entity) = entity_asked.filter(|_| {
            groups.is_empty()
                && !reading
                    .filters
                    .iter()
                    .any(|filter| filter.candidates.iter().any(|(field, _, _)| matches!(field, Field::Entity(..))))
        }) {
            groups.push(PlanGroup::Entity(entity));
        }
        // "year over year growth by product": of each of them, from the year before to the last one.
        let of_all = groups.iter().all(|group| matches!(group, PlanGroup::Time(_)));
        let step_by_step = by_time && of_all && reading.change.is_some() && !several;
        if step_by_step {
            let mut plan =
                self.begun(Kind::Change(Change::Any), subject.unwrap_or(Subject::Dataset(figure.dataset)), None)?;
            plan.figures = vec![figure];
            plan.groups = groups.into_iter().filter(|group| matches!(group, PlanGroup::Time(_))).collect();
            if reading.rank.is_some() {
                plan.order = Some((
                    OrderBy::Figure(0),
                    reading.rank.is_none_or(|rank| !matches!(rank.order, Order::Ascending | Order::Worst)),
                ));
                plan.limit = reading.rank.and_then(|rank| rank.limit);
            }
            return Ok(Some(plan));
        }
        let alone = groups.iter().all(|group| matches!(group, PlanGroup::Time(_)));
        // "is revenue growing?": its course tells.
        if alone && reading.change.is_some() && reading.periods.is_empty() && !reading.before && !reading.year_before {
            return Ok(None);
        }
        if several && by_time && reading.task != Some(Task::Compare) && reading.change.is_none() {
            return Ok(None);
        }
        let Some((later, earlier)) = compared_periods(reading, self.values) else { return Ok(None) };
        let kind = match reading.change {
            Some(change) if !alone && !why => Kind::Change(change),
            _ if why && !alone => Kind::Change(Change::Any),
            _ => Kind::Periods,
        };
        if reading.periods.is_empty() {
            assumptions
                .push(format!("{} is compared with {}, since no periods were named", later.words, earlier.words));
        }
        let mut plan = self.begun(kind, subject.unwrap_or(Subject::Dataset(figure.dataset)), None)?;
        plan.figures = vec![figure];
        plan.groups = groups.into_iter().filter(|group| !matches!(group, PlanGroup::Time(_))).collect();
        // "growing slowest": the smallest rise.
        let smallest = match reading.rank.map(|rank| rank.order) {
            Some(Order::Ascending) => true,
            Some(Order::Worst) => reading.change != Some(Change::Down),
            _ => false,
        };
        plan.order = Some((OrderBy::Figure(0), (reading.change == Some(Change::Down)) == smallest));
        plan.limit = reading.rank.and_then(|rank| rank.limit).or(reading.limit);
        plan.period = Some(later);
        plan.earlier = Some(earlier);
        plan.assumptions = assumptions;
        Ok(Some(plan))
    }

    /// What a change is broken down by where nothing is named: the first field of few values.
    fn telling_group(&self, dataset: usize) -> Option<PlanGroup> {
        let distinct = &self.values.facts(dataset)?.distinct;
        let dimension = distinct.iter().position(|count| count.is_some_and(|count| (2..=40).contains(&count)))?;
        let field = Field::Dimension(dataset, dimension);
        let name = field_name(self.bound, field);
        Some(PlanGroup::Field { fields: vec![field], label: in_words(&name), name })
    }
}

fn group_name(group: &PlanGroup) -> String {
    match group {
        PlanGroup::Field { label, .. } => label.clone(),
        _ => "group".to_owned(),
    }
}
