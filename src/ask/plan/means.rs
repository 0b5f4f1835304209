//! Means over something: "average revenue per customer" is the mean of what each customer brings.

use super::choose::Choice;
use super::{Figure, PlanGroup, Subject, up_path};
use crate::ask::reading::{Aggregate, MeasureAsk, is_plural};

impl Choice<'_> {
    /// What a mean is taken over, which is taken out of the groups; the figure is that of each of them, then.
    pub(super) fn mean_over(&self, figures: &mut [Figure], groups: &mut Vec<PlanGroup>) -> Vec<PlanGroup> {
        let reading = self.reading;
        let [figure] = figures else { return Vec::new() };
        let other = reading.rank.is_some() || reading.share || reading.ratio || reading.change.is_some();
        let asked = reading.measures.first();
        let averaged = match asked {
            Some(ask) => ask.aggregate == Some(Aggregate::Average),
            // "how many results per sample on average".
            None => reading.count && reading.aggregate == Some(Aggregate::Average),
        };
        if other || !averaged {
            return Vec::new();
        }
        let each = reading.per_of.iter().filter_map(|group| self.planned_group(group));
        // "average revenue per region" compares regions.
        let each = each.filter(|group| !matches!(group, PlanGroup::Field { .. }) && groups.contains(group));
        let mut over: Vec<PlanGroup> = each.take(1).collect();
        if over.is_empty() {
            let alone = match groups.as_slice() {
                [PlanGroup::Field { .. }] => figure.counts,
                [_] => figure.counts || (reading.per && figure.additive),
                _ => false,
            };
            if !alone || asked.is_none() {
                return Vec::new();
            }
            over.clone_from(groups);
        }
        let total = match asked {
            Some(ask) => self.figure(&MeasureAsk { aggregate: None, ..ask.clone() }).map(|chosen| chosen.figure),
            None => Some(figure.clone()),
        };
        // A mean of means is none: "average satisfaction per month" is that of each month.
        let counts = |figure: &Figure| figure.expression.trim_start().to_lowercase().starts_with("count(");
        let Some(total) = total.filter(|total| total.dataset == figure.dataset && (total.additive || counts(total)))
        else {
            return Vec::new();
        };
        *figure = Figure { additive: false, ..total };
        groups.retain(|group| !over.contains(group));
        over.extend(self.doer(figure.dataset, &over));
        over
    }

    /// "how much does a customer spend per month on average": of each customer, and not of all of them together.
    fn doer(&self, dataset: usize, over: &[PlanGroup]) -> Option<PlanGroup> {
        let noun = self.reading.nouns.first().filter(|noun| !is_plural(&noun.words))?;
        let Subject::Entity(entity) = self.subject(noun)? else { return None };
        let own = Subject::Entity(entity).dataset(&self.bound.model);
        let timed = over.iter().all(|group| matches!(group, PlanGroup::Time(_)));
        (timed && own != dataset && up_path(&self.bound.model, dataset, own).is_some())
            .then_some(PlanGroup::Entity(entity))
    }
}
